"""Alarms that devices raise by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeviceAlarmKind(StrEnum):
    """The event state that a device's alarm reports."""

    FAULT = "fault"
    OFF_NORMAL = "off_normal"
    HIGH_LIMIT = "high_limit"
    LOW_LIMIT = "low_limit"
    LIFE_SAFETY = "life_safety"

    def is_acknowledged_with(self, other: DeviceAlarmKind) -> bool:
        """Whether devices keep one acknowledgement for both: one for faults, one for everything else."""
        return (self is DeviceAlarmKind.FAULT) is (other is DeviceAlarmKind.FAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAlarm:
    """One alarm of a device that it lists: it stands, or has ended and is not acknowledged at the device."""

    key: str
    """Key of the point that it is about."""
    kind: DeviceAlarmKind
    """Of one that has ended the device may tell only whether it was a fault."""
    stands: bool = True
    """False: it has ended."""
    priority: int
    """1 is the most urgent, 4 the least."""
    acked: bool
    """Whether it is acknowledged at the device, or needs no acknowledgement there."""
    notice: bool = False
    """Whether the device means it as an event to know of, not as an alarm."""
    event: str = ""
    """Identifies what raised it: the same alarm that came again has another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    """A change of state that a device has notified, or an acknowledgement that it has taken from anybody."""

    key: str
    """Key of the point that it is about."""
    kind: DeviceAlarmKind | None
    """The state that it came into, or that was acknowledged; None: normal."""
    before: DeviceAlarmKind | None
    """The state that it was in; None: normal, or not told."""
    priority: int
    """1 is the most urgent, 4 the least."""
    message: str
    """The device's own words; may be empty."""
    acknowledged: bool
    """Whether it tells of an acknowledgement."""
    notice: bool
    """Whether the device means it as an event to know of, not as an alarm."""
    priority_there: int
    """Priority in the device's own numbers."""
    notification_class: int
    """The device's own class of notifications."""
    shared: bool = False
    """Whether its point stands for several objects of the device: which alarms of it stand, only the device's list tells."""
