"""The project's setting of privacy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, cast

from twin.insight.presence_groups import grouped_twin, untold_points
from twin.model.ids import PointId, RoomId
from twin.model.privacy import PRESENCE_HOURS
from twin.model.twin import Twin

SETTING = "privacy"
"""Name of the project's setting: `{"shared", "hours", "grouped", "places"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySetup:
    """What was chosen for a building; the defaults are those of a home."""

    shared: bool = False
    hours: int = PRESENCE_HOURS
    grouped: bool = False
    places: Mapping[RoomId, int] = field(default_factory=dict[RoomId, int])

    @classmethod
    def of(cls, stored: object) -> Self:
        """The setup of a stored value; what cannot be read is as in a home."""
        kept = cast("Mapping[str, object]", stored) if isinstance(stored, dict) else dict[str, object]()
        hours, places = kept.get("hours"), kept.get("places")
        numbers = cast("Mapping[str, object]", places) if isinstance(places, dict) else dict[str, object]()
        return cls(
            shared=kept.get("shared") is True,
            hours=hours if isinstance(hours, int) and hours > 0 else PRESENCE_HOURS,
            grouped=kept.get("grouped") is True,
            places={RoomId(room): n for room, n in numbers.items() if isinstance(n, int) and n >= 0},
        )

    @property
    def in_groups(self) -> bool:
        """Whether presence is shown in groups of rooms."""
        return self.shared and self.grouped

    @property
    def told_places(self) -> Mapping[RoomId, int] | None:
        """The numbers of people that rooms are meant for, by which use is told; None where it is told by room and device."""
        return self.places if self.in_groups else None

    def shown_twin(self, twin: Twin) -> Twin:
        """The twin as reports show it: with groups for rooms where presence is shown in groups."""
        return grouped_twin(twin, self.places) if self.in_groups else twin

    def untold(self, twin: Twin) -> frozenset[PointId] | None:
        """Points of which reports tell not even as parts of a group; None where presence is shown by room."""
        return untold_points(twin, self.places) if self.in_groups else None

    def stored(self) -> dict[str, object]:
        """The value to store."""
        return {"shared": self.shared, "hours": self.hours, "grouped": self.grouped, "places": dict(self.places)}
