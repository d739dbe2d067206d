"""What a history answers: chart columns, samples, moments and consumption, read on any thread beside the writer."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId
from twin.model.meter import Consumption, QuarterUse
from twin.model.observation import Quality
from twin.model.problem import Problem, ProblemError
from twin.model.quantity import symbol_of
from twin.store import database
from twin.store.database import HISTORY
from twin.store.file_identity import FileIdentity
from twin.store.history import chart_planner, maintenance, quarter_hours, session
from twin.store.history.block_codec import DamageError
from twin.store.history.consumption import consumption
from twin.store.history.history_points import HistoryPoints
from twin.store.history.quarter_use import quarter_use
from twin.store.history.reader import HistoryReader, shown
from twin.store.history.rollup import RollupBuckets, blank
from twin.store.history.samples import DAY_MS, MIN15_MS, NONE, Samples
from twin.store.history.session import RecordingSession
from twin.store.history.unsealed_tail import UnsealedTail
from twin.store.history.word_codes import WordCodeTable
from twin.store.history.writer import closed


def clock_ms() -> int:
    """The system clock, UTC milliseconds."""
    return time.time_ns() // 1_000_000


class HistoryQueries:
    """The reading half of a history. Times are UTC ms, values canonical; NaN and quality >= 8 mean no value. Raises
    ProblemError once closed, or where the file cannot be read."""

    def __init__(self, path: Path, place: Path, *, writing: bool) -> None:
        self.path = path
        self._place = place
        self._points = HistoryPoints()
        self._spellings = WordCodeTable()
        self._tail = UnsealedTail()
        self._reader = HistoryReader(place, self._points, self._tail, live=writing)
        self._closed = False
        self._stays = FileIdentity(place)
        self._now_ms: Callable[[], int] = clock_ms

    def knows(self, point: PointId) -> bool:
        """Whether the point has a row in the history."""
        return self._points.find(point) is not None

    def unit_of(self, point: PointId) -> str | None:
        """The unit in which the point's values are stored, empty for none; None where it has no row in the history."""
        found = self._points.find(point)
        return None if found is None else symbol_of(found.unit)

    @contextlib.contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        with self._reads() as reader:
            yield reader.db

    @contextlib.contextmanager
    def _reads(self) -> Generator[HistoryReader]:
        try:
            if self._closed:
                raise ProblemError(closed())
            with self._reader.in_use():
                self._reader.refresh()
                yield self._reader
        except sqlite3.ProgrammingError as error:
            raise ProblemError(closed()) from error
        except (
            sqlite3.Error
        ) as error:  # a thread that reads for the first time opens the file, which may be gone by now
            if self._closed:  # interrupted
                raise ProblemError(closed()) from error
            gone = self._stays.problem()
            raise ProblemError(gone or database.problem_of(error, self.path, HISTORY)) from error

    def strings(self) -> tuple[str, ...]:
        """The texts behind the codes of text points, in code order."""
        with self._reads() as reader:
            return tuple(str(row[0]) for row in reader.db.execute("select s from word order by id"))

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> list[ChartColumns]:
        """Chart columns of each point in [from, to), about `columns` many: low, high, time-weighted mean, last, count.

        Column edges are multiples of their width in UTC; `width_ms` is 0 where the samples themselves are returned.
        """
        wanted = min(max(1, int(columns)), chart_planner.MOST)
        from_ms, to_ms = int(from_ms), int(to_ms)
        with self._reads() as reader:
            rows = [(point, self._points.find(point)) for point in points]
            found = [
                chart_planner.columns(reader, row, from_ms, to_ms, wanted)
                if row is not None and to_ms > from_ms
                else chart_planner.nothing(point)
                for point, row in rows
            ]
        return [one if (said := self._spellings.find(one.point)) is None else said.columns(one) for one in found]

    def raw(self, point: PointId, from_ms: int, to_ms: int) -> Samples:
        """The samples of a point in [from, to): times, values, quality; NaN for gaps."""
        with self._reads() as reader:
            row = self._points.find(point)
            found = reader.raw(row, int(from_ms), int(to_ms)) if row is not None else NONE
        spelling = self._spellings.find(point)
        return found if spelling is None else found._replace(values=spelling.to_positions(found.values))

    def exact(self, point: PointId, from_ms: int, to_ms: int) -> RollupBuckets:
        """Quarter-hour values in [from, to) (multiples of 15 min); sealed data only."""
        from_ms, to_ms = int(from_ms), int(to_ms)
        day0, day1 = from_ms // DAY_MS, -(-to_ms // DAY_MS)
        fields = blank((day1 - day0) * quarter_hours.DAY)
        with self._reads() as reader:
            row = self._points.find(point)
            found = reader.db.execute(
                "select day, data, inc from exact where point = ? and day >= ? and day < ?",
                (row.id if row is not None else -1, day0, day1),
            )
            for day, data, increase in found:
                try:
                    whole = quarter_hours.decode(data, increase)
                except DamageError:
                    reader.harmed.add(("quarter-hours", int(day)))
                    continue
                at = (day - day0) * quarter_hours.DAY
                for name, field in fields.items():
                    field[at : at + quarter_hours.DAY] = getattr(whole, name)
        skip = (from_ms - day0 * DAY_MS) // MIN15_MS
        return RollupBuckets(**fields).part(skip, skip + (to_ms - from_ms) // MIN15_MS)

    def consumption(self, point: PointId, edges_ms: NDArray[np.int64]) -> Consumption | None:
        """Consumption of a counter between two or more ascending edges (UTC ms), canonical unit; None for other
        points.
        """
        row = self._points.find(point)
        if row is None or row.kind != "counter" or len(edges_ms) < 2:
            return None
        with self._reads() as reader:
            return consumption(reader, row, np.asarray(edges_ms, np.int64))

    def quarter_use(self, point: PointId, from_ms: int, to_ms: int) -> QuarterUse | None:
        """Use of a counter or power in each quarter-hour of [from, to), multiples of 15 min; None where the point was never
        recorded. A year of a counter takes a few milliseconds."""
        row = self._points.find(point)
        if row is None or to_ms <= from_ms:
            return None
        with self._reads() as reader:
            return quarter_use(reader, row, int(from_ms), int(to_ms))

    def means(self, point: PointId, from_ms: int, to_ms: int, width_ms: int) -> NDArray[np.float64] | None:
        """(n,) time-weighted means of a point in the intervals of [from, to), multiples of `width_ms` (15 min or 1 h); NaN
        where it is unknown, None where it was never recorded."""
        row = self._points.find(point)
        if row is None or to_ms <= from_ms:
            return None
        with self._reads() as reader:
            return chart_planner.means(reader, row, int(from_ms), int(to_ms), int(width_ms))

    def moment(self, time_ms: int, points: Sequence[PointId]) -> PastMoment:
        """The value of every point at a past time; quality STALE where it had expired by then, OFFLINE where unknown."""
        time_ms = int(time_ms)
        value = np.full(len(points), np.nan)
        quality = np.full(len(points), Quality.OFFLINE, np.uint8)
        with self._reads() as reader:
            found = [self._points.find(point) for point in points]
            at = reader.at([row for row in found if row is not None], time_ms)
        for i, row in enumerate(found):
            known = at.get(row.id) if row is not None else None
            if row is None or known is None:
                continue
            value[i] = self._current_code(row.uid, known[1])
            old = known[2] < Quality.STALE and time_ms - known[0] > row.stale_ms
            quality[i] = Quality.STALE if old else known[2]
        return PastMoment(time_ms, tuple(points), value, quality)

    def moments(self, times_ms: Sequence[int], points: Sequence[PointId]) -> list[PastMoment]:
        """`moment` for several ascending times; for times close together hardly slower than one."""
        if len(times_ms) < 2:
            return [self.moment(time_ms, points) for time_ms in times_ms]
        times = np.asarray(times_ms, np.int64)
        value = np.full((len(points), len(times)), np.nan)
        quality = np.full(value.shape, Quality.OFFLINE, np.uint8)
        age, patience = np.zeros(value.shape, np.int64), np.zeros((len(points), 1), np.int64)
        with self._reads() as reader:
            column = {row.id: i for i, point in enumerate(points) if (row := self._points.find(point)) is not None}
            rows = [row for point in points if (row := self._points.find(point)) is not None]
            for row, samples in reader.held(rows, int(times[0]), int(times[-1])):
                at, i = samples.times.searchsorted(times, side="right") - 1, column[row.id]
                first = int(at.searchsorted(0))  # before it, nobody had said anything
                at = at[first:]
                value[i, first:], quality[i, first:] = samples.values[at], samples.quality[at]
                age[i, first:], patience[i] = times[first:] - samples.times[at], row.stale_ms
        for i, point in enumerate(points):
            if (spelling := self._spellings.find(point)) is not None:
                value[i] = spelling.to_positions(value[i])
        found = shown(Samples(age, value, quality))
        quality = np.where((found.quality < Quality.STALE) & (age > patience), np.uint8(Quality.STALE), found.quality)
        ids = tuple(points)
        by_time = zip(times.tolist(), found.values.T.copy(), quality.T.copy(), strict=True)
        return [PastMoment(time_ms, ids, then.copy(), how.copy()) for time_ms, then, how in by_time]

    def latest(self, points: Sequence[PointId], now_ms: int) -> dict[PointId, tuple[int, float, int]]:
        """(time, value, quality) of the last report of each point that has one; ends of recording are ignored."""
        with self._reads() as reader:
            found = [row for point in points if (row := self._points.find(point)) is not None]
            known = ((row, reader.newest(row, int(now_ms), recorded=True)) for row in found)
            return {
                row.uid: (newest[0], self._current_code(row.uid, newest[1]), newest[2])
                for row, newest in known
                if newest is not None
            }

    def _current_code(self, point: PointId, value: float) -> float:
        spelling = self._spellings.find(point)
        return value if spelling is None else spelling.to_position(value)

    def first_ms(self, point: PointId) -> int | None:
        """Time of the point's first stored sample, UTC ms; None where it has none."""
        with self._reads() as reader:
            row = self._points.find(point)
            if row is None:
                return None
            arrived = reader.tail.span(row.id)
            sealed = reader.db.execute("select min(t0) from block where point = ?", (row.id,)).fetchone()[0]
            starts = [s for s in (arrived[0] if arrived else None, sealed) if s is not None]
            return min(starts) if starts else None

    def session(self) -> RecordingSession | None:
        """The newest recording session; None where nothing was recorded yet."""
        with self._reads() as reader:
            return session.last(reader.db)

    def pauses(self) -> tuple[tuple[int, int], ...]:
        """Times [begin, end), UTC ms ascending, in which nothing was recorded, between the first session and the newest."""
        with self._reads() as reader:
            sessions = session.every(reader.db)
        found: list[tuple[int, int]] = []
        end = sessions[0].last_ms if sessions else 0
        for one in sessions[1:]:
            if one.started_ms > end:
                found.append((end, one.started_ms))
            end = max(end, one.last_ms)
        return tuple(found)

    @property
    def damage(self) -> Problem | None:
        """The problem for damaged data found and left out so far; None where there is none."""
        harmed = self._reader.harmed
        if not harmed:
            return None
        what = sorted({kind for kind, _ in harmed})
        return database.damaged(self.path, HISTORY, f"{len(harmed)} left out: {', '.join(what)}")

    def wrong_clock(self) -> Problem | None:
        """The problem that the system clock contradicts the recordings, so that nothing may be deleted; None where it
        fits.
        """
        with self._reads() as reader:
            return session.wrong_clock(session.every(reader.db), self._now_ms(), str(self.path))

    def overdue(self, cutoff_ms: int) -> maintenance.Overdue | None:
        """Samples that `retain` would delete now; None where there are none."""
        with self._reads() as reader:
            return maintenance.overdue(reader.db, int(cutoff_ms))
