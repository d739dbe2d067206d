"""From report to observation: normalises what links report and publishes it as batches of columns.

Everything here runs on the loop thread. Reports that arrive in one turn of the loop travel as one batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from devices.normalise import AHEAD_MS, OLDEST_MS, normalise, plain_range
from twin.model.batch import Batch
from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.observation import Observation, Quality, Report, StringTable, decode, encode
from twin.model.problem import Problem
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.state import State

type Route = tuple[Point, int, float, float]
"""A point, its row in the state, and the range in which a float is its value as it is."""
type Routes = dict[tuple[str, str], Route]
"""Where a link's report goes, by (uid, key)."""

BURST_MS = 60_000
"""What is further ahead of the clock than this was not a burst: the clock was set back."""
_UNDATED = -1


@dataclass(slots=True)
class IngestCounts:
    """What passed since the project was opened."""

    reports: int = 0
    observations: int = 0
    """What was published: what reports became, and what we say of devices that went."""
    kept: int = 0
    """Reports that became observations: reports = echoes + strange + refused + unsaid + kept."""
    unsaid: int = 0
    """Reports that said nothing new."""
    echoes: int = 0
    strange: int = 0
    """Reports for a point that no device described."""
    refused: int = 0
    """Reports that no number could be made of."""
    batches: int = 0


@dataclass(slots=True)
class _Columns:
    """A batch while it grows; times that nobody told are _UNDATED."""

    row: list[int] = field(default_factory=list[int])
    time_ms: list[int] = field(default_factory=list[int])
    value: list[float] = field(default_factory=list[float])
    marked: list[tuple[int, Quality]] = field(default_factory=list[tuple[int, Quality]])
    """Positions whose quality is not GOOD."""
    _seen: set[int] = field(default_factory=set[int])
    _looked: int = 0

    def has(self, row: int) -> bool:
        """Whether the point of this row spoke in this batch."""
        self._seen.update(self.row[self._looked :])
        self._looked = len(self.row)
        return row in self._seen

    def add(self, row: int, made: Observation) -> None:
        """One more; a time that is not the device's own is given later."""
        if made.quality is not Quality.GOOD:
            self.marked.append((len(self.row), made.quality))
        self.row.append(row)
        self.time_ms.append(made.time_ms if made.dated else _UNDATED)
        self.value.append(made.value)


@dataclass(frozen=True, slots=True, eq=False)
class _RoutedColumns:
    """By the row of a session's table: the point, its row in the state (-1 for none), its plain range, and whether it is on
    or off."""

    points: list[Point | None]
    row: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    switch: NDArray[np.bool_]

    @classmethod
    def of(cls, routes: Sequence[Route | None]) -> _RoutedColumns:
        """From the routes in the order of the table."""
        row = np.array([-1 if route is None else route[1] for route in routes], np.intp)
        low = np.array([math.inf if route is None else route[2] for route in routes])
        high = np.array([-math.inf if route is None else route[3] for route in routes])
        points = [None if route is None else route[0] for route in routes]
        switch = np.array([point is not None and point.capability.type is ValueType.BOOL for point in points], np.bool_)
        return cls(points, row, low, high, switch)


