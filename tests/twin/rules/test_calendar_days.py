"""The days that a schedule's calendars bring are listed, with the exception that applies on each."""

from __future__ import annotations

from datetime import date

from twin.rules.calendar_days import calendar_days_ahead
from twin.rules.day_calendar import DayCalendar
from twin.rules.schedule import ScheduleDays, ScheduleException
from twin.rules.schedule_edit import DATE_PRIORITY, MONDAY, SUNDAY, holiday_exceptions

CHINA = DayCalendar(
    id="holidays:CN",
    title="CN",
    days=frozenset({date(2026, 2, 17), date(2026, 10, 1), date(2025, 10, 1)}),
    worked=frozenset({date(2026, 2, 14)}),
)
CALENDARS = {CHINA.id: CHINA}


def test_days_off_and_worked_weekends_come_in_order_each_with_what_applies() -> None:
    found = calendar_days_ahead(holiday_exceptions(CHINA), CALENDARS, date(2026, 1, 1), 10)
    assert [(one.day, one.worked, one.exception.like_weekday) for one in found] == [
        (date(2026, 2, 14), True, MONDAY),
        (date(2026, 2, 17), False, SUNDAY),
        (date(2026, 10, 1), False, SUNDAY),
    ]
    assert {one.calendar for one in found} == {CHINA.id}


def test_only_the_next_ones_are_listed_and_today_counts() -> None:
    found = calendar_days_ahead(holiday_exceptions(CHINA), CALENDARS, date(2026, 2, 17), 1)
    assert [one.day for one in found] == [date(2026, 2, 17)]


def test_a_stronger_exception_of_single_days_is_what_applies() -> None:
    day = date(2026, 10, 1)
    party = ScheduleException(days=(ScheduleDays(first=day, last=day),), times=((0, 21.0),), priority=DATE_PRIORITY)
    found = calendar_days_ahead((*holiday_exceptions(CHINA), party), CALENDARS, day, 5)
    assert [one.exception for one in found] == [party]


def test_a_calendar_that_is_gone_and_an_exception_without_one_bring_no_days() -> None:
    days = ScheduleDays(first=date(2026, 1, 1), last=date(2026, 1, 9))
    only = (ScheduleException(days=(days,)), ScheduleException(days=(ScheduleDays(calendar="gone"),)))
    assert calendar_days_ahead(only, CALENDARS, date(2026, 1, 1), 5) == ()
