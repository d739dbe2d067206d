"""Arrows on pills: which way values went over the last quarter of an hour."""

import numpy as np

from app.view.scene.data.colour_scale import scale_of
from app.view.scene.data.value_trends import SPAN_MS, UNKNOWN, ValueTrends
from twin.model.capability import CAPABILITIES

MIN = 60_000
SCALE = scale_of(CAPABILITIES["temperature"], np.array([20.0]))


def values(*them: float) -> np.ndarray:
    return np.array(them)


def test_a_room_that_warmed_has_an_arrow_up_and_one_that_wobbled_has_none() -> None:
    trend = ValueTrends()
    trend.note("temperature", 10 * MIN, values(20.0, 20.0, 20.0, np.nan))
    trend.note("temperature", 20 * MIN, now := values(21.0, 20.1, 19.0, 20.0))
    assert trend.ways(SCALE, 20 * MIN, now).tolist() == [1, 0, -1, UNKNOWN]


def test_in_the_first_minutes_nobody_can_say() -> None:
    trend = ValueTrends()
    trend.note("temperature", 10 * MIN, values(20.0))
    assert trend.ways(SCALE, 11 * MIN, values(25.0)).tolist() == [UNKNOWN]


def test_what_is_older_than_a_quarter_of_an_hour_counts_no_more() -> None:
    trend = ValueTrends()
    for minute in range(1, 41):
        trend.note("temperature", minute * MIN, values(15.0 if minute < 20 else 20.0))
    assert trend.ways(SCALE, 40 * MIN, values(20.0)).tolist() == [0]
    assert SPAN_MS == 15 * MIN


def test_another_capability_other_rooms_or_a_step_back_in_time_begin_anew() -> None:
    for then in (("humidity", 30 * MIN, values(22.0)), ("temperature", 30 * MIN, values(22.0, 22.0)),
                 ("temperature", 5 * MIN, values(22.0))):  # fmt: skip
        trend = ValueTrends()
        trend.note("temperature", 10 * MIN, values(20.0))
        trend.note(*then)
        assert set(trend.ways(SCALE, then[1], then[2]).tolist()) == {UNKNOWN}


def test_what_was_known_before_the_picture_began_helps_at_once() -> None:
    trend = ValueTrends()
    trend.note("temperature", 30 * MIN, values(22.0))
    trend.remember("humidity", 15 * MIN, values(10.0))
    assert trend.ways(SCALE, 30 * MIN, values(22.0)).tolist() == [UNKNOWN]
    trend.remember("temperature", 15 * MIN, values(20.0))
    assert trend.ways(SCALE, 30 * MIN, values(22.0)).tolist() == [1]


def test_words_have_no_trend() -> None:
    trend, scale = ValueTrends(), scale_of(CAPABILITIES["contact"], values(0.0))
    trend.note("contact", 1 * MIN, values(0.0))
    assert trend.ways(scale, 16 * MIN, values(1.0)).tolist() == [UNKNOWN]