@dataclass(slots=True, kw_only=True)
class Ingest:
    """Makes observations of reports. `soon` runs a function after the present turn of the loop."""

    state: State
    """What was published last of every point; written by the bus's first subscriber, only read here."""
    publish: Callable[[Batch], None]
    strings: StringTable
    now_ms: Callable[[], int]
    soon: Callable[[Callable[[], None]], object]
    raised: Callable[[Problem], None]
    counts: IngestCounts = field(default_factory=IngestCounts)
    _routes: dict[LinkId, Routes] = field(default_factory=dict[LinkId, Routes])
    _columns_routed: WeakKeyDictionary[ReportTable, _RoutedColumns] = field(
        default_factory=WeakKeyDictionary[ReportTable, _RoutedColumns]
    )
    _waiting: list[tuple[Routes, Report]] = field(default_factory=list[tuple[Routes, Report]])
    _due: bool = False
    _arrived: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """By row: the time that was last given to what the point said."""
    _complained: set[tuple[PointId, str]] = field(default_factory=set[tuple[PointId, str]])

    def route(self, link: LinkId, uid_of: Mapping[DeviceId, str], points: Iterable[Point]) -> None:
        """Says which points a link's reports mean; replaces what was said before."""
        routes = self._routes.setdefault(link, {})
        points, before = tuple(points), {route[0].id: route[0] for route in routes.values()}
        self.state.extend(point.id for point in points)
        self._spell_anew((before[point.id], point) for point in points if point.id in before)
        routes.clear()
        self._columns_routed.clear()
        for point in points:
            if (row := self.state.index(point.id)) is not None:
                routes[uid_of[point.device], point.info.key] = (point, row, *plain_range(point))

    def _spell_anew(self, pairs: Iterable[tuple[Point, Point]]) -> None:
        """A list of words that changed changes no value: the state gets its position in the new list."""
        again: list[Observation] = []
        for before, after in pairs:
            row = self.state.index(after.id)
            if row is None or before.options == after.options or after.capability.type is not ValueType.ENUM:
                continue
            value = encode(after, decode(before, float(self.state.value[row]), self.strings), self.strings)
            if value is not None and self.state.quality[row] < Quality.OFFLINE:
                time_ms, quality = int(self.state.time_ms[row]), Quality(int(self.state.quality[row]))
                again.append(Observation(after.id, time_ms, value, quality))
        self.restate(again)

    def report(self, link: LinkId, report: Report) -> None:
        """A report enters; it travels with the others of this turn of the loop."""
        self._waiting.append((self._routes.get(link, {}), report))
        if not self._due:
            self._due = True
            self.soon(self.run)

    def report_columns(self, link: LinkId, columns: ReportColumns) -> None:
        """Many numbers of one message enter, and are published as one batch, after what waits. The same comes of them as of
        that many reports, but for those that are plain (`plain_range`) without a line of Python for each."""
        self.run()
        now, counts = self.now_ms(), self.counts
        counts.batches += 1
        counts.reports += len(columns)
        routed = self._routed(link, columns.table)
        row = routed.row[columns.row]
        known = row >= 0
        if not known.all():
            counts.strange += len(row) - int(known.sum())
            columns = ReportColumns(columns.table, columns.row[known], columns.value[known], columns.time_ms[known])
            row = row[known]
        value, told_ms = columns.value + 0.0, columns.time_ms.copy()  # -0.0 is 0.0, as for `normalise`
        told_ms[(told_ms < OLDEST_MS) | (told_ms > now + AHEAD_MS)] = _UNDATED
        quality, kept = np.zeros(len(row), np.uint8), np.ones(len(row), np.bool_)
        plain = (value >= routed.low[columns.row]) & (value <= routed.high[columns.row])
        plain |= routed.switch[columns.row] & ((value == 0.0) | (value == 1.0))
        for at in np.flatnonzero(~plain).tolist():
            point = routed.points[int(columns.row[at])]
            made = None if point is None else self._made(columns.report(at), point, int(row[at]), now)
            kept[at] = made is not None
            if made is not None:
                value[at], quality[at] = made.value, made.quality
                told_ms[at] = made.time_ms if made.dated else _UNDATED
        if not kept.all():
            row, told_ms, value, quality = row[kept], told_ms[kept], value[kept], quality[kept]
        batch = self._dated(row, told_ms, value, quality, now)
        counts.kept += len(batch)
        self._pass_on(batch)

    def _routed(self, link: LinkId, table: ReportTable) -> _RoutedColumns:
        """Where the rows of a session's table go; made anew where the table has grown, or routes changed."""
        found = self._columns_routed.get(table)
        if found is None or len(found.row) < len(table):
            routes = self._routes.get(link, {})
            found = self._columns_routed[table] = _RoutedColumns.of([routes.get(key) for key in table.keys])
        return found

    def run(self) -> None:
        """Publishes everything that waits."""
        self._due = False
        reports, self._waiting = self._waiting, []
        if reports:
            self.counts.batches += 1
            self.counts.reports += len(reports)
            while reports:
                batch, done = self._normalised(reports)
                reports = reports[done:]
                self.counts.kept += len(batch)
                self._pass_on(batch)

    def publish_own(self, observations: Iterable[Observation]) -> None:
        """Publishes observations that were not reported: what we say of devices that went."""
        batch = Batch.of(observations, self.state.table)
        self._pass_on(replace(batch, late=self.state.late(batch.row, batch.time_ms, batch.dated, self.now_ms())))

    def restate(self, observations: Iterable[Observation]) -> None:
        """Shows again what is known: not recorded, confirms nothing."""
        self.publish(Batch.of(observations, self.state.table, restated=True))

    def _pass_on(self, batch: Batch) -> None:
        self.counts.observations += len(batch)
        self.publish(batch)

    def _normalised(self, reports: Sequence[tuple[Routes, Report]]) -> tuple[Batch, int]:
        """What reports become, and how many of them: what a peer only repeats is compared with what was said before it, so
        that a batch ends where that is in it."""
        now, counts, columns = self.now_ms(), self.counts, _Columns()
        newest_ms = now + AHEAD_MS
        add_row, add_time, add_value = columns.row.append, columns.time_ms.append, columns.value.append
        for done, (routes, report) in enumerate(reports):
            if report.echo:
                counts.echoes += 1  # our own command said back: nothing was measured
                continue
            route = routes.get((report.uid, report.key))
            if route is None:
                counts.strange += 1
                continue
            point, row, low, high = route
            value = report.value
            if type(value) is float and low <= value <= high and not report.retained:  # most of all reports
                told_ms = report.time_ms
                add_row(row)
                # devices.normalise.believed_time_ms, without its call
                add_time(told_ms if told_ms is not None and OLDEST_MS <= told_ms <= newest_ms else _UNDATED)
                add_value(value + 0.0)  # -0.0 is 0.0, as for `normalise`
            elif report.retained and columns.has(row):
                return self._batch(columns, now), done
            elif (made := self._made(report, point, row, now)) is not None:
                columns.add(row, made)
        return self._batch(columns, now), len(reports)

    def _made(self, report: Report, point: Point, row: int, now: int) -> Observation | None:
        """The observation that a report becomes; None where it is refused or says nothing new. Counts both."""
        made = normalise(report, point, self.strings, now)
        if isinstance(made, Problem):
            self.counts.refused += 1
            self._complain(point, made)
            return None
        if report.retained:
            made = self._new_of(made, row)
            self.counts.unsaid += made is None
        return made

    def _batch(self, columns: _Columns, now: int) -> Batch:
        row, told_ms = np.array(columns.row, np.intp), np.array(columns.time_ms, np.int64)
        quality = np.zeros(len(row), np.uint8)
        for at, mark in columns.marked:
            quality[at] = mark
        return self._dated(row, told_ms, np.array(columns.value, np.float64), quality, now)

    def _dated(
        self,
        row: NDArray[np.intp],
        told_ms: NDArray[np.int64],
        value: NDArray[np.float64],
        quality: NDArray[np.uint8],
        now: int,
    ) -> Batch:
        """A batch; what has no time of its own is of now."""
        dated = told_ms != _UNDATED
        heard = np.flatnonzero(~dated)
        if len(heard):
            told_ms[heard] = self._arrivals(row[heard], now)
        late = self.state.late(row, told_ms, dated, now)
        return Batch(self.state.table, row, told_ms, value, quality, dated, late)

    def _arrivals(self, row: NDArray[np.intp], now: int) -> NDArray[np.int64]:
        """The times of what points say now: never that of what they said before, however fast they speak."""
        if len(self._arrived) < len(self.state):
            more = np.zeros(len(self.state) - len(self._arrived), np.int64)
            self._arrived = np.concatenate([self._arrived, more])
        last_ms = self._arrived[row]
        if len(row) == 1 or len(np.unique(row)) == len(row):
            found = np.where((last_ms >= now) & (last_ms < now + BURST_MS), last_ms + 1, now)
            self._arrived[row] = found
            return found
        found = np.empty(len(row), np.int64)
        newest = dict(zip(row.tolist(), last_ms.tolist(), strict=True))
        for at, one in enumerate(row.tolist()):
            found[at] = newest[one] = _after(newest[one], now)
        self._arrived[list(newest)] = list(newest.values())
        return found

    def _new_of(self, made: Observation, row: int) -> Observation | None:
        """What is to be recorded of a value that a peer only repeats: nothing where it is what we knew, else the value at
        its own time, or from now on with the mark that nobody knows how old it is."""
        known, known_ms = float(self.state.value[row]), int(self.state.time_ms[row])
        known = known if self.state.quality[row] < Quality.OFFLINE else math.nan
        if math.isnan(made.value):
            unknown = self.state.quality[row] == Quality.BAD
            return None if unknown else replace(made, dated=False)
        if made.dated and made.time_ms > known_ms:
            return made
        if made.value == known and (made.dated or self.state.quality[row] != Quality.STALE):
            if self.state.quality[row] == Quality.STALE:
                self.restate([Observation(made.point, known_ms, known)])
            return None
        if made.dated and not math.isnan(known):
            return None  # older than what we heard ourselves
        return replace(made, quality=Quality.UNCERTAIN, dated=False)

    def _complain(self, point: Point, problem: Problem) -> None:
        if (key := (point.id, problem.code)) not in self._complained:
            self._complained.add(key)  # once per point and kind: a broken sensor says it every second
            self.raised(problem)


def offline_observations(state: State, points: Iterable[PointId], now_ms: int) -> list[Observation]:
    """What the history must show when a device falls silent: no value from now on, for every point that had one."""
    rows = ((point, state.index(point)) for point in points)
    return [
        Observation(point, _after(int(state.time_ms[row]), now_ms), math.nan, Quality.OFFLINE)
        for point, row in rows
        if row is not None and state.quality[row] < Quality.OFFLINE
    ]


def _after(last_ms: int, now_ms: int) -> int:
    """Now, or just after what was said last where that is a little ahead of the clock: a burst, a device's own time."""
    return last_ms + 1 if now_ms <= last_ms < now_ms + BURST_MS else now_ms
