"""Calendars of exceptional days: holidays, and weekend days worked instead."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class DayCalendar(Struct, frozen=True, kw_only=True):
    """Dates of a calendar, already expanded from country rules or calendar files."""

    id: str
    title: str = ""
    days: frozenset[date] = frozenset()
    """Days named by the calendar: holidays, school holidays, days of an event."""
    worked: frozenset[date] = frozenset()
    """Weekend days on which people work (China moves them beside its long holidays)."""

    def is_workday(self, day: date) -> bool:
        """Whether this is a workday: a weekday that is not named, or a worked weekend day."""
        return day in self.worked or (day.weekday() < 5 and day not in self.days)
