"""Present and coming values of a schedule: the value in force, its next change, and the spans of the hours ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from twin.rules.schedule import Calendars, Schedule, schedule_changes, value_at
from twin.rules.wall_clock import DAY_MS, clock_changes, local

LOOK_AHEAD_DAYS = (2, 9, 40, 400)
"""The next change is looked for within so many days, then within the next number."""


@dataclass(frozen=True, slots=True)
class ScheduleSpan:
    """A value that is in force from `from_ms` until `to_ms` (UTC ms); None: none."""

    from_ms: int
    to_ms: int
    value: float | None


@dataclass(frozen=True, slots=True)
class ScheduleOutlook:
    """The value in force, and the next change (UTC ms) with its value; `next_ms` None: no change within 400 days."""

    value: float | None
    next_ms: int | None = None
    next_value: float | None = None


def outlook(schedule: Schedule, zone: tzinfo, calendars: Calendars, now_ms: int) -> ScheduleOutlook:
    """The value in force now, and the next change."""
    value, after_ms = value_at(schedule, local(now_ms, zone), calendars), now_ms
    for days in LOOK_AHEAD_DAYS:
        until_ms = now_ms + days * DAY_MS
        if changes := schedule_changes(schedule, zone, calendars, after_ms, until_ms):
            return ScheduleOutlook(value, *changes[0])
        after_ms = until_ms
    return ScheduleOutlook(value)


def spans_ahead(
    schedule: Schedule, zone: tzinfo, calendars: Calendars, from_ms: int, to_ms: int
) -> tuple[ScheduleSpan, ...]:
    """The values from one instant to another, without gaps."""
    at, value, found = from_ms, value_at(schedule, local(from_ms, zone), calendars), list[ScheduleSpan]()
    for change_ms, after in schedule_changes(schedule, zone, calendars, from_ms, to_ms):
        found.append(ScheduleSpan(at, change_ms, value))
        at, value = change_ms, after
    return (*found, ScheduleSpan(at, to_ms, value)) if at < to_ms else tuple(found)


def clock_jumps(zone: tzinfo, from_ms: int, to_ms: int) -> tuple[tuple[int, int], ...]:
    """[(UTC ms, jump of the wall clock in minutes)] of the clock changes between two instants."""
    return tuple(
        (at, round((_offset(at, zone) - _offset(at - 1, zone)) / 60)) for at in clock_changes(zone, from_ms, to_ms)
    )


def _offset(at_ms: int, zone: tzinfo) -> float:
    ahead = local(at_ms, zone).utcoffset()
    return 0.0 if ahead is None else ahead.total_seconds()
