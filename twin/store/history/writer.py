"""The one thread that writes: batches out of a bounded queue, jobs in between, sealing when enough has come in."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.model.ident import PointId
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.store.history import points as rows
from twin.store.history.points import Points
from twin.store.history.samples import BAD, Samples, merge
from twin.store.history.seal import seal
from twin.store.history.tail import Tail

RETRY_S = 0.5
ALIVE_S = 5.0
CLOSING_ROWS = 20_000
"""What is not sealed has to be read at the next start; more than this is worth sealing at the end."""


class Full(Enum):
    """What happens to observations when the queue is full."""

    WAIT = auto()
    """The caller waits: imports and replays, which can."""
    MERGE = auto()
    """What waits is merged to the newest of each point, marked uncertain and counted: live sources, which cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often what is done. Sealing walks over all points, so it waits for enough samples or for its hour."""

    flush_s: float = 0.25
    flush_rows: int = 20_000
    seal_rows: int = 200_000
    seal_s: float = 4 * 3600.0
    seal_points: int = 10
    """Points sealed per transaction: what a flush may have to wait for."""
    queue: int = 500_000


@dataclass(slots=True)
class Counts:
    """What happened since the file was opened."""

    put: int = 0
    written: int = 0
    merged: int = 0
    """Observations that gave way to a newer one of their point because the queue was full."""
    flushes: int = 0
    seals: int = 0
    sealed: int = 0


@dataclass(slots=True)
class _Batch:
    """Observations as they were put."""

    observations: Sequence[Observation]


class Writer:
    """Owns the writing connection while the thread runs. `failing` holds the present problem, None while all is well."""

    def __init__(
        self, db: sqlite3.Connection, points: Points, tail: Tail, *, pace: Pace, explain: Callable[[Exception], Problem]
    ) -> None:
        self.db, self.points, self.tail, self.pace = db, points, tail, pace
        self.counts = Counts()
        self.failing: Problem | None = None
        self.now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
        self.session = 0
        self._explain = explain
        self._wake = threading.Condition()
        self._queue: deque[_Batch] = deque()
        self._waiting = 0
        self._jobs: deque[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]] = deque()
        self._hurry = False
        self._stopping = False
        self._oldest = time.monotonic()
        self._alive = time.monotonic()
        self._flushed = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)  # noqa: TID251 - the one of DESIGN 4

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def put(self, observations: Sequence[Observation], full: Full) -> None:
        """Queues a batch. Returns at once, but with Full.WAIT on a full queue when there is room again."""
        n = len(observations)
        with self._wake:
            if self._stopping:
                raise ProblemError(closed())
            if full is Full.WAIT:
                while self._waiting and self._waiting + n > self.pace.queue:
                    self._raise_if_failing()
                    self._wake.wait(RETRY_S)
            elif self._waiting and self._waiting + n > self.pace.queue:
                self._merge_queue()
            self._queue.append(_Batch(observations))
            self._waiting += n
            self.counts.put += n
            if self._waiting == n or self._waiting >= self.pace.flush_rows:
                self._wake.notify_all()

    def call[T](self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Runs a job on the thread after what was put before it; it makes its own transactions."""
        future: Future[T] = Future()
        with self._wake:
            if self._stopping:
                raise ProblemError(closed())
            self._jobs.append((job, future))
            self._wake.notify_all()
        return future

    def flush(self) -> None:
        """Returns when everything put so far is on disk; ProblemError while it cannot be written."""
        with self._wake:
            wanted = self.counts.put
            self._hurry = True
            self._wake.notify_all()
            while self.counts.written + self.counts.merged < wanted:
                self._raise_if_failing()
                self._wake.wait(RETRY_S)

    def stop(self) -> int:
        """Writes what waits, ends the thread; how many observations could not be written."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._thread.join()
        return self._waiting

    def _raise_if_failing(self) -> None:
        if self.failing is not None:
            raise ProblemError(self.failing)

    def _merge_queue(self) -> None:
        newest: dict[PointId, Observation] = {}
        for batch in self._queue:
            for one in batch.observations:
                known = newest.get(one.point)
                if known is None or one.time_ms >= known.time_ms:
                    newest[one.point] = one
        kept = [
            Observation(one.point, one.time_ms, one.value, max(one.quality, Quality.UNCERTAIN), one.echo)
            for one in newest.values()
        ]
        self.counts.merged += self._waiting - len(kept)
        self._queue.clear()
        self._queue.append(_Batch(kept))
        self._waiting = len(kept)

    def _run(self) -> None:
        while True:
            self._pause()
            with self._wake:
                stopping = self._stopping
            good = self._turn()
            if stopping and (not good or not self._waiting):
                break

    def _pause(self) -> None:
        """Sleeps until there is something to do; the first observation waits flush_s for company."""
        with self._wake:
            if not self._waiting and not self._busy():
                self._wake.wait(ALIVE_S)
            until = time.monotonic() + self.pace.flush_s
            while self._waiting < self.pace.flush_rows and not self._busy():
                left = until - time.monotonic()
                if not self._waiting or left <= 0:
                    break
                self._wake.wait(left)
            if self.failing is not None and not self._stopping and not self._jobs:
                self._wake.wait(RETRY_S)
            self._hurry = False

    def _busy(self) -> bool:
        return self._hurry or self._stopping or bool(self._jobs)

    def _turn(self) -> bool:
        """Flushes, does jobs, seals. False where the file could not be written."""
        with self._wake:
            jobs = list(self._jobs)
            self._jobs.clear()
        try:
            self._flush()
            self._answer(jobs)
            jobs = []
            if time.monotonic() - self._alive > ALIVE_S:
                self.db.execute("update session set alive = ? where id = ?", (self.now_ms(), self.session))
                self._alive = time.monotonic()
            waited = time.monotonic() - self._oldest
            enough = CLOSING_ROWS if self._stopping else self.pace.seal_rows
            if self.tail.count >= enough or (self.tail.count and waited > self.pace.seal_s):
                self.seal()
            self.failing = None
        except Exception as error:
            if self.db.in_transaction:
                self.db.execute("rollback")
            self.failing = self._explain(error)
            for _, future in jobs:
                future.set_exception(ProblemError(self.failing))
            with self._wake:
                self._wake.notify_all()
            return False
        return True

    def _answer(self, jobs: Iterable[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]]) -> None:
        for job, future in jobs:
            try:
                future.set_result(job(self.db))
            except Exception as error:
                if self.db.in_transaction:
                    self.db.execute("rollback")
                future.set_exception(error if isinstance(error, ProblemError) else ProblemError(self._explain(error)))

    def _flush(self) -> None:
        """Writes what waits in one transaction. It leaves the queue only after the commit."""
        with self._wake:
            batches = list(self._queue)
        self._flushed = time.monotonic()
        if not batches:
            return
        observations = batches[0].observations if len(batches) == 1 else [o for b in batches for o in b.observations]
        ids, samples = self._arrays(observations)
        self.write(ids, samples)
        with self._wake:
            # A full queue may have been merged meanwhile: then what is left is newer or the same, and written again.
            for batch in batches:
                if self._queue and self._queue[0] is batch:
                    self._queue.popleft()
                    self._waiting -= len(batch.observations)
                    self.counts.written += len(batch.observations)
            self.counts.flushes += 1
            self._wake.notify_all()

    def write(self, ids: NDArray[np.int64], samples: Samples) -> None:
        """Commits samples in order of arrival to the hot table, then shows them to readers."""
        self.db.execute("begin immediate")
        self.db.executemany(
            "insert into hot(point, ts, v, q) values(?, ?, ?, ?)",
            zip(ids.tolist(), *(column.tolist() for column in samples), strict=True),
        )
        self.db.execute("commit")
        if not self.tail.count:
            self._oldest = time.monotonic()
        self.tail.add(ids, samples)

    def _arrays(self, observations: Sequence[Observation]) -> tuple[NDArray[np.int64], Samples]:
        n = len(observations)
        find = self.points.find
        found = {uid: find(uid) for uid in {o.point for o in observations}}
        unknown = [uid for uid, row in found.items() if row is None]
        if unknown:
            rows.declare(self.db, self.points, [(uid, "gauge", rows.STALE_MS, "", "") for uid in unknown])
            found |= {uid: find(uid) for uid in unknown}
        number = {uid: row.id for uid, row in found.items() if row is not None}
        ids = np.fromiter((number[o.point] for o in observations), np.int64, n)
        times = np.fromiter((o.time_ms for o in observations), np.int64, n)
        values = np.fromiter((o.value for o in observations), np.float64, n)
        quality = np.fromiter((o.quality for o in observations), np.uint8, n)
        broken = ~np.isfinite(values)
        quality[broken & (quality < BAD)] = Quality.BAD
        values[quality >= BAD] = np.nan
        return ids, Samples(times, values, quality)

    def seal(self) -> None:
        """Moves everything hot into blocks and roll-ups, a few points per transaction; live data goes on in between."""
        todo = self.tail.snapshot()
        newest = self.db.execute("select max(seq) from hot").fetchone()[0]
        waiting = list(todo)
        for i in range(0, len(waiting), self.pace.seal_points):
            self.db.execute("begin immediate")
            for id in waiting[i : i + self.pace.seal_points]:
                seal(self.db, self.points.row(id), merge([self.tail.arrived(id, todo[id])]))
            self.db.execute("commit")
            # Beyond four times the usual, sealing goes first and the queue pushes back: else hot grows without end.
            if self._waiting and self._due() and self.tail.count < 4 * self.pace.seal_rows:
                self._flush()
        if newest is not None:
            self.db.execute("delete from hot where seq <= ?", (newest,))
        self.tail.drop(todo)
        self._oldest = time.monotonic()
        self.counts.seals += 1
        self.counts.sealed += sum(todo.values())

    def _due(self) -> bool:
        if self._hurry or self._waiting >= self.pace.flush_rows:
            return True
        return time.monotonic() - self._flushed >= self.pace.flush_s


def closed() -> Problem:
    """The file is not open any more."""
    return Problem(code="history.closed", what="The history is closed", remedy="Open the project again")
