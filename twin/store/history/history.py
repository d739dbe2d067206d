"""The history of a project, in `name.oikos-history` beside it. Any thread may call; one internal thread writes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import Batch
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.meter_register import Exchange
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store import database
from twin.store.database import HISTORY
from twin.store.file_lock import FileLock
from twin.store.history import forgetting, hot_rows, maintenance, session
from twin.store.history import history_points as rows
from twin.store.history.event_log import EventLog
from twin.store.history.presence_records import PresenceRecords
from twin.store.history.queries import HistoryQueries, clock_ms
from twin.store.history.rule_records import RuleRecords
from twin.store.history.samples import Samples, merge
from twin.store.history.sealing import roll_again, seal
from twin.store.history.session import AHEAD_MS, RecordingSession
from twin.store.history.write_queue import QueueFull
from twin.store.history.writer import HistoryWriter, WriterCounts, WriterPace, closed, lived_ms

BULK_STEP = 40_000
"""Imported samples per transaction."""


class History(HistoryQueries):
    """Open with `History.open`; a context manager. Times are UTC ms, values canonical; NaN and quality >= 8 mean no
    value.
    """

    def __init__(self, path: Path, place: Path, *, writing: bool) -> None:
        super().__init__(path, place, writing=writing)
        self._writer: HistoryWriter | None = None
        self._final_counts: WriterCounts | None = None
        self.events = EventLog(
            lambda job: self._writes.call(job), self._connection, lambda job: self._writes.call(job, patient=True)
        )
        """Commands, edits, grants and refusals."""
        self._end: list[Callable[[], object]] = [self._reader.close]

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        readonly: bool = False,
        pace: WriterPace | None = None,
        now_ms: Callable[[], int] = clock_ms,
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
        with contextlib.suppress(ProblemError):
            self.events.retry()
        writer, self._writer = self._writer, None
        lost, failing, gone = 0, None, None
        if writer is not None:
            gone = self._stays.problem()
            lost, self._final_counts, failing = writer.stop(), writer.counted(), writer.failing
            with contextlib.suppress(sqlite3.Error):
                session.end(writer.db, writer.session, self._now_ms())
                while maintenance.give_back(writer.db):
                    pass
        self._closed = True
        end, self._end = self._end, []
        for step in end:
            step()
        problems = [_unwritten(self.path, lost, failing)] if lost else []
        if writer is not None and (count := self.events.unwritten):
            problems.append(_unwritten(self.path, count, self.events.failing, "history.events_unwritten"))
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

    def declare(self, points: Iterable[Point]) -> None:
        """Declares points with their kind (gauge, counter, bool, enum, text) and unit. Returns at once; ordered with `put`."""
        wanted = [
            (point.id, rows.kind_of(point), rows.stale_of(point), point.capability.unit, point.title)
            for point in points
        ]
        known = ((self._points.find(row[0]), row) for row in wanted)
        fresh = [row for found, row in known if found is None or (found.kind, found.stale_ms, found.unit) != row[1:4]]
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
        """Returns when everything put so far is on disk, rows of the event log too. Raises ProblemError while writing
        fails."""
        self._writes.flush()
        if self.events.unwritten:  # else it would wait for a seal under way
            self.events.flush()

    def seal(self) -> None:
        """Moves all unsealed samples into blocks and roll-ups now; otherwise done every few hours."""
        writer = self._writes
        writer.call(lambda _: writer.seal()).result()

    @property
    def counts(self) -> WriterCounts:
        """Counts of observations put, written, merged and sealed since the file was opened; final once it is closed."""
        return self._final_counts or self._writes.counted()

    @property
    def failing(self) -> Problem | None:
        """The problem that prevents writing, or that the file was deleted or replaced; None while all is well."""
        if self._writer is None:
            return None
        return self._writer.failing or self.events.failing or self._stays.problem()

    def keep_words(self, texts: Sequence[str], first: int = 0) -> Future[None]:
        """Stores the texts behind the codes of text points, in code order from `first` on; returns at once. One that is
        stored already stays."""
        numbered = list(enumerate(texts, first))

        def job(db: sqlite3.Connection) -> None:
            db.execute("begin immediate")
            hot_rows.add_words(db, numbered)
            db.execute("commit")

        return self._writes.call(job)

    # -- reading beside the queries

    @property
    def presence(self) -> PresenceRecords:
        """The published table of presence by hour and zone of rooms."""
        return PresenceRecords(lambda job: self._writes.call(job), self._connection)

    @property
    def rules(self) -> RuleRecords:
        """Records of the rules: alarm states, the logs of alarms and automations, and rule memory."""
        return RuleRecords(lambda job: self._writes.call(job), self._connection)

    # -- care

    def retain(self, cutoff_ms: int, points: Collection[PointId] | None = None, *, roll_ups: bool = False) -> int:
        """Deletes samples before the cutoff (UTC ms), of these points or all; roll-ups stay unless `roll_ups`. Returns how
        many were deleted.

        Raises ProblemError while the system clock contradicts the recordings.
        """
        writer = self._writes
        if (wrong := self.wrong_clock()) is not None:
            raise ProblemError(wrong)
        chosen = [row for row in self._points.rows.values() if points is None or row.uid in points]
        if roll_ups:
            self.seal()
        delete = forgetting.forget if roll_ups else maintenance.retain
        gone, step = 0, writer.pace.seal_points if roll_ups else max(1, len(chosen))
        for i in range(0, len(chosen), step):  # a few points per transaction: observations are written between
            part = chosen[i : i + step]
            gone += writer.call(lambda db, part=part: delete(db, part, int(cutoff_ms))).result()
        while writer.call(maintenance.give_back).result():
            pass
        return gone

    def backup(self, target: Path) -> None:
        """Makes a verified compact copy, also while recording. Raises ProblemError where it cannot be written."""
        if self._writer is not None:
            self.flush()
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


def _unwritten(path: Path, lost: int, failing: Problem | None, code: str = "history.unwritten") -> Problem:
    return Problem(
        code=code,
        args={"n": lost},
        where=str(path),
        detail=str(failing or ""),
    )


def _only_reading(path: Path) -> Problem:
    return Problem(code="history.readonly", where=str(path))
