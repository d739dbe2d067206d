"""Exposure of a room: minutes by category while occupied, coverage, degree-hours, days, adaptive limits, walls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.insight.calendar_span import midnight
from twin.insight.comfort_exposure import ComfortGrid, RoomSeries, clothing, room_comfort, votes
from twin.insight.comfort_texts import air_texts, verdict_text
from twin.model.ids import RoomId, StoreyId
from twin.model.room_comfort import ComfortAssumptions, ComfortModel

QUARTER = 900_000
DAYS = np.array([midnight(date(2026, 2, day), UTC) for day in (2, 3, 4)], np.int64)
STARTS = np.arange(DAYS[0], DAYS[-1], QUARTER)
GRID = ComfortGrid(starts_ms=STARTS, width_ms=QUARTER, days_ms=DAYS, zone=UTC)
N = len(STARTS)
USUAL = ComfortAssumptions(met=1.2, clo=0.7)


def room(temperature: np.ndarray, **more: np.ndarray) -> RoomSeries:
    return RoomSeries(room=RoomId("r"), storey=StoreyId("s"), temperature=temperature, **more)


def test_minutes_are_those_in_which_it_was_occupied() -> None:
    occupied = np.zeros(N)
    occupied[:8], occupied[8:12] = 1.0, 0.5
    found = room_comfort(room(np.full(N, 16.0), occupied=occupied), GRID, USUAL)
    assert found.minutes == pytest.approx((0, 0, 0, 150))
    assert (found.too_cold, found.too_warm, found.degree_hours) == pytest.approx((150, 0, 10.0))
    assert found.occupied_known
    assert verdict_text(found).code == "comfort.cold"


def test_a_comfortable_room_is_one_by_the_standards_table() -> None:
    """ISO 7730 table D.1: 22 °C, 60 %, 0.1 m/s, 1.2 met, 0.5 clo is -0.75; 23.5 °C, 40 %, 1.0 clo is 0.5."""
    cold, _ = votes(
        room(np.full(N, 22.0), humidity=np.full(N, 60.0)), GRID, ComfortAssumptions(met=1.2, clo=0.5, air_m_s=0.04)
    )
    assert cold[0] == pytest.approx(-0.75, abs=0.01)
    found = room_comfort(room(np.full(N, 22.5), humidity=np.full(N, 45.0)), GRID, ComfortAssumptions(met=1.2, clo=0.9))
    assert found.minutes == pytest.approx((N * 15, 0, 0, 0))
    assert verdict_text(found).code == "comfort.fine"


def test_below_half_coverage_there_is_no_verdict_and_days_judge_for_themselves() -> None:
    temperature = np.full(N, 30.0)
    temperature[97:] = np.nan
    found = room_comfort(room(temperature), GRID, USUAL)
    assert found.minutes is not None
    temperature[90:] = np.nan
    found = room_comfort(room(temperature), GRID, USUAL)
    assert (found.minutes, found.too_warm, found.worst_ms) == (None, None, None)
    assert verdict_text(found).code == "comfort.unknown"
    assert found.daily is not None
    assert found.daily.tolist() == pytest.approx([1.0, np.nan], nan_ok=True)


@given(st.lists(st.one_of(st.none(), st.floats(5, 40)), min_size=N, max_size=N), st.sampled_from(ComfortModel))
def test_minutes_never_exceed_what_is_known(values: list[float | None], model: ComfortModel) -> None:
    temperature = np.array([np.nan if one is None else one for one in values])
    grid = replace(GRID, outdoor=np.full(N, 15.0), daily_outdoor=np.full(9, 15.0))
    found = room_comfort(room(temperature), grid, replace(USUAL, model=model))
    assert found.coverage == pytest.approx(np.isfinite(temperature).mean())
    if found.minutes is not None:
        assert sum(found.minutes) == pytest.approx(15 * np.isfinite(temperature).sum())
        assert 0 <= (found.too_cold or 0) + (found.too_warm or 0) <= sum(found.minutes) + 1e-6
    air_texts(found)


def test_adaptive_limits_follow_the_running_mean() -> None:
    """EN 16798-1: at a running mean of 20 °C comfort is 25.4 °C, category II from 21.4 to 28.4 °C."""
    grid = replace(GRID, outdoor=np.full(N, 20.0), daily_outdoor=np.full(9, 20.0))
    adaptive = replace(USUAL, model=ComfortModel.ADAPTIVE)
    for value, place in ((25.4, 0), (28.3, 1), (28.5, 2), (29.5, 3), (21.5, 1), (21.3, 2)):
        minutes = room_comfort(room(np.full(N, value)), grid, adaptive).minutes
        assert minutes is not None
        assert minutes.index(max(minutes)) == place, value
    assert room_comfort(room(np.full(N, 25.4)), GRID, adaptive).minutes is None


def test_clothing_is_by_the_weather_of_the_morning_where_it_is_known() -> None:
    outdoor = np.full(N, 20.0)
    outdoor[24] = 0.0
    worn = clothing(replace(GRID, outdoor=outdoor), ComfortAssumptions())
    assert worn[0] == pytest.approx(0.818)
    assert worn[-1] == pytest.approx(10 ** (-0.1635 - 0.0066 * 20))
    assert set(clothing(GRID, ComfortAssumptions()).tolist()) == {0.7}


def test_co2_and_walls_have_their_limits() -> None:
    co2 = np.full(N, 800.0)
    co2[:4], co2[4:6] = 1100.0, 1500.0
    grid = replace(GRID, outdoor=np.zeros(N))
    found = room_comfort(room(np.full(N, 20.0), humidity=np.full(N, 50.0), co2=co2), grid, USUAL)
    assert (found.co2_minutes, found.co2_high) == ((90.0, 30.0), 1500.0)
    assert found.surface_humidity == pytest.approx(73, abs=0.5)
    assert found.dew_point_c == pytest.approx(9.3, abs=0.1)
    assert room_comfort(room(np.full(N, 20.0)), GRID, USUAL).surface_humidity is None


def test_the_worst_time_is_the_one_farthest_from_comfort() -> None:
    temperature = np.full(N, 22.0)
    temperature[50] = 33.0
    found = room_comfort(room(temperature), GRID, USUAL)
    assert found.worst_ms == STARTS[50]
    assert found.worst > 2
    assert datetime.fromtimestamp(found.worst_ms / 1000, UTC).hour == 12


def test_a_presence_sensor_that_is_offline_does_not_mean_an_empty_room() -> None:
    found = room_comfort(room(np.full(N, 16.0), occupied=np.full(N, np.nan)), GRID, USUAL)
    assert not found.occupied_known
    assert found.minutes is not None
    assert sum(found.minutes) == pytest.approx(N * 15)


@pytest.mark.parametrize(
    ("air_c", "verdict"),
    [(16.0, "too_cold"), (21.8, "a_little_cold"), (23.5, "comfortable"), (26.1, "a_little_warm"), (31.0, "too_warm")],
)
def test_the_newest_verdict_is_by_the_newest_quarter_hour_alone(air_c: float, verdict: str) -> None:
    temperature = np.full(N, 16.0)
    temperature[-1] = air_c
    found = room_comfort(room(temperature), GRID, USUAL)
    assert found.newest == verdict


def test_a_quarter_hour_that_has_just_begun_is_judged_by_the_one_before_and_older_ones_are_unknown() -> None:
    temperature = np.full(N, 23.5)
    temperature[-1] = np.nan
    assert room_comfort(room(temperature), GRID, USUAL).newest == "comfortable"
    temperature[-2] = np.nan
    assert room_comfort(room(temperature), GRID, USUAL).newest is None
