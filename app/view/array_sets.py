"""Distinct values, membership and quantiles of arrays, without numpy.ma: np.unique of plain values, np.isin and np.quantile
load it when they are first called, which costs 5 ms before the first frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

type Ints = NDArray[np.integer[Any]]
type Floats = NDArray[np.float64]


def distinct[T: np.integer[Any]](values: NDArray[T]) -> NDArray[T]:
    """Sorted distinct values of an array, as np.unique."""
    ordered = np.sort(values, axis=None)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def is_among(values: Ints, wanted: Iterable[int]) -> NDArray[np.bool_]:
    """For each of the values whether it is one of the wanted ones, as np.isin."""
    ordered = np.sort(np.fromiter(wanted, np.int64))
    if not len(ordered):
        return np.zeros(values.shape, np.bool_)
    at = np.searchsorted(ordered, values).clip(max=len(ordered) - 1)
    return ordered[at] == values


def quantile(values: Floats, share: float) -> Floats:
    """The quantile of (n, ...) values along the first axis, linear between neighbours, as np.quantile; n > 0, no NaN."""
    ordered = np.sort(values, axis=0)
    at = (len(ordered) - 1) * share
    below = int(at)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return low + (high - low) * (at - below)
