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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAlarm:
    """One alarm of a device that it lists: it stands, or has ended and is not acknowledged at the device."""

    key: str
    """Key of the point that it is about."""
    kind: DeviceAlarmKind | None
    """None: it has ended."""
    priority: int
    """1 is the most urgent, 4 the least."""
    acked: bool
    """Whether it is acknowledged at the device, or needs no acknowledgement there."""
    notice: bool = False
    """Whether the device means it as an event to know of, not as an alarm."""
