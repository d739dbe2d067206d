"""Observations as the columns that the history stores; points that it does not know yet are declared on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import Batch, RowMap, joined
from twin.model.ids import PointId
from twin.model.observation import Observation, Quality
from twin.store.history import history_points as rows
from twin.store.history.history_points import HistoryPoints
from twin.store.history.samples import BAD, Samples

_POINT, _TIME, _VALUE, _QUALITY = (attrgetter(name) for name in ("point", "time_ms", "value", "quality"))

type _Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]
"""Point rows, times, values, quality."""


def _kind(observations: Sequence[Observation] | Batch) -> int:
    """Batches of the same kind can be joined: those of one table of points, and all that are lists."""
    return id(observations.table) if isinstance(observations, Batch) else 0


class ObservationColumns:
    """Turns batches into columns with the history's point numbers. Only the writer thread may use it."""

    def __init__(self, db: sqlite3.Connection, points: HistoryPoints) -> None:
        self._db, self._points = db, points
        self._ids = RowMap(points.numbers.get)

    def of(self, batches: Sequence[Sequence[Observation] | Batch]) -> tuple[NDArray[np.int64], Samples]:
        """Point rows, times, values and quality of batches, in their order; what is no number or bad has no value."""
        if not batches:
            return np.zeros(0, np.int64), Samples(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))
        parts = [self._of_one_kind(list(same)) for _, same in groupby(batches, key=_kind)]
        ids, times, values, quality = (np.concatenate(column) for column in zip(*parts, strict=True))
        broken = ~np.isfinite(values)
        quality[broken & (quality < BAD)] = Quality.BAD
        values[quality >= BAD] = np.nan
        return ids, Samples(times, values, quality)

    def _of_one_kind(self, same: Sequence[Sequence[Observation] | Batch]) -> _Columns:
        """The columns of batches of one kind."""
        batches = [one for one in same if isinstance(one, Batch)]
        if not batches:
            return self._gathered([one for observations in same for one in observations])
        whole = joined(batches)
        ids = self._ids.of(whole)
        if len(ids) and ids.min() < 0:
            self._declare({whole.table.points[row] for row in np.unique(whole.row[ids < 0]).tolist()})
            ids = self._ids.of(whole)
        # never the batch's own memory: what is written here is seen by nobody else
        return ids, whole.time_ms, whole.value.copy(), whole.quality.copy()

    def _gathered(self, observations: Sequence[Observation]) -> _Columns:
        n = len(observations)
        numbers = self._points.numbers
        try:
            ids = np.fromiter(map(numbers.__getitem__, map(_POINT, observations)), np.int64, n)
        except KeyError:
            self._declare({uid for uid in map(_POINT, observations) if uid not in numbers})
            ids = np.fromiter(map(numbers.__getitem__, map(_POINT, observations)), np.int64, n)
        times = np.fromiter(map(_TIME, observations), np.int64, n)
        values = np.fromiter(map(_VALUE, observations), np.float64, n)
        quality = np.fromiter(map(_QUALITY, observations), np.uint8, n)
        return ids, times, values, quality

    def _declare(self, unknown: set[PointId]) -> None:
        rows.declare(self._db, self._points, [(uid, "gauge", rows.STALE_MS, "", "") for uid in sorted(unknown)])
