"""Silence at home: what is learned of it, what a stay away is, and how good the line is on residents whose days are known."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from tests.twin.insight.residents import DOOR, KITCHEN, LIVING, activity, day_ms, resident
from twin.insight.care_activity import (
    FOREVER_MS,
    HOUR_MS,
    MINUTE_MS,
    Activity,
    Spans,
    away_spans,
    silence_now,
    silences,
)
from twin.insight.care_profile import LEARN_DAYS, LEAST_MS, SLOTS, longest_silences, silence_line, slot_at

DAYS, RESIDENTS, COLLAPSES = 120, 6, 40


def lines_of(of: Activity) -> tuple[Spans, NDArray[np.float64]]:
    found = silences(of, away_spans(of, day_ms(DAYS)))
    lines: list[NDArray[np.float64]] = [
        silence_line(longest_silences(found, day, UTC)) for day in range(LEARN_DAYS, DAYS)
    ]
    return found, np.stack(lines)


def crossed_after(begin_ms: int, steps_ms: NDArray[np.int64], line: NDArray[np.float64]) -> NDArray[np.int64]:
    """Those of the times at which the silence since `begin_ms` is longer than the line of their half hour."""
    half_hours: NDArray[np.int64] = steps_ms // (30 * MINUTE_MS) % SLOTS
    return steps_ms[steps_ms - begin_ms > line[half_hours]]


@cache
def quality() -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """(questions without reason in 100 days, delays in hours by day, by night)"""
    wrong, by_day, by_night = 0, list[float](), list[float]()
    for seed in range(RESIDENTS):
        of = resident(DAYS, seed)
        found, lines = lines_of(of)
        for begin, end in zip(found.begin_ms.tolist(), found.end_ms.tolist(), strict=True):
            day = begin // day_ms(1)
            if LEARN_DAYS <= day < DAYS:
                steps = np.arange(begin, end, 5 * MINUTE_MS, dtype=np.int64)
                wrong += bool(len(crossed_after(begin, steps, lines[day - LEARN_DAYS])))
        random = np.random.default_rng(100 + seed)
        for at in random.uniform(LEARN_DAYS, DAYS - 3, COLLAPSES):
            fallen = day_ms(float(at))
            before = of.until(fallen)
            if away_spans(before, fallen).holding(fallen) >= 0:
                continue
            steps = fallen + np.arange(0, 48 * HOUR_MS, 5 * MINUTE_MS)
            asked = crossed_after(int(before.times_ms[-1]), steps, lines[int(at) - LEARN_DAYS])
            assert len(asked), "nobody would ever ask"
            hour = at % 1 * 24
            (by_night if hour < 6 or hour > 23 else by_day).append((int(asked[0]) - fallen) / HOUR_MS)
    return 100 * wrong / (RESIDENTS * (DAYS - LEARN_DAYS)), np.array(by_day), np.array(by_night)


def test_six_residents_are_asked_without_reason_at_most_five_times_in_100_days() -> None:
    wrong, _, _ = quality()
    assert 1.0 < wrong < 5.0, wrong


def test_whoever_falls_by_day_is_asked_after_about_three_hours_and_by_night_before_nine() -> None:
    _, by_day, by_night = quality()
    assert 2.4 < np.median(by_day) < 4.2, np.median(by_day)
    assert 6.0 < np.median(by_night) < 9.0, np.median(by_night)


def test_a_stay_away_begins_with_an_outer_door_and_ten_quiet_minutes_and_ends_with_the_next_one() -> None:
    of = activity([(0, LIVING), (10, DOOR), (12, LIVING), (100, DOOR), (200, DOOR), (201, LIVING), (300, DOOR)])
    away = away_spans(of, 320 * MINUTE_MS)
    assert (away.begin_ms // MINUTE_MS).tolist() == [100, 300]
    assert [away.end_ms[0] // MINUTE_MS, away.end_ms[1]] == [200, FOREVER_MS]
    after_five_minutes = away_spans(of, 305 * MINUTE_MS)
    assert (after_five_minutes.begin_ms // MINUTE_MS).tolist() == [100], "it is too early to tell"


def test_being_away_is_no_silence() -> None:
    of = activity([(0, LIVING), (10, DOOR), (400, DOOR), (401, LIVING), (405, KITCHEN)])
    found = silences(of, away_spans(of, 405 * MINUTE_MS))
    assert (found.begin_ms // MINUTE_MS).tolist() == [0, 400, 401]


def test_hours_without_recording_neither_teach_silence_nor_count_as_such() -> None:
    of = activity([(0, LIVING), (10, KITCHEN), (600, LIVING)])
    off = Spans(np.array([20 * MINUTE_MS]), np.array([500 * MINUTE_MS]))
    found = silences(of, away_spans(of, 600 * MINUTE_MS), off)
    assert (found.end_ms // MINUTE_MS).tolist() == [10]
    assert silence_now(of.part(0, 2), 600 * MINUTE_MS, off) == 110 * MINUTE_MS


def test_the_line_is_one_and_a_half_times_the_longest_silence_of_the_half_hour_and_its_neighbours() -> None:
    begin = day_ms(40) + 13 * HOUR_MS
    found = Spans(np.array([begin]), np.array([begin + 3 * HOUR_MS]))
    line = silence_line(longest_silences(found, 41, UTC))
    assert line[32] == line[33] == 4.5 * HOUR_MS
    assert line[30] == 4.5 * HOUR_MS, "widened by the next half hour"
    assert line[29] == 3.75 * HOUR_MS
    assert line[20] == LEAST_MS
    assert (silence_line(longest_silences(found, 40 + LEARN_DAYS + 2, UTC)) == LEAST_MS).all(), (
        "forgotten after 28 days"
    )


def test_half_hours_are_those_of_the_wall_clock() -> None:
    summer = 1_750_000_000_000  # 2025-06-15 15:06:40 UTC
    assert slot_at(summer, ZoneInfo("Europe/Berlin")) == (summer // day_ms(1), 34)
    assert slot_at(summer, ZoneInfo("Asia/Shanghai")) == (summer // day_ms(1), 46)
