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


def columns_wanted(period: Period | None) -> int:
    """Number of columns of a quarter of an hour, or wider, that cover a period; 0 for none."""
    if period is None:
        return 0
    return max(1, min(MOST_COLUMNS, -(-(period.to_ms - period.from_ms) // QUARTER_MS)))


@dataclass(frozen=True, slots=True, eq=False)
class HeldValues:
    """Values held over time: (n,) start UTC ms, duration ms, mean, lowest and highest of each part."""

    width_ms: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    whole_ms: int


def held_values(period: Period | None, now: float, found: ChartColumns | None) -> HeldValues:
    """The values of a point in a period, from its columns; without a period only the present one."""
    if period is None:
        present = np.array([now])
        return HeldValues(np.ones(1, np.int64), present, present, present, 1)
    start, end = period.from_ms, period.to_ms
    count = columns_wanted(period)
    edges = np.linspace(start, end, count + 1).astype(np.int64)
    low, high, mean = (np.full(count, np.nan) for _ in range(3))
    if found is not None and len(found.time_ms):
        _fill(found, edges, low, high, mean)
    if period.is_moment:
        known = mean[np.isfinite(mean)]
        last = known[-1:] if len(known) else np.full(1, np.nan)
        return HeldValues(np.ones(1, np.int64), last, last, last, 1)
    return HeldValues(np.diff(edges), mean, low, high, end - start)


def _fill(
    found: ChartColumns, edges: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64],
    mean: NDArray[np.float64],
) -> None:  # fmt: skip
    """Puts columns into intervals; an interval without one keeps the last value before it, for a day."""
    known = np.flatnonzero(np.isfinite(found.mean))
    at = np.clip(np.searchsorted(edges, found.time_ms[known], side="right") - 1, 0, len(mean) - 1)
    with np.errstate(all="ignore"):
        for index, column in zip(at.tolist(), known.tolist(), strict=True):
            low[index] = np.fmin(low[index], found.low[column])
            high[index] = np.fmax(high[index], found.high[column])
    sums = np.bincount(at, found.mean[known] * np.maximum(found.count[known], 1), len(mean))
    counts = np.bincount(at, np.maximum(found.count[known], 1), len(mean))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean[:] = np.where(counts > 0, sums / counts, np.nan)
    last = np.full(len(mean), math.nan)
    last[at] = found.last[known]
    before, since = math.nan, 0
    for index in range(len(mean)):
        if math.isfinite(last[index]):
            before, since = float(last[index]), int(edges[index])
        elif math.isfinite(before) and edges[index] - since <= HELD_MS:
            low[index] = high[index] = mean[index] = before


def combined(parts: list[HeldValues], rule: AggregationRule) -> HeldValues:
    """The values of several points as one, by the rule of their capability."""
    if len(parts) == 1:
        return parts[0]
    with np.errstate(all="ignore"):
        stacked = {name: np.stack([getattr(part, name) for part in parts]) for name in ("mean", "low", "high")}
        merged = {name: _merge(values, rule) for name, values in stacked.items()}
    return HeldValues(parts[0].width_ms, merged["mean"], merged["low"], merged["high"], parts[0].whole_ms)


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
    return int(times.width_ms[beyond].sum())


def one_value(times: HeldValues, question: Question) -> float:
    """The number of a period: its mean, or its end on the side that is asked for."""
    kind = question.statistic
    if kind is None and question.side is not None:
        kind = Statistic.HIGHEST if question.side is Side.ABOVE else Statistic.LOWEST
    known = np.isfinite(times.mean)
    if not known.any():
        return math.nan
    if kind is Statistic.HIGHEST:
        return float(np.nanmax(times.high))
    if kind is Statistic.LOWEST:
        return float(np.nanmin(times.low))
    return float(np.average(times.mean[known], weights=times.width_ms[known]))


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
