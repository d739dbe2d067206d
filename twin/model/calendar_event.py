"""One event of a calendar file, in the site's local time; each repetition is an event of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """Days are ISO dates (`2026-08-01`), both included; `begin` and `end` are minutes of the day, `end` excluded."""

    title: str
    first: str
    last: str
    begin: int = 0
    end: int = 1440
    all_day: bool = True
