"""Reports that arrive together, as columns: what an adapter hands over, one value or many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.model.observation import Report, Value

UNTIMED = -1
"""Time of a report to which the device gave none."""
_MOST_MS = 1 << 62
"""Limit of a valid time, ms: int64 ends soon after."""


class ReportTable:
    """Assigns consecutive row numbers to the points of a link, by uid and key; append only."""

    __slots__ = ("__weakref__", "_row", "keys")

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self._row: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def row(self, uid: str, key: str) -> int:
        """Row of a point; a new point gets the next one."""
        found = self._row.setdefault((uid, key), len(self.keys))
        if found == len(self.keys):
            self.keys.append((uid, key))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ReportColumns:
    """Reports in order of arrival; all columns have the same length n."""

    table: ReportTable
    row: NDArray[np.intp]
    value: NDArray[np.float64]
    """(n,) in the device's own unit; NaN where the report is no number or only repeated (`retained`, `echo`)."""
    time_ms: NDArray[np.int64]
    """UTC milliseconds, or UNTIMED."""
    others: Mapping[int, Report] = field(default_factory=dict[int, Report])
    """By position, ascending: reports that a float and a time do not describe (strings, bools, integers, None,
    repeated values).
    """

    @classmethod
    def of(cls, reports: Iterable[Report], table: ReportTable) -> Self:
        """Columns of the reports; unknown points are added to the table."""
        rows: list[int] = []
        values: list[float] = []
        times: list[int] = []
        others: dict[int, Report] = {}
        row_of = table.row
        for at, one in enumerate(reports):
            value, told_ms = one.value, one.time_ms
            if type(value) is not float or one.retained or one.echo:
                others[at] = one
                value = math.nan if one.retained or one.echo else _number(value)
            rows.append(row_of(one.uid, one.key))
            values.append(value)
            times.append(UNTIMED if told_ms is None or not 0 <= told_ms < _MOST_MS else told_ms)
        return cls(table, np.array(rows, np.intp), np.array(values, np.float64), np.array(times, np.int64), others)

    def __len__(self) -> int:
        return len(self.row)

    def retained(self) -> list[int]:
        """Positions of retained reports, ascending."""
        return [at for at, one in self.others.items() if one.retained]

    def reporting_devices(self) -> set[str]:
        """Uids of the devices that reported by themselves: retained values do not count."""
        keys, row = self.table.keys, self.row
        if repeated := self.retained():
            row = np.delete(row, repeated)
        return {keys[one][0] for one in set(row.tolist())}

    def report(self, at: int) -> Report:
        """The report at this position."""
        if (other := self.others.get(at)) is not None:
            return other
        uid, key = self.table.keys[int(self.row[at])]
        time_ms = int(self.time_ms[at])
        return Report(uid, key, float(self.value[at]), None if time_ms == UNTIMED else time_ms)

    def __iter__(self) -> Iterator[Report]:
        return map(self.report, range(len(self)))


def _number(value: Value) -> float:
    """The float of a truth or a whole number; NaN for anything else."""
    if isinstance(value, bool | int):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return math.nan
