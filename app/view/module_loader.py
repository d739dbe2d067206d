"""Imports modules on the engine's thread pool, to keep the GUI thread responsive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from typing import NamedTuple

from app.view.feed import Feed
from twin.model.problem import Problem

_imported: set[str] = set()
"""Names of completely imported modules; sys.modules also contains those still importing."""


def import_now(*names: str) -> None:
    """Imports modules on the calling thread."""
    for name in names:
        import_module(name)
        _imported.add(name)


class _Request(NamedTuple):
    missing: list[str]
    then: Callable[[], object]
    failed: Callable[[Problem], object]


class ModuleLoader:
    """Imports modules and calls back when they are usable; requests run one after the other."""

    def __init__(self, feed: Feed, *, held: bool = False) -> None:
        """If `held`, requests wait until `release`."""
        self._feed = feed
        self._held = held
        self._requests: list[_Request] = []

    def when(
        self, names: Iterable[str], then: Callable[[], object], failed: Callable[[Problem], object] | None = None
    ) -> None:
        """Calls `then` on the GUI thread when all modules are imported; at once if they already are."""
        missing = [name for name in names if name not in _imported]
        if not missing:
            then()
            return
        self._requests.append(_Request(missing, then, failed or self._feed.raise_problem))
        if len(self._requests) == 1 and not self._held:
            self._begin()

    def release(self) -> None:
        """Starts the held requests."""
        if self._held:
            self._held = False
            if self._requests:
                self._begin()

    def load_ahead(self, names: Sequence[str]) -> None:
        """Imports modules one by one in the background; failures are reported only when a module is needed."""
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
        """Removes and returns the finished request, and starts the next one."""
        ended = self._requests.pop(0)
        if self._requests:
            self._begin()
        return ended
