"""The newest value of every point as columns, with a flag for rows changed since the last read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import FEW, Batch, PointTable, all_distinct
from twin.model.ids import PointId
from twin.model.observation import Observation, Quality


class State:
    """Columns by row of `table`: `value` float64, `time_ms` int64 (UTC), `quality` uint8, `dirty` bool. One writer."""

    __slots__ = ("dated_ms", "dirty", "quality", "table", "time_ms", "value")

    def __init__(self, points: Iterable[PointId] = ()) -> None:
        self.table = PointTable()
        self.value: NDArray[np.float64] = np.empty(0, np.float64)
        self.time_ms: NDArray[np.int64] = np.empty(0, np.int64)
        self.dated_ms: NDArray[np.int64] = np.empty(0, np.int64)
        """Newest time that each point's device itself gave, UTC ms; 0 for none."""
        self.quality: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.dirty: NDArray[np.bool_] = np.empty(0, np.bool_)
        self.extend(points)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def points(self) -> list[PointId]:
        """The point of each row."""
        return self.table.points

    def extend(self, points: Iterable[PointId]) -> None:
        """Adds the points that are missing, without a value; a point's row never changes."""
        n = self.table.extend(points)
        if not n:
            return
        self.value = np.concatenate([self.value, np.full(n, np.nan)])
        self.time_ms = np.concatenate([self.time_ms, np.zeros(n, np.int64)])
        self.dated_ms = np.concatenate([self.dated_ms, np.zeros(n, np.int64)])
        self.quality = np.concatenate([self.quality, np.full(n, Quality.OFFLINE, np.uint8)])
        self.dirty = np.concatenate([self.dirty, np.zeros(n, np.bool_)])

    def index(self, point: PointId) -> int | None:
        """The point's row; None for a point never added."""
        return self.table.row(point)

    def is_late(self, observation: Observation, now_ms: int) -> bool:
        """Whether an observation dated by its device is older than the known one: recorded in the history, not in the
        state.

        Observations with the time of receipt are never late, whatever our clock did since. A known time after `now_ms`
        does not count.
        """
        row = self.table.row(observation.point)
        if row is None or not observation.dated:
            return False
        known_ms = self.time_ms[row]
        return bool(observation.time_ms < self.dated_ms[row] or observation.time_ms < known_ms <= now_ms)

    def has_value(self, points: Iterable[PointId]) -> bool:
        """Whether any of these points has a value."""
        rows = (self.table.row(point) for point in points)
        return any(row is not None and self.quality[row] < Quality.OFFLINE for row in rows)

    def apply(self, observation: Observation) -> bool:
        """Stores one observation; returns False and changes nothing where the point is unknown."""
        row = self.table.row(observation.point)
        if row is None:
            return False
        self.value[row] = observation.value
        self.time_ms[row] = observation.time_ms
        self.quality[row] = observation.quality
        self.dirty[row] = True
        if observation.dated:
            self.dated_ms[row] = observation.time_ms
        return True

    def late(
        self, row: NDArray[np.intp], time_ms: NDArray[np.int64], dated: NDArray[np.bool_], now_ms: int
    ) -> NDArray[np.bool_]:
        """(n,) whether each observation would be late (`is_late`) if they were stored one after another. Changes
        nothing.
        """
        if not dated.any():
            return np.zeros(len(row), np.bool_)
        if all_distinct(row, len(self)):
            known_ms = self.time_ms[row]
            older = (time_ms < self.dated_ms[row]) | ((time_ms < known_ms) & (known_ms <= now_ms))
            return dated & older
        known: dict[int, tuple[int, int]] = {}
        late = np.zeros(len(row), np.bool_)
        for at, (one, told_ms, is_dated) in enumerate(zip(row.tolist(), time_ms.tolist(), dated.tolist(), strict=True)):
            known_ms, dated_ms = known.get(one) or (int(self.time_ms[one]), int(self.dated_ms[one]))
            late[at] = is_dated and (told_ms < dated_ms or told_ms < known_ms <= now_ms)
            if not late[at]:
                known[one] = told_ms, told_ms if is_dated else dated_ms
        return late

    def take(self, batch: Batch) -> None:
        """Stores a batch of this state's own table; late observations are left out."""
        if len(batch) <= FEW:
            self._take_few(batch)
            return
        if batch.late.any():
            batch = batch.only(~batch.late)
        self.apply_rows(batch.row, batch.value, batch.time_ms, batch.quality)
        if batch.dated.any():
            self.dated_ms[batch.row[batch.dated]] = batch.time_ms[batch.dated]

    def _take_few(self, batch: Batch) -> None:
        rows: list[int] = batch.row.tolist()
        columns = (batch.value.tolist(), batch.time_ms.tolist(), batch.quality.tolist())
        for row, value, time_ms, quality, dated, late in zip(
            rows, *columns, batch.dated.tolist(), batch.late.tolist(), strict=True
        ):
            if late:
                continue
            self.value[row] = value
            self.time_ms[row] = time_ms
            self.quality[row] = quality
            self.dirty[row] = True
            if dated:
                self.dated_ms[row] = time_ms

    def apply_rows(
        self, rows: NDArray[np.intp], value: NDArray[np.float64], time_ms: NDArray[np.int64], quality: NDArray[np.uint8]
    ) -> None:
        """Stores many values at once as not dated by their devices; where a row occurs twice, the last one counts."""
        self.value[rows] = value
        self.time_ms[rows] = time_ms
        self.quality[rows] = quality
        self.dirty[rows] = True

    def batch(self, rows: NDArray[np.intp]) -> Batch:
        """The present values of these rows as a batch marked `restated`."""
        value, time_ms, quality = self.value[rows], self.time_ms[rows], self.quality[rows]
        no = np.zeros(len(rows), np.bool_)
        return Batch(self.table, rows, time_ms, value, quality, dated=no, late=no, restated=True)

    def take_dirty(self) -> NDArray[np.intp]:
        """Returns the rows changed since the last call and clears their flags."""
        rows = np.flatnonzero(self.dirty)
        self.dirty[rows] = False
        return rows
