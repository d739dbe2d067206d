"""When scheduled reports are due, on the clock of the site."""

from __future__ import annotations

from calendar import monthrange
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import cast

from twin.insight.calendar_span import CalendarSpan, span_at
from twin.model.definition import DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.rules.definition_body import read_body
from twin.rules.report_schedule import ReportSchedule


def schedule_of(twin: Twin, id: str) -> ReportSchedule | None:
    """The schedule with this id; None where there is none, or it cannot be read."""
    found = twin.definitions.find(DefinitionKind.REPORT_SCHEDULE, id)
    with suppress(ProblemError):
        return None if found is None else cast("ReportSchedule", read_body(DefinitionKind.REPORT_SCHEDULE, found))
    return None


def due_in(schedule: ReportSchedule, period: CalendarSpan, zone: tzinfo) -> int:
    """UTC ms at which the report is due within a period of its `every`; it is about the period before. A time that the clock
    skips is the one that it jumps to."""
    first = period.first
    match schedule.every:
        case EnergySpan.DAY:
            day = first
        case EnergySpan.WEEK:
            day = first + timedelta(days=schedule.weekday)
        case EnergySpan.MONTH:
            day = _in_month(first.year, first.month, schedule.day)
        case EnergySpan.YEAR:
            day = _in_month(first.year, schedule.month, schedule.day)
    wall = datetime.combine(day, time(schedule.minute // 60, schedule.minute % 60), zone)
    return int(wall.astimezone(UTC).timestamp() * 1000)


def last_due(schedule: ReportSchedule, now_ms: int, zone: tzinfo) -> int:
    """The newest time up to now at which the report was due, UTC ms."""
    period = span_at(schedule.every, now_ms, zone)
    due = due_in(schedule, period, zone)
    return due if due <= now_ms else due_in(schedule, span_at(schedule.every, period.before_ms, zone), zone)


def next_due(schedule: ReportSchedule, now_ms: int, zone: tzinfo) -> int:
    """The first time after now at which the report is due, UTC ms."""
    period = span_at(schedule.every, now_ms, zone)
    due = due_in(schedule, period, zone)
    return due if due > now_ms else due_in(schedule, span_at(schedule.every, period.to_ms, zone), zone)


def reported_ms(schedule: ReportSchedule, at_ms: int, zone: tzinfo) -> int:
    """An instant (UTC ms) in the period that a report is about which is made at `at_ms`: the newest that is over."""
    return span_at(schedule.every, at_ms, zone).before_ms


def period_code(period: CalendarSpan) -> str:
    """A period in the name of a file (ISO 8601): `2026-11-24`, `2026-W48`, `2026-11`, `2026`."""
    first = period.first
    match period.span:
        case EnergySpan.DAY:
            return first.isoformat()
        case EnergySpan.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case EnergySpan.MONTH:
            return f"{first:%Y-%m}"
        case EnergySpan.YEAR:
            return f"{first.year}"


def _in_month(year: int, month: int, day: int) -> date:
    """The day of a month; the last one where the month is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))
