"""Routines: missed mornings, nights out of the ordinary, and what changes over weeks."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.twin.insight.residents import BATH, BEDROOM, KITCHEN, LIVING, activity, resident
from twin.insight.care_activity import DAY_MS, MINUTE_MS, NO_SPANS, Activity, Spans
from twin.insight.care_routine import (
    bath_line_ms,
    bath_now_ms,
    morning_line,
    night_line,
    routines,
    slow_changes,
)

DAYS = 92


def asleep_until_nine(of: Activity, from_day: int) -> Activity:
    """The same person, of whom nothing is seen between five and nine from a day on."""
    kept = (of.times_ms < from_day * DAY_MS) | (np.abs(of.times_ms % DAY_MS / MINUTE_MS - 420) > 120)
    return Activity(of.times_ms[kept], of.door[kept], of.room[kept], of.bath[kept])


def test_a_morning_is_missed_on_few_ordinary_days_and_known_by_noon_where_nobody_rises() -> None:
    missed, lines = 0, list[float]()
    for seed in range(6):
        of = routines(resident(DAYS, seed), 0, DAYS, UTC, NO_SPANS)
        for day in range(28, DAYS):
            lines.append(morning_line(of.before(day)))
            missed += bool(of.morning_min[day] > lines[-1])
    assert 100 * missed / len(lines) < 3.0
    assert 7 * 60 + 90 <= np.median(lines) <= 10.5 * 60


def test_with_fewer_than_seven_days_nothing_is_judged() -> None:
    learned = routines(resident(6, 1), 0, 6, UTC, NO_SPANS).before(6)
    assert np.isnan([morning_line(learned), night_line(learned), bath_line_ms(learned)]).all()


def test_a_day_that_was_not_recorded_teaches_nothing() -> None:
    off = Spans(np.array([2 * DAY_MS]), np.array([2 * DAY_MS + 2 * 3_600_000]))
    of = routines(resident(5, 1), 0, 5, UTC, off)
    assert np.isnan(of.morning_min).tolist() == [False, False, True, False, False]


def test_a_wandering_night_is_above_the_line_and_ordinary_ones_are_below_it() -> None:
    of = routines(resident(DAYS, 3), 0, DAYS, UTC, NO_SPANS)
    above = [of.night_rooms[day] > night_line(of.before(day)) for day in range(28, DAYS)]
    assert np.mean(above) < 0.05
    wandering = [(60.0 + 8 * step, (BEDROOM, LIVING, KITCHEN)[step % 3]) for step in range(20)]
    assert routines(activity(wandering), 0, 1, UTC, NO_SPANS).night_rooms[0] > night_line(of.before(DAYS))


def test_a_bathroom_by_night_is_out_of_the_ordinary_after_45_minutes_or_more_where_more_is_usual() -> None:
    usual = [
        (day * 1440.0 + at, room) for day in range(20) for at, room in ((120, BEDROOM), (121, BATH), (130, BEDROOM))
    ]
    learned = routines(activity(usual), 0, 20, UTC, NO_SPANS).before(20)
    assert bath_line_ms(learned) == 45 * MINUTE_MS
    assert (
        bath_line_ms(routines(activity([*usual, (131, BATH), (191, BEDROOM)]), 0, 20, UTC, NO_SPANS)) == 90 * MINUTE_MS
    )
    tonight = activity([(120, BEDROOM), (121, BATH), (125, BATH)])
    assert bath_now_ms(tonight, 170 * MINUTE_MS) == 49 * MINUTE_MS
    assert bath_now_ms(activity([(120, BATH), (130, BEDROOM)]), 170 * MINUTE_MS) == 0


@pytest.mark.parametrize("seed", range(6))
def test_two_hours_later_for_four_weeks_is_a_slow_change_and_eight_ordinary_weeks_are_none(seed: int) -> None:
    of = resident(60, seed)
    assert not list(slow_changes(routines(of, 0, 56, UTC, NO_SPANS)))
    found = {one.routine: one for one in slow_changes(routines(asleep_until_nine(of, 28), 0, 56, UTC, NO_SPANS))}
    assert 90 < found[0].now - found[0].before < 210


def test_days_are_those_of_the_wall_clock() -> None:
    of = activity([(23 * 60, LIVING), (24 * 60 - 1, KITCHEN)])  # 07:00 and 07:59 of the next day in Shanghai
    assert routines(of, 0, 2, ZoneInfo("Asia/Shanghai"), NO_SPANS).morning_min[1] == 7 * 60
