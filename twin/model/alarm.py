"""Status of an alarm, as a list shows it, and a row of the alarm log (ISA-18.2-2016)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.text import Text

GRAVE = 2
"""Lowest priority that counts as grave: critical (1) and high (2)."""


class AlarmOverlay(StrEnum):
    """Reason why an alarm is hidden from the list; its phase is still updated meanwhile."""

    NONE = ""
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    """Hidden by design: another alarm or condition explains it."""
    OUT_OF_SERVICE = "out_of_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStatus:
    """Present status of one alarm. Times are UTC ms."""

    id: str
    title: Text
    what_to_do: Text | None = None
    priority: int = 3
    """1 is the most urgent, 4 the least."""
    category: str = "service"
    """Category of the harm: safety, security, property, comfort, energy, service."""
    phase: str = "normal"
    """normal, unack, ack, rtn_unack, latched_unack or latched_ack."""
    since_ms: int = 0
    """When the present phase began."""
    raised_ms: int = 0
    """When the condition was last met for long enough to raise the alarm."""
    room: RoomId | None = None
    device: DeviceId | None = None
    point: PointId | None = None
    value: float | None = None
    """Value of the watched key when this status was made, canonical unit; None where not known."""
    count: int = 0
    """Number of times the alarm was raised."""
    acked_by: str = ""
    overlay: AlarmOverlay = AlarmOverlay.NONE
    until_ms: int | None = None
    """When shelving ends."""
    why: Text | None = None
    """Reason why the alarm is hidden."""
    uncertain: bool = False
    """True where the watched value is not known at present; the phase stays as it was."""
    longest_shelf_ms: int = 0
    """Longest time for which the alarm may be shelved, ms; 0: never."""
    message: str = ""
    """Own words of the device that raises the alarm; empty where it gave none."""
    untold: Text | None = None
    """Reason why the device that raises the alarm is not told yet that it is acknowledged; None: nothing is to be told."""

    @property
    def active(self) -> bool:
        """Whether the alarm is active: its condition holds."""
        return self.phase in ("unack", "ack")

    @property
    def grave(self) -> bool:
        """Whether the priority is critical or high."""
        return self.priority <= GRAVE

    @property
    def needs_ack(self) -> bool:
        """Whether the alarm waits for an acknowledgement."""
        return self.phase in ("unack", "rtn_unack", "latched_unack")

    @property
    def standing(self) -> bool:
        """Whether the list shows the alarm: neither normal nor hidden."""
        return self.phase != "normal" and not self.overlay

    @property
    def at_rest(self) -> bool:
        """Whether the alarm is normal and not hidden."""
        return self.phase == "normal" and not self.overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLogEntry:
    """A logged event of one alarm; `phase` and `priority` are those after it, `who` the user if one caused it."""

    time_ms: int
    alarm: str
    title: Text
    event: str
    """Event that happened: raised, returned, acknowledged, shelved and so on."""
    phase: str
    priority: int
    value: float | None = None
    who: str = ""
    reason: Text | None = None


def listed(alarms: dict[str, AlarmStatus]) -> list[AlarmStatus]:
    """Alarms that are not at rest: those not hidden first, then by priority, then the newest first."""
    shown = [one for one in alarms.values() if not one.at_rest]
    return sorted(shown, key=lambda one: (not one.standing, one.priority, -one.since_ms, one.id))
