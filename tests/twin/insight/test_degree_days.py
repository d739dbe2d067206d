"""Degree days: integrated, honest about gaps and days of another length; the fit that finds its own base."""

import numpy as np
import pytest

from twin.insight.degree_days import cusum, degree_days, fit_degree_days

HOUR, DAY = 3_600_000, 86_400_000


def hourly(values: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(values), dtype=np.int64) * HOUR, np.array(values)


def test_a_day_that_is_warm_at_noon_has_degree_days_all_the_same() -> None:
    times, values = hourly([5.0] * 12 + [25.0] * 12)
    found, share = degree_days(times, values, np.array([0, DAY]), 15.0)
    assert found.tolist() == pytest.approx([5.0]), "its mean of 15 °C would say 0"
    assert share.tolist() == pytest.approx([1.0])
    assert degree_days(times, values, np.array([0, DAY]), 18.0, cooling=True)[0].tolist() == pytest.approx([3.5])


def test_a_day_that_was_hardly_recorded_has_none_and_a_small_gap_counts_like_the_rest() -> None:
    times, values = hourly([5.0] * 72)
    keep = (times < 10 * HOUR) | (times >= DAY)
    keep &= ~((times >= 30 * HOUR) & (times < 34 * HOUR))
    found, share = degree_days(times[keep], values[keep], np.array([0, DAY, 2 * DAY, 3 * DAY]), 15.0)
    assert np.isnan(found[0])
    assert found[1:].tolist() == pytest.approx([10.0, 10.0])
    assert share.tolist() == pytest.approx([11 / 24, 21 / 24, 1.0])
    nothing = degree_days(times[:0], values[:0], np.array([0, DAY]), 15.0)
    assert np.isnan(nothing[0]).all()


def test_a_day_of_25_hours_is_one_day() -> None:
    times, values = hourly([5.0] * 25)
    assert degree_days(times, values, np.array([0, 25 * HOUR]), 15.0)[0].tolist() == pytest.approx([10.0])


def test_a_fit_finds_base_slope_and_base_temperature_and_its_running_sum_dates_a_change() -> None:
    rng = np.random.default_rng(4)
    daily = 10 + 10 * np.sin(np.arange(365) / 58) + rng.normal(0, 2, 365)
    use = 8 + 3.0 * np.maximum(15.5 - daily, 0)
    days = {(base, False): np.maximum(base - daily, 0) for base in np.arange(10, 22.5, 0.5).tolist()}
    found = fit_degree_days(use + rng.normal(0, 0.5, 365), days)
    assert found is not None
    assert (found.base_c, found.base, found.slope) == (15.5, pytest.approx(8, abs=0.3), pytest.approx(3, abs=0.05))
    assert found.r2 > 0.99
    assert found.cv_rmse < 0.05
    changed = use.copy()
    changed[200:] *= 1.2
    assert int(np.argmax(cusum(changed, use) > 1.0)) in range(200, 204)
    assert fit_degree_days(use[:9], {(15.5, False): np.arange(9.0)}) is None
    assert fit_degree_days(np.full(30, 5.0), {(15.5, False): np.arange(30.0)}) is None
    assert fit_degree_days(-np.arange(30.0), {(15.5, False): np.arange(30.0)}) is None, "cold saves nothing"
