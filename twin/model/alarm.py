"""How an alarm stands, as a list shows it, and a row of the alarms' log (ISA-18.2-2016)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.text import Text

GRAVE = 2
"""Up to this priority an alarm is grave: critical (1), high (2)."""


class AlarmOverlay(StrEnum):
    """What keeps an alarm from people's list while its phase goes on beneath."""

    NONE = ""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    """By design: something else explains it."""
    OUT_OF_SERVICE = "out_of_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStatus:
    """One alarm now. Times are UTC ms."""

    id: str
    title: Text
    what_to_do: Text | None = None
    priority: int = 3
    """1 is the most urgent, 4 the least."""
    category: str = "service"
    """What is at stake: safety, security, property, comfort, energy, service."""
    phase: str = "normal"
    """normal, unack, ack, rtn_unack, latched_unack or latched_ack."""
    since_ms: int = 0
    """Since when it stands in its phase."""
    room: RoomId | None = None
    device: DeviceId | None = None
    point: PointId | None = None
    value: float | None = None
    """What it watched said when this was told, canonical unit."""
    count: int = 0
    """How often it came."""
    acked_by: str = ""
    overlay: AlarmOverlay = AlarmOverlay.NONE
    until_ms: int | None = None
    """When a shelf ends."""
    why: Text | None = None
    """Why it is hidden, in words."""
    uncertain: bool = False
    """What it watches is not known just now: it stands as it stood."""
    longest_shelf_ms: int = 0
    """How long it may be shelved; 0: never."""

    @property
    def active(self) -> bool:
        """Whether its condition stands."""
        return self.phase in ("unack", "ack")

    @property
    def grave(self) -> bool:
        """Whether it is critical or high."""
        return self.priority <= GRAVE

    @property
    def needs_ack(self) -> bool:
        """Whether somebody has to acknowledge it."""
        return self.phase in ("unack", "rtn_unack", "latched_unack")

    @property
    def standing(self) -> bool:
        """Whether people see it in the list: not normal, and nothing hides it."""
        return self.phase != "normal" and not self.overlay

    @property
    def at_rest(self) -> bool:
        """Whether there is nothing to show of it at all."""
        return self.phase == "normal" and not self.overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLogEntry:
    """One thing that happened to an alarm."""

    time_ms: int
    alarm: str
    title: Text
    event: str
    """raised, returned, acknowledged, shelved and so on."""
    phase: str
    priority: int
    value: float | None = None
    who: str = ""
    reason: Text | None = None


def listed(alarms: dict[str, AlarmStatus]) -> list[AlarmStatus]:
    """Those that are not at rest: what people see first, the most urgent and then the newest before the others."""
    shown = [one for one in alarms.values() if not one.at_rest]
    return sorted(shown, key=lambda one: (not one.standing, one.priority, -one.since_ms, one.id))
