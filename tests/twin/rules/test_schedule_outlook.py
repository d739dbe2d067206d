"""The value of a schedule now and next, also on days of clock changes; and edits of its week and exceptions."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.rules.rule_house import RuleHouse
from twin.rules.day_calendar import DayCalendar
from twin.rules.evaluate import RuleInput, resume
from twin.rules.rule_book import RuleBook
from twin.rules.schedule import (
    Entries,
    Schedule,
    ScheduleDays,
    ScheduleException,
    ScheduleTarget,
    carried_over,
    schedule_changes,
    value_at,
)
from twin.rules.schedule_edit import holiday_exceptions, with_exception, with_week, without_carried
from twin.rules.schedule_outlook import clock_jumps, outlook, spans_ahead
from twin.rules.selector import of_point
from twin.rules.wall_clock import local

BERLIN, HOUR = ZoneInfo("Europe/Berlin"), 3_600_000
EMPTY: tuple[Entries, ...] = ((),) * 7
DAY: Entries = ((150, 1.0), (480, 0.0))
"""On at 02:30, off at 08:00: on days of a clock change the first time is missing, or comes twice."""


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def weekly(entries: Entries, **more: object) -> Schedule:
    return carried_over(Schedule(id="s", week=(entries,) * 7, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "changes"),
    [
        ("2026-03-28", ["02:30+0100", "08:00+0100"]),
        ("2026-03-29", ["03:00+0200", "08:00+0200"]),
        ("2026-10-25", ["02:30+0200", "02:00+0100", "02:30+0100", "08:00+0100"]),
    ],
    ids=["ordinary", "spring", "autumn"],
)
def test_a_time_that_is_missing_comes_when_the_clock_has_jumped_and_an_hour_that_comes_twice_is_lived_twice(
    day: str, changes: list[str]
) -> None:
    found = spans_ahead(weekly(DAY), BERLIN, {}, at(f"{day}T00:00"), at(f"{day}T12:00"))
    assert [local(one.from_ms, BERLIN).strftime("%H:%M%z") for one in found[1:]] == changes


@pytest.mark.parametrize(("day", "jumps"), [("2026-03-29", [60]), ("2026-10-25", [-60]), ("2026-06-01", [])])
def test_the_day_of_a_clock_change_is_known_with_its_jump(day: str, jumps: list[int]) -> None:
    begin = at(f"{day}T00:00")
    assert [minutes for _, minutes in clock_jumps(BERLIN, begin, begin + 24 * HOUR)] == jumps


def test_a_change_that_is_months_away_is_found_and_none_is_said_where_none_comes() -> None:
    christmas = ScheduleException(days=(ScheduleDays(month=12, day=25),), times=((600, 5.0),))
    found = outlook(Schedule(id="s", exceptions=(christmas,)), BERLIN, {}, at("2026-02-01T12:00"))
    assert (found.value, found.next_ms, found.next_value) == (None, at("2026-12-25T10:00"), 5.0)
    assert outlook(Schedule(id="s", default=3.0), BERLIN, {}, at("2026-02-01T12:00")).next_ms is None


def test_an_exception_for_a_date_is_over_a_holiday_and_a_worked_weekend_is_like_monday() -> None:
    china = DayCalendar(id="cn", days=frozenset({date(2026, 2, 17)}), worked=frozenset({date(2026, 2, 14)}))
    work, rest = ((480, 1.0), (1080, 0.0)), ((0, 0.0),)
    schedule = Schedule(id="s", week=(work, work, work, work, work, rest, rest))
    for one in holiday_exceptions(china):
        schedule = with_exception(schedule, one)

    def value(day: str) -> float | None:
        return value_at(schedule, datetime.fromisoformat(day).replace(tzinfo=BERLIN), {"cn": china})

    assert [value(f"2026-02-{day}T10:00") for day in (13, 14, 15, 17)] == [1.0, 1.0, 0.0, 0.0]
    tuesday = ScheduleDays(first=date(2026, 2, 17), last=date(2026, 2, 17))
    schedule = with_exception(schedule, ScheduleException(days=(tuesday,), times=((540, 1.0), (660, None)), priority=8))
    assert [value(f"2026-02-17T{hour}:00") for hour in ("08", "10", "12")] == [0.0, 1.0, 0.0]


def test_a_second_exception_for_the_same_days_takes_the_place_of_the_first() -> None:
    days = (ScheduleDays(first=date(2026, 12, 24), last=date(2026, 12, 24)),)
    schedule = with_exception(Schedule(id="s"), ScheduleException(days=days, times=((0, 1.0),)))
    schedule = with_exception(schedule, ScheduleException(days=days, times=((0, 2.0),)))
    assert [one.times for one in schedule.exceptions] == [((0, 2.0),)]


LISTS = st.lists(
    st.tuples(st.integers(0, 1439), st.sampled_from([None, 0.0, 1.0])), max_size=4, unique_by=lambda e: e[0]
)


@given(st.lists(LISTS, min_size=7, max_size=7), st.integers(0, 6), LISTS)
def test_an_edit_of_one_weekday_gives_the_same_week_as_if_it_had_been_so_from_the_beginning(
    lists: list[list[tuple[int, float | None]]], weekday: int, edited: list[tuple[int, float | None]]
) -> None:
    week = tuple(tuple(sorted(one)) for one in lists)
    first = carried_over(Schedule(id="s", week=week))  # type: ignore[arg-type]
    assert carried_over(first) == first
    assert carried_over(Schedule(id="s", week=without_carried(first.week))) == first
    other = list(without_carried(first.week))
    other[weekday] = tuple(sorted(edited))
    assert with_week(first, [weekday], tuple(edited)) == carried_over(Schedule(id="s", week=tuple(other)))  # type: ignore[arg-type]


@given(st.integers(0, 365 * 24), st.integers(1, 60))
def test_spans_have_no_gap_and_change_where_the_schedule_does(begin_h: int, hours: int) -> None:
    begin = at("2026-01-01T00:00") + begin_h * HOUR
    end, schedule = begin + hours * HOUR, weekly(DAY)
    found = spans_ahead(schedule, BERLIN, {}, begin, end)
    assert (found[0].from_ms, found[-1].to_ms) == (begin, end)
    assert all(one.to_ms == after.from_ms for one, after in pairwise(found))
    changes = [ms for ms, _ in schedule_changes(schedule, BERLIN, {}, begin, end) if ms < end]
    assert [one.from_ms for one in found[1:]] == changes


START = at("2026-06-01T00:00", ZoneInfo("UTC"))


def scenes(entries: Entries) -> RuleHouse:
    """A schedule of two scenes, of which the first sets a lamp."""
    house = RuleHouse(schedules=(weekly(entries, scenes=("day", "night")),))
    house.book.scene_selectors["day"] = (of_point("lamp"),)
    return house


def asked(house: RuleHouse) -> list[str]:
    return [one.scene for outcome in house.outcomes for one in outcome.scenes]


def test_a_schedule_sets_scenes_at_its_times_and_after_a_start_but_not_over_a_hand() -> None:
    house = scenes(((60, 0.0), (120, 1.0), (360, None)))
    house.hears(START)
    house.waits(START + 3 * HOUR)
    assert asked(house) == ["day", "night"]
    house.restarts(START + 4 * HOUR)
    assert asked(house) == ["day", "night", "night"]
    house.waits(START + 25 * HOUR + HOUR // 2)
    assert asked(house)[3:] == ["day"]
    house.call(START + 25 * HOUR + HOUR // 2, RuleInput(by_hand=("lamp",)))
    house.restarts(START + 25 * HOUR + HOUR // 2 + 1)
    assert asked(house)[3:] == ["day"]


def test_a_point_that_can_be_reached_again_gets_its_part_of_the_scene_unless_a_person_set_it() -> None:
    house = scenes(((0, 0.0),))
    house.book.scene_selectors["day"] = (of_point("lamp"), of_point("fan"), of_point("blind"))
    house.hears(START)
    house.call(START + HOUR, RuleInput(by_hand=("fan",)))
    house.call(START + HOUR, RuleInput(reachable=("blind", "fan", "elsewhere")))
    house.call(START + HOUR, RuleInput(reachable=("elsewhere",)))
    house.call(START + HOUR, RuleInput(reachable=("lamp",)))
    found = [one for outcome in house.outcomes for one in outcome.scenes]
    assert [(one.scene, one.points) for one in found] == [("day", ()), ("day", ("blind",)), ("day", ("lamp",))]
    assert len({one.id for one in found}) == 3, "each run has an answer of its own"


def test_an_edit_while_a_schedule_is_in_force_sends_its_value_again_to_what_no_hand_has_set() -> None:
    def book(*points: str) -> RuleBook:
        targets = tuple(ScheduleTarget(selector=of_point(one)) for one in points)
        return RuleBook((), (weekly(((0, 20.0),), targets=targets),))

    house = RuleHouse()
    house.book = book("one")
    house.hears(START)
    house.call(START + HOUR, RuleInput(by_hand=("one",)))
    house.book = book("one", "two")
    house._take(START + HOUR, resume(house.book, house.memory, START + HOUR, started=False))
    house.call(START + HOUR, RuleInput(edited=("s",)))
    assert house.sent() == [(START, "one", 20.0), (START + HOUR, "two", 20.0)]


def test_the_present_value_is_that_of_the_sites_wall_clock() -> None:
    now = int(datetime(2026, 6, 1, 6, 30, tzinfo=UTC).timestamp() * 1000)
    assert outlook(weekly(DAY), BERLIN, {}, now).value == 0.0
    assert outlook(weekly(DAY), ZoneInfo("UTC"), {}, now).value == 1.0
