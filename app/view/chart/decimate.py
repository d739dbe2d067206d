"""From any number of samples to at most two per pixel column, keeping every peak and every gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.model.series import Columns

type Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""x in seconds since 1970 (UTC) and y, NaN where the line is broken."""

GAP_FACTOR = 3.0
"""A pause of this many usual steps is a gap and is not bridged."""


def envelope(columns: Columns) -> Line:
    """The line through lowest and highest of each column, in the order that looks least jagged."""
    n = len(columns.time_ms)
    if not n:
        return np.empty(0), np.empty(0)
    x = columns.time_ms / 1000.0
    if columns.width_ms == 0:
        return broken(x, columns.last, _usual_step(x))
    half = columns.width_ms / 2000.0
    xs, ys = np.repeat(x + half, 2), np.empty(2 * n)
    rising = np.concatenate([[True], columns.mean[1:] >= columns.mean[:-1]])
    ys[0::2] = np.where(rising, columns.low, columns.high)
    ys[1::2] = np.where(rising, columns.high, columns.low)
    return broken(xs, ys, columns.width_ms / 1000.0)


def middle(columns: Columns) -> Line:
    """The line through the means: for pictures too small for an envelope."""
    x = columns.time_ms / 1000.0
    return broken(x, columns.mean, columns.width_ms / 1000.0 or _usual_step(x))


def steps(columns: Columns) -> Line:
    """The line of a state: it holds its last value until the next one."""
    x, y = columns.time_ms / 1000.0, columns.last
    if len(x) < 2:
        return x, y
    xs, ys = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return xs, ys


def broken(x: NDArray[np.float64], y: NDArray[np.float64], step_s: float) -> Line:
    """The same line with a NaN put in wherever samples pause for longer than GAP_FACTOR steps."""
    if len(x) < 2 or step_s <= 0:
        return x, y
    after = np.flatnonzero(np.diff(x) > GAP_FACTOR * step_s) + 1
    if not len(after):
        return x, y
    return np.insert(x, after, x[after - 1] + step_s / 2), np.insert(y, after, np.nan)


def thin(x: NDArray[np.float64], y: NDArray[np.float64], columns: int) -> Line:
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
