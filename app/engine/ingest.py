"""From report to observation: normalises what links report and publishes it, columns in and columns out.

Everything here runs on the loop thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from devices.normalise import AHEAD_MS, OLDEST_MS, is_plain_switch, normalise, plain_range
from twin.model.batch import FEW, Batch, all_distinct
from twin.model.capability import ValueType
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.observation import Observation, Quality, Report, StringTable, decode, encode
from twin.model.problem import Problem
from twin.model.report_columns import UNTIMED, ReportColumns, ReportTable
from twin.model.state import State

type Route = tuple[Point, int, float, float]
"""(point, row in the state, low, high): a float from low to high is the point's value without conversion."""
type Routes = dict[tuple[str, str], Route]
"""Routes of a link's reports, by (device uid, point key)."""

_NO_ROUTE: tuple[None, int, float, float] = (None, -1, math.inf, -math.inf)
BURST_MS = 60_000
"""Largest lead (ms) of a last time over the clock that counts as a burst; beyond it the clock was set back."""


@dataclass(slots=True)
class IngestCounts:
    """Counts of reports, observations and refusals since the project was opened."""

    reports: int = 0
    observations: int = 0
    """Published observations: those made of reports, and those of points that went offline."""
    kept: int = 0
    """Reports that became observations: reports = echoes + strange + refused + unsaid + kept."""
    unsaid: int = 0
    """Retained reports that added nothing new."""
    echoes: int = 0
    strange: int = 0
    """Reports for a point that no device described."""
    refused: int = 0
    """Reports whose value could not be converted to a number."""
    batches: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _RoutedColumns:
    """Columns by row of a session's report table: point, row in the state (-1 for none), plain range, and whether it is
    boolean."""

    table: ReportTable
    points: list[Point | None]
    row: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    switch: NDArray[np.bool_]

    @classmethod
    def of(cls, table: ReportTable, routes: Sequence[Route | None]) -> _RoutedColumns:
        """Columns of a table from its routes, one per table row."""
        row = np.array([-1 if route is None else route[1] for route in routes], np.intp)
        low = np.array([math.inf if route is None else route[2] for route in routes])
        high = np.array([-math.inf if route is None else route[3] for route in routes])
        points = [None if route is None else route[0] for route in routes]
        switch = np.array([point is not None and point.capability.type is ValueType.BOOL for point in points], np.bool_)
        return cls(table, points, row, low, high, switch)

    def extended(self, routes: Sequence[Route | None]) -> _RoutedColumns:
        """These columns, extended by those of the table's new rows."""
        more = _RoutedColumns.of(self.table, routes)
        return _RoutedColumns(
            self.table,
            self.points + more.points,
            np.concatenate([self.row, more.row]),
            np.concatenate([self.low, more.low]),
            np.concatenate([self.high, more.high]),
            np.concatenate([self.switch, more.switch]),
        )


