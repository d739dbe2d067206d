"""The part of the engine's interface that sets what is kept of values that tell of people."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Protocol

from twin.model.ids import RoomId
from twin.model.privacy import PresenceHours, PrivacyStatus


class PrivacyApi(Protocol):
    """Privacy of a shared building. Futures fail with ProblemError."""

    def privacy(self) -> Future[PrivacyStatus]:
        """What is kept of values that tell of people, and what the points of the building reveal."""
        ...

    def presence_hours(self, from_ms: int, to_ms: int) -> Future[PresenceHours]:
        """People of each group of rooms by hour, rounded, of the hours that begin in [from, to), UTC ms. They are published once
        an hour, while presence is shown in groups, and kept for five years."""
        ...

    def set_privacy(
        self, hours: int, *, shared: bool, grouped: bool | None = None, places: Mapping[RoomId, int] | None = None
    ) -> Future[PrivacyStatus]:
        """Sets whether the building is shared; then values that tell of presence, identity or health are deleted with all
        roll-ups after `hours`, for the first time at once. `grouped`: whether viewers and operators on other machines see
        presence of at least five people's rooms together only; `places`: for how many people rooms are meant. None keeps what
        is set. No undo step. Fails with ProblemError."""
        ...
