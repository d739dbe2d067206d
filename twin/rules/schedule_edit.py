"""Edits of schedules: entries of weekdays, exceptions and holidays; each returns the changed schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from msgspec.structs import replace

from twin.model.capability import Capability
from twin.rules.day_calendar import DayCalendar
from twin.rules.schedule import Entries, Schedule, ScheduleDays, ScheduleException, carried_over

type Week = tuple[Entries, Entries, Entries, Entries, Entries, Entries, Entries]
SUNDAY, MONDAY = 6, 0
HOLIDAY_PRIORITY, WORKED_PRIORITY, DATE_PRIORITY = 12, 11, 8
"""Priorities (1 strongest) of holidays, of weekend days worked in their stead, and of single dates."""

NO_VALUE = math.inf
"""A value that means nothing any more, since its schedule sets something else; never saved."""


def with_values(schedule: Schedule, of: Callable[[float], float]) -> Schedule:
    """The schedule with each of its values replaced by what `of` makes of it."""

    def changed(entries: Entries) -> Entries:
        return tuple((minute, None if value is None else of(value)) for minute, value in entries)

    return replace(
        schedule,
        week=cast("Week", tuple(changed(day) for day in schedule.week)),
        exceptions=tuple(replace(one, times=changed(one.times)) for one in schedule.exceptions),
        default=None if schedule.default is None else of(schedule.default),
    )


@dataclass(frozen=True, slots=True)
class ValueMeaning:
    """What the values of a schedule that commands points are: words of a truth or an enum, else numbers of a range."""

    row: Capability
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def has(self, value: float) -> bool:
        """Whether this is one of the values."""
        if self.options:
            return 0 <= value < len(self.options) and value == int(value)
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def is_that_of(self, other: ValueMeaning) -> bool:
        """Whether a value means the same in both: one of the same words, or a number of the same quantity and unit."""
        mine, theirs = (self.row.type, self.row.quantity, self.row.unit), (
            other.row.type, other.row.quantity, other.row.unit)  # fmt: skip
        return mine == theirs and self.options == other.options


def with_meaning(schedule: Schedule, before: ValueMeaning | None, now: ValueMeaning | None) -> Schedule:
    """The schedule after its points changed: values that now mean something else, or nothing, become NO_VALUE. Those of
    points that are not known (None) are kept where they fit."""
    if now is None:
        return schedule
    same = before is None or now.is_that_of(before)
    return with_values(schedule, lambda value: value if same and now.has(value) else NO_VALUE)


def with_scenes(schedule: Schedule, scenes: tuple[str, ...]) -> Schedule:
    """The schedule that sets these scenes instead, none where empty. Values name the same scenes as before; those that
    name none of them become NO_VALUE."""
    before = schedule.scenes

    def moved(value: float) -> float:
        named = before[int(value)] if 0 <= value < len(before) else ""
        return float(scenes.index(named)) if named in scenes else NO_VALUE

    if not before and not scenes:
        return schedule
    return replace(with_values(schedule, moved), scenes=scenes)


def means_something(schedule: Schedule) -> bool:
    """Whether every value can be set: none is NO_VALUE and, where the schedule sets scenes, each names one."""
    days = (*schedule.week, *(one.times for one in schedule.exceptions))
    values = [schedule.default, *(value for day in days for _, value in day)]
    end = len(schedule.scenes) or None
    return all(one is None or (one != NO_VALUE if end is None else 0 <= one < end) for one in values)


def with_week(schedule: Schedule, weekdays: Iterable[int], entries: Entries) -> Schedule:
    """The schedule with these entries on these weekdays (0 is Monday); the last value of a day holds past midnight
    until the next day's first entry."""
    week = list(without_carried(schedule.week))
    for weekday in weekdays:
        week[weekday] = tuple(sorted(entries))
    return carried_over(replace(schedule, week=cast("Week", tuple(week))))


def without_carried(week: Week) -> Week:
    """The week without midnight entries that only repeat the value of the day before, as `carried_over` adds them."""
    stripped = tuple(
        day[1:] if day and day[0][0] == 0 and (before := week[at - 1]) and before[-1][1] == day[0][1] else day
        for at, day in enumerate(week)
    )
    return cast("Week", stripped) if any(stripped) else week


def with_exception(schedule: Schedule, exception: ScheduleException) -> Schedule:
    """The schedule with one more exception; it takes the place of one for the same days."""
    kept = tuple(one for one in schedule.exceptions if one.days != exception.days)
    return replace(schedule, exceptions=(*kept, exception))


def holiday_exceptions(calendar: DayCalendar, weekday: int = SUNDAY) -> tuple[ScheduleException, ...]:
    """Exceptions for a calendar: its days like `weekday`, and its worked weekend days, where it has any, like Monday."""
    days = ScheduleDays(calendar=calendar.id)
    found = ScheduleException(days=(days,), like_weekday=weekday, priority=HOLIDAY_PRIORITY, title=calendar.title)
    if not calendar.worked:
        return (found,)
    worked = replace(days, worked=True)
    return found, replace(found, days=(worked,), like_weekday=MONDAY, priority=WORKED_PRIORITY)
