"""The part of the engine's interface that sets what is kept of values that tell of people."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.privacy import PrivacyStatus


class PrivacyApi(Protocol):
    """Privacy of a shared building. Futures fail with ProblemError."""

    def privacy(self) -> Future[PrivacyStatus]:
        """What is kept of values that tell of people, and what the points of the building reveal."""
        ...

    def set_privacy(self, hours: int, *, shared: bool) -> Future[PrivacyStatus]:
        """Sets whether the building is shared; then values that tell of presence, identity or health are deleted with all
        roll-ups after `hours`, for the first time at once. No undo step. Fails with ProblemError."""
        ...
