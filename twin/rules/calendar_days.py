"""The coming days of the calendars that a schedule's exceptions name, and which of the exceptions applies on each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from twin.rules.schedule import Calendars, ScheduleException


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day that a calendar brings to a schedule."""

    day: date
    calendar: str
    """Id of the calendar."""
    worked: bool
    """Whether it is a weekend day that is worked, not a day off."""
    exception: ScheduleException
    """The strongest exception of that day, which need not be one of this calendar."""


def calendar_days_ahead(
    exceptions: Sequence[ScheduleException], calendars: Calendars, first: date, most: int
) -> tuple[CalendarDay, ...]:
    """The next days (`most` of them) from `first` on that an exception takes from a calendar, in order."""
    found = sorted(set(_named(exceptions, calendars, first)))
    strongest = sorted(exceptions, key=lambda one: one.priority)  # of equal priority the first, as in `day_lists`
    return tuple(
        CalendarDay(day, calendar, worked, _applied(strongest, day, calendars))
        for day, calendar, worked in found[:most]
    )


def _named(
    exceptions: Sequence[ScheduleException], calendars: Calendars, first: date
) -> Iterator[tuple[date, str, bool]]:
    for days in (days for one in exceptions for days in one.days if days.calendar):
        calendar = calendars.get(days.calendar)
        if calendar is not None:
            there = calendar.worked if days.worked else calendar.days
            yield from ((day, days.calendar, days.worked) for day in there if day >= first and days.has(day, calendars))


def _applied(strongest: Sequence[ScheduleException], day: date, calendars: Calendars) -> ScheduleException:
    return next(one for one in strongest if any(days.has(day, calendars) for days in one.days))
