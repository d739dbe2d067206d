"""Comfort bands: complete, rising, with a source, and edges on the side of who keeps them."""

import numpy as np
import pytest

from twin.model.capability import CAPABILITIES
from twin.model.comfort import COMFORT, Comfort, Verdict


@pytest.mark.parametrize("id", COMFORT)
def test_every_row_has_bands_that_rise_a_good_one_and_a_source(id: str) -> None:
    row = COMFORT[id]
    assert id in CAPABILITIES
    assert list(row.edges) == sorted(set(row.edges))
    assert len(row.verdicts) == len(row.edges) + 1
    assert Verdict.GOOD in row.verdicts
    assert row.source


@pytest.mark.parametrize("id", COMFORT)
def test_the_thresholds_lie_within_the_scale_of_the_legend(id: str) -> None:
    low, high = CAPABILITIES[id].scale or (0.0, 0.0)
    assert all(low < edge < high for edge in COMFORT[id].edges)


def test_an_edge_belongs_to_the_better_side() -> None:
    values = np.array([19.9, 20.0, 23.0, 26.0, 26.1, np.nan])
    assert COMFORT["temperature"].bands(values).tolist() == [0, 1, 1, 1, 2, -1]
    assert COMFORT["illuminance"].bands(np.array([299.0, 300.0, 500.0])).tolist() == [0, 1, 2]


def test_strain_is_nothing_in_the_good_band_and_grows_on_both_sides() -> None:
    strain = COMFORT["temperature"].strain(np.array([14.0, 20.0, 26.0, 29.0, np.nan]))
    assert strain[:4].tolist() == [1.0, 0.0, 0.0, 0.5]
    assert np.isnan(strain[4])
    assert Comfort((5.0,), (Verdict.GOOD, Verdict.HIGH), "x").strain(np.array([6.0])).tolist() == [0.2]
