"""The history of a project, in `name.oikos-history` beside it. Any thread may call; one internal thread writes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import Batch
from twin.model.device import Point
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId
from twin.model.meter import Consumption
from twin.model.meter_register import Exchange
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store import database
from twin.store.database import HISTORY
from twin.store.file_identity import FileIdentity
from twin.store.file_lock import FileLock
from twin.store.history import chart_planner, hot_rows, maintenance, quarter_hours, session
from twin.store.history import history_points as rows
from twin.store.history.block_codec import DamageError
from twin.store.history.consumption import consumption
from twin.store.history.history_points import HistoryPoints
from twin.store.history.reader import HistoryReader, shown
from twin.store.history.rollup import RollupBuckets, blank
from twin.store.history.rule_records import RuleRecords
from twin.store.history.samples import DAY_MS, MIN15_MS, NONE, Samples, merge
from twin.store.history.sealing import roll_again, seal
from twin.store.history.session import AHEAD_MS, RecordingSession
from twin.store.history.unsealed_tail import UnsealedTail
from twin.store.history.word_codes import WordCodeTable
from twin.store.history.writer import HistoryWriter, QueueFull, WriterCounts, WriterPace, closed, lived_ms

BULK_STEP = 40_000
"""Imported samples per transaction."""


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


class History:
    """Open with `History.open`; a context manager. Times are UTC ms, values canonical; NaN and quality >= 8 mean no
    value.
    """

    def __init__(self, path: Path, place: Path, *, writing: bool) -> None:
        self.path = path
        self._place = place
        self._points = HistoryPoints()
        self._spellings = WordCodeTable()
        self._tail = UnsealedTail()
        self._reader = HistoryReader(place, self._points, self._tail, live=writing)
        self._writer: HistoryWriter | None = None
        self._closed = False
        self._stays = FileIdentity(place)
        self._end: list[Callable[[], object]] = [self._reader.close]
        self._now_ms: Callable[[], int] = _clock_ms

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        readonly: bool = False,
        pace: WriterPace | None = None,
        now_ms: Callable[[], int] = _clock_ms,
        lived_ms: Callable[[], int] | None = lived_ms,
    ) -> Self:
        """Opens or creates the file.

        `now_ms` is the system clock, which may be set; `lived_ms` is a monotonic clock, or None where the clock is
        moved by hand (tests, the demo's past) and its jumps have no meaning. Raises ProblemError: not a history, newer
        version, open for writing elsewhere, not writable, damaged.
        """
        try:
            if readonly:
                return cls._reading(path)
            return cls._writing(path, pace or WriterPace(), now_ms, lived_ms)
        except (sqlite3.Error, OSError) as error:
            raise ProblemError(database.problem_of(error, path, HISTORY)) from error

    @classmethod
    def _reading(cls, path: Path) -> Self:
        database.check_header(path, HISTORY)
        place, copy = database.readable(path, HISTORY)
        self = cls(path, place, writing=False)
        if copy is not None:
            self._end.append(copy.cleanup)
        try:
            self._reader.refresh()
        except BaseException:
            self.close()
            raise
        return self

    @classmethod
    def _writing(
        cls, path: Path, pace: WriterPace, now_ms: Callable[[], int], lived_ms: Callable[[], int] | None
    ) -> Self:
        if not path.exists():
            database.create(path, HISTORY)
        database.check_header(path, HISTORY)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(13, "the folder cannot be written", str(path.parent))
        lock = FileLock(path)
        try:
            db = database.open_writer(path, HISTORY)
        except BaseException:
            lock.release()
            raise
        self = cls(path, path, writing=True)
        self._now_ms = now_ms
        try:
            self._points.load(db)
            found = self._reader.load(db)
            writer = HistoryWriter(
                db, self._points, self._tail, pace=pace, explain=lambda e: _while_recording(e, path, pace)
            )
            writer.now_ms, writer.lived_ms, writer.damaged = now_ms, lived_ms, found.damaged
            writer.paused = lambda before, set_ms: self._paused(writer, before, set_ms)
            self._begin(db, writer)
        except BaseException:
            self._reader.close()
            db.close()
            lock.release()
            raise
        self._writer = writer
        self._end += [lambda: database.close_writer(db), lock.release]
        uncounted = db.execute("select id from point where kind = 'counter' and counted = 0").fetchall()
        writer.start()
        for (id,) in uncounted:
            writer.call(partial(self._count_again, id))
        return self

    def _count_again(self, id: int, db: sqlite3.Connection, exchanges: tuple[Exchange, ...] | None = None) -> None:
        """Counts a register anew: one that an older version counted, or whose meter was replaced at other times."""
        db.execute("begin immediate")
        if exchanges is not None:
            rows.keep_exchanges(db, id, exchanges)
        roll_again(db, self._points.row(id), self._now_ms() + AHEAD_MS)
        db.execute("update point set counted = 1 where id = ?", (id,))
        db.execute("commit")
        row = self._points.row(id)
        if exchanges is None or exchanges == row.exchanges:
            self._points.add(replace(row, recount=False))

    def _begin(self, db: sqlite3.Connection, writer: HistoryWriter) -> None:
        """Ends the values of the session before, begins the new one."""
        before = session.last(db)
        if before is not None:
            self._write(writer, session.closings(self._reader, self._points.rows.values(), before, self._now_ms()))
        writer.session = session.begin(db, self._now_ms(), "oikos")

    def _paused(self, writer: HistoryWriter, before: RecordingSession, set_ms: int | None) -> None:
        """Nothing was recorded since `before`; with `set_ms` because the clock was set: from then on the values go on."""
        rows = tuple(self._points.rows.values())
        again = session.repeated_values(self._reader, rows, before, set_ms) if set_ms is not None else None
        if set_ms is None or set_ms > before.last_ms:
            self._write(writer, session.closings(self._reader, rows, before, self._now_ms()))
        if again is not None:
            self._write(writer, again)

    @staticmethod
    def _write(writer: HistoryWriter, repeated: tuple[list[int], Samples]) -> None:
        ids, samples = repeated
        if ids:
            writer.write(np.array(ids, np.int64), samples)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Writes what is queued, closes the file and releases the lock, whatever fails; may be called twice.

        Raises ProblemError where observations were lost or the file was deleted meanwhile.
        """
        writer, self._writer = self._writer, None
        lost, failing, gone = 0, None, None
        if writer is not None:
            gone = self._stays.problem()
            lost = writer.stop()
            failing = writer.failing
            with contextlib.suppress(sqlite3.Error):
                session.end(writer.db, writer.session, self._now_ms())
                while maintenance.give_back(writer.db):
                    pass
        self._closed = True
        end, self._end = self._end, []
        for step in end:
            step()
        problems = [_unwritten(self.path, lost, failing)] if lost else []
        if gone is not None:
            problems.append(gone)
        if problems:
            raise ProblemError(*problems)

    # -- writing

    @property
    def _writes(self) -> HistoryWriter:
        if self._writer is None:
            raise ProblemError(closed() if self._closed else _only_reading(self.path))
        return self._writer

    def knows(self, point: PointId) -> bool:
        """Whether the point has a row in the history."""
        return self._points.find(point) is not None

    def declare(self, points: Iterable[Point]) -> None:
        """Declares points with their kind (gauge, counter, bool, enum, text). Returns at once; ordered with `put`."""
        wanted = [
            (point.id, rows.kind_of(point), rows.stale_of(point), point.capability.unit, point.title)
            for point in points
        ]
        known = ((self._points.find(row[0]), row) for row in wanted)
        fresh = [row for found, row in known if found is None or (found.kind, found.stale_ms) != row[1:3]]
        if fresh:
            self._writes.call(lambda db: rows.declare(db, self._points, fresh))

    def set_word_codes(self, point: PointId, codes: Sequence[int]) -> None:
        """Sets the codes of an enum point's options (ENUM_OFFSET + number in the string table).

        From now on positions in the options are stored as codes, and codes are returned as positions. The first call
        for a point recorded by position also defines what those positions meant.
        """
        known, codes = self._points.find(point), tuple(codes)
        former = codes if known is not None and known.codes is None else known.codes if known is not None else ()
        self._spellings.set_codes(point, codes, former or ())
        if known is not None and known.codes is None:
            self._points.add(replace(known, codes=codes))
            if self._writer is not None:
                self._writer.call(lambda db: rows.keep_codes(db, known.id, codes))

    def set_exchanges(self, known: Mapping[PointId, tuple[Exchange, ...]]) -> None:
        """Sets all meter exchanges; results use them at once, sealed data is recounted in the background. Returns at
        once.
        """
        for row in self._points.rows.values():
            exchanges = known.get(row.uid, ())
            if row.kind != "counter" or exchanges == row.exchanges:
                continue
            self._points.add(replace(row, exchanges=exchanges, recount=True))
            if self._writer is not None:
                self._writer.call(partial(self._count_again, row.id, exchanges=exchanges))

    def put(self, observations: Batch | Iterable[Observation], *, full: QueueFull = QueueFull.MERGE) -> None:
        """Queues observations; they are on disk and visible within a quarter of a second. Waits only with
        QueueFull.WAIT.

        Raises ProblemError where the history is closed or read-only.
        """
        if isinstance(observations, Batch):
            batch = self._spellings.stored_batch(observations)
        else:
            batch = self._spellings.stored(list(observations))
        if len(batch):
            self._writes.put(batch, full)

    def bulk(
        self,
        point: PointId,
        times_ms: NDArray[np.int64],
        values: NDArray[np.float64],
        *,
        quality: NDArray[np.uint8] | None = None,
    ) -> None:
        """Imports samples of one point directly into blocks and roll-ups; returns when they are on disk."""
        n = len(times_ms)
        marks = np.zeros(n, np.uint8) if quality is None else np.asarray(quality, np.uint8).copy()
        numbers = np.asarray(values, np.float64).copy()
        if (spelling := self._spellings.find(point)) is not None:
            numbers = spelling.to_codes(numbers)
        marks[~np.isfinite(numbers) & (marks < Quality.OFFLINE)] = Quality.BAD
        numbers[marks >= Quality.OFFLINE] = np.nan
        samples = merge([Samples(np.asarray(times_ms, np.int64), numbers, marks)])
        for i in range(0, len(samples.times), BULK_STEP):
            part = samples.part(i, i + BULK_STEP)
            self._writes.call(lambda db, part=part: self._bulk(db, point, part)).result()

    def _bulk(self, db: sqlite3.Connection, point: PointId, samples: Samples) -> None:
        if self._points.find(point) is None:
            rows.declare(db, self._points, [(point, "gauge", rows.STALE_MS, "", "")])
        row = self._points.find(point)
        if row is not None:
            db.execute("begin immediate")
            seal(db, row, samples)
            db.execute("commit")
            self._writes.instants.stored(np.full(len(samples.times), row.id), samples.times)

    def flush(self) -> None:
        """Returns when everything put so far is on disk. Raises ProblemError while writing fails."""
        self._writes.flush()

    def seal(self) -> None:
        """Moves all unsealed samples into blocks and roll-ups now; otherwise done every few hours."""
        writer = self._writes
        writer.call(lambda _: writer.seal()).result()

    @property
    def counts(self) -> WriterCounts:
        """Counts of observations put, written, merged and sealed since the file was opened."""
        return self._writes.counted()

    @property
    def failing(self) -> Problem | None:
        """The problem that prevents writing, or that the file was deleted or replaced; None while all is well."""
        return (self._writer.failing or self._stays.problem()) if self._writer is not None else None

    def keep_words(self, texts: Sequence[str]) -> None:
        """Stores the texts behind the codes of text points, in code order; returns at once."""
        numbered = list(enumerate(texts))

        def job(db: sqlite3.Connection) -> None:
            db.execute("begin immediate")
            db.executemany("insert or ignore into word(id, s) values(?, ?)", numbered)
            hot_rows.sum_up(db, "word", hot_rows.WORD)
            db.execute("commit")

        self._writes.call(job)

    # -- reading

    @property
    def rules(self) -> RuleRecords:
        """Records of the rules: alarm states, the logs of alarms and automations, and rule memory."""
        return RuleRecords(lambda job: self._writes.call(job), self._connection)

    @contextlib.contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        with self._reads() as reader:
            yield reader.db

    @contextlib.contextmanager
    def _reads(self) -> Generator[HistoryReader]:
        try:
            if self._closed:
                raise ProblemError(closed())
            self._reader.refresh()
            yield self._reader
        except sqlite3.ProgrammingError as error:
            raise ProblemError(closed()) from error
        except (
            sqlite3.Error
        ) as error:  # a thread that reads for the first time opens the file, which may be gone by now
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

    # -- care

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

    def retain(self, cutoff_ms: int, points: Sequence[PointId] | None = None) -> int:
        """Deletes samples before the cutoff (UTC ms), of these points or all; roll-ups stay. Returns how many were
        deleted.

        Raises ProblemError while the system clock contradicts the recordings.
        """
        writer = self._writes
        if (wrong := self.wrong_clock()) is not None:
            raise ProblemError(wrong)
        chosen = [row for row in self._points.rows.values() if points is None or row.uid in points]
        gone: int = writer.call(lambda db: maintenance.retain(db, chosen, int(cutoff_ms))).result()
        while writer.call(maintenance.give_back).result():
            pass
        return gone

    def backup(self, target: Path) -> None:
        """Makes a verified compact copy, also while recording. Raises ProblemError where it cannot be written."""
        if self._writer is not None:
            self._writer.flush()
        database.copy(self._place, target, HISTORY)

    def copy_into(self, part: Path) -> None:
        """As `backup`, into an existing empty file. Raises sqlite3.Error or ProblemError."""
        database.copy_into(self._place, part, HISTORY)

    def check(self) -> list[Problem]:
        """Verifies every page and checksum; returns the problems, empty where there are none."""
        with self._reads() as reader:
            found = maintenance.check(reader.db, self.path)
        return found if self.failing is None else [*found, self.failing]


def _while_recording(error: Exception, path: Path, pace: WriterPace) -> Problem:
    """Why nothing can be written, and what becomes of the values meanwhile."""
    problem = database.problem_of(error, path, HISTORY)
    return (
        replace(problem, remedy=Text("store.full_recording", n=pace.queue)) if problem.code == "store.full" else problem
    )


def _unwritten(path: Path, lost: int, failing: Problem | None) -> Problem:
    return Problem(
        code="history.unwritten",
        args={"n": lost},
        where=str(path),
        detail=str(failing or ""),
    )


def _only_reading(path: Path) -> Problem:
    return Problem(code="history.readonly", where=str(path))
