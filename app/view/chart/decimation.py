"""Reduces samples to at most two per pixel column; keeps every peak and every gap."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twin.model.capability import Capability, ValueType
from twin.model.history_series import ChartColumns

type XyLine = tuple[NDArray[np.float64], NDArray[np.float64]]
"""x in seconds since 1970 (UTC) and y, NaN where the line is broken."""

GAP_FACTOR = 3.0
"""A pause longer than this many usual steps counts as a gap and is not bridged."""


def band(columns: ChartColumns) -> XyLine:
    """Rings around the lowest and highest values, one per unbroken span, separated by NaN; to be filled."""
    if columns.width_ms == 0 or not len(columns.time_ms):
        return np.empty(0), np.empty(0)
    x = columns.time_ms / 1000.0 + columns.width_ms / 2000.0
    good = np.isfinite(columns.low) & np.isfinite(columns.high)
    pauses = np.diff(x) > GAP_FACTOR * columns.width_ms / 1000.0
    cuts = np.flatnonzero(pauses | (good[1:] != good[:-1])) + 1
    xs, ys = list[NDArray[np.float64]](), list[NDArray[np.float64]]()
    for run in np.split(np.arange(len(x)), cuts):
        if good[run[0]]:
            xs += [x[run], x[run][::-1], np.array([np.nan])]
            ys += [columns.low[run], columns.high[run][::-1], np.array([np.nan])]
    return (np.concatenate(xs), np.concatenate(ys)) if xs else (np.empty(0), np.empty(0))


def mean_line(columns: ChartColumns) -> XyLine:
    """Line through the mean of each column; through the samples themselves if there are few."""
    x = columns.time_ms / 1000.0 + columns.width_ms / 2000.0
    if columns.width_ms == 0:
        return held_line(x, columns.last)
    return broken(x, columns.mean, columns.width_ms / 1000.0)


def held_line(x: NDArray[np.float64], y: NDArray[np.float64]) -> XyLine:
    """Samples as a line; across a pause of more than GAP_FACTOR usual steps the value is held (sensors may report on
    change only). Real interruptions are NaN samples."""
    # two samples have no usual step: what reported twice a day did so on change
    pauses = np.flatnonzero(np.diff(x) > (GAP_FACTOR * _usual_step(x) if len(x) > 2 else 0.0))
    return np.insert(x, pauses + 1, x[pauses + 1]), np.insert(y, pauses + 1, y[pauses])


def until(line: XyLine, end_s: float) -> XyLine:
    """The line up to `end_s` (seconds): later samples are removed, and the last value is held until then."""
    x, y = line
    n = int(np.searchsorted(x, end_s, "right"))
    x, y = x[:n], y[:n]
    if n and np.isfinite(end_s) and x[-1] < end_s and np.isfinite(y[-1]):
        return np.append(x, end_s), np.append(y, y[-1])
    return x, y


def steps(columns: ChartColumns) -> XyLine:
    """Step line of a state: each value is held until the next one."""
    x, y = columns.time_ms / 1000.0, columns.last
    if len(x) < 2:
        return x, y
    xs, ys = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return xs, ys


def held_steps(columns: ChartColumns) -> XyLine:
    """Step line of a number that holds its value: the mean of each column over its width, then its last value until the
    next column. Of raw samples each value is held until the next one."""
    n, width_s = len(columns.time_ms), columns.width_ms / 1000.0
    if width_s == 0 or n < 2:
        return steps(columns)
    begin = columns.time_ms / 1000.0
    end = np.minimum(begin[:-1] + width_s, begin[1:])
    after = np.where(begin[1:] - end > width_s / 2, columns.last[:-1], columns.mean[:-1])
    xs = np.stack([begin[:-1], end, end, begin[1:]], 1).ravel()
    ys = np.stack([columns.mean[:-1], columns.mean[:-1], after, after], 1).ravel()
    return np.append(xs, begin[-1]), np.append(ys, columns.last[-1])


def line_of(row: Capability) -> Callable[[ChartColumns], XyLine]:
    """How the columns of a point with this capability become a line: states and commanded numbers in steps."""
    if row.type is not ValueType.NUMBER:
        return steps
    return held_steps if row.is_held else mean_line


def broken(x: NDArray[np.float64], y: NDArray[np.float64], step_s: float) -> XyLine:
    """The line with a NaN inserted wherever samples pause for longer than GAP_FACTOR steps."""
    if len(x) < 2 or step_s <= 0:
        return x, y
    after = np.flatnonzero(np.diff(x) > GAP_FACTOR * step_s) + 1
    if not len(after):
        return x, y
    return np.insert(x, after, x[after - 1] + step_s / 2), np.insert(y, after, np.nan)


def thin(x: NDArray[np.float64], y: NDArray[np.float64], columns: int) -> XyLine:
    """At most 2 * `columns` samples: the lowest and highest of each stretch, in time order; all-NaN stays NaN."""
    n = len(x)
    if n <= 2 * columns or columns < 1:
        return x, y
    per = n // columns
    whole = per * columns
    block = y[:whole].reshape(columns, per)
    # NaN loses every comparison this way, unless the stretch has nothing else
    low = np.where(np.isnan(block), np.inf, block).argmin(1)
    high = np.where(np.isnan(block), -np.inf, block).argmax(1)
    rows = np.arange(columns)
    first, second = np.minimum(low, high), np.maximum(low, high)
    kept = np.stack([first, second], 1) + (rows * per)[:, None]
    index = np.concatenate([kept.ravel(), np.arange(whole, n)])
    return x[index], y[index]


def _usual_step(x: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(x))) if len(x) > 2 else 0.0
