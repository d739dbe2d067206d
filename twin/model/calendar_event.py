"""One event of a calendar file on the wall clock of the site: repetitions are events of their own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """Days as ISO dates (`2026-08-01`), both included; minutes of the day, `end` excluded. All day: 0 to 1440."""

    title: str
    first: str
    last: str
    begin: int = 0
    end: int = 1440
    all_day: bool = True
