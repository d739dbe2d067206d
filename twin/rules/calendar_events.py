"""Days and times that schedules take from a calendar file's events: days off, or times at which a value holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from twin.model.calendar_event import CalendarEvent
from twin.rules.day_calendar import DayCalendar
from twin.rules.schedule import ScheduleDays, ScheduleException

LONGEST_DAYS = 400


def days_of_event(event: CalendarEvent) -> Iterator[date]:
    """Every day that the event touches, at most LONGEST_DAYS."""
    day, last = date.fromisoformat(event.first), date.fromisoformat(event.last)
    for _ in range(LONGEST_DAYS):
        if day > last:
            return
        yield day
        day += timedelta(days=1)


def calendar_of_events(id: str, events: Iterable[CalendarEvent], title: str = "") -> DayCalendar:
    """A calendar of the days of all-day events (school holidays, days off); events with a time are left out."""
    days = frozenset(day for event in events if event.all_day for day in days_of_event(event))
    return DayCalendar(id=id, title=title, days=days)


def exceptions_of_events(
    events: Iterable[CalendarEvent], value: float, priority: int = 8
) -> tuple[ScheduleException, ...]:
    """Schedule exceptions that give `value` during each event and the weekly value before and after: one exception per
    day.

    Events of one day that touch or overlap are merged. Entries end with None, which returns to the weekly schedule.
    """
    stretches: dict[date, list[tuple[int, int]]] = {}
    for event in events:
        days = list(days_of_event(event))
        for day in days:
            begin = event.begin if day == days[0] else 0
            end = event.end if str(day) == event.last else 1440
            if begin < end:
                stretches.setdefault(day, []).append((begin, end))
    return tuple(
        ScheduleException(days=(ScheduleDays(first=day, last=day),), times=_entries(found, value), priority=priority)
        for day, found in sorted(stretches.items())
    )


def _entries(stretches: list[tuple[int, int]], value: float) -> tuple[tuple[int, float | None], ...]:
    merged: list[list[int]] = []
    for begin, end in sorted(stretches):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([begin, end])
    entries: list[tuple[int, float | None]] = []
    for begin, end in merged:
        entries.append((begin, value))
        if end < 1440:
            entries.append((end, None))
    return tuple(entries)
