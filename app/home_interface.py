"""The part of the engine's interface that tells whether the home is empty."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.home_presence import HomeStatus


class HomeApi(Protocol):
    """Presence of the home. Futures fail with ProblemError."""

    def home_presence(self) -> Future[HomeStatus]:
        """Whether the home is empty: by presence points, else by outer doors and motion, or as set by hand; and whether
        it is asleep. Fails with ProblemError."""
        ...

    def set_home_presence(self, mode: str) -> Future[HomeStatus]:
        """Sets `home`, `away` or `asleep` by hand until it is set to `auto`; no undo step. Fails with ProblemError for another
        word."""
        ...
