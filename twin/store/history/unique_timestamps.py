"""Makes the times of each point's samples unique: colliding ones move to the next free millisecond."""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from twin.store.history import block_codec
from twin.store.history.samples import Samples, merge
from twin.store.history.unsealed_tail import UnsealedTail

FULL_MS = 100_000
"""Longest span, ms, within which a free millisecond is searched."""
_NEVER = -(2**62)


class UniqueTimestamps:
    """The newest time of every point; stored samples are read only for samples that are not newer."""

    def __init__(self, tail: UnsealedTail) -> None:
        self._tail = tail
        self._newest: NDArray[np.int64] = np.full(0, _NEVER, np.int64)

    def load(self, db: sqlite3.Connection) -> None:
        """Reads the newest time of every point from blocks and tail."""
        newest = db.execute("select point, max(t1) from block group by point").fetchall()
        newest += [(point, span[1]) for point in self._tail if (span := self._tail.span(point)) is not None]
        rows = np.array(newest, np.int64).reshape(-1, 2)
        self.stored(rows[:, 0], rows[:, 1])

    def spread(
        self, db: sqlite3.Connection, ids: NDArray[np.int64], samples: Samples
    ) -> tuple[NDArray[np.int64], Samples]:
        """The samples (in order of arrival), each at a unique time of its point: its own or the next free millisecond.

        A sample equal to the one already stored at its time is left out as a repetition.
        """
        if not len(ids):
            return ids, samples
        order = np.argsort(ids, kind="stable")
        points, times = ids[order], samples.times[order]
        first = np.flatnonzero(np.concatenate([[True], points[1:] != points[:-1]]))
        self._room(int(points[-1]))
        before = np.concatenate([[_NEVER], times[:-1]])
        before[first] = self._newest[points[first]]
        late = times <= before
        if not late.any():
            return ids, samples
        moved, keep = samples.times.copy(), np.ones(len(ids), np.bool_)
        for point in np.unique(points[late]).tolist():
            at = order[points == point]
            moved[at], keep[at] = _free(self._stored(db, point, moved[at]), samples, at)
        return ids[keep], Samples(moved[keep], samples.values[keep], samples.quality[keep])

    def stored(self, points: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        """Registers samples that were written to disk."""
        if len(points):
            self._room(int(points.max()))
            np.maximum.at(self._newest, points, times)

    def _stored(self, db: sqlite3.Connection, point: int, times: NDArray[np.int64]) -> Samples:
        """Stored samples of a point from the earliest of these instants to as far as they can be moved."""
        low, high = int(times.min()), int(times.max()) + len(times) + FULL_MS
        sql = "select data from block where point = ? and t1 >= ? and t0 <= ?"
        runs: list[Samples] = []
        for (data,) in db.execute(sql, (point, low, high)):
            try:
                runs.append(block_codec.decode(data))
            except block_codec.DamageError:
                continue
        return merge([*runs, self._tail.of(point)]).between(low, high + 1)

    def _room(self, point: int) -> None:
        if point >= len(self._newest):
            more = np.full(max(64, point + 1 - len(self._newest), len(self._newest)), _NEVER, np.int64)
            self._newest = np.concatenate([self._newest, more])


def _free(stored: Samples, arrived: Samples, at: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(times in ms, unique) for the samples at these positions, in order of arrival, and which are no repetition."""
    taken: dict[int, tuple[float, int]] = {
        time: (value, quality) for time, value, quality in zip(*(column.tolist() for column in stored), strict=True)
    }
    next_free: dict[int, int] = {}
    times, keep = arrived.times[at].copy(), np.ones(len(at), np.bool_)
    samples = zip(*(column[at].tolist() for column in arrived), strict=True)
    for i, (time, value, quality) in enumerate(samples):
        known = taken.get(time)
        if known is not None and repr(known) == repr((value, quality)):  # NaN is like NaN here
            keep[i] = False
            continue
        free = next_free.setdefault(time, time)
        while free in taken:
            free += 1
        next_free[time] = free + 1
        taken[free] = (value, quality)
        times[i] = free
    return times, keep
