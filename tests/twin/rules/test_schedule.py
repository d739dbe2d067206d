"""Schedules: what is in force at each minute of a year, in zones with odd clocks; exceptions, holidays, worked weekends."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.rules.day_calendar import DayCalendar
from twin.rules.schedule import (
    Entries,
    Schedule,
    ScheduleDays,
    ScheduleException,
    carried_over,
    schedule_changes,
    value_at,
)

WORK: Entries = ((360, 21.0), (510, 18.0), (960, 21.0), (1320, 17.0))
REST: Entries = ((480, 21.0), (1380, 17.0))
WEEK = (WORK, WORK, WORK, WORK, WORK, REST, REST)
OFFICE = Schedule(
    id="s",
    week=WEEK,
    exceptions=(
        ScheduleException(days=(ScheduleDays(first=date(2026, 8, 1), last=date(2026, 8, 14)),), times=((0, 15.0),), priority=10),
        ScheduleException(days=(ScheduleDays(month=12, day=25),), times=((540, 22.0), (1380, None)), priority=5),
        ScheduleException(days=(ScheduleDays(weekday=0, week=1),), times=((150, 19.0),), priority=8),
    ),
    default=16.0,
)  # fmt: skip


def oracle_day(day: date) -> np.ndarray:
    """(1440,) what OFFICE says at each minute of a day, painted from the weakest to the strongest."""
    minutes = np.full(1440, 16.0)

    def paint(entries: Entries) -> None:
        for (at, value), until in zip(entries, [*(at for at, _ in entries[1:]), 1440], strict=True):
            if value is not None:
                minutes[at:until] = value

    paint(REST if day.weekday() >= 5 else WORK)
    if date(2026, 8, 1) <= day <= date(2026, 8, 14):
        paint(((0, 15.0),))
    if day.weekday() == 0 and day.day <= 7:
        paint(((150, 19.0),))
    if (day.month, day.day) == (12, 25):
        paint(((540, 22.0), (1380, None)))
    return minutes


@pytest.mark.parametrize("name", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"])
def test_no_minute_of_a_year_is_wrong(name: str) -> None:
    zone = ZoneInfo(name)
    begin = datetime(2026, 1, 1, tzinfo=zone).astimezone(UTC)
    minutes = 525_600
    start_ms = int(begin.timestamp() * 1000)
    changes = schedule_changes(OFFICE, zone, {}, start_ms - 60_000, start_ms + minutes * 60_000)
    before = value_at(OFFICE, (begin - timedelta(minutes=1)).astimezone(zone), {})
    times = start_ms + np.arange(minutes) * 60_000
    at = np.searchsorted([ms for ms, _ in changes], times, side="right")
    ours = np.array([before, *(value for _, value in changes)], np.float64)[at]
    # Wall clocks jump at full quarter-hours of UTC only, in every zone that is tested.
    wall = [(begin + timedelta(minutes=15 * n)).astimezone(zone) for n in range(minutes // 15)]
    days = {day: oracle_day(day) for day in {moment.date() for moment in wall}}
    theirs = np.empty(minutes)
    for n, moment in enumerate(wall):
        first = moment.hour * 60 + moment.minute
        theirs[15 * n : 15 * n + 15] = days[moment.date()][first : first + 15]
    assert int((ours != theirs).sum()) == 0
    assert len(changes) > 1000


SPRING_FESTIVAL = DayCalendar(
    id="cn",
    days=frozenset(date(2026, 2, 15) + timedelta(days=n) for n in range(9)),
    worked=frozenset((date(2026, 2, 14), date(2026, 2, 28))),
)
"""China's Spring Festival 2026 as the State Council announced it: nine days off, two worked Saturdays."""


