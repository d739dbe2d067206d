"""Recorded values over a period as numbers held over its parts: how long they were beyond a limit, their mean and ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.insight.question import Period, Question, Side, Statistic
from twin.model.aggregation import AggregationRule
from twin.model.history_series import ChartColumns

QUARTER_MS, MOST_COLUMNS = 900_000, 3000
HELD_MS = 26 * 3_600_000
"""How long a recorded value stands for the time after it."""


type Times = NDArray[np.int64]
type Floats = NDArray[np.float64]


def columns_wanted(period: Period | None) -> int:
    """Number of columns of a quarter of an hour, or wider, that cover a period; the most for a moment, whose last sample is
    asked for; 0 for none."""
    if period is None:
        return 0
    if period.is_moment:
        return MOST_COLUMNS
    return max(1, min(MOST_COLUMNS, -(-(period.to_ms - period.from_ms) // QUARTER_MS)))


@dataclass(frozen=True, slots=True, eq=False)
class HeldValues:
    """Values held over time: (n,) start, UTC ms and ascending, duration ms, mean, lowest and highest of each part. What lies
    between parts is not known."""

    start_ms: Times
    width_ms: Times
    mean: Floats
    low: Floats
    high: Floats
    whole_ms: int

    def at(self, times_ms: Times) -> Times:
        """(n,) positions of the parts that contain some times; -1 for none."""
        if not len(self.start_ms):
            return np.full(len(times_ms), -1, np.int64)
        found = np.searchsorted(self.start_ms, times_ms, side="right") - 1
        inside = (found >= 0) & (times_ms < self.start_ms[found] + self.width_ms[found])
        return np.where(inside, found, -1)


def _single(value: float) -> HeldValues:
    one = np.array([value])
    return HeldValues(np.zeros(1, np.int64), np.ones(1, np.int64), one, one, one, 1)


def held_values(period: Period | None, now: float, found: ChartColumns | None) -> HeldValues:
    """The values of a point in a period, from its columns; without a period only the present one. `now`, the present value,
    tells whether the last one recorded still stands."""
    if period is None:
        return _single(now)
    if found is None or not len(found.time_ms):
        none = np.zeros(0)
        whole = period.to_ms - period.from_ms
        return _single(math.nan) if period.is_moment else HeldValues(*_NO_TIMES, none, none, none, whole)
    held = _of_samples(period, found) if found.width_ms == 0 else _of_columns(period, now, found)
    if period.is_moment:
        at = int(held.at(np.array([period.to_ms - 1]))[0])
        known = found.last[np.isfinite(found.last)]
        return _single(math.nan if at < 0 or not len(known) else float(known[-1]))
    return held


_NO_TIMES = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def _of_samples(period: Period, found: ChartColumns) -> HeldValues:
    """Each sample stands until the next one, for HELD_MS at most; NaN ends it."""
    start = np.maximum(found.time_ms, period.from_ms)
    end = np.minimum(np.minimum(np.append(found.time_ms[1:], period.to_ms), found.time_ms + HELD_MS), period.to_ms)
    kept = np.isfinite(found.mean) & (end > start)
    value = found.mean[kept]
    return HeldValues(start[kept], (end - start)[kept], value, value, value, period.to_ms - period.from_ms)


def _of_columns(period: Period, now: float, found: ChartColumns) -> HeldValues:
    """Columns have what was in force in them; one without a sample stands while the last sample is younger than HELD_MS.
    After the last column its value stands while it is the present one."""
    times, width = found.time_ms, found.width_ms
    low, high, mean = (values.copy() for values in (found.low, found.high, found.mean))
    known = np.flatnonzero(np.isfinite(mean))
    last = int(known[-1]) if len(known) else -1
    if last >= 0 and math.isfinite(now) and found.last[last] == now:
        for values in (low, high, mean):
            values[last + 1 :] = now
    read = np.maximum.accumulate(np.where(found.count > 0, np.arange(len(times)), 0))
    young = times - times[read] <= HELD_MS
    start, end = np.maximum(times, period.from_ms), np.minimum(times + width, period.to_ms)
    kept = np.isfinite(mean) & young & (end > start)
    whole = period.to_ms - period.from_ms
    return HeldValues(start[kept], (end - start)[kept], mean[kept], low[kept], high[kept], whole)


def combined(parts: list[HeldValues], rule: AggregationRule) -> HeldValues:
    """The values of several points as one, by the rule of their capability."""
    if len(parts) == 1:
        return parts[0]
    edges = np.unique(np.concatenate([one for part in parts for one in (part.start_ms, part.start_ms + part.width_ms)]))
    if len(edges) < 2:
        return parts[0]
    start, width = edges[:-1], np.diff(edges)
    places = [part.at(start) for part in parts]
    with np.errstate(all="ignore"):
        mean, low, high = (
            _merge(np.stack([_picked(getattr(part, name), at) for part, at in zip(parts, places, strict=True)]), rule)
            for name in ("mean", "low", "high")
        )
    return HeldValues(start, width, mean, low, high, parts[0].whole_ms)


def _picked(values: Floats, at: Times) -> Floats:
    return np.where(at >= 0, values[at], np.nan) if len(values) else np.full(len(at), np.nan)


def _merge(values: NDArray[np.float64], rule: AggregationRule) -> NDArray[np.float64]:
    known = np.isfinite(values).any(axis=0)
    filled = {
        AggregationRule.MAX: np.fmax.reduce(values),
        AggregationRule.MIN: np.fmin.reduce(values),
        AggregationRule.SUM: np.nansum(values, axis=0),
    }.get(rule)
    if filled is None:
        filled = np.nansum(values, axis=0) / np.maximum(np.isfinite(values).sum(axis=0), 1)
    return np.where(known, filled, np.nan)


def beyond_ms(times: HeldValues, question: Question) -> int:
    """How long the value was beyond the limit, ms; 1 for the present."""
    if question.limit is None or question.side is None:
        return 0
    beyond = times.mean > question.limit if question.side is Side.ABOVE else times.mean < question.limit
    if question.is_inclusive:
        beyond |= times.mean == question.limit
    if question.upper is not None:
        beyond &= times.mean <= question.upper
    return int(times.width_ms[beyond].sum())


def one_value(times: HeldValues, question: Question) -> float:
    """The number of a period: its mean, or its end on the side that is asked for."""
    kind = question.statistic
    if kind is None and question.side is not None and question.upper is None:
        kind = Statistic.HIGHEST if question.side is Side.ABOVE else Statistic.LOWEST
    known = np.isfinite(times.mean)
    if not known.any():
        return math.nan
    if kind is Statistic.HIGHEST:
        return float(np.nanmax(times.high))
    if kind is Statistic.LOWEST:
        return float(np.nanmin(times.low))
    return float(np.average(times.mean[known], weights=times.width_ms[known]))


def span_share(times: HeldValues) -> float:
    """Share of the period between the first and the last time at which a value is known."""
    known = np.flatnonzero(np.isfinite(times.mean))
    if not len(known):
        return 0.0
    end = int(times.start_ms[known[-1]] + times.width_ms[known[-1]])
    return (end - int(times.start_ms[known[0]])) / max(times.whole_ms, 1)


def known_share(times: HeldValues) -> float:
    """Share of the period for which a value is known."""
    return float(times.width_ms[np.isfinite(times.mean)].sum()) / max(times.whole_ms, 1)


def lasted_ms(times: HeldValues, value: float | None) -> int:
    """How long a state lasted, ms: the mean of a switch is the part of the time that it was on."""
    known = np.isfinite(times.mean)
    if value is None:
        return int(times.width_ms[known].sum())
    part = np.clip(times.mean[known], 0.0, 1.0) if value == 1.0 else 1.0 - np.clip(times.mean[known], 0.0, 1.0)
    if times.whole_ms == 1:
        return int(part[0] >= 0.5) if len(part) else 0
    return round(float((times.width_ms[known] * part).sum()))
