"""Queue of work for later turns of the event loop, so that input is handled in between."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import cast

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid


class TurnQueue(QObject):
    """Runs one piece of work per turn of the event loop, in the order of addition."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], object]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._run_next)

    def add(self, work: Callable[[], object]) -> None:
        """Runs `work` in a turn of its own; work that is already waiting is not added twice, and work is dropped if a
        Qt object it belongs to or holds has been deleted by then."""
        if work not in self._waiting:
            self._waiting.append(work)
            self._timer.start(0)

    def clear(self) -> None:
        """Discards all waiting work."""
        self._waiting.clear()
        self._timer.stop()

    @property
    def is_empty(self) -> bool:
        """Whether no work is waiting."""
        return not self._waiting

    def _run_next(self) -> None:
        work = self._waiting.pop(0) if self._waiting else None
        if not self._waiting:
            self._timer.stop()
        if work is not None and is_alive(work):
            work()


def is_alive(callback: Callable[..., object] | None) -> bool:
    """Whether all Qt objects that the callback is bound to, or holds in closure or arguments, still exist."""
    if isinstance(callback, partial):
        return is_alive(callback.func) and all(map(_exists, (*callback.args, *callback.keywords.values())))
    cells = getattr(callback, "__closure__", None) or ()
    return all(map(_exists, (getattr(callback, "__self__", None), *(cell.cell_contents for cell in cells))))


def _exists(held: object) -> bool:
    if isinstance(held, QObject):
        return isValid(held)
    return not isinstance(held, partial | MethodType) or is_alive(cast("Callable[..., object]", held))
