"""Degree days from a recorded outdoor temperature, and their regression with a meter's use.

Integrated over the samples of each local day: from the day's mean they are 10 % too low in a month around the base
temperature, from its lowest and highest value 24 % (a real sensor in March).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]
type Times = NDArray[np.int64]

HELD_MS = 2 * 3_600_000
"""Longest time for which a sample counts, ms."""
LEAST_COVERAGE = 0.8


def degree_days(
    times_ms: Times, values_c: Numbers, edges_ms: Times, base_c: float, *, cooling: bool = False
) -> tuple[Numbers, Numbers]:
    """Degree days (K·d) of each day between the edges (n + 1,), UTC ms, and the share of it that was recorded: (n,),
    (n,).

    NaN where less than 80 % was recorded; above, the mean of the recorded part counts for the whole day.
    """
    known = np.isfinite(values_c)
    times, values = times_ms[known], values_c[known]
    days = np.diff(edges_ms).astype(np.float64)
    if not len(times):
        return np.full(len(days), np.nan), np.zeros(len(days))
    excess = np.maximum(values - base_c if cooling else base_c - values, 0)
    covered = _integral(times, np.ones(len(times)), edges_ms)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _integral(times, excess, edges_ms) / covered
    share = covered / days
    length = days / 86_400_000
    return np.where(share >= LEAST_COVERAGE, mean * np.round(length), np.nan), share


def _integral(times: Times, rate: Numbers, edges: Times) -> Numbers:
    """Between each two edges, of a rate that holds from its sample to the next one, at most `HELD_MS`."""
    held = np.minimum(np.append(np.diff(times), HELD_MS), HELD_MS).astype(np.float64)
    total = np.concatenate([[0.0], np.cumsum(rate * held)])
    at = np.searchsorted(times, edges, side="right") - 1
    inside = np.maximum(at, 0)
    since = np.minimum((edges - times[inside]).astype(np.float64), held[inside])
    return np.diff(np.where(at < 0, 0.0, total[inside] + rate[inside] * since))


@dataclass(frozen=True, slots=True, kw_only=True)
class DegreeDayFit:
    """Regression of daily use: `base` + `slope` x degree days of `base_c`. `cv_rmse` as a share: at most 0.25 for monthly
    data (ASHRAE guideline 14).
    """

    base_c: float
    cooling: bool
    base: float
    slope: float
    r2: float
    cv_rmse: float


def fit_degree_days(use: Numbers, days: Mapping[tuple[float, bool], Numbers]) -> DegreeDayFit | None:
    """The regression of daily use (n,) on the degree days (n,) of the base temperature (°C; True: for cooling) that
    explains it best, among those with which the use rises.

    None for fewer than ten days, and where the use rises with none.
    """
    if len(use) < 10 or float(np.ptp(use)) == 0:
        return None
    fits = [one for key, x in days.items() if (one := _fitted(use, x, key)) is not None and one.slope > 0]
    return max(fits, key=lambda one: one.r2, default=None)


def _fitted(y: Numbers, x: Numbers, key: tuple[float, bool]) -> DegreeDayFit | None:
    if float(np.ptp(x)) == 0:
        return None
    slope, base = np.polyfit(x, y, 1).tolist()
    left = y - base - slope * x
    r2 = 1 - float((left**2).sum() / ((y - y.mean()) ** 2).sum())
    rmse = float(np.sqrt((left**2).sum() / max(1, len(y) - 2)))
    mean = float(y.mean())
    return DegreeDayFit(
        base_c=key[0], cooling=key[1], base=base, slope=slope, r2=r2, cv_rmse=rmse / mean if mean else np.inf
    )


def cusum(actual: Numbers, expected: Numbers) -> Numbers:
    """(n,) cumulative sum of use minus expected use: a bend dates a change. NaN adds nothing."""
    return np.cumsum(np.nan_to_num(actual - expected))
