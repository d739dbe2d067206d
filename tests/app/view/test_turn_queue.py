"""Long work is cut into turns of the event loop."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.view.turn_queue import TurnQueue


class Owner(QObject):
    """Has something to do later."""

    def __init__(self, done: list[str]) -> None:
        super().__init__()
        self._done = done

    def work(self) -> None:
        """Notes that it was done."""
        self._done.append("owner")


def test_each_piece_of_work_has_a_turn_of_its_own_in_order(app: QApplication, qtbot: QtBot) -> None:
    queue, log = TurnQueue(), list[str]()
    other = TurnQueue()
    pieces = [partial(log.append, name) for name in "abc"]
    for piece in pieces:
        queue.add(piece)
    for name in "123":
        other.add(partial(log.append, name))
    assert log == []
    qtbot.waitUntil(lambda: queue.is_empty and other.is_empty and len(log) == 6, timeout=60_000)
    assert [name for name in log if name.isalpha()] == ["a", "b", "c"]
    # had one turn done it all, the letters would stand together
    assert [name.isalpha() for name in log] in ([True, False] * 3, [False, True] * 3)


def test_what_waits_already_is_not_done_twice_and_what_is_gone_not_at_all(app: QApplication, qtbot: QtBot) -> None:
    queue, log = TurnQueue(), list[str]()
    here, gone = Owner(log), Owner(log)
    queue.add(here.work)
    queue.add(here.work)
    queue.add(gone.work)
    delete(gone)
    qtbot.waitUntil(lambda: queue.is_empty, timeout=60_000)
    assert log == ["owner"]


def test_work_may_ask_for_another_turn(app: QApplication, qtbot: QtBot) -> None:
    queue, log = TurnQueue(), list[int]()

    def work() -> None:
        log.append(len(log))
        if len(log) < 3:
            queue.add(work)

    queue.add(work)
    qtbot.waitUntil(lambda: queue.is_empty, timeout=60_000)
    assert log == [0, 1, 2]


def test_a_queue_that_is_cleared_does_nothing_more(app: QApplication, qtbot: QtBot) -> None:
    queue, other, log = TurnQueue(), TurnQueue(), list[str]()
    queue.add(partial(log.append, "cleared"))
    queue.clear()
    other.add(partial(log.append, "later"))
    qtbot.waitUntil(lambda: other.is_empty, timeout=60_000)
    assert log == ["later"]
