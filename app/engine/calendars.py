"""Public holidays of countries as plain dates for the project; rules then need no holiday library."""

from __future__ import annotations

from collections.abc import Iterable

from twin.rules.day_calendar import DayCalendar


def country_calendar(country: str, subdivision: str = "", *, years: Iterable[int]) -> DayCalendar:
    """Public holidays of a country (ISO 3166-1 alpha-2) or a subdivision, and the weekend days worked in their stead.
    Raises
    NotImplementedError for unknown ones. The first call imports for 0.2 s: run it off the loop.
    """
    import holidays

    wanted = sorted(set(years))
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=wanted)
    worked = frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year in wanted)
    id = f"holidays:{country}-{subdivision}" if subdivision else f"holidays:{country}"
    return DayCalendar(id=id, title=id.removeprefix("holidays:"), days=frozenset(found), worked=worked)
