"""The newest value of every point as columns, with a mark for what changed since somebody last looked."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.model.ident import PointId
from twin.model.observation import Observation, Quality


class State:
    """Columns by point index: `value` float64, `time_ms` int64, `quality` uint8, `dirty` bool. One writer."""

    __slots__ = ("_index", "dated_ms", "dirty", "points", "quality", "time_ms", "value")

    def __init__(self, points: Iterable[PointId] = ()) -> None:
        self.points: list[PointId] = []
        self._index: dict[PointId, int] = {}
        self.value: NDArray[np.float64] = np.empty(0, np.float64)
        self.time_ms: NDArray[np.int64] = np.empty(0, np.int64)
        self.dated_ms: NDArray[np.int64] = np.empty(0, np.int64)
        """The newest time that each point's device gave itself; 0 for none."""
        self.quality: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.dirty: NDArray[np.bool_] = np.empty(0, np.bool_)
        self.extend(points)

    def __len__(self) -> int:
        return len(self.points)

    def extend(self, points: Iterable[PointId]) -> None:
        """Adds the points that are not there yet; an index once given never changes."""
        new = [point for point in dict.fromkeys(points) if point not in self._index]
        if not new:
            return
        for point in new:
            self._index[point] = len(self.points)
            self.points.append(point)
        n = len(new)
        self.value = np.concatenate([self.value, np.full(n, np.nan)])
        self.time_ms = np.concatenate([self.time_ms, np.zeros(n, np.int64)])
        self.dated_ms = np.concatenate([self.dated_ms, np.zeros(n, np.int64)])
        self.quality = np.concatenate([self.quality, np.full(n, Quality.OFFLINE, np.uint8)])
        self.dirty = np.concatenate([self.dirty, np.zeros(n, np.bool_)])

    def index(self, point: PointId) -> int | None:
        """The point's row, or None for a point never added."""
        return self._index.get(point)

    def is_late(self, observation: Observation, now_ms: int) -> bool:
        """Whether a device dated this before what is known already: it belongs into the history, not over the state.

        What we dated ourselves is never late: it counts in the order in which it came, whatever our clock did since.
        """
        row = self._index.get(observation.point)
        if row is None or not observation.dated:
            return False
        known_ms = self.time_ms[row]
        return bool(observation.time_ms < self.dated_ms[row] or observation.time_ms < known_ms <= now_ms)

    def has_value(self, points: Iterable[PointId]) -> bool:
        """Whether any of these points has a value: then its device was there."""
        rows = (self._index.get(point) for point in points)
        return any(row is not None and self.quality[row] < Quality.OFFLINE for row in rows)

    def apply(self, observation: Observation) -> bool:
        """Takes an observation in; False (and no change) where the point is unknown."""
        row = self._index.get(observation.point)
        if row is None:
            return False
        self.value[row] = observation.value
        self.time_ms[row] = observation.time_ms
        self.quality[row] = observation.quality
        self.dirty[row] = True
        if observation.dated:
            self.dated_ms[row] = observation.time_ms
        return True

    def apply_rows(
        self, rows: NDArray[np.intp], value: NDArray[np.float64], time_ms: NDArray[np.int64], quality: NDArray[np.uint8]
    ) -> None:
        """Takes many at once; rows are unique, each is the newest of its point, none is dated by its device."""
        self.value[rows] = value
        self.time_ms[rows] = time_ms
        self.quality[rows] = quality
        self.dirty[rows] = True

    def take_dirty(self) -> NDArray[np.intp]:
        """The rows that changed since the last call, and forgets them."""
        rows = np.flatnonzero(self.dirty)
        self.dirty[rows] = False
        return rows
