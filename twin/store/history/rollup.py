"""Aggregates samples into time buckets. A value is valid until the next one (LOCF); NaN ends it; means are
time-weighted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.meter_register import RegisterLimits, meter_increase

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RollupBuckets:
    """Arrays of n buckets. `integral` is value x ms, `held` the ms with a value, `increase` the consumption of
    counters.
    """

    count: Floats
    total: Floats
    low: Floats
    high: Floats
    last: Floats
    """The value in force at the bucket's end, or the last one in it."""
    integral: Floats
    held: Floats
    increase: Floats

    def __len__(self) -> int:
        return len(self.count)

    @property
    def mean(self) -> Floats:
        """Time-weighted mean (n,); that of the samples where no value had a duration."""
        with np.errstate(all="ignore"):
            weighted = self.integral / self.held
            return np.where(self.held > 0, weighted, self.total / self.count)

    def part(self, i: int, j: int) -> RollupBuckets:
        """The buckets [i, j)."""
        return RollupBuckets(*(getattr(self, name)[i:j] for name in FIELDS))


FIELDS = ("count", "total", "low", "high", "last", "integral", "held", "increase")
HOLD_MS = 400 * 86_400_000
"""Longest time a value is valid without a repeat, ms; longer is a gap."""
EMPTY = {"low": np.nan, "high": np.nan, "last": np.nan}
"""Values of the fields of an empty bucket; 0 for fields that are not listed."""


def blank(n: int) -> dict[str, Floats]:
    """Fields of n empty buckets."""
    return {name: np.full(n, EMPTY.get(name, 0.0)) for name in FIELDS}


def edges(from_ms: int, to_ms: int, width_ms: int) -> NDArray[np.int64]:
    """Bucket edges from `from_ms` to `to_ms`, both multiples of `width_ms`."""
    return np.arange(from_ms, to_ms + 1, width_ms, dtype=np.int64)


def rollup(
    times: NDArray[np.int64], values: Floats, at: NDArray[np.int64], *, counting: RegisterLimits | None = None
) -> RollupBuckets:
    """Buckets between the edges `at` (n + 1,), UTC ms.

    Samples must be in time order, with the last one before the first edge and the first one after the last edge where
    they exist. Nothing is known after the last sample. For a counter (`counting`) NaN is skipped.
    """
    if counting is not None:
        good = ~np.isnan(values)
        times, values = times[good], values[good]
    n = len(at) - 1
    out = blank(n)
    if len(times):
        _of_samples(out, times, values, at)
        _of_time(out, times, values, at)
        if counting is not None and len(times) > 1:
            found = meter_increase(times, values, counting)
            kept = ~found.glitch
            out["increase"] = np.diff(np.interp(at, times[kept], np.cumsum(found.increase[kept])))
    return RollupBuckets(**out)


def _of_samples(out: dict[str, Floats], times: NDArray[np.int64], values: Floats, at: NDArray[np.int64]) -> None:
    """Count, total, extremes and last of the samples inside each bucket."""
    i, j = np.searchsorted(times, [at[0], at[-1]])
    inside, when = values[i:j], times[i:j]
    good = ~np.isnan(inside)
    if not good.all():
        inside, when = inside[good], when[good]
    if not len(inside):
        return
    bucket = (when - at[0]) // (at[1] - at[0])
    start = np.flatnonzero(np.concatenate([[True], bucket[1:] != bucket[:-1]]))
    which = bucket[start]
    end = np.concatenate([start[1:], [len(inside)]])
    out["count"][which] = end - start
    out["total"][which] = np.round(np.add.reduceat(inside, start), 6)
    out["low"][which] = np.minimum.reduceat(inside, start)
    out["high"][which] = np.maximum.reduceat(inside, start)
    out["last"][which] = inside[end - 1]


def _of_time(out: dict[str, Floats], times: NDArray[np.int64], values: Floats, at: NDArray[np.int64]) -> None:
    """Integral and held time; extremes and last also of the value carried into a bucket, so that levels combine."""
    good = ~np.isnan(values)
    known = np.where(good, values, 0.0)
    steps = np.minimum(np.diff(times), HOLD_MS).astype(np.float64)
    # A reference near the values keeps the running sums small, and their differences exact.
    reference = float(known[good][0]) if good.any() else 0.0
    lifted = np.where(good, known - reference, 0.0)
    area = np.concatenate([[0.0], np.cumsum(lifted[:-1] * steps)])
    span = np.concatenate([[0.0], np.cumsum(good[:-1] * steps)])
    edge = np.minimum(at, times[-1])
    index = np.searchsorted(times, edge, side="right") - 1
    there = index >= 0
    index = np.maximum(index, 0)
    since = np.where(there, np.minimum(edge - times[index], HOLD_MS), 0).astype(np.float64)
    held = np.diff(np.where(there, span[index] + good[index] * since, 0.0))
    raised = np.diff(np.where(there, area[index] + lifted[index] * since, 0.0))
    out["held"] = held
    out["integral"] = np.round(raised + reference * held, 3)
    held_yet = there[:-1] & good[index[:-1]] & (at[:-1] < times[-1]) & (since[:-1] < HOLD_MS)
    carried = np.where(held_yet, known[index[:-1]], np.nan)
    out["low"] = np.fmin(out["low"], carried)
    out["high"] = np.fmax(out["high"], carried)
    out["last"] = np.where(np.isnan(out["last"]), carried, out["last"])


def combine(buckets: RollupBuckets, factor: int) -> RollupBuckets:
    """Coarser buckets, `factor` in one; the number of buckets must be a multiple."""
    if factor == 1:
        return buckets
    shape = (len(buckets) // factor, factor)

    def rows(name: str) -> Floats:
        return getattr(buckets, name).reshape(shape)

    return RollupBuckets(
        low=np.fmin.reduce(rows("low"), axis=1),
        high=np.fmax.reduce(rows("high"), axis=1),
        last=last_of(rows("last")),
        **{name: rows(name).sum(axis=1) for name in FIELDS if name not in EMPTY},
    )


def last_of(rows: Floats) -> Floats:
    """(n,) the last value of each row (n, m) that is not NaN; NaN where all are."""
    known = ~np.isnan(rows)
    at = rows.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return rows[np.arange(len(rows)), at]
