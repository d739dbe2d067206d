"""Questions to the engine that wait for their answers; callbacks run on the GUI thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from app.view.turn_queue import is_alive
from twin.files.errors import unexpected
from twin.model.problem import Problem, ProblemError

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _PendingCall:
    future: Future[Any]
    done: Callable[[Any], None]
    failed: Callable[[Problem], None] | None


class PendingCalls(QObject):
    """Futures of the engine with what is called when they complete. `answer` calls it; when a future completes, the
    owner's `catch_up` is called before the next frame, which shows the news that an answer may refer to and answers."""

    _answered = Signal()
    """A pending call has been answered; emitted on any thread."""

    def __init__(
        self, parent: QObject, catch_up: Callable[[], object], raise_problem: Callable[[Problem], None]
    ) -> None:
        super().__init__(parent)
        self._catch_up, self._raise_problem = catch_up, raise_problem
        self._waiting: list[_PendingCall] = []
        self._woken = False
        self._answered.connect(self._come_early, Qt.ConnectionType.QueuedConnection)

    @property
    def is_empty(self) -> bool:
        """Whether no call waits for its answer."""
        return not self._waiting

    def clear(self) -> None:
        """Drops all calls; their callbacks are never called."""
        self._waiting.clear()

    def add[T](
        self, future: Future[T], done: Callable[[T], None], failed: Callable[[Problem], None] | None = None
    ) -> None:
        """Calls `done` or `failed` on the GUI thread when the future completes; without `failed`, problems are raised.
        If a widget of a callback has been deleted by then, a result is dropped and a problem is raised."""
        self._waiting.append(_PendingCall(future, done, failed))
        if not future.done():
            future.add_done_callback(self._wake)

    def _wake(self, _future: Future[Any]) -> None:
        """Answers a completed call before the next frame; called on any thread."""
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the window has closed, and this object went with it
                self._answered.emit()

    def _come_early(self) -> None:
        if self._waiting:
            self._catch_up()

    def answer(self) -> None:
        """Calls the callbacks of the completed calls, each whatever the others did."""
        self._woken = False
        if not self._waiting:
            return
        ready = [one for one in self._waiting if one.future.done()]
        self._waiting = [one for one in self._waiting if not one.future.done()] if ready else self._waiting
        for one in ready:
            try:
                self._give(one)
            except Exception as error:  # the others are answered all the same
                _LOG.exception("an answer was lost")
                self._raise_problem(unexpected(error))

    def _give(self, call: _PendingCall) -> None:
        """Calls `done` or `failed` of a completed call; a cancelled call gets neither."""
        failed = call.failed if call.failed is not None and is_alive(call.failed) else self._raise_problem
        try:
            result = call.future.result(0)
        except CancelledError:
            return
        except ProblemError as error:
            for problem in error.problems:
                failed(problem)
        except Exception as error:
            failed(unexpected(error))
        else:
            if is_alive(call.done):
                call.done(result)
