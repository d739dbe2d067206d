"""Stored codes of enum values: maps positions in a point's options to string-table codes and back.

Recorded values keep their meaning when the options change (new firmware, another language).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import FEW, Batch, PointTable
from twin.model.history_series import ChartColumns
from twin.model.ids import PointId
from twin.model.observation import ENUM_OFFSET, Observation

type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WordCodes:
    """`codes` are the string-table codes of a point's options; `former` those that stored positions stand for."""

    codes: tuple[int, ...]
    former: tuple[int, ...] = ()

    @cached_property
    def _position(self) -> Mapping[int, int]:
        return {code: i for i, code in enumerate(self.codes)}

    def to_code(self, value: float) -> float:
        """The code for a position; codes and NaN are returned unchanged."""
        return float(self.codes[int(value)]) if 0 <= value < len(self.codes) else value

    def to_codes(self, values: Floats) -> Floats:
        """Converts an array of positions to stored codes."""
        return self._mapped(values, self.to_code)

    def to_position(self, value: float) -> float:
        """The position of a stored value in the present options, or its code where the options lack it."""
        code = float(self.former[int(value)]) if 0 <= value < len(self.former) else value
        return float(self._position.get(int(code), code)) if code >= ENUM_OFFSET else code

    def to_positions(self, values: Floats) -> Floats:
        """Converts an array of stored codes to positions."""
        return self._mapped(values, self.to_position)

    def columns(self, found: ChartColumns) -> ChartColumns:
        """Chart columns with codes converted to positions."""
        low, high, last = map(self.to_positions, (found.low, found.high, found.last))
        return replace(found, low=np.fmin(low, high), high=np.fmax(low, high), mean=last, last=last)

    def _mapped(self, values: Floats, one: object) -> Floats:
        if not len(values) or not callable(one):
            return values
        kinds, where = np.unique(values, return_inverse=True)
        return np.array([one(float(kind)) for kind in kinds], np.float64)[where]


class WordCodeTable:
    """Word codes by point; one thread sets, any thread reads."""

    def __init__(self) -> None:
        self._of: dict[PointId, WordCodes] = {}
        self._masks: WeakKeyDictionary[PointTable, tuple[tuple[int, int], NDArray[np.bool_]]] = WeakKeyDictionary()

    def __bool__(self) -> bool:
        return bool(self._of)

    def find(self, point: PointId) -> WordCodes | None:
        """Word codes of a point; None where its values are stored unchanged."""
        return self._of.get(point)

    def set_codes(self, point: PointId, codes: Sequence[int], former: Sequence[int] = ()) -> None:
        """Sets the codes of a point's present options, and of those that stored positions stand for."""
        self._of[point] = WordCodes(tuple(codes), tuple(former))

    def stored(self, batch: list[Observation]) -> list[Observation]:
        """Observations with positions converted to stored codes."""
        if not self._of:
            return batch
        return [self._stored(one, spelling) if (spelling := self._of.get(one.point)) else one for one in batch]

    def stored_batch(self, batch: Batch) -> Batch:
        """A batch with positions converted to stored codes."""
        if not self._of:
            return batch
        mask = self._spelled(batch.table)
        if len(batch) <= FEW:
            spelled = [at for at, row in enumerate(batch.row.tolist()) if mask[row]]
        else:
            spelled = np.flatnonzero(mask[batch.row]).tolist()
        if not spelled:
            return batch
        value, points = batch.value.copy(), batch.table.points
        for at in spelled:
            value[at] = self._of[points[batch.row[at]]].to_code(float(value[at]))
        return replace(batch, value=value)

    def _spelled(self, table: PointTable) -> NDArray[np.bool_]:
        """(n,) whether each point of a table has word codes."""
        version = len(table), len(self._of)
        known = self._masks.get(table)
        if known is None or known[0] != version:
            known = version, np.array([point in self._of for point in table.points[: version[0]]], np.bool_)
            self._masks[table] = known
        return known[1]

    @staticmethod
    def _stored(one: Observation, spelling: WordCodes) -> Observation:
        value = spelling.to_code(one.value)
        if value == one.value or value != value:
            return one
        return Observation(one.point, one.time_ms, value, one.quality, one.echo, one.dated)
