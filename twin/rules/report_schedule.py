"""Schedules of reports: what is reported, when it is made, in which formats and language, and to whom it is sent."""

from __future__ import annotations

from msgspec import Struct

from twin.model.building_report import ReportFormat, ReportKind
from twin.model.energy import EnergySpan

LONGEST_MONTH = 31


class ReportMail(Struct, frozen=True, kw_only=True):
    """One recipient: a channel of notifications, and the e-mail address or topic there."""

    channel: str
    to: str = ""


class ReportSchedule(Struct, frozen=True, kw_only=True):
    """A report that is made again and again: once after each `every`, about the day, week, month or year that is over then."""

    id: str
    title: str = ""
    report: ReportKind = ReportKind.ENERGY
    every: EnergySpan = EnergySpan.MONTH
    minute: int = 420
    """Minute of the local day at which it is made."""
    weekday: int = 0
    """Of a weekly one: 0 Monday to 6 Sunday."""
    day: int = 1
    """Of a monthly or yearly one: day of the month; in shorter months the last one."""
    month: int = 1
    """Of a yearly one: 1 to 12."""
    formats: tuple[ReportFormat, ...] = (ReportFormat.PDF,)
    language: str = "en"
    mails: tuple[ReportMail, ...] = ()
    since_ms: int = 0
    """When it was made or changed last, UTC ms: what was due before is not made up for."""


def wrong_time(schedule: ReportSchedule) -> str:
    """What is out of range, in English for the detail of a problem; empty where nothing is."""
    if not 0 <= schedule.minute < 1440:
        return f"the minute {schedule.minute} is on no day"
    if not (0 <= schedule.weekday <= 6 and 1 <= schedule.day <= LONGEST_MONTH and 1 <= schedule.month <= 12):
        return "a weekday is 0 (Monday) to 6, a day 1 to 31, a month 1 to 12"
    return "" if schedule.formats else "a report without a format"
