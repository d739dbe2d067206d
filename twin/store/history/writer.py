"""The writer thread of the history: batches from a bounded queue, jobs in between, sealing when enough accumulated."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.model.batch import Batch
from twin.model.observation import Observation
from twin.model.problem import Problem, ProblemError
from twin.store.history import hot_rows, session
from twin.store.history.history_points import HistoryPoints
from twin.store.history.observation_columns import ObservationColumns
from twin.store.history.samples import Samples, merge
from twin.store.history.sealing import seal
from twin.store.history.session import AHEAD_MS, RecordingSession
from twin.store.history.unique_timestamps import UniqueTimestamps
from twin.store.history.unsealed_tail import UnsealedTail
from twin.store.history.write_queue import QueuedBatch, QueuedJob, QueueFull, done_within, flushable, merged_queue, near

RETRY_S = 0.5
ALIVE_S = 5.0
PAUSE_MS = 60_000
"""Pause of the writer, or jump of the clock, ms, that ends the recording session."""
CLOSING_ROWS, CLOSING_ROWS_OF_POINT = 20_000, 100
"""Unsealed rows, and rows for each point, above which closing seals them, because they would be read at the next start.
Sealing costs as much for a point as reading a thousand rows, and keeps the project locked meanwhile."""


def lived_ms() -> int:
    """Monotonic milliseconds; time of suspension is included where the system counts it."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return (time.monotonic_ns() if clock is None else time.clock_gettime_ns(clock)) // 1_000_000


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """The last heartbeat: start of its session, wall time and monotonic time, ms."""

    started_ms: int
    now_ms: int
    lived_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterPace:
    """Intervals (s) and sizes (rows) of the writer's work; sealing visits all points and is therefore rarer."""

    flush_s: float = 0.25
    flush_rows: int = 20_000
    seal_rows: int = 200_000
    seal_s: float = 4 * 3600.0
    seal_points: int = 10
    """Points sealed per transaction, which bounds how long a flush waits."""
    queue: int = 500_000


@dataclass(slots=True)
class WriterCounts:
    """Counts of observations and seals since the file was opened."""

    put: int = 0
    written: int = 0
    """Committed to disk."""
    repeated: int = 0
    """Left out as repetitions: equal to the sample stored at the same time."""
    merged: int = 0
    """Dropped for a newer one of their point because the queue was full."""
    seals: int = 0
    sealed: int = 0
    waiting: int = 0
    """Not on disk yet: put = written + repeated + merged + waiting."""


