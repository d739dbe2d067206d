"""Work for later turns of the event loop: what takes long is cut into pieces, and input has its turn between them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import cast

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid


class TurnQueue(QObject):
    """Runs one piece of work in each turn of the event loop, in the order in which they were added."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Callable[[], object]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._run_next)

    def add(self, work: Callable[[], object]) -> None:
        """Runs `work` in a turn of its own; what is waiting already is not added twice. Work of a widget that is gone by
        then, or about one, is let go."""
        if work not in self._waiting:
            self._waiting.append(work)
            self._timer.start(0)

    def clear(self) -> None:
        """Lets go of what is waiting."""
        self._waiting.clear()
        self._timer.stop()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is waiting."""
        return not self._waiting

    def _run_next(self) -> None:
        work = self._waiting.pop(0) if self._waiting else None
        if not self._waiting:
            self._timer.stop()
        if work is not None and is_alive(work):
            work()


def is_alive(callback: Callable[..., object] | None) -> bool:
    """Whether the Qt objects that the callback belongs to, or holds, still exist; of a partial its arguments, too."""
    if isinstance(callback, partial):
        return is_alive(callback.func) and all(map(_exists, (*callback.args, *callback.keywords.values())))
    cells = getattr(callback, "__closure__", None) or ()
    return all(map(_exists, (getattr(callback, "__self__", None), *(cell.cell_contents for cell in cells))))


def _exists(held: object) -> bool:
    if isinstance(held, QObject):
        return isValid(held)
    return not isinstance(held, partial | MethodType) or is_alive(cast("Callable[..., object]", held))
