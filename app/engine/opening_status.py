"""Publishes the opening of a project and lets a failed opening be retried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from app.engine.event_bus import EventBus
from twin.files.errors import unexpected
from twin.model.change import ProblemsSolved, ProjectOpened, ProjectOpenFailed, ProjectOpening
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

_MOST_KEPT = 20
"""Attempts on one project whose problems are remembered."""


class OpeningTracker:
    """Publishes ProjectOpening, then ProjectOpened or ProjectOpenFailed. Event loop only."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._last: tuple[Path, Text, Callable[[], Awaitable[object]]] | None = None
        self._failed: dict[Path, tuple[Problem, ...]] = {}
        """By path: problems of failed attempts to open a project, kept until one succeeds."""

    async def run(self, path: Path, title: Text, work: Callable[[], Awaitable[object]]) -> None:
        """Runs `work`, which opens the project at `path`, and publishes its progress; `title` names what is being
        done."""
        self._last = (path, title, work)
        self._bus.publish(ProjectOpening(str(path), title))
        try:
            await work()
        except ProblemError as error:
            self._fail(path, error.problems)
            raise
        except Exception as error:
            self._fail(path, (unexpected(error, str(path)),))
            raise
        self._bus.publish(ProjectOpened(str(path)))
        if solved := self._failed.pop(path, ()):
            self._bus.publish(ProblemsSolved(solved))

    def _fail(self, path: Path, problems: tuple[Problem, ...]) -> None:
        self._failed[path] = (*self._failed.get(path, ())[-_MOST_KEPT:], *problems)
        self._bus.publish(ProjectOpenFailed(str(path), problems))

    async def again(self) -> None:
        """Repeats the last attempt to open a project; does nothing where there was none."""
        if self._last is not None:
            await self.run(*self._last)
