"""Days of a year that are not what their weekday says: holidays, and days worked in their stead."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class DayCalendar(Struct, frozen=True, kw_only=True):
    """Plain dates, expanded by whoever knows countries and calendar files."""

    id: str
    title: str = ""
    days: frozenset[date] = frozenset()
    """The days that the calendar names: holidays, school holidays, an event's days."""
    worked: frozenset[date] = frozenset()
    """Weekend days on which people work (China moves them beside its long holidays)."""

    def is_workday(self, day: date) -> bool:
        """Whether people work that day: weekdays but for holidays, and the days worked in their stead."""
        return day in self.worked or (day.weekday() < 5 and day not in self.days)
