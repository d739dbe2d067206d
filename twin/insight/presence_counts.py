"""People of a zone of rooms in an hour, as they may be published: by quarter-hours of its sensors, rounded by chance.

A small count is itself what must not be told, so each is rounded to a multiple of the number of people for whom a zone is
meant at least, up or down by chance in proportion to the rest: means stay true, and no single hour tells who is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS

type Numbers = NDArray[np.float64]

QUARTERS = 4
"""Quarter-hours of an hour."""


def seen_quarters(times_ms: NDArray[np.int64], values: Numbers, begin_ms: int) -> Numbers:
    """(4,) the highest value of a sensor in each quarter-hour of the hour from `begin_ms`: 1 where it saw a person; NaN where it is not known. Times (n,) ascend, UTC ms, and may begin before; values are NaN where unknown."""
    edges = begin_ms + np.arange(QUARTERS + 1) * QUARTER_MS
    at = np.searchsorted(times_ms, edges, side="right")
    found = np.full(QUARTERS, np.nan)
    for quarter in range(QUARTERS):
        first = max(0, int(at[quarter]) - 1)  # the value that still stands when the quarter-hour begins
        inside = values[first : int(at[quarter + 1])]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            found[quarter] = inside.max()
    return found


def room_people(sensors: list[Numbers]) -> float:
    """Mean people of a room over an hour, by its sensors (4,) each: at least as many as any of them tells. NaN where in some
    quarter-hour none of them is known."""
    if not sensors:
        return float("nan")
    each = np.fmax.reduce(sensors)
    return float(each.mean())


def rounded(people: float, base: int, chance: float) -> int:
    """People as a multiple of `base`, up or down by `chance` of [0, 1) in proportion to the rest."""
    least = int(people // base)
    return base * (least + (chance < people / base - least))
