"""Reading of samples: unsealed ones first, then blocks, so that sealing in between loses none."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin.store import database
from twin.store.history import block_codec, hot_rows
from twin.store.history.history_points import HistoryPoints, PointRow
from twin.store.history.page_cache import PageCache
from twin.store.history.samples import BAD, CLOSED, SHOWN, Samples, merge
from twin.store.history.unsealed_tail import UnsealedTail

CLOSE_S, INTERRUPT_S = 10.0, 0.02
"""Longest time (s) that `close` waits for other threads, and time between two interrupts of what they read."""


class _Block(NamedTuple):
    """A row of samples: its point, number, bytes, first and last instant."""

    point: int
    id: int
    data: bytes
    first: int
    last: int


class HistoryReader:
    """Reads the history on any number of threads, each with its own connection. `live` is False where another process
    may write.
    """

    def __init__(self, path: Path, points: HistoryPoints, tail: UnsealedTail, *, live: bool) -> None:
        self.points, self.tail = points, tail
        self._path, self._live = path, live
        self._cache = PageCache()
        self._own = threading.local()
        self._lock = threading.Lock()
        self._unused = threading.Condition(self._lock)
        self._users: Counter[int] = Counter()
        """How many reads each thread is in."""
        self._opened: dict[int, sqlite3.Connection] = {}
        """Connection by thread."""
        self._closed = False
        self._watch: tuple[int, int] | None = None
        """(thread, SQLite's data_version) of the last look at another process's rows; it counts per connection."""
        self._first, self._newest, self._damaged = 0, 0, 0
        self.harmed: set[tuple[str, int]] = set()
        """(kind, number) of damaged blocks, tiles and batches found so far."""
        self.spans: dict[int, set[tuple[int, int]]] = {}
        """Spans (first, last ms) of damaged data found so far, by point."""

    def load(self, db: sqlite3.Connection, after: int = 0) -> hot_rows.ReadBatches:
        """Adds unsealed rows after number `after` to the tail; returns them."""
        batches = hot_rows.read(db, after)
        self.harmed.update(("batch", first) for first, _ in batches.damaged)
        self.tail.add(batches.ids, batches.samples)
        self._damaged = max([self._damaged, *(end for _, end in batches.damaged)])
        return batches

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's connection, opened on first use. Raises sqlite3.ProgrammingError after `close`."""
        if self._closed:
            raise sqlite3.ProgrammingError("closed")
        db: sqlite3.Connection | None = getattr(self._own, "db", None)
        if db is None:
            with self._lock:
                if self._closed:
                    raise sqlite3.ProgrammingError("closed")
                db = self._own.db = database.open_reader(self._path)
                self._opened[threading.get_ident()] = db
        return db

    @contextlib.contextmanager
    def in_use(self) -> Generator[None]:
        """While a thread reads: `close` waits for its end, for Python crashes where a connection is closed under a
        statement of another thread. Raises sqlite3.ProgrammingError after `close`."""
        user = threading.get_ident()
        with self._lock:
            if self._closed:
                raise sqlite3.ProgrammingError("closed")
            self._users[user] += 1
        try:
            yield
        finally:
            with self._unused:
                self._users[user] -= 1
                self._unused.notify_all()

    def close(self) -> None:
        """Interrupts the reads of other threads and closes every connection; one that is still read from after CLOSE_S is
        left to its thread."""
        until, me = time.monotonic() + CLOSE_S, threading.get_ident()
        with self._unused:
            self._closed = True
            while busy := {user for user, times in self._users.items() if times and user != me}:
                for user in busy & self._opened.keys():
                    self._opened[user].interrupt()
                if time.monotonic() > until:
                    break
                self._unused.wait(INTERRUPT_S)
            for user, db in self._opened.items():
                if user not in busy:
                    db.close()
            self._opened.clear()

    def refresh(self) -> None:
        """Adds rows that another process wrote since the last call; does nothing where this process writes. Call
        before reading.
        """
        if self._live:
            return
        db = self.db
        with self._lock:
            now = (threading.get_ident(), int(db.execute("pragma data_version").fetchone()[0]))
            if self._watch == now:
                return
            self._watch = now
            self.points.load(db)
            sql = "select coalesce(min(seq), 0) from hot where seq > ?"
            first = int(db.execute(sql, (self._damaged,)).fetchone()[0])
            if first != self._first:
                self.tail.clear()
                self._first, self._newest = first, 0
            self._newest = self.load(db, self._newest).last

    def blocks(self, point: int, from_ms: int, to_ms: int) -> Samples:
        """Sealed samples of the pages that overlap [from, to), and of the page before; damaged pages are left out."""
        db = self.db
        start = db.execute("select max(t0) from block where point = ? and t0 <= ?", (point, from_ms)).fetchone()[0]
        rows = db.execute(
            "select point, id, data, t0, t1 from block where point = ? and t0 >= ? and t0 < ? order by t0",
            (point, from_ms if start is None else start, to_ms),
        )
        return merge([run for row in rows for run in self._pages(_Block(*row), from_ms, to_ms)])

    def mark(self, point: int, first_ms: int, last_ms: int) -> None:
        """Registers a damaged span of a point (first and last ms)."""
        self.spans.setdefault(point, set()).add((first_ms, last_ms))

    def damaged(self, point: int, from_ms: int, to_ms: int) -> tuple[tuple[int, int], ...]:
        """The damaged spans found so far that overlap [from, to), sorted."""
        known = tuple(self.spans.get(point, ()))
        return tuple(sorted(span for span in known if span[1] >= from_ms and span[0] < to_ms))

    def _pages(self, block: _Block, from_ms: int, to_ms: int) -> list[Samples]:
        """The pages of a block that touch [from, to), and the page before."""
        found: list[Samples] = []
        id, data = block.id, block.data
        try:
            packing, pages = block_codec.directory(data)
        except block_codec.DamageError:
            self.harmed.add(("block", id))
            self.mark(block.point, block.first, block.last)
            return found
        for number, entry in enumerate(pages):
            over = entry.first >= to_ms
            before = number + 1 < len(pages) and pages[number + 1].first <= from_ms
            if over or before:
                continue
            try:
                found.append(self._cache.page(id, data, (number, packing), entry))
            except block_codec.DamageError:
                self.harmed.add(("block", id))
                following = pages[number + 1].first - 1 if number + 1 < len(pages) else block.last
                self.mark(block.point, entry.first, following)
                continue
        return found

    def held(self, rows: Sequence[PointRow], from_ms: int, to_ms: int) -> Iterator[tuple[PointRow, Samples]]:
        """For each point with any: the samples in force from `from_ms` to `to_ms` (both included).

        One statement for all points, and each page is decoded once.
        """
        wanted = json.dumps([row.id for row in rows])
        sealed: dict[int, list[Samples]] = {}
        for row in self.db.execute(_HELD, (wanted, from_ms, from_ms, to_ms)):
            block = _Block(*row)
            sealed.setdefault(block.point, []).extend(self._pages(block, from_ms, to_ms + 1))
        for row in rows:
            runs = sealed.get(row.id, [])
            if _reaches(self.tail.span(row.id), to_ms):
                runs.append(self.tail.of(row.id))
            samples = merge(runs)
            late = not len(samples.times) or samples.times[0] > from_ms
            if late and (found := self.newest(row, from_ms)) is not None:  # damaged pages: what is before them
                first = Samples(np.array([found[0]]), np.array([found[1]]), np.array([found[2]], np.uint8))
                samples = merge([first, samples])
            if len(samples.times):
                yield row, samples

    def samples(self, row: PointRow, from_ms: int, to_ms: int) -> Samples:
        """Samples before `to_ms`, from some before `from_ms` on; NaN for no value. The arrays may be shared: do not
        modify.
        """
        arrived = self.tail.of(row.id)
        sealed = self.blocks(row.id, from_ms, to_ms)
        both = merge([sealed, arrived]) if len(arrived.times) else sealed
        j = int(np.searchsorted(both.times, to_ms))
        return both if j == len(both.times) else both.part(0, j)

    def raw(self, row: PointRow, from_ms: int, to_ms: int) -> Samples:
        """The samples of [from, to); NaN for no value."""
        return shown(self.samples(row, from_ms, to_ms).between(from_ms, to_ms))

    def newest(self, row: PointRow, time_ms: int, *, recorded: bool = False) -> tuple[int, float, int] | None:
        """(time, value, quality) of the sample in force at a time; with `recorded` ends of recording are ignored. None
        for none.
        """
        best = _last(self.tail.of(row.id), time_ms, recorded=recorded) if self.tail.span(row.id) else None
        sql = "select id, data from block where point = ? and t0 <= ? order by t0 desc"
        for id, data in self.db.execute(sql, (row.id, time_ms)):
            found = self._in_block(id, data, time_ms, recorded=recorded)
            if found is not None:
                return found if best is None or found[0] > best[0] else best
        return best

    def at(self, rows: Sequence[PointRow], time_ms: int) -> dict[int, tuple[int, float, int]]:
        """(time, value, quality) in force at a time by point number, for points that have one; one statement for all."""
        arrived = {row.id: self.tail.of(row.id) for row in rows if _reaches(self.tail.span(row.id), time_ms)}
        best = {id: found for id, samples in arrived.items() if (found := _last(samples, time_ms, recorded=False))}
        wanted = json.dumps([row.id for row in rows])
        again: list[PointRow] = []
        for point, id, data in self.db.execute(_AT, (wanted, time_ms)):
            try:
                found = self._one(id, data, time_ms)
            except block_codec.DamageError:
                self.harmed.add(("block", id))
                found = None
            if found is None:
                again.append(self.points.row(point))
            elif point not in best or found[0] > best[point][0]:
                best[point] = found
        for row in again:  # a damaged page: what is before it
            if (found := self.newest(row, time_ms)) is not None:
                best[row.id] = found
        return best

    def _one(self, id: int, data: bytes, time_ms: int) -> tuple[int, float, int] | None:
        place = block_codec.find(data, time_ms)
        if place is None:
            return None
        number, packing, entry = place
        known = self._cache.known((id, number, entry.crc))
        if known is not None:
            return _last(known, time_ms, recorded=False)
        found = block_codec.last_before(data, packing, entry, time_ms)
        if found is None:
            return None
        quality = found[2] & SHOWN
        return found[0], float("nan") if quality >= BAD else found[1], quality

    def _in_block(self, id: int, data: bytes, time_ms: int, *, recorded: bool) -> tuple[int, float, int] | None:
        """The last sample of a block up to a moment, the page it lies in unpacked alone."""
        try:
            packing, pages = block_codec.directory(data)
        except block_codec.DamageError:
            self.harmed.add(("block", id))
            return None
        for number in range(len(pages) - 1, -1, -1):
            if pages[number].first > time_ms:
                continue
            try:
                samples = self._cache.page(id, data, (number, packing), pages[number])
            except block_codec.DamageError:
                self.harmed.add(("block", id))
                continue
            found = _last(samples, time_ms, recorded=recorded)
            if found is not None:
                return found
        return None


_AT = """
select wanted.value, block.id, block.data from json_each(?) as wanted join block on block.id = (
    select b.id from block as b where b.point = wanted.value and b.t0 <= ? order by b.t0 desc limit 1)
"""

_HELD = """
select wanted.value, block.id, block.data, block.t0, block.t1 from json_each(?) as wanted join block on block.point = wanted.value
    and block.t0 >= coalesce((select max(b.t0) from block as b where b.point = wanted.value and b.t0 <= ?), ?)
    and block.t0 <= ?
    order by wanted.value, block.t0
"""


def _reaches(span: tuple[int, int] | None, time_ms: int) -> bool:
    return span is not None and span[0] <= time_ms


def _last(samples: Samples, time_ms: int, *, recorded: bool) -> tuple[int, float, int] | None:
    i = int(np.searchsorted(samples.times, time_ms, side="right")) - 1
    while recorded and i >= 0 and samples.quality[i] == CLOSED:
        i -= 1
    if i < 0:
        return None
    quality = int(samples.quality[i]) & SHOWN
    return int(samples.times[i]), float("nan") if quality >= BAD else float(samples.values[i]), quality


def shown(samples: Samples) -> Samples:
    """Samples for callers: quality masked by SHOWN, NaN where the quality means no value."""
    quality = samples.quality & np.uint8(SHOWN)
    return Samples(samples.times, np.where(quality >= BAD, np.nan, samples.values), quality)
