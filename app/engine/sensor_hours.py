"""Hourly values and numbers of readings of points, read from the history and kept, so that each hour is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from twin.insight.sensor_faults import CARRIED_H, HOUR_MS, on_hours
from twin.model.ids import PointId
from twin.model.observation import Quality
from twin.store.history import History

AGAIN_H = 26
"""Hours before the newest known one that are read again, since devices may report late."""
MOST_COUNT = 60_000
"""Most readings of an hour that are counted."""

type Hours = tuple[NDArray[np.float32], NDArray[np.uint16]]
"""Values and readings of a point, (hours,) each: 6 bytes an hour, of which a building has millions."""


class SensorHours:
    """One caller at a time."""

    def __init__(self) -> None:
        self._known: dict[PointId, tuple[int, Hours]] = {}

    def read(
        self, history: History, points: Iterable[PointId], begin_ms: int, hours: int, check: Callable[[], None]
    ) -> dict[PointId, Hours]:
        """(hours,) values and readings from `begin_ms` on of each point that was ever recorded; `check` is called before
        each point and may raise. What is returned is kept: it must not be changed."""
        found: dict[PointId, Hours] = {}
        kept: dict[PointId, tuple[int, Hours]] = {}
        for point in points:
            check()
            if not history.knows(point):
                continue
            found[point] = self._of(history, point, begin_ms, hours)
            kept[point] = (begin_ms, found[point])
        self._known = kept
        return found

    def _of(self, history: History, point: PointId, begin_ms: int, hours: int) -> Hours:
        began_ms, known = self._known.get(point, (0, None))
        usable = 0
        if known is not None and (begin_ms - began_ms) % HOUR_MS == 0 and begin_ms >= began_ms:
            gone = (begin_ms - began_ms) // HOUR_MS
            usable = max(0, min(hours, len(known[0]) - gone) - AGAIN_H)
        from_ms = begin_ms + usable * HOUR_MS
        samples = history.raw(point, from_ms - CARRIED_H * HOUR_MS, begin_ms + hours * HOUR_MS)
        good = np.isfinite(samples.values) & (samples.quality < Quality.STALE)
        found, counted = on_hours(samples.times[good], samples.values[good], from_ms, hours - usable)
        values, counts = found.astype(np.float32), np.minimum(counted, MOST_COUNT).astype(np.uint16)
        if known is None or not usable:
            return values, counts
        first = (begin_ms - began_ms) // HOUR_MS
        part = slice(first, first + usable)
        return np.concatenate([known[0][part], values]), np.concatenate([known[1][part], counts])
