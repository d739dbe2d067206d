"""History query results as arrays: chart columns and past moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import PointId


@dataclass(frozen=True, slots=True, eq=False)
class ChartColumns:
    """Chart data of one point: arrays of n columns; `time_ms` is the column's start (UTC ms), NaN where there is no
    value.

    `width_ms` is the width of a column, 0 where the columns are the raw samples.
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
    """Time spans (first, last), UTC ms, whose stored blocks are damaged and left out: not gaps of recording."""


@dataclass(frozen=True, slots=True, eq=False)
class PastMoment:
    """The value of every point at one past time; arrays (n,) by position in `points`, NaN and OFFLINE where unknown."""

    time_ms: int
    points: tuple[PointId, ...]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
