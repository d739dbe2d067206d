"""Event summaries: the alarms that a device lists by GetEventInformation (ASHRAE 135-2020, clause 13.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind

NORMAL, FAULT = 0, 1
KINDS = {
    FAULT: DeviceAlarmKind.FAULT,
    3: DeviceAlarmKind.HIGH_LIMIT,
    4: DeviceAlarmKind.LOW_LIMIT,
    5: DeviceAlarmKind.LIFE_SAFETY,
}
"""Kinds by event state (clause 21, BACnetEventState); offnormal and those of makers are OFF_NORMAL."""
PRIORITY_STEP = 64
"""Event priorities 0 to 63 are the most urgent of four (Annex M)."""
EVENT = 1
"""Notify_Type of what is no alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSummary:
    """One object that has an event state other than normal, or a transition that is not acknowledged."""

    object: str
    state: int
    acked: tuple[bool, ...]
    """Whether the last transition to offnormal, to fault and to normal is acknowledged."""
    priorities: tuple[int, ...]
    """Priority of each of these transitions, 0 to 255."""
    notify_type: int


def device_alarm(summary: EventSummary, key: str) -> DeviceAlarm:
    """The alarm of a summary, about the point with this key."""
    at = int(summary.state == FAULT)
    stands = summary.state != NORMAL
    acked = summary.acked[at : at + 1] if stands else summary.acked[:2]
    priority = summary.priorities[at] if at < len(summary.priorities) else 255
    return DeviceAlarm(
        key=key,
        kind=KINDS.get(summary.state, DeviceAlarmKind.OFF_NORMAL) if stands else None,
        priority=min(priority // PRIORITY_STEP, 3) + 1,
        acked=all(acked),
        notice=summary.notify_type == EVENT,
    )


def device_alarms(summaries: Iterable[EventSummary], keys: Mapping[str, str], other: str) -> tuple[DeviceAlarm, ...]:
    """The alarms of a device; `keys`: the keys of its points by object, `other`: that of alarms about no point."""
    return tuple(device_alarm(one, keys.get(one.object, other)) for one in summaries)