def test_chinas_worked_saturdays_go_as_a_workday_and_its_holidays_as_a_sunday() -> None:
    schedule = Schedule(
        id="s",
        week=WEEK,
        exceptions=(
            ScheduleException(days=(ScheduleDays(calendar="cn"),), like_weekday=6, priority=9),
            ScheduleException(days=(ScheduleDays(calendar="cn", worked=True),), like_weekday=0, priority=9),
        ),
    )  # fmt: skip
    calendars = {"cn": SPRING_FESTIVAL}
    seen = {
        day: value_at(schedule, datetime(2026, 2, day, 7, tzinfo=UTC), calendars)
        for day in (13, 14, 16, 21, 23, 24, 28)
    }
    assert seen == {13: 21.0, 14: 21.0, 16: None, 21: None, 23: None, 24: 21.0, 28: 21.0}
    assert value_at(schedule, datetime(2026, 2, 16, 9, tzinfo=UTC), calendars) == 21.0
    assert SPRING_FESTIVAL.is_workday(date(2026, 2, 14))
    assert not SPRING_FESTIVAL.is_workday(date(2026, 2, 17))
    assert not SPRING_FESTIVAL.is_workday(date(2026, 2, 22))


def test_outside_its_effective_period_a_schedule_says_nothing_not_even_its_default() -> None:
    schedule = msgspec.structs.replace(OFFICE, first=date(2026, 5, 1), last=date(2026, 5, 31))
    seen = [value_at(schedule, datetime(2026, month, 31, 7, tzinfo=UTC), {}) for month in (3, 5, 7)]
    assert seen == [None, 18.0 if date(2026, 5, 31).weekday() < 5 else 16.0, None]


def test_a_null_of_an_exception_gives_up_to_the_week() -> None:
    assert value_at(OFFICE, datetime(2026, 12, 25, 8, tzinfo=UTC), {}) == 21.0
    assert value_at(OFFICE, datetime(2026, 12, 25, 12, tzinfo=UTC), {}) == 22.0
    assert value_at(OFFICE, datetime(2026, 12, 25, 23, 30, tzinfo=UTC), {}) == 17.0


@given(st.dates(date(2020, 1, 1), date(2032, 12, 31)))
def test_wildcards_of_days_mean_what_bacnet_says(day: date) -> None:
    last = monthrange(day.year, day.month)[1]
    assert ScheduleDays(month=13).has(day, {}) == (day.month in (1, 3, 5, 7, 9, 11))
    assert ScheduleDays(month=14).has(day, {}) == (day.month in (2, 4, 6, 8, 10, 12))
    assert ScheduleDays(day=32).has(day, {}) == (day.day == last)
    assert ScheduleDays(week=6).has(day, {}) == (day.day > last - 7)
    assert ScheduleDays(week=2, weekday=1).has(day, {}) == (8 <= day.day <= 14 and day.weekday() == 1)
    assert not ScheduleDays(calendar="nobody has it").has(day, {})


def test_of_two_exceptions_the_stronger_priority_counts_and_of_equals_the_first() -> None:
    def of(*priorities: int) -> float | None:
        days = (ScheduleDays(),)
        exceptions = tuple(
            ScheduleException(days=days, times=((0, float(n)),), priority=p) for n, p in enumerate(priorities)
        )
        return value_at(Schedule(id="s", exceptions=exceptions), datetime(2026, 1, 1, tzinfo=UTC), {})

    assert [of(9, 5), of(5, 9), of(7, 7)] == [1.0, 0.0, 0.0]


def test_last_nights_value_is_written_as_the_next_days_first_entry() -> None:
    night = carried_over(Schedule(id="s", week=(WORK, (), WORK, WORK, WORK, REST, REST)))
    assert night.week[1] == ((0, 17.0),)
    assert night.week[0][0] == (0, 17.0)
    assert value_at(night, datetime(2026, 6, 2, 3, tzinfo=UTC), {}) == 17.0
    assert carried_over(night) == night


def test_a_schedule_survives_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(OFFICE), type=Schedule) == OFFICE
    assert msgspec.json.decode(msgspec.json.encode(SPRING_FESTIVAL), type=DayCalendar) == SPRING_FESTIVAL
