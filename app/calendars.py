"""Calendars for the project: public holidays of countries, and events of calendar files; rules then need no library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from msgspec.structs import replace

from twin.model.calendar_event import CalendarEvent
from twin.model.problem import Problem, ProblemError
from twin.rules.calendar_days import CalendarDay, calendar_days_ahead
from twin.rules.day_calendar import DayCalendar
from twin.rules.schedule import ScheduleException

HOLIDAYS = "holidays:"
"""First part of the id of a calendar of public holidays; the rest is its place: `CN`, `DE-BY`."""
YEARS_AHEAD = 5
AHEAD_DAYS = 400
"""Events of a file are taken for so many days."""


def country_calendar(country: str, subdivision: str = "", *, years: Iterable[int]) -> DayCalendar:
    """Public holidays of a country (ISO 3166-1 alpha-2) or a subdivision, and the weekend days worked in their stead.
    Raises NotImplementedError for unknown ones. The first call imports for 0.2 s: run it off the loop.
    """
    import holidays

    wanted = sorted(set(years))
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=wanted)
    worked = frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year in wanted)
    title = f"{country}-{subdivision}" if subdivision else country
    return DayCalendar(id=f"{HOLIDAYS}{title}", title=title, days=frozenset(found), worked=worked)


def holiday_calendar(text: str, today: date) -> DayCalendar:
    """Public holidays from this year on, of `CN` or `DE-BY`. ProblemError for places that are not known."""
    country, _, subdivision = text.strip().upper().partition("-")
    try:
        return country_calendar(country, subdivision, years=range(today.year, today.year + YEARS_AHEAD))
    except (NotImplementedError, ValueError) as error:
        raise ProblemError(Problem(code="schedule.country", args={"country": text[:40]}, where=text[:40])) from error


def renewed(calendar: DayCalendar, today: date) -> DayCalendar:
    """A calendar of public holidays with the days of the coming years, where it ends before those; what it has is kept,
    and so is a calendar of anything else, or of a place that the library does not know."""
    last = max((day.year for day in calendar.days), default=today.year)
    if not calendar.id.startswith(HOLIDAYS) or last > today.year:
        return calendar
    country, _, subdivision = calendar.id.removeprefix(HOLIDAYS).partition("-")
    years = range(max(last + 1, today.year), today.year + YEARS_AHEAD)
    try:
        more = country_calendar(country, subdivision, years=years)
    except (NotImplementedError, ValueError):
        return calendar
    return replace(calendar, days=calendar.days | more.days, worked=calendar.worked | more.worked)


def renewed_all(calendars: Mapping[str, DayCalendar], today: date) -> dict[str, DayCalendar]:
    """Calendars by id, those of public holidays with the days of the coming years. May import for 0.2 s."""
    return {id: renewed(one, today) for id, one in calendars.items()}


def holiday_names(calendar: str, years: Iterable[int], language: str) -> dict[date, str]:
    """Names of the public holidays of a calendar by its id, in a language (`zh_CN`) where the library has it, else in English,
    else in the country's own; empty for a calendar of anything else, or of a place that the library does not know. The first
    call imports for 0.2 s."""
    import holidays

    if not calendar.startswith(HOLIDAYS):
        return {}
    country, _, subdivision = calendar.removeprefix(HOLIDAYS).partition("-")
    try:
        spoken = holidays.country_holidays(country).supported_languages
        wanted = next((one for one in (language, "en_US") if one in spoken), None)
        found = holidays.country_holidays(
            country, subdiv=subdivision or None, years=sorted(set(years)), language=wanted
        )
    except (NotImplementedError, ValueError):
        return {}
    return dict(found.items())


def named_days_ahead(
    exceptions: Sequence[ScheduleException],
    calendars: Mapping[str, DayCalendar],
    today: date,
    most: int,
    language: str,
) -> list[tuple[CalendarDay, str]]:
    """The next days (`most` of them) that a schedule's exceptions take from calendars, each with its name: of a public holiday
    its own, of a day of a file the calendar's title; empty for a worked weekend day and where none is known."""
    days = calendar_days_ahead(exceptions, calendars, today, most)
    years = {one.day.year for one in days}
    names = {id: holiday_names(id, years, language) for id in {one.calendar for one in days}}

    def name(one: CalendarDay) -> str:
        is_public = one.calendar.startswith(HOLIDAYS)
        return (
            "" if one.worked else names[one.calendar].get(one.day, "") if is_public else calendars[one.calendar].title
        )

    return [(one, name(one)) for one in days]


def events_of_file(path: Path, today: date, zone: str) -> tuple[CalendarEvent, ...]:
    """Events of a calendar file (.ics) in the next 400 days, in local time of `zone` (IANA). Blocks up to 20 s.
    ProblemError where it cannot be opened or is refused."""
    from twin.building.calendar_reader import read_calendar
    from twin.files.errors import os_problem

    try:
        found = read_calendar(path, today, today + timedelta(days=AHEAD_DAYS), zone)
    except OSError as error:
        raise ProblemError(os_problem(error, path, code="calendar.broken")) from error
    if found.refused:
        raise ProblemError(_refused(found.refused, str(path), found.detail))
    return found.events


def _refused(code: str, where: str, detail: str) -> Problem:
    match code:
        case "calendar.large":
            return Problem(code="calendar.large", where=where)
        case "calendar.slow":
            return Problem(code="calendar.slow", where=where)
        case "calendar.too_often":
            return Problem(code="calendar.too_often", where=where)
        case "calendar.too_many":
            return Problem(code="calendar.too_many", where=where)
        case _:
            return Problem(code="calendar.broken", where=where, detail=detail)
