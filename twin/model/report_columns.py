"""Numbers that one message of a gateway brought, as columns: what many `Report`s would say, without one object for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.observation import Report

UNTIMED = -1
"""The time of a number that the device gave none for."""


class ReportTable:
    """Numbers for the points of a link as its session calls them (uid and key); append only, one for each session."""

    __slots__ = ("__weakref__", "_row", "keys")

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self._row: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def row(self, uid: str, key: str) -> int:
        """The point's row; a new one gets the next."""
        found = self._row.setdefault((uid, key), len(self.keys))
        if found == len(self.keys):
            self.keys.append((uid, key))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ReportColumns:
    """All columns have the same length; in the order in which the devices spoke. Never retained, never an echo."""

    table: ReportTable
    row: NDArray[np.intp]
    value: NDArray[np.float64]
    """In the device's own unit, as `Report.value`."""
    time_ms: NDArray[np.int64]
    """UTC milliseconds, or UNTIMED."""

    def __len__(self) -> int:
        return len(self.row)

    def uids(self) -> set[str]:
        """The devices that spoke."""
        keys = self.table.keys
        return {keys[row][0] for row in self.row.tolist()}

    def report(self, at: int) -> Report:
        """The one at this position."""
        uid, key = self.table.keys[int(self.row[at])]
        time_ms = int(self.time_ms[at])
        return Report(uid, key, float(self.value[at]), None if time_ms == UNTIMED else time_ms)

    def __iter__(self) -> Iterator[Report]:
        return map(self.report, range(len(self)))
