"""What Qt drew is deleted by the thread that drew it, whichever thread makes the object that is one too many."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from app.view import garbage_collection
from app.view.garbage_collection import GarbageCollection

pytestmark = pytest.mark.usefixtures("qapp")


class Item:
    """Stands in a circle of references, and notes which thread deletes it."""

    deleted_by: list[threading.Thread] = []

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Item.deleted_by.append(threading.current_thread())


@pytest.fixture(autouse=True)
def pythons_own_collection() -> Iterator[None]:
    """As it is in a process without a window, before and after."""
    was = gc.isenabled()
    gc.collect()
    Item.deleted_by = []
    gc.enable()
    yield
    gc.unfreeze()
    (gc.enable if was else gc.disable)()


def make_many_on_another_thread() -> list[list[object]]:
    """More objects than any threshold waits for."""
    made: list[list[object]] = []
    thread = threading.Thread(target=lambda: made.extend([] for _ in range(50_000)), name="engine")
    thread.start()
    thread.join()
    return made


def test_python_left_alone_deletes_on_the_thread_that_makes_one_too_many() -> None:
    Item()
    made = make_many_on_another_thread()
    assert made
    assert [thread.name for thread in Item.deleted_by] == ["engine"]


def test_with_a_window_only_the_gui_thread_deletes_circles() -> None:
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    Item()
    made = make_many_on_another_thread()
    assert made
    assert Item.deleted_by == []
    assert collection.collect() >= 0
    assert Item.deleted_by == [threading.main_thread()]


def test_nothing_is_looked_through_while_no_threshold_is_passed() -> None:
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    gc.collect()
    assert collection.collect() == -1


def test_the_oldest_generation_is_looked_through_once_a_minute_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(garbage_collection.time, "monotonic", lambda: now[0])
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    monkeypatch.setattr(garbage_collection.gc, "get_count", lambda: (0, 0, 100))
    assert collection.collect() == -1
    now[0] += garbage_collection.FULL_S
    assert collection.collect() == 2
    assert collection.collect() == -1
