"""Dew point beside psychrolib, walls, and how many days mould takes."""

import numpy as np
import pytest

from twin.insight.damp import dew_point, mould_index, surface_humidity, surface_temperature

PSYCHROLIB = np.array([
    (0, 50, -8.164), (5, 90, 3.498), (10, 30, -6.01), (20, 50, 9.272), (20, 85, 17.403), (25, 40, 10.476), (30, 70, 23.928), (35, 95, 34.076),
])  # fmt: skip
"""Air, humidity, dew point by psychrolib 2.5.0."""


def test_dew_points_are_psychrolibs_within_a_fortieth_of_a_degree_and_over_ice_about_one_off() -> None:
    t, rh, wanted = PSYCHROLIB.T
    off = np.abs(dew_point(t, rh) - wanted)
    assert off[wanted > 0].max() <= 0.025
    assert off.max() < 1.1


def test_dry_and_unknown_air_has_no_dew_point() -> None:
    assert np.isnan(dew_point([20.0, np.nan, 20.0], [0.0, 50.0, np.nan])).all()


def test_a_wall_is_the_wetter_the_worse_it_is_insulated() -> None:
    assert surface_temperature(20.0, 0.0).item() == pytest.approx(14.0)
    assert surface_humidity(20.0, 50.0, 0.0, [0.5, 0.7, 0.8]).tolist() == pytest.approx([95, 73, 64], abs=0.7)


@pytest.mark.parametrize(("humidity", "days"), [(86, 100), (90, 51), (95, 24), (98, 16)])
def test_mould_begins_after_the_days_that_the_model_says(humidity: float, days: int) -> None:
    index = mould_index(np.full((1, 24 * 150), 20.0), np.full((1, 24 * 150), float(humidity)))
    assert np.flatnonzero(index[0] >= 1)[0] / 24 == pytest.approx(days, abs=1)


def test_mould_stays_away_from_dry_and_frozen_walls_and_goes_back_slowly() -> None:
    hours = 24 * 60
    calm = mould_index(np.array([[20.0] * hours, [-2.0] * hours]), np.array([[78.0] * hours, [99.0] * hours]))
    assert calm.max() == 0
    wet = np.concatenate([np.full(24 * 30, 97.0), np.full(24 * 20, 50.0)])
    index = mould_index(np.full((1, len(wet)), 20.0), wet[np.newaxis])[0]
    assert 0 < index[-1] < index[24 * 30 - 1]


def test_an_hour_that_is_not_known_changes_nothing_and_hard_materials_grow_less() -> None:
    wet = np.full((1, 240), 97.0)
    gap = wet.copy()
    gap[0, 100:150] = np.nan
    whole, broken = (mould_index(20.0, one)[0] for one in (wet[:, :190], gap))
    assert broken[-1] == pytest.approx(whole[-1])
    assert mould_index(np.full((1, 2400), 20.0), np.full((1, 2400), 97.0), "resistant")[0, -1] < 1
