"""Privacy of a shared building: what is kept of points that tell of people, and for which purpose."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.ids import RoomId, StoreyId

HOUR_MS = 3_600_000
SEES_PEOPLE = frozenset({"motion", "occupancy", "presence"})
"""Capabilities whose truth shows that a person is there."""
PRESENCE_HOURS = 72
"""Hours for which values that tell of people are kept in a shared building, unless set otherwise."""
PURPOSES = ("control", "comfort", "energy", "care", "incident")
"""Purposes of recorded values, each with a text `privacy.purpose.…` on what is kept and for how long."""


LEAST_PLACES = 5
"""Number of people that rooms must be meant for together before presence in them is shown to viewers and operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceGroup:
    """Rooms of one storey whose presence is shown as one."""

    rooms: tuple[RoomId, ...]
    places: int
    """Number of people that they are meant for."""
    seen_places: int = 0
    """Number of people that those of them are meant for in which a sensor sees people."""
    present: bool | None = None
    """Whether any of their sensors sees a person; None where not known, or where it would tell of too few people."""

    @property
    def shown(self) -> bool:
        """Whether they are meant for enough people to be shown."""
        return self.places >= LEAST_PLACES

    @property
    def counted(self) -> bool:
        """Whether the rooms in which people are seen are meant for enough of them, so that their number may be told."""
        return self.shown and self.seen_places >= LEAST_PLACES


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceZone:
    """Rooms whose people are published as one number."""

    rooms: tuple[RoomId, ...]
    places: int
    """Number of people that they are meant for."""
    storey: StoreyId | None = None
    """The storey, where they are all of its zones; its number is no sum of theirs, for each is rounded by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceHours:
    """The published table of presence: people at least, rounded up or down by chance to a multiple of LEAST_PLACES. A room
    counts as one person in each quarter-hour in which a sensor of it saw a person."""

    zones: tuple[PresenceZone, ...] = ()
    rows: tuple[tuple[int, int, int], ...] = ()
    """When the hour began (UTC ms), number of its zone, people; hours that are not known have no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyStatus:
    """What applies to a building. In a home nothing is deleted."""

    shared: bool = False
    hours: int = PRESENCE_HOURS
    """Hours after which values that tell of presence, identity or health are deleted in a shared building."""
    swept_ms: int = 0
    """When that was done last, UTC ms; 0: not yet."""
    points: tuple[tuple[str, int], ...] = ()
    """What points of the building reveal (`Reveals`), with their number."""
    grouped: bool = False
    """Whether viewers and operators on other machines see presence in groups of rooms only."""
    places: tuple[tuple[RoomId, int], ...] = ()
    """Numbers of people that rooms are meant for, as set; for others it is the number of their presence sensors."""
    groups: tuple[PresenceGroup, ...] = ()
    """The groups, of a shared building in which presence is shown in groups."""
