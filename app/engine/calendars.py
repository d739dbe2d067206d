"""Days off from what countries and calendar files say, expanded to plain dates that the project keeps: rules ask no library."""

from __future__ import annotations

from collections.abc import Iterable

from twin.rules.day_calendar import DayCalendar


def country_calendar(country: str, subdivision: str = "", *, years: Iterable[int]) -> DayCalendar:
    """Public holidays of a country (ISO 3166-1 alpha-2) or a part of it, and the weekend days worked in their stead; for
    unknown ones, NotImplementedError. Costs a fifth of a second once: off the loop."""
    import holidays

    wanted = sorted(set(years))
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=wanted)
    worked = frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year in wanted)
    id = f"holidays:{country}-{subdivision}" if subdivision else f"holidays:{country}"
    return DayCalendar(id=id, title=id.removeprefix("holidays:"), days=frozenset(found), worked=worked)
