"""Figures of an electrical load: base load, load factor, duration curve, use per area and outside working hours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]

BASE_PERCENTILE = 5.0


def base_load(power: Numbers, day: NDArray[np.int64]) -> float:
    """Base load: median over the days of each day's 5th percentile of power.

    `day` (n,) is the number of the local day of each mean power (n,). NaN without data.
    """
    known = np.isfinite(power)
    values, days = power[known], day[known]
    if not len(values):
        return float("nan")
    values = values[np.lexsort((values, days))]
    counts = np.unique(days, return_counts=True)[1]
    first = np.cumsum(counts) - counts
    place = (counts - 1) * (BASE_PERCENTILE / 100)  # as `np.percentile`, of all days at once
    below = place.astype(np.int64)
    low, high = values[first + below], values[first + np.minimum(below + 1, counts - 1)]
    return float(np.median(low + (high - low) * (place - below)))


def load_factor(power: Numbers) -> float:
    """Mean power divided by highest power; NaN without data or use."""
    known = power[np.isfinite(power)]
    return float(known.mean() / known.max()) if len(known) and known.max() > 0 else float("nan")


def duration(power: Numbers, shares: Numbers) -> Numbers:
    """(k,) power that is exceeded for these shares (k,), 0 to 1, of the known time; NaN without data."""
    known = np.sort(power[np.isfinite(power)])[::-1]
    if not len(known):
        return np.full(len(shares), np.nan)
    return known[np.minimum((shares * len(known)).astype(np.int64), len(known) - 1)]


def use_intensity(use: float, area_m2: float) -> float | None:
    """Use of twelve months per m² of heated area; None without an area."""
    return use / area_m2 if area_m2 > 0 else None


def share_outside(use: Numbers, working: NDArray[np.bool_]) -> float:
    """Share of the use outside working hours, 0 to 1; `working` (n,) marks intervals inside. NaN without use."""
    known = np.nan_to_num(use)
    total = float(known.sum())
    return float(known[~working].sum()) / total if total > 0 else float("nan")
