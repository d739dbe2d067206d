"""What Qt drew is deleted by the thread that drew it, whichever thread makes the object that is one too many."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QPoint

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


class Costly:
    """What `gc` does, counted, where examining all takes as long as is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.cpu, self.cost, self.blocks = 1000.0, 0.0, 0.1, 100
        self.done: list[str] = []
        self.pointer = QPoint(1, 1)
        monkeypatch.setattr(garbage_collection.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(garbage_collection.time, "thread_time", lambda: self.cpu)
        monkeypatch.setattr(garbage_collection.sys, "getallocatedblocks", lambda: self.blocks)
        monkeypatch.setattr(garbage_collection.gc, "get_count", lambda: (0, 0, 100))
        monkeypatch.setattr(garbage_collection.gc, "collect", self._collect)
        monkeypatch.setattr(garbage_collection.gc, "freeze", lambda: self.done.append("freeze"))
        monkeypatch.setattr(garbage_collection.gc, "unfreeze", lambda: self.done.append("unfreeze"))
        monkeypatch.setattr(garbage_collection.QCursor, "pos", lambda: self.pointer)

    def _collect(self, _generation: int = 2) -> None:
        self.cpu += self.cost
        self.done.append("collect")

    def after(self, seconds: float, collection: GarbageCollection) -> list[str]:
        self.now += seconds
        self.done.clear()
        collection.collect()
        return list(self.done)


def test_what_survives_a_long_collection_is_left_out_until_the_memory_has_grown_by_a_quarter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    costly = Costly(monkeypatch)
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    costly.after(0.0, collection)  # the pointer is seen
    assert costly.after(60.0, collection) == ["collect", "freeze"]
    costly.cost, costly.blocks = 0.001, 125
    assert costly.after(60.0, collection) == ["collect"]
    costly.cost, costly.blocks = 0.1, 126
    assert costly.after(60.0, collection) == ["unfreeze", "collect", "freeze"]


def test_after_a_long_collection_the_next_one_waits_for_the_pointer_to_rest_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    costly = Costly(monkeypatch)
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    costly.pointer = QPoint(2, 2)
    assert costly.after(60.0, collection) == ["collect", "freeze"]
    costly.pointer = QPoint(3, 3)
    assert costly.after(60.0, collection) == []
    assert costly.after(2.9, collection) == []
    assert costly.after(0.2, collection) == ["collect", "freeze"]
    for n in range(10):
        costly.pointer = QPoint(n, 9)
        assert costly.after(59.0, collection) == []
    costly.pointer = QPoint(9, 10)
    assert costly.after(10.0, collection) == ["collect", "freeze"]


def test_what_a_burst_has_made_is_left_out_unexamined_and_found_once_the_memory_has_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    costly = Costly(monkeypatch)
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    burst = garbage_collection.LARGE + 1
    monkeypatch.setattr(garbage_collection.gc, "get_count", lambda: (burst, 0, 0))
    assert costly.after(0.5, collection) == ["freeze"]
    costly.blocks = 120
    assert costly.after(0.5, collection) == ["freeze"]  # a second burst does not move the mark from which growth counts
    costly.blocks = 126
    monkeypatch.setattr(garbage_collection.gc, "get_count", lambda: (0, 0, 100))
    assert costly.after(60.0, collection) == ["unfreeze", "collect", "freeze"]


def test_many_small_bursts_are_no_long_collection_of_the_second_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    costly = Costly(monkeypatch)
    parent = QObject()
    collection = GarbageCollection(parent)
    collection.begin()
    counts = (garbage_collection.LARGE // 4, 0, 0)
    monkeypatch.setattr(garbage_collection.gc, "get_count", lambda: counts)
    assert [costly.after(0.5, collection) for _ in range(4)] == [["collect"]] * 4
    counts = (1000, 11, 0)
    assert costly.after(0.5, collection) == ["freeze"]
    assert costly.after(0.5, collection) == ["collect"]
