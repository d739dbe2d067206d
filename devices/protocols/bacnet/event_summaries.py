"""Event summaries: the alarms that a device lists by GetEventInformation (ASHRAE 135-2020, clause 13.9)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind

NORMAL, FAULT, OFF_NORMAL = 0, 1, 2
KINDS = {
    FAULT: DeviceAlarmKind.FAULT,
    3: DeviceAlarmKind.HIGH_LIMIT,
    4: DeviceAlarmKind.LOW_LIMIT,
    5: DeviceAlarmKind.LIFE_SAFETY,
}
"""Kinds by event state (clause 21, BACnetEventState); offnormal and those of makers are OFF_NORMAL."""
TO_OFF_NORMAL, TO_FAULT, TO_NORMAL = 0, 1, 2
"""Indices of the three transitions in their lists (clause 21, BACnetEventTransitionBits)."""
PRIORITY_STEP = 64
"""Event priorities 0 to 63 are the most urgent of four (Annex M)."""
EVENT = 1
"""Notify_Type of what is no alarm."""

type TimeStamp = tuple[str, tuple[int, ...]]
"""A BACnetTimeStamp (clause 21): which of its three forms, and its numbers as the device sent them."""
TIME, SEQUENCE, DATE_TIME = "time", "sequence", "date_time"


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
    times: tuple[TimeStamp, ...] = ()
    """When each of these transitions happened."""

    def is_acked(self, transition: int) -> bool:
        """Whether a transition is acknowledged; True for one that the device does not tell of."""
        return all(self.acked[transition : transition + 1])


def kind_of(state: int) -> DeviceAlarmKind:
    """The kind of an alarm by its event state, which is not NORMAL."""
    return KINDS.get(state, DeviceAlarmKind.OFF_NORMAL)


def state_of(kind: DeviceAlarmKind) -> int:
    """The event state of a kind of alarm."""
    return next((state for state, one in KINDS.items() if one is kind), OFF_NORMAL)


def urgency(priority: int) -> int:
    """1 (the most urgent) to 4, of an event priority from 0 to 255."""
    return min(max(priority, 0) // PRIORITY_STEP, 3) + 1


def transition_to(state: int) -> int:
    """The transition by which an object comes into an event state."""
    return {NORMAL: TO_NORMAL, FAULT: TO_FAULT}.get(state, TO_OFF_NORMAL)


def is_dated(time: TimeStamp) -> bool:
    """Whether a time stamp tells when: devices without a clock send one without an hour (255, clause 20.2.13), or the number 0."""
    form, numbers = time
    if form == SEQUENCE:
        return numbers[:1] > (0,)
    hour = numbers[4:5] if form == DATE_TIME else numbers[:1]
    return hour != () and hour < (24,)


def date_time_stamp(seconds: float) -> TimeStamp:
    """A Unix time as time stamp in local time: year since 1900, month, day, day of the week from 1, hour to hundredths."""
    at = time.localtime(seconds)
    return DATE_TIME, (
        at.tm_year - 1900, at.tm_mon, at.tm_mday, at.tm_wday + 1, at.tm_hour, at.tm_min, at.tm_sec, int(seconds % 1 * 100),
    )  # fmt: skip


def alarms_of(summary: EventSummary, key: str) -> Iterator[DeviceAlarm]:
    """The alarms of a summary, about the point with this key: the one that stands, and those that ended unacknowledged."""
    stands = transition_to(summary.state)
    for transition, state in ((TO_OFF_NORMAL, OFF_NORMAL), (TO_FAULT, FAULT)):
        acked = summary.is_acked(transition)
        if transition == stands or not acked:
            priority = summary.priorities[transition] if transition < len(summary.priorities) else 255
            yield DeviceAlarm(
                key=key,
                kind=kind_of(summary.state if transition == stands else state),
                stands=transition == stands,
                priority=urgency(priority),
                acked=acked,
                notice=summary.notify_type == EVENT,
                event=str(summary.times[transition]) if transition < len(summary.times) else "",
            )


def device_alarms(summaries: Iterable[EventSummary], keys: Mapping[str, str], other: str) -> tuple[DeviceAlarm, ...]:
    """The alarms of a device; `keys`: the keys of its points by object, `other`: that of alarms about no point."""
    return tuple(alarm for one in summaries for alarm in alarms_of(one, keys.get(one.object, other)))