class HistoryWriter:
    """Owns the writing connection while its thread runs. `failing` is the present problem, None while all is well."""

    def __init__(
        self,
        db: sqlite3.Connection,
        points: HistoryPoints,
        tail: UnsealedTail,
        *,
        pace: WriterPace,
        explain: Callable[[Exception], Problem],
    ) -> None:
        self.db, self.points, self.tail, self.pace = db, points, tail, pace
        self.counts = WriterCounts()
        self.failing: Problem | None = None
        self.now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
        self.session = 0
        self.damaged: tuple[hot_rows.Range, ...] = ()
        """Rows of unsealed batches whose checksum was wrong when the file was opened."""
        self._heartbeat = SignOfLife(0, 0, 0)
        self._explain = explain
        self._wake = threading.Condition()
        self._queue: deque[QueuedBatch | QueuedJob] = deque()
        self._flying: list[QueuedBatch] = []
        """Batches at the head of the queue that are being written."""
        self.instants = UniqueTimestamps(tail)
        self._columns = ObservationColumns(db, points)
        self._waiting = 0
        """Observations in the queue."""
        self._jobs = 0
        """Jobs in the queue that are done at once."""
        self._hurry = False
        self._stopping = False
        self._sealing = self._seal_due = False
        """Whether a seal is in progress, and whether one is due because a session ended meanwhile."""
        self._oldest = time.monotonic()
        self.lived_ms: Callable[[], int] | None = lived_ms
        """None: the clock is moved by hand, nothing is concluded from its jumps."""
        self.paused: Callable[[RecordingSession, int | None], None] = lambda before, set_ms: None
        """Called with a session that ended because nothing was recorded, or because the clock was set (then with the time)."""
        self._flushed = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)  # noqa: TID251 - the one of DESIGN 4

    def start(self) -> None:
        """Starts the writer thread."""
        self.instants.load(self.db)
        now_ms = self.now_ms()
        self._heartbeat = SignOfLife(now_ms, now_ms, self._lived(now_ms))
        self._thread.start()

    def put(self, observations: Sequence[Observation] | Batch, full: QueueFull) -> None:
        """Queues a batch. Returns at once, but waits for space with QueueFull.WAIT. Raises ProblemError once closed, or
        while waiting if writing fails."""
        n = len(observations)
        with self._wake:
            if self._stopping:
                raise ProblemError(closed())
            if full is QueueFull.WAIT:
                while self._waiting and self._waiting + n > self.pace.queue:
                    self._raise_if_failing()
                    self._wake.wait(RETRY_S)
            elif self._waiting and self._waiting + n > self.pace.queue:
                self._merge_queue()
            self._queue.append(QueuedBatch(observations))
            self._waiting += n
            self.counts.put += n
            if len(self._queue) == 1 or self._waiting >= self.pace.flush_rows:
                self._wake.notify_all()

    def call[T](self, job: Callable[[sqlite3.Connection], T], *, patient: bool = False) -> Future[T]:
        """Runs a job on the writer thread, ordered with `put`; it manages its own transactions. A patient one waits, as
        observations do, up to flush_s for more, and is part of their transaction. Raises ProblemError once closed.
        """
        future: Future[T] = Future()
        with self._wake:
            if self._stopping:
                raise ProblemError(closed())
            self._queue.append(QueuedJob(job, future, patient))
            self._jobs += not patient
            if len(self._queue) == 1 or not patient:
                self._wake.notify_all()
        return future

    def flush(self) -> None:
        """Returns when everything put so far is on disk. Raises ProblemError while writing fails."""
        with self._wake:
            wanted = self.counts.put
            self._hurry = True
            self._wake.notify_all()
            while self.counts.written + self.counts.repeated + self.counts.merged < wanted:
                self._raise_if_failing()
                self._wake.wait(RETRY_S)

    def counted(self) -> WriterCounts:
        """The counts, with the number of queued observations, read together."""
        with self._wake:
            return replace(self.counts, waiting=self._waiting)

    def stop(self) -> int:
        """Writes what is queued and ends the thread; returns how many observations could not be written."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join()
        return self._waiting

    def _raise_if_failing(self) -> None:
        if self.failing is not None:
            raise ProblemError(self.failing)

    def _merge_queue(self) -> None:
        """Keeps the newest of each point of what waits, but for what is being written just now."""
        self._queue, merged = merged_queue(self._queue, self._flying)
        self.counts.merged += merged
        self._waiting -= merged

    def _run(self) -> None:
        while True:
            self._pause()
            with self._wake:
                stopping, queued = self._stopping, len(self._queue)
            self._turn()
            if stopping and len(self._queue) in (0, queued):  # a turn that failed may have taken what was in the way
                break

    def _pause(self) -> None:
        """Blocks until there is something to write or do; waits up to flush_s for more after the first observation or
        patient job."""
        with self._wake:
            if not self._queue and not self._busy():
                self._wake.wait(ALIVE_S)
            until = time.monotonic() + self.pace.flush_s
            while self._waiting < self.pace.flush_rows and not self._busy():
                left = until - time.monotonic()
                if not self._queue or left <= 0:
                    break
                self._wake.wait(left)
            if self.failing is not None and not self._stopping and not self._jobs:
                self._wake.wait(RETRY_S)
            self._hurry = False

    def _busy(self) -> bool:
        return self._hurry or self._stopping or self._jobs > 0

    def _turn(self) -> None:
        """Writes and does what is queued, in order, then seals where it is time."""
        try:
            self._live()
            self._flush()
            while (job := self._next_job()) is not None:
                self._answer(job)
                self._live(busy=True)
                self._flush()
            waited = time.monotonic() - self._oldest
            closing_rows = max(CLOSING_ROWS, CLOSING_ROWS_OF_POINT * len(self.points.rows))
            enough = min(closing_rows, self.pace.seal_rows) if self._stopping else self.pace.seal_rows
            if self.tail.count and (self._seal_due or self.tail.count >= enough or waited > self.pace.seal_s):
                self.seal()
            self.failing = None
        except Exception as error:
            self._roll_back()
            self.failing = self._explain(error)
            # Jobs go on: forgetting old samples may be what makes room again.
            while (job := self._next_job(behind=True)) is not None:
                self._answer(job)
            with self._wake:
                self._wake.notify_all()

    def _live(self, *, busy: bool = False) -> None:
        """Keeps the heartbeat: after a crash, values end there. Where time passed without us (not `busy` at a job), or
        the clock was set, the session ends and the next begins."""
        last, now_ms = self._heartbeat, self.now_ms()
        lived_ms = self._lived(now_ms)
        gone_ms = lived_ms - last.lived_ms
        slept = gone_ms > PAUSE_MS and not busy and self.lived_ms is not None
        if slept or abs(now_ms - last.now_ms - gone_ms) > PAUSE_MS:
            self._flush(near(last.now_ms, int(2_000 * ALIVE_S)))  # what still waits was in force when the session ended
            before = RecordingSession(self.session, last.started_ms, last.now_ms)
            self.paused(before, None if slept else now_ms - gone_ms)
            session.end(self.db, before.id, before.alive_ms)
            self.session = session.begin(self.db, now_ms, "oikos")
            self._heartbeat = SignOfLife(now_ms, now_ms, lived_ms)
            self._seal_due = True  # where the clock was set back, what comes now is looked for among what is stored
            if not self._sealing:  # else what the present seal took would be dropped twice
                self.seal()
        elif gone_ms >= ALIVE_S * 1000:
            # A full disk does not make us dead: what we remember moves on even where it cannot be written.
            self._heartbeat = SignOfLife(last.started_ms, now_ms, lived_ms)
            session.write_heartbeat(self.db, self.session, now_ms)

    def _lived(self, now_ms: int) -> int:
        return now_ms if self.lived_ms is None else self.lived_ms()

    def _next_job(self, *, behind: bool = False) -> QueuedJob | None:
        """Takes the job at the head of the queue, or (behind) the first there is."""
        with self._wake:
            for entry in self._queue:
                if isinstance(entry, QueuedJob):
                    self._queue.remove(entry)
                    self._jobs -= not entry.patient
                    return entry
                if not behind:
                    return None
        return None

    def _answer(self, job: QueuedJob) -> None:
        try:
            if job.patient:
                self.db.execute("begin immediate")
            result = job.work(self.db)
            if job.patient:
                self.db.execute("commit")
            job.future.set_result(result)
        except Exception as error:
            self._roll_back()
            job.future.set_exception(self._explained(error))

    def _explained(self, error: Exception) -> ProblemError:
        return error if isinstance(error, ProblemError) else ProblemError(self._explain(error))

    def _roll_back(self) -> None:
        if self.db.in_transaction:
            self.db.execute("rollback")

    def _flush(self, which: Callable[[QueuedBatch], bool] = lambda batch: True) -> None:
        """Writes the batches that match `which` and the patient jobs at the head of the queue, in one transaction.
        They leave it only after the commit."""
        with self._wake:
            batches, jobs = flushable(self._queue, which)
            self._flying = batches
        self._flushed = time.monotonic()
        if not batches and not jobs:
            return
        put = sum(len(batch.observations) for batch in batches)
        try:
            columns = self._columns.of([batch.observations for batch in batches])
            written, ended = self._write(*columns, jobs=jobs)
        except BaseException:
            with self._wake:
                self._flying = []
            raise
        with self._wake:
            for _ in (*batches, *jobs):
                self._queue.popleft()
            self._flying = []
            self._waiting -= put
            self.counts.written += written
            self.counts.repeated += put - written
            self._wake.notify_all()
        for end in ended:
            end()

    def write(self, ids: NDArray[np.int64], samples: Samples) -> int:
        """Commits samples in order of arrival to the unsealed table, then makes them visible to readers; returns how
        many were new."""
        return self._write(ids, samples)[0]

    def _write(
        self, ids: NDArray[np.int64], samples: Samples, *, jobs: Sequence[QueuedJob] = ()
    ) -> tuple[int, list[Callable[[], None]]]:
        """As `write`, with patient jobs in the same transaction; also returns what ends their futures."""
        ids, samples = self.instants.spread(self.db, ids, samples)
        if not len(ids) and not jobs:
            return 0, []
        self.db.execute("begin immediate")
        written = hot_rows.write(self.db, ids, samples) if len(ids) else 0
        ended = [done_within(self.db, job, self._explained) for job in jobs]
        self.db.execute("commit")
        if not len(ids):
            return 0, ended
        self.instants.stored(ids, samples.times)
        if not self.tail.count:
            self._oldest = time.monotonic()
        self.tail.add(ids, samples)
        return written, ended

    def seal(self) -> None:
        """Moves all unsealed samples into blocks and roll-ups, a few points per transaction; writes observations between."""
        self._sealing, self._seal_due = True, False
        try:
            self._seal_all()
        finally:
            self._sealing = False

    def _seal_all(self) -> None:
        todo = self.tail.snapshot()
        newest = self.db.execute("select max(seq) from hot").fetchone()[0]
        waiting = list(todo)
        for i in range(0, len(waiting), self.pace.seal_points):
            self.db.execute("begin immediate")
            for id in waiting[i : i + self.pace.seal_points]:
                samples = merge([self.tail.in_arrival_order(id, todo[id])])
                seal(self.db, self.points.row(id), samples, present_ms=self.now_ms() + AHEAD_MS)
            self.db.execute("commit")
            # Beyond four times the usual, sealing goes first and the queue pushes back: else hot grows without end.
            self._live(busy=True)
            if self._waiting and self._due() and self.tail.count < 4 * self.pace.seal_rows:
                self._flush()
        if newest is not None:
            kept_to = 0
            for first, last in self.damaged:  # they stay, for whoever can save what is in them
                self.db.execute("delete from hot where seq > ? and seq < ? and seq <= ?", (kept_to, first, newest))
                kept_to = last
            self.db.execute("delete from hot where seq > ? and seq <= ?", (kept_to, newest))
        self.tail.drop(todo)
        self._oldest = time.monotonic()
        self.counts.seals += 1
        self.counts.sealed += sum(todo.values())

    def _due(self) -> bool:
        if self._hurry or self._waiting >= self.pace.flush_rows:
            return True
        return time.monotonic() - self._flushed >= self.pace.flush_s


def closed() -> Problem:
    """Problem: the history file is closed."""
    return Problem(code="history.closed")
