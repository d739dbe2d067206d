"""Means over equal intervals of a value that holds until the next one is reported."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_SHARE = 0.5
"""Share of an interval in which the value must be known."""


def interval_means(
    times_ms: NDArray[np.int64], values: NDArray[np.float64], begin_ms: int, width_ms: int, number: int, held_ms: int
) -> NDArray[np.float64]:
    """(number,) time-weighted means in intervals of `width_ms` from `begin_ms` on; NaN where less than half is known.

    `times_ms` (n,) ascend. A value (n,) holds until the next one, at most for `held_ms`; NaN ends the one before.
    """
    if not len(times_ms):
        return np.full(number, np.nan)
    edges = begin_ms + np.arange(number + 1, dtype=np.int64) * width_ms
    end = max(int(edges[-1]), int(times_ms[-1]))
    lasts = np.minimum(np.diff(times_ms, append=end), held_ms).astype(np.float64)
    known = np.isfinite(values)
    weight = np.where(known, lasts, 0.0)
    plain = np.where(known, values, 0.0)
    row = np.searchsorted(times_ms, edges, side="right") - 1
    at = np.maximum(row, 0)
    inside = np.where(row >= 0, np.minimum(edges - times_ms[at], weight[at]), 0.0)
    before = np.concatenate([[0.0], np.cumsum(weight)])[at]
    sums = np.concatenate([[0.0], np.cumsum(weight * plain)])[at]
    time, total = np.diff(before + inside), np.diff(sums + inside * plain[at])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(time >= LEAST_SHARE * width_ms, total / time, np.nan)


def values_at(
    times_ms: NDArray[np.int64], values: NDArray[np.float64], at_ms: NDArray[np.int64], held_ms: int
) -> NDArray[np.float64]:
    """(k,) the newest value at each time, at most `held_ms` old; NaN where there is none. `times_ms` (n,) ascend."""
    if not len(times_ms):
        return np.full(len(at_ms), np.nan)
    row = np.searchsorted(times_ms, at_ms, side="right") - 1
    found = np.maximum(row, 0)
    return np.where((row >= 0) & (at_ms - times_ms[found] <= held_ms), values[found], np.nan)