@dataclass(slots=True, kw_only=True)
class Ingest:
    """Turns reports of links into observations and publishes them."""

    state: State
    """Last published value of every point; written by the bus's first subscriber, only read here."""
    publish: Callable[[Batch], None]
    strings: StringTable
    now_ms: Callable[[], int]
    raised: Callable[[Problem], None]
    name_of: Callable[[DeviceId], str] = lambda device: ""
    """The name of a device in the twin; empty where it is not known."""
    counts: IngestCounts = field(default_factory=IngestCounts)
    _routes: dict[LinkId, Routes] = field(default_factory=dict[LinkId, Routes])
    _routed: dict[LinkId, _RoutedColumns] = field(default_factory=dict[LinkId, _RoutedColumns])
    _arrived: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """By row of the state: the time (UTC ms) last given to a report without a time of its own."""
    _complained: set[tuple[PointId, str]] = field(default_factory=set[tuple[PointId, str]])

    def route(self, link: LinkId, devices: Iterable[Device], former: Iterable[Device] = ()) -> None:
        """Routes a link's reports to the points of these devices; `former`: devices that have been routed and are replaced or
        gone."""
        routes = self._routes.setdefault(link, {})
        before: dict[PointId, Point] = {}
        for device in former:
            for point in device.points:
                routes.pop((device.uid, point.info.key), None)
                before[point.id] = point
        devices = tuple(devices)
        points = tuple(point for device in devices for point in device.points)
        self.state.extend(point.id for point in points)
        self._spell_anew((before[point.id], point) for point in points if point.id in before)
        self._routed.pop(link, None)
        for device in devices:
            for point in device.points:
                if (row := self.state.index(point.id)) is not None:
                    routes[device.uid, point.info.key] = (point, row, *plain_range(point))

    def _spell_anew(self, pairs: Iterable[tuple[Point, Point]]) -> None:
        """Restates values of enum points whose word list changed: the same word at its position in the new list."""
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

    def report(self, link: LinkId, reports: ReportColumns) -> None:
        """Converts a link's reports to observations and publishes them as one batch, except for repeated (retained)
        reports, which
        are compared with the values before them (`_stretches`).
        """
        self.counts.batches += 1
        self.counts.reports += len(reports)
        for stretch in _stretches(reports):
            few = stretch.stop - stretch.start <= FEW
            batch = (self._few_observed if few else self._observed)(link, reports, stretch)
            self.counts.kept += len(batch)
            self._pass_on(batch)

    def _few_observed(self, link: LinkId, reports: ReportColumns, stretch: slice) -> Batch:
        """As `_observed`, each report by itself: for so few, columns cost more than they save."""
        now, routes, keys = self.now_ms(), self._routes.get(link, {}), reports.table.keys
        found: list[tuple[int, int, float, int, bool]] = []
        columns = zip(reports.rows[stretch], reports.values[stretch], reports.times_ms[stretch], strict=True)
        for at, (key, value, told_ms) in enumerate(columns, stretch.start):
            point, row, low, high = routes.get(keys[key], _NO_ROUTE)
            if low <= value <= high or (point is not None and is_plain_switch(point, value)):
                dated = OLDEST_MS <= told_ms <= now + AHEAD_MS
                time_ms = told_ms if dated else self._arrival(row, now)
                found.append((row, time_ms, value + 0.0, 0, dated))
            elif (made := self._made(reports.report(at), point, row, now)) is not None:
                time_ms = made.time_ms if made.dated else self._arrival(row, now)
                found.append((row, time_ms, made.value, int(made.quality), made.dated))
        batch = Batch.of_rows(self.state.table, found)
        if any(dated for *_, dated in found):
            return replace(batch, late=self.state.late(batch.row, batch.time_ms, batch.dated, now))
        return batch

    def _observed(self, link: LinkId, reports: ReportColumns, stretch: slice) -> Batch:
        """The batch made of a slice of reports; values in their plain range (`plain_range`) are converted in
        columns."""
        now, routed = self.now_ms(), self._routed_columns(link, reports.table)
        reported = np.array(reports.rows[stretch], np.intp)
        row = routed.row[reported]
        value = np.array(reports.values[stretch], np.float64) + 0.0  # -0.0 is 0.0, as for `normalise`
        told_ms = np.array(reports.times_ms[stretch], np.int64)
        told_ms[(told_ms < OLDEST_MS) | (told_ms > now + AHEAD_MS)] = UNTIMED
        quality = np.zeros(len(row), np.uint8)
        kept = (value >= routed.low[reported]) & (value <= routed.high[reported])
        kept |= routed.switch[reported] & ((value == 0.0) | (value == 1.0))  # as `is_plain_switch`
        if kept.all():
            return self._dated(row, told_ms, value, quality, now)
        for at in np.flatnonzero(~kept).tolist():
            made = self._made(reports.report(stretch.start + at), routed.points[int(reported[at])], int(row[at]), now)
            if made is not None:
                kept[at], value[at], quality[at] = True, made.value, made.quality
                told_ms[at] = made.time_ms if made.dated else UNTIMED
        return self._dated(row[kept], told_ms[kept], value[kept], quality[kept], now)

    def _routed_columns(self, link: LinkId, table: ReportTable) -> _RoutedColumns:
        """Routed columns of a session's table; rebuilt where the session or its routes changed."""
        found, routes = self._routed.get(link), self._routes.get(link, {})
        if found is None or found.table is not table:
            found = self._routed[link] = _RoutedColumns.of(table, [routes.get(key) for key in table.keys])
        elif len(found.row) < len(table):
            more = table.keys[len(found.row) :]
            found = self._routed[link] = found.extended([routes.get(key) for key in more])
        return found

    def publish_own(self, observations: Iterable[Observation]) -> None:
        """Publishes observations that come from no report: values of points that went offline."""
        self._pass_on(self._batch(observations, self.now_ms()))

    def restate(self, observations: Iterable[Observation]) -> None:
        """Publishes known values again, marked as restated: they are not recorded and confirm no command."""
        self.publish(Batch.of(observations, self.state.table, restated=True))

    def _batch(self, observations: Iterable[Observation], now: int) -> Batch:
        """A batch of these observations, late ones marked."""
        batch = Batch.of(observations, self.state.table)
        if not batch.dated.any():
            return batch
        return replace(batch, late=self.state.late(batch.row, batch.time_ms, batch.dated, now))

    def _pass_on(self, batch: Batch) -> None:
        self.counts.observations += len(batch)
        self.publish(batch)

    def _made(self, report: Report, point: Point | None, row: int, now: int) -> Observation | None:
        """The observation of a report; None where it is an echo, unrouted, refused or unsaid (each is counted)."""
        if report.echo:
            self.counts.echoes += 1  # our own command said back: nothing was measured
            return None
        if point is None:
            self.counts.strange += 1
            return None
        made = normalise(report, point, self.strings, now)
        if isinstance(made, Problem):
            self.counts.refused += 1
            self._complain(point, made)
            return None
        if report.retained:
            made = self._new_of(made, row)
            self.counts.unsaid += made is None
        return made

    def _dated(
        self,
        row: NDArray[np.intp],
        told_ms: NDArray[np.int64],
        value: NDArray[np.float64],
        quality: NDArray[np.uint8],
        now: int,
    ) -> Batch:
        """A batch of these columns; values without a time of their own (UNTIMED) get the time of arrival."""
        dated = told_ms != UNTIMED
        heard = np.flatnonzero(~dated)
        if len(heard):
            told_ms[heard] = self._arrivals(row[heard], now)
        late = self.state.late(row, told_ms, dated, now)
        return Batch(self.state.table, row, told_ms, value, quality, dated, late)

    def _arrival(self, row: int, now: int) -> int:
        """The time of arrival of one report of a row, as `_arrivals` has it."""
        self._extend_arrived()
        time_ms = _after(int(self._arrived[row]), now)
        self._arrived[row] = time_ms
        return time_ms

    def _extend_arrived(self) -> None:
        if len(self._arrived) < len(self.state):
            more = np.zeros(len(self.state) - len(self._arrived), np.int64)
            self._arrived = np.concatenate([self._arrived, more])

    def _arrivals(self, row: NDArray[np.intp], now: int) -> NDArray[np.int64]:
        """Times of arrival by row, UTC ms: `now`, or 1 ms after the row's last time in a burst, so that times
        ascend."""
        self._extend_arrived()
        last_ms = self._arrived[row]
        if all_distinct(row, len(self._arrived)):
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
        """The observation to record of a retained value: None where it is known, else dated by the peer, or undated and
        UNCERTAIN."""
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
            self.raised(replace(problem, where=self.name_of(point.device) or problem.where))


def _stretches(reports: ReportColumns) -> Iterator[slice]:
    """Slices of reports that can be processed together: a retained report begins a new one where its point already
    occurs."""
    start, looked, rows, seen = 0, 0, reports.rows, set[int]()
    for at in reports.retained():
        seen.update(rows[looked:at])
        looked = at
        if rows[at] in seen:
            yield slice(start, at)
            start = at
            seen.clear()
    yield slice(start, len(reports))


def offline_observations(state: State, points: Iterable[PointId], now_ms: int) -> list[Observation]:
    """OFFLINE observations (NaN) for every point of these that still has a value."""
    rows = ((point, state.index(point)) for point in points)
    return [
        Observation(point, _after(int(state.time_ms[row]), now_ms), math.nan, Quality.OFFLINE)
        for point, row in rows
        if row is not None and state.quality[row] < Quality.OFFLINE
    ]


def _after(last_ms: int, now_ms: int) -> int:
    """`now_ms`, or `last_ms` + 1 where `last_ms` is at most BURST_MS ahead of the clock."""
    return last_ms + 1 if now_ms <= last_ms < now_ms + BURST_MS else now_ms
