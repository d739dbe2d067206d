"""Reports that arrive together, as columns: what an adapter hands over, one value or many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

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
    """Reports in order of arrival; all columns have the same length n. The lists are for few reports, which is what a
    command is answered with: arrays would cost more than they save."""

    table: ReportTable
    rows: list[int]
    values: list[float]
    """In the device's own unit; NaN where the report is no number or only repeated (`retained`, `echo`)."""
    times_ms: list[int]
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
        return cls(table, rows, values, times, others)

    def __len__(self) -> int:
        return len(self.rows)

    def retained(self) -> list[int]:
        """Positions of retained reports, ascending."""
        return [at for at, one in self.others.items() if one.retained]

    def reporting_devices(self) -> set[str]:
        """Uids of the devices that reported by themselves: retained values do not count."""
        keys, rows = self.table.keys, self.rows
        if repeated := frozenset(self.retained()):
            rows = [row for at, row in enumerate(rows) if at not in repeated]
        return {keys[one][0] for one in set(rows)}

    def report(self, at: int) -> Report:
        """The report at this position."""
        if (other := self.others.get(at)) is not None:
            return other
        uid, key = self.table.keys[self.rows[at]]
        time_ms = self.times_ms[at]
        return Report(uid, key, self.values[at], None if time_ms == UNTIMED else time_ms)

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
