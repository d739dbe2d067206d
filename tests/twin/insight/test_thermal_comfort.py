"""PMV and PPD beside the standard's own table and pythermalcomfort; adaptive comfort; clothes and running mean."""

import numpy as np
import pytest

from twin.insight.thermal_comfort import (
    adaptive_limits,
    category,
    clothing_by_outdoor,
    pmv_is_valid,
    pmv_ppd,
    relative_air_speed,
    running_mean,
)

TABLE_D1 = np.array([
    (22, 22, 0.1, 60, 1.2, 0.5, -0.75, 17), (27, 27, 0.1, 60, 1.2, 0.5, 0.77, 17), (27, 27, 0.3, 60, 1.2, 0.5, 0.44, 9),
    (23.5, 25.5, 0.1, 60, 1.2, 0.5, -0.01, 5), (23.5, 25.5, 0.3, 60, 1.2, 0.5, -0.55, 11), (19, 19, 0.1, 40, 1.2, 1.0, -0.60, 13),
    (23.5, 23.5, 0.1, 40, 1.2, 1.0, 0.50, 10), (23.5, 23.5, 0.3, 40, 1.2, 1.0, 0.12, 5), (23, 21, 0.1, 40, 1.2, 1.0, 0.05, 5),
    (23, 21, 0.3, 40, 1.2, 1.0, -0.16, 6), (22, 22, 0.1, 60, 1.6, 0.5, 0.05, 5), (27, 27, 0.1, 60, 1.6, 0.5, 1.17, 34),
    (27, 27, 0.3, 60, 1.6, 0.5, 0.95, 24),
])  # fmt: skip
"""ISO 7730:2005 table D.1: air, radiant, speed, humidity, met, clo, PMV, PPD."""
PYTHERMALCOMFORT = np.array([
    (12.6, 16.7, 0.6, 2, 1.3, 1.86, -0.666), (11.4, 11.2, 0.95, 62, 2.0, 1.02, -1.068), (23.3, 22.9, 0.14, 78, 2.9, 1.02, 2.058),
    (26.3, 28.4, 0.98, 20, 2.6, 0.97, 1.829), (17.1, 14.7, 0.24, 80, 3.6, 0.26, 0.468), (19.3, 18.6, 0.08, 89, 2.2, 0.3, -0.093),
    (23.5, 26.6, 0.9, 21, 0.9, 0.4, -3.671), (16.9, 13.0, 0.91, 69, 1.9, 0.03, -6.018), (13.2, 11.0, 0.46, 69, 1.0, 0.07, -12.921),
    (26.9, 22.9, 0.31, 31, 1.1, 0.35, -1.082), (10.5, 12.8, 0.47, 12, 3.2, 0.39, -1.3), (11.9, 11.4, 0.29, 72, 2.4, 1.71, 0.596),
    (14.3, 15.7, 0.26, 97, 3.8, 0.68, 1.316), (18.7, 22.6, 0.75, 4, 1.0, 0.81, -2.709), (14.9, 21.0, 0.74, 54, 2.9, 1.38, 1.138),
    (25.6, 23.4, 0.15, 62, 1.3, 0.89, 0.701), (25.7, 26.6, 0.76, 3, 2.0, 0.33, 0.251), (30.0, 29.4, 0.24, 35, 1.0, 1.74, 1.921),
    (22.7, 21.3, 0.5, 7, 2.8, 0.46, 0.725), (17.0, 17.1, 0.32, 39, 3.7, 0.23, 0.349), (26.1, 29.2, 0.14, 46, 1.0, 1.6, 1.495),
    (12.8, 13.5, 0.5, 28, 2.7, 1.21, 0.353), (18.3, 20.0, 0.67, 51, 1.6, 1.96, 0.656), (24.1, 21.6, 0.5, 88, 1.1, 1.75, 1.017),
    (20.2, 21.2, 0.01, 6, 2.3, 1.95, 1.371), (18.7, 16.6, 0.74, 97, 1.1, 0.32, -5.339), (24.8, 23.5, 0.03, 4, 2.2, 1.75, 1.53),
    (28.3, 23.9, 0.89, 92, 2.1, 1.49, 2.133), (28.3, 30.5, 0.12, 90, 3.6, 1.94, 3.721), (21.9, 22.4, 0.13, 3, 2.1, 1.17, 0.971),
])  # fmt: skip
"""What pythermalcomfort 4.8.1 (`pmv_ppd_iso`, limits off) says of random rooms."""


def test_twelve_of_the_standards_thirteen_rows_are_within_a_hundredth_and_the_seventh_is_what_others_find_too() -> None:
    pmv, ppd = pmv_ppd(*TABLE_D1[:, :6].T)
    off = np.abs(pmv - TABLE_D1[:, 6])
    assert (np.delete(off, 6) <= 0.011).all()
    assert pmv[6] == pytest.approx(0.36, abs=0.01), "printed 0.50"
    assert (np.delete(np.abs(ppd - TABLE_D1[:, 7]), 6) <= 0.6).all()


def test_random_rooms_are_within_a_hundredth_of_pythermalcomfort() -> None:
    pmv, _ = pmv_ppd(*PYTHERMALCOMFORT[:, :6].T)
    assert np.abs(pmv - PYTHERMALCOMFORT[:, 6]).max() <= 0.01


def test_what_is_not_known_is_not_known_and_rooms_are_told_apart() -> None:
    pmv, ppd = pmv_ppd([22.0, np.nan, 30.0], 22.0, 0.1, 50.0, 1.2, 0.7)
    assert np.isnan(pmv[1])
    assert np.isnan(ppd[1])
    assert category(pmv).tolist()[1] == -1
    assert category([0.1, -0.3, 0.6, -0.9]).tolist() == [0, 1, 2, 3]
    assert pmv_is_valid([22, 35], 0.1, 1.2, 0.7, [0.1, 0.1]).tolist() == [True, False]
    assert float(ppd[0]) >= 5.0


@pytest.mark.parametrize(
    ("mean", "limits"),
    [(10, (19.1, 22.1, 24.1, 18.1, 25.1, 17.1, 26.1)), (20, (22.4, 25.4, 27.4, 21.4, 28.4, 20.4, 29.4)), (30, (25.7, 28.7, 30.7, 24.7, 31.7, 23.7, 32.7))],
)  # fmt: skip
def test_adaptive_limits_are_those_of_pythermalcomfort(mean: float, limits: tuple[float, ...]) -> None:
    found = [float(one) for one in adaptive_limits(mean, 0)]
    for level in (1, 2):
        low, _, high = adaptive_limits(mean, level)
        found += [float(low), float(high)]
    assert found == pytest.approx(limits, abs=0.051)


def test_the_adaptive_model_says_nothing_outside_its_range() -> None:
    assert np.isnan(adaptive_limits([9.9, 30.1])[1]).all()


def test_the_running_mean_weighs_yesterday_most() -> None:
    assert running_mean(np.full(7, 15.0)).tolist() == pytest.approx([15.0])
    assert running_mean([0, 0, 0, 0, 0, 0, 3.8, 9.0]).tolist() == pytest.approx([1.0, 3.8 * 0.8 / 3.8 + 9.0 / 3.8])


def test_clothes_follow_the_morning_and_a_moving_body_feels_more_air() -> None:
    assert clothing_by_outdoor([-10.0, 0.0, 10.0, 30.0]).tolist() == pytest.approx([1.0, 0.818, 0.5895, 0.46], abs=1e-3)
    assert np.isnan(clothing_by_outdoor(np.nan))
    assert relative_air_speed(0.1, [1.0, 2.0]).tolist() == pytest.approx([0.1, 0.4])
