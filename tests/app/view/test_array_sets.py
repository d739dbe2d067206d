"""What numpy.ma is not loaded for answers as numpy does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.view.array_sets import distinct, is_among, quantile

INTS = arrays.arrays(np.int32, st.integers(0, 30), elements=st.integers(-5, 5))
FLOATS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.floats(-1e6, 1e6, allow_nan=False)
)


@given(INTS)
def test_distinct_values_are_those_of_numpy(values: np.ndarray) -> None:
    found = distinct(values)
    assert found.dtype == values.dtype
    assert np.array_equal(found, np.unique(values))


@given(INTS, st.frozensets(st.integers(-8, 8)))
def test_membership_is_that_of_numpy(values: np.ndarray, wanted: frozenset[int]) -> None:
    assert np.array_equal(is_among(values, wanted), np.isin(values, list(wanted)))
    square = np.stack([values, values])
    assert is_among(square, wanted).shape == square.shape


@given(FLOATS, st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: np.ndarray, share: float) -> None:
    assert np.allclose(quantile(values, share), np.quantile(values, share, axis=0), rtol=1e-12, atol=1e-9)
