"""Observations as columns of equal length: row in a table of points, time, value, quality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import PointId
from twin.model.observation import Observation, Quality

type Rows = NDArray[np.intp]


class PointTable:
    """Assigns consecutive row numbers to points; append only, a point's row never changes."""

    __slots__ = ("__weakref__", "_row", "points")

    def __init__(self, points: Iterable[PointId] = ()) -> None:
        self.points: list[PointId] = []
        self._row: dict[PointId, int] = {}
        self.extend(points)

    def __len__(self) -> int:
        return len(self.points)

    def extend(self, points: Iterable[PointId]) -> int:
        """Adds the points that are not in the table yet; returns how many were new."""
        new = [point for point in dict.fromkeys(points) if point not in self._row]
        for point in new:
            self._row[point] = len(self.points)
            self.points.append(point)
        return len(new)

    def row(self, point: PointId) -> int | None:
        """The point's row; None for a point never added."""
        return self._row.get(point)


FEW = 8
"""Most observations that are looked at one by one: for so few, numpy's operations cost more than they save."""


def some(mask: NDArray[np.bool_]) -> bool:
    """Whether any of them is True."""
    return True in mask.tolist() if len(mask) <= FEW else bool(mask.any())


def all_distinct(rows: Rows, size: int) -> bool:
    """Whether no row number occurs twice; every row must be below `size`."""
    if len(rows) < 2:
        return True
    seen = np.zeros(size, np.bool_)
    seen[rows] = True
    return int(np.count_nonzero(seen)) == len(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Observations in order of arrival; all columns have the same length n."""

    table: PointTable
    row: Rows
    time_ms: NDArray[np.int64]
    """UTC milliseconds."""
    value: NDArray[np.float64]
    """Canonical unit, or a code; NaN for no value."""
    quality: NDArray[np.uint8]
    dated: NDArray[np.bool_]
    """Whether the device itself gave the time; False where it is the time of receipt."""
    late: NDArray[np.bool_]
    """Whether it is older than what was known on arrival: it is recorded in the history but does not change the state.
    """
    restated: bool = False
    """True where the values are known already: they are not recorded and confirm no command."""

    @classmethod
    def of(
        cls, observations: Iterable[Observation], table: PointTable | None = None, *, restated: bool = False
    ) -> Self:
        """A batch of the observations, none marked late. With `table`, observations of points that it lacks are left
        out.
        """
        found = list(observations)
        if table is None:
            table = PointTable(one.point for one in found)
        rows = [table.row(one.point) for one in found]
        if None in rows:
            found = [one for one, row in zip(found, rows, strict=True) if row is not None]
        return cls(
            table,
            np.array([row for row in rows if row is not None], np.intp),
            np.array([one.time_ms for one in found], np.int64),
            np.array([one.value for one in found], np.float64),
            np.array([one.quality for one in found], np.uint8),
            np.array([one.dated for one in found], np.bool_),
            np.zeros(len(found), np.bool_),
            restated,
        )

    @classmethod
    def of_rows(cls, table: PointTable, rows: Sequence[tuple[int, int, float, int, bool]]) -> Self:
        """A batch of (row, UTC ms, value, quality, dated), none marked late."""
        row, time_ms, value, quality, dated = zip(*rows, strict=True) if rows else ((), (), (), (), ())
        return cls(
            table,
            np.array(row, np.intp),
            np.array(time_ms, np.int64),
            np.array(value, np.float64),
            np.array(quality, np.uint8),
            np.array(dated, np.bool_),
            np.zeros(len(rows), np.bool_),
        )

    def __len__(self) -> int:
        return len(self.row)

    def __iter__(self) -> Iterator[Observation]:
        points = self.table.points
        rows: list[int] = self.row.tolist()
        columns = (
            rows,
            self.time_ms.tolist(),
            self.value.tolist(),
            self.quality.tolist(),
            self.dated.tolist(),
        )
        for row, time_ms, value, quality, dated in zip(*columns, strict=True):
            yield Observation(points[row], time_ms, value, Quality(quality), dated=dated)

    def only(self, wanted: Rows | NDArray[np.bool_]) -> Batch:
        """The observations at these positions, or those where a boolean mask of length n is True."""
        return replace(
            self, row=self.row[wanted], time_ms=self.time_ms[wanted], value=self.value[wanted],
            quality=self.quality[wanted], dated=self.dated[wanted], late=self.late[wanted],
        )  # fmt: skip

    def newest(self) -> Batch:
        """The last observation of each point, late ones left out."""
        fresh = np.flatnonzero(~self.late) if some(self.late) else np.arange(len(self))
        last = np.full(len(self.table), -1, np.intp)
        last[self.row[fresh]] = fresh  # of equal rows the last is kept
        kept = last[last >= 0]
        return self if len(kept) == len(self) else self.only(np.sort(kept))


def joined(batches: Sequence[Batch]) -> Batch:
    """Concatenates batches that share one table, in order; `restated` is that of the first."""
    if len(batches) == 1:
        return batches[0]
    return replace(
        batches[0],
        row=np.concatenate([batch.row for batch in batches]),
        time_ms=np.concatenate([batch.time_ms for batch in batches]),
        value=np.concatenate([batch.value for batch in batches]),
        quality=np.concatenate([batch.quality for batch in batches]),
        dated=np.concatenate([batch.dated for batch in batches]),
        late=np.concatenate([batch.late for batch in batches]),
    )


class RowMap:
    """Translates rows of any point table into another numbering of the same points; -1 for a point without a number
    yet.
    """

    __slots__ = ("_known", "_number")

    def __init__(self, number: Callable[[PointId], int | None]) -> None:
        self._number = number
        self._known: WeakKeyDictionary[PointTable, NDArray[np.int64]] = WeakKeyDictionary()

    def of(self, batch: Batch) -> NDArray[np.int64]:
        """The number of each observation's point, (n,); numbers are cached per table once found."""
        known = self._known.get(batch.table)
        if known is None or len(known) < len(batch.table):
            begun = 0 if known is None else len(known)
            more = np.array([self._asked(point) for point in batch.table.points[begun:]], np.int64)
            known = self._known[batch.table] = more if known is None else np.concatenate([known, more])
        numbers = known[batch.row]
        if len(numbers) and numbers.min() < 0:
            missing: list[int] = np.unique(batch.row[numbers < 0]).tolist()
            for row in missing:
                known[row] = self._asked(batch.table.points[row])
            numbers = known[batch.row]
        return numbers

    def _asked(self, point: PointId) -> int:
        number = self._number(point)
        return -1 if number is None else number
