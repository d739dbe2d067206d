"""History query results as arrays: chart columns and past moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import PointId


@dataclass(frozen=True, slots=True, eq=False)
class ChartColumns:
    """What a chart draws of one point: arrays of n columns, UTC ms at the column's start, NaN where nothing was.

    `width_ms` is 0 where the columns are the raw samples themselves.
    """

    point: PointId
    time_ms: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    width_ms: int
    source: str
    damaged_ms: tuple[tuple[int, int], ...] = ()
    """Stretches (first, last) of which something is damaged and left out: not silence."""


@dataclass(frozen=True, slots=True, eq=False)
class PastMoment:
    """Every point's value at one past moment: arrays by position in `points`, NaN and OFFLINE where unknown."""

    time_ms: int
    points: tuple[PointId, ...]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
