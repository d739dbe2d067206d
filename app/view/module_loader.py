"""Imports modules on the engine's pool: an import on the screen's own thread would hold the window up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from typing import NamedTuple

from app.view.feed import Feed
from twin.model.problem import Problem

_imported: set[str] = set()
"""What was imported to its end; sys.modules names modules from the beginning of their import on."""


def import_now(*names: str) -> None:
    """Imports modules on the calling thread: before the window is shown, or on the pool."""
    for name in names:
        import_module(name)
        _imported.add(name)


class _Request(NamedTuple):
    missing: list[str]
    then: Callable[[], object]
    failed: Callable[[Problem], object]


class ModuleLoader:
    """Calls back when modules can be used: one request after the other, in the order in which they came."""

    def __init__(self, feed: Feed, *, held: bool = False) -> None:
        """While it is `held`, requests wait."""
        self._feed = feed
        self._held = held
        self._requests: list[_Request] = []

    def when(
        self, names: Iterable[str], then: Callable[[], object], failed: Callable[[Problem], object] | None = None
    ) -> None:
        """Calls `then` on the screen's thread once all of the modules are imported: at once where they are."""
        missing = [name for name in names if name not in _imported]
        if not missing:
            then()
            return
        self._requests.append(_Request(missing, then, failed or self._feed.raise_problem))
        if len(self._requests) == 1 and not self._held:
            self._begin()

    def release(self) -> None:
        """Requests wait no longer."""
        if self._held:
            self._held = False
            if self._requests:
                self._begin()

    def load_ahead(self, names: Sequence[str]) -> None:
        """Imports these one by one while nobody waits for them. One that fails is told when it is needed."""
        if names:
            go_on = partial(self.load_ahead, names[1:])
            self.when(names[:1], go_on, lambda _: go_on())

    def _begin(self) -> None:
        work = partial(import_now, *self._requests[0].missing)
        self._feed.when(self._feed.api.compute(work), self._done, self._failed)

    def _done(self, _: None) -> None:
        then = self._next().then
        then()

    def _failed(self, problem: Problem) -> None:
        failed = self._next().failed
        failed(problem)

    def _next(self) -> _Request:
        """The request that ended; the one behind it begins."""
        ended = self._requests.pop(0)
        if self._requests:
            self._begin()
        return ended
