"""What a day at home says of a person: asked for, told, or nothing at all."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from tests.twin.insight.residents import BATH, BEDROOM, DOOR, KITCHEN, LIVING, activity
from twin.insight.care_activity import DAY_MS, HOUR_MS, MINUTE_MS, NO_SPANS
from twin.insight.care_judgement import CareJudgement, LearnedCare, judge, learned
from twin.insight.care_profile import LEARN_DAYS, LEARNING_MS
from twin.model.care import CareKind

TODAY = 40
ROUTINE = (
    (60, BEDROOM),
    (61, BATH),
    (70, BEDROOM),
    (420, KITCHEN),
    (424, LIVING),
    *((500 + 60 * n, LIVING) for n in range(14)),
)


def past(days: int = TODAY) -> list[tuple[float, int]]:
    return [(day * 1440.0 + at, room) for day in range(TODAY - days, TODAY) for at, room in ROUTINE]


def taught(days: int = TODAY) -> LearnedCare:
    return learned(activity(past(days)), TODAY, UTC, NO_SPANS, TODAY * DAY_MS)


def judged(*signs: tuple[float, int], minute: int, answered_ms: int = 0, days: int = TODAY) -> CareJudgement:
    today = [(TODAY * 1440.0 + at, room) for at, room in signs]
    now_ms = TODAY * DAY_MS + minute * MINUTE_MS
    found = activity([*past(days), *today])
    return judge(found, taught(days), now_ms, UTC, unrecorded=NO_SPANS, answered_ms=answered_ms)


def test_an_ordinary_day_asks_for_nothing() -> None:
    for minute in range(0, 1440, 30):
        signs = [one for one in ROUTINE if one[0] <= minute]
        found = judged(*signs, minute=minute)
        assert (found.kind, found.notices) == (None, frozenset()), minute


def test_silence_longer_than_ever_at_this_time_of_the_day_is_asked_for_and_an_answer_begins_it_anew() -> None:
    found = judged((420, KITCHEN), minute=420 + 125)
    assert (found.kind, found.silence_ms, found.limit_ms) == (CareKind.SILENCE, 125 * MINUTE_MS, 2 * HOUR_MS)
    answered = TODAY * DAY_MS + 540 * MINUTE_MS
    assert judged((420, KITCHEN), minute=545, answered_ms=answered).kind is None


def test_while_28_days_are_not_known_twelve_hours_of_silence_are_the_limit() -> None:
    assert (taught(12).days, taught(12).line_ms.max()) == (12, LEARNING_MS)
    assert taught(LEARN_DAYS).line_ms.min() == 2 * HOUR_MS
    assert judged((420, KITCHEN), minute=420 + 125, days=12).kind is None


def test_whoever_is_away_is_asked_for_nothing() -> None:
    found = judged((420, KITCHEN), (430, DOOR), minute=1200)
    assert (found.kind, found.away_since_ms) == (None, TODAY * DAY_MS + 430 * MINUTE_MS)


def test_a_morning_without_a_sign_is_asked_for_ninety_minutes_after_the_usual_time() -> None:
    taught_line = taught()
    assert taught_line.morning_min == 420 + 90
    night = ((60, BEDROOM), (61, BATH), (70, BEDROOM))
    now_ms = TODAY * DAY_MS + 511 * MINUTE_MS
    found = judge(
        activity([*past(), *((TODAY * 1440.0 + at, room) for at, room in night)]), taught_line, now_ms, UTC,
        unrecorded=NO_SPANS, kinds=(CareKind.MORNING,),
    )  # fmt: skip
    assert found.kind is CareKind.MORNING


def test_a_bathroom_is_left_after_ten_minutes_every_night_so_an_hour_there_is_asked_for() -> None:
    assert judged((60, BEDROOM), (61, BATH), minute=61 + 46).kind is CareKind.BATH
    assert judged((60, BEDROOM), (61, BATH), (70, BEDROOM), minute=61 + 46).kind is None


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ([(60 + 5 * n, (BEDROOM, LIVING, KITCHEN)[n % 3]) for n in range(12)], CareKind.NIGHT),
        ([(60, BEDROOM), (62, DOOR), (64, LIVING)], CareKind.DOOR),
    ],
)
def test_wandering_and_an_outer_door_by_night_are_told_at_once(
    signs: list[tuple[float, int]], expected: CareKind
) -> None:
    assert judged(*signs, minute=125).notices == {expected}


def test_coming_home_by_night_is_no_notice() -> None:
    evening = [*past(), (TODAY * 1440.0 - 100, DOOR), (TODAY * 1440.0 + 30, DOOR), (TODAY * 1440.0 + 31, LIVING)]
    found = judge(activity(evening), taught(), TODAY * DAY_MS + 40 * MINUTE_MS, UTC, unrecorded=NO_SPANS)
    assert found.notices == frozenset()


def test_without_any_sign_nothing_is_judged() -> None:
    nothing = learned(activity([]), TODAY, UTC, NO_SPANS, TODAY * DAY_MS)
    found = judge(activity([]), nothing, TODAY * DAY_MS + HOUR_MS, UTC, unrecorded=NO_SPANS)
    assert (nothing.days, found.kind, found.silence_ms) == (0, None, 0)
    assert np.isnan(nothing.morning_min)


def test_a_day_without_any_sign_does_not_excuse_the_next_one() -> None:
    fallen = [one for one in past() if not 30 * 1440 + 430 < one[0] < 31 * 1440 + 600]
    of = learned(activity(fallen), TODAY, UTC, NO_SPANS, TODAY * DAY_MS)
    assert of.line_ms.max() < 12 * HOUR_MS
