"""Thinning keeps peaks and gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.view.chart.decimation import band, broken, held_line, held_steps, line_of, mean_line, steps, thin, until
from twin.model.capability import CAPABILITIES
from twin.model.history_series import ChartColumns
from twin.model.ids import PointId


def columns(time_s: list[float], low: list[float], high: list[float], width_s: float = 60.0) -> ChartColumns:
    """An answer of history."""
    lo, hi = np.array(low, np.float64), np.array(high, np.float64)
    mean = (lo + hi) / 2
    times = (np.array(time_s) * 1000).astype(np.int64)
    return ChartColumns(
        PointId("p"), times, lo, hi, mean, hi, np.ones(len(times), np.int64), int(width_s * 1000), "tiles"
    )


@given(hnp.arrays(np.float64, st.integers(0, 3000), elements=st.floats(-1e6, 1e6)), st.integers(1, 200))
def test_thinning_never_loses_the_highest_or_lowest_and_never_exceeds_its_budget(y: np.ndarray, n: int) -> None:
    x = np.arange(len(y), dtype=np.float64)
    tx, ty = thin(x, y, n)
    assert len(tx) <= max(2 * n, 0) + max(len(y) - (len(y) // n) * n, 0) if len(y) > 2 * n else len(tx) == len(y)
    assert (np.diff(tx) >= 0).all()
    if len(y):
        assert ty.max() == y.max()
        assert ty.min() == y.min()


def test_a_stretch_without_values_stays_without() -> None:
    y = np.concatenate([np.ones(100), np.full(100, np.nan), np.ones(100)])
    _, thinned = thin(np.arange(300.0), y, 30)
    assert np.isnan(thinned).any()
    assert np.isfinite(thinned).any()


def test_a_pause_is_not_bridged() -> None:
    x, y = broken(np.array([0.0, 60, 120, 900, 960]), np.ones(5), 60.0)
    assert np.isnan(y).sum() == 1
    assert 120 < x[np.isnan(y)][0] < 900


def test_the_band_touches_every_low_and_high_and_stops_at_a_pause() -> None:
    x, y = band(columns([0, 60, 120, 900], [1, 2, 3, 4], [5, 6, 7, 8]))
    assert set(y[np.isfinite(y)]) == {1, 2, 3, 4, 5, 6, 7, 8}
    assert np.flatnonzero(np.isnan(y)).tolist() == [6, 9]
    assert x[0] == x[5] == 30


def test_raw_samples_are_drawn_as_they_are() -> None:
    x, y = mean_line(columns([0, 60, 120], [1, 2, 3], [1, 2, 3], width_s=0))
    assert x.tolist() == [0, 60, 120]
    assert y.tolist() == [1, 2, 3]


def test_a_value_that_is_reported_on_change_holds_over_a_pause_and_ends_where_there_is_none() -> None:
    seen = columns([0, 60, 120, 900, 960, 1020], [1, 1, 1, 2, np.nan, 3], [1, 1, 1, 2, np.nan, 3], width_s=0)
    x, y = mean_line(seen)
    assert list(zip(x.tolist(), y.tolist(), strict=True))[2:5] == [(120.0, 1.0), (900.0, 1.0), (900.0, 2.0)]
    assert np.isnan(y).sum() == 1


def test_the_last_value_holds_until_now_and_what_is_later_is_not_drawn() -> None:
    line = mean_line(columns([0, 60, 120], [1, 2, 3], [1, 2, 3], width_s=0))
    x, y = until(line, 300.0)
    assert (x[-1], y[-1]) == (300.0, 3.0)
    x, y = until(line, 90.0)
    assert (x[-2:].tolist(), y[-2:].tolist()) == ([60.0, 90.0], [2.0, 2.0])
    gone = mean_line(columns([0, 60], [1, np.nan], [1, np.nan], width_s=0))
    assert np.isnan(until(gone, 300.0)[1][-1])


def test_a_state_holds_until_the_next_one() -> None:
    x, y = steps(columns([0, 60, 120], [0, 1, 0], [0, 1, 0]))
    assert list(zip(x, y, strict=True)) == [(0, 0), (60, 0), (60, 1), (120, 1), (120, 0)]


def test_a_set_point_steps_where_it_was_changed_and_is_no_ramp() -> None:
    seen = columns([14_400, 16_200], [18, 21.5], [18, 21.5], width_s=0)
    x, y = held_steps(seen)
    assert list(zip(x, y, strict=True)) == [(14_400, 18), (16_200, 18), (16_200, 21.5)]


def test_a_column_of_a_set_point_shows_its_mean_and_the_pause_after_it_what_was_set_last() -> None:
    x, y = held_steps(columns([0, 60, 600], [18, 18, 20], [18, 22, 20]))
    assert list(zip(x, y, strict=True)) == [
        (0, 18), (60, 18), (60, 18), (60, 18),
        (60, 20), (120, 20), (120, 22), (600, 22),
        (600, 20),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("capability", "line"),
    [
        ("temperature", mean_line), ("power", mean_line), ("battery", mean_line), ("setpoint_heat", held_steps),
        ("position", held_steps), ("level", held_steps), ("on_off", steps), ("hvac_mode", steps), ("motion", steps),
    ],
)  # fmt: skip
def test_what_is_commanded_is_drawn_in_steps_and_what_is_measured_as_a_line(capability: str, line: object) -> None:
    assert line_of(CAPABILITIES[capability]) is line


@pytest.mark.parametrize("shape", [band, steps, held_steps, mean_line])
def test_no_samples_make_an_empty_line(shape: object) -> None:
    x, y = shape(columns([], [], []))  # type: ignore[operator]
    assert len(x) == len(y) == 0


def test_of_two_samples_the_first_is_held_until_the_second() -> None:
    x, y = held_line(np.array([0.0, 3600.0]), np.array([20.0, 80.0]))
    assert (x.tolist(), y.tolist()) == ([0.0, 3600.0, 3600.0], [20.0, 20.0, 80.0])
