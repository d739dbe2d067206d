"""The event log of a history: commands, edits, grants and refusals, each row chained by hash to the one before."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from twin.model.problem import Problem, ProblemError, mistake
from twin.store import database
from twin.store.database import HISTORY
from twin.store.file_lock import FileLock

MOST_WAITING = 100_000
"""Most rows that wait for the disk; beyond it further ones are lost, and counted."""
FIRST = bytes(32)
"""The hash before the first row."""
TRIM, CUT = "trim", "cut"
"""Kinds of rows about the log itself: old rows were deleted; rows that were there once are gone."""
TRIM_STEP_MS = 30 * 86_400_000
"""Rows are deleted once this much (ms) of them is too old, so that few rows are about deleting."""
_COLUMNS = ("id", "ts", "who", "origin", "kind", "body")
_BYTES = ", ".join(f"cast({name} as blob)" for name in _COLUMNS)
_ROWS = "select ts, who, origin, kind, body from event_log where ts >= ? and ts < ? order by id desc limit ?"
_ROWS_OF_KIND = """
select ts, who, origin, kind, body from event_log indexed by event_log_ts
where ts >= ? and ts < ? and kind = ? order by id desc limit ?"""
"""By the index of times, since the rows of a kind may be few among very many."""
_TO_DELETE = """
with young as (select id from event_log where +ts between :cutoff and :now order by id limit 1),
votes as (
  select id, min(ts) over past as oldest, sum(case when ts < :cutoff then 1 else -1 end) over past as votes
  from event_log where id < ifnull((select id from young), 9223372036854775807)
  window past as (order by id rows unbounded preceding)
)
select id, (select hash from event_log where event_log.id = votes.id), oldest
from votes where votes > 0 order by votes desc, id limit 1"""
"""Number and hash of the last row to delete, and the oldest time up to it: before the first row from the cutoff to now, where
rows that are too old most outnumber those later than now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """One row. `kind` is command, edit, undo, redo, grant, revoke, serve, request, refused, engine (started, stopped), confirmation,
    trim or cut; `body` is JSON with what and result."""

    time_ms: int
    who: str
    origin: str
    """Network address; empty for the engine's own machine."""
    kind: str
    body: str


type PendingEvent = LoggedEvent | Callable[[], LoggedEvent]
"""A row to write, or what makes it on the writing thread; that must not raise."""


@dataclass(frozen=True, slots=True)
class LogHead:
    """The end of a log: what is kept elsewhere, so that rows cut off at the end are noticed."""

    rows: int
    """Number of the last row, which counts from the first row ever written."""
    hash: str
    """Its hash, hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """Result of checking the chain of hashes."""

    rows: int
    """Rows that are there."""
    head: str
    """The hash of the last row, hexadecimal: who keeps it elsewhere also notices that rows were cut off at the end."""
    trimmed: int = 0
    """Rows before them that were deleted as older than the setting allows; a row of the log records it."""
    missing: tuple[LogHead, ...] = ()
    """Ends that the log once had, and which were gone when an engine looked: rows of the log record it."""
    broken: int | None = None
    """Number of the first row that is not what was written; None where all are."""
    broken_ms: int | None = None
    found: bool = False
    """Whether a row has the hash that was looked for."""


type Write = Callable[[Callable[[sqlite3.Connection], int]], Future[int]]
"""Runs a job on the history's writer thread; the result of a job that writes is the number of rows, since the log was opened,
that are on disk once it is committed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One job that the writer was asked for, and by which way."""

    write: Write


class EventLog:
    """`write` runs a job on the writer thread at once, `write_later` in the transaction of its next observations, `read`
    gives a reading connection. Any thread may call."""

    def __init__(
        self,
        write: Write,
        read: Callable[[], AbstractContextManager[sqlite3.Connection]],
        write_later: Write | None = None,
    ) -> None:
        self._write, self._read, self._write_later = write, read, write_later or write
        self._lock = threading.Lock()
        self._waiting: deque[PendingEvent] = deque()
        self._on_disk = 0
        """Number of rows that were written and do not wait any more."""
        self._inserted = (0, LogHead(0, ""))
        """How many rows were inserted, and the last of them; none of it where its transaction was rolled back. Only for the
        writer's thread."""
        self._asked: _Asked | None = None
        """The job under way for what waits; None where there is none."""
        self._lost = 0
        self.failing: Problem | None = None
        """The problem that keeps rows from being written; None while all is well."""
        self.due: Callable[[], object] = lambda: None
        """Called at each `retry`: adds rows whose time has come."""

    @property
    def unwritten(self) -> int:
        """Number of rows that are not on disk: those that wait, and those that were lost."""
        with self._lock:
            return len(self._waiting) + self._lost

    def retry(self) -> None:
        """Tries to write what waits; returns at once. Raises ProblemError once closed."""
        self.due()
        self.add(patient=True)

    def add(self, *events: PendingEvent, patient: bool = False) -> None:
        """Adds rows; returns at once. What waits is written together; what could not be written waits for the next, or
        for `retry`. Patient rows wait for the writer's next observations: they are as safe as those (a quarter of a
        second), and cost the caller no switch to the writer's thread."""
        write = self._write_later if patient else self._write
        with self._lock:
            room = max(0, MOST_WAITING - len(self._waiting))
            self._waiting.extend(events[:room])
            self._lost += len(events[room:])
            before = self._asked and self._asked.write
            if not self._waiting or before in (write, self._write):
                return
            asked = self._asked = _Asked(write)
        job = self._insert if write is not self._write else self._job
        try:
            write(job).add_done_callback(partial(self._written, asked))
        except ProblemError:
            self._ended(asked)
            raise

    def flush(self) -> None:
        """Returns when every row added so far is on disk. Raises ProblemError where it cannot be written, or once
        closed."""
        self._write(self._job).result()

    def _ended(self, asked: _Asked) -> None:
        with self._lock:
            if self._asked is asked:
                self._asked = None

    def _written(self, asked: _Asked, done: Future[int]) -> None:
        error = done.exception()
        if error is None:
            self.failing = None
            self._drop(done.result())
        else:
            self._ended(asked)  # it may have failed before it looked at what waits
            self.failing = error.problems[0] if isinstance(error, ProblemError) else mistake(error, "event log")

    def _job(self, db: sqlite3.Connection) -> int:
        """Writes what waits, in a transaction of its own. Nothing of it waits any more when it returns."""
        db.execute("begin immediate")
        written = self._insert(db)
        db.execute("commit")
        self._drop(written)
        return written

    def _insert(self, db: sqlite3.Connection) -> int:
        """Inserts what waits within the open transaction, but for what an earlier job of this transaction inserted; it
        waits until that is committed. Returns the number of rows that are on disk then, since the log was opened."""
        with self._lock:
            self._asked = None
            first, events = self._on_disk, [*self._waiting]
        inserted, last = self._inserted
        begun = inserted - first if inserted > first and _is_there(db, last) else 0
        if events[begun:]:
            end = insert(db, (one if isinstance(one, LoggedEvent) else one() for one in events[begun:]))
            self._inserted = (first + len(events), end)
        return first + len(events)

    def _drop(self, written: int) -> None:
        """Rows up to this number since the log was opened are on disk: they wait no more."""
        with self._lock:
            while self._on_disk < written:
                self._waiting.popleft()
                self._on_disk += 1

    def rows(self, from_ms: int, to_ms: int, most: int = 200, *, kind: str = "") -> list[LoggedEvent]:
        """The newest `most` rows in [from, to), newest first, or those of one kind; those that wait are written before."""
        self._try_flush()
        with self._read() as db:
            if kind:
                found = db.execute(_ROWS_OF_KIND, (from_ms, to_ms, kind, most)).fetchall()
            else:
                found = db.execute(_ROWS, (from_ms, to_ms, most)).fetchall()
        return [
            LoggedEvent(time_ms=int(ts), who=str(who), origin=str(origin), kind=str(kind), body=str(body))
            for ts, who, origin, kind, body in found
        ]

    def head(self) -> LogHead | None:
        """The last row on disk; None where there is none. Raises ProblemError."""
        with self._read() as db:
            return head_of(db)

    def has(self, head: LogHead) -> bool:
        """Whether the log still has this end, or deleted it as too old. Raises ProblemError."""
        with self._read() as db:
            return has(db, head)

    def trim(self, cutoff_ms: int, now_ms: int) -> Future[int]:
        """Deletes rows before `cutoff_ms` (UTC ms), where TRIM_STEP_MS of them are; a row with the hash of the last of
        them takes their place at the end of the log. The result is the number of the last row deleted; 0 for none."""
        return self._write(lambda db: trim(db, cutoff_ms, now_ms))

    def check(self, head: str = "") -> ChainCheck:
        """Computes every hash anew, and looks for the row with the hash `head` (hexadecimal). Raises sqlite3.Error or ProblemError where the file cannot be read."""
        self._try_flush()
        with self._read() as db:
            return check(db, head)

    def _try_flush(self) -> None:
        """Writes what waits before it is read; what the disk does not take is missing there, as `unwritten` tells."""
        if self.unwritten:
            with suppress(ProblemError):
                self.flush()


def append(db: sqlite3.Connection, events: Iterable[LoggedEvent], *, delete_to: int = 0) -> None:
    """Adds rows, and deletes those up to this number, in one transaction."""
    db.execute("begin immediate")
    insert(db, events)
    db.execute("delete from event_log where id <= ?", (delete_to,))
    db.execute("commit")


def insert(db: sqlite3.Connection, events: Iterable[LoggedEvent]) -> LogHead:
    """Adds rows within the open transaction. Returns the last row of the log."""
    last = db.execute("select id, hash from event_log order by id desc limit 1").fetchone()
    id, before = (int(last[0]), bytes(last[1])) if last else (0, FIRST)
    for event in events:
        id += 1
        texts = (_storable(text) for text in (event.who, event.origin, event.kind, event.body))
        row = (id, event.time_ms, *texts)
        before = _hash(before, [str(value).encode() for value in row])
        db.execute(
            "insert into event_log(id, ts, who, origin, kind, body, hash) values(?, ?, ?, ?, ?, ?, ?)", (*row, before)
        )
    return LogHead(id, before.hex())


def _storable(text: str) -> str:
    """The text with lone surrogates, which SQLite takes for no text, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def append_to(history: Path, events: Iterable[LoggedEvent]) -> None:
    """Adds rows to a history that no engine has open. Raises ProblemError."""
    try:
        database.check_header(history, HISTORY)
        lock = FileLock(history)
        try:
            db = database.open_writer(history, HISTORY)
            try:
                append(db, events)
            finally:
                database.close_writer(db)
        finally:
            lock.release()
    except (sqlite3.Error, OSError) as error:
        raise ProblemError(database.problem_of(error, history, HISTORY)) from error


def head_of(db: sqlite3.Connection) -> LogHead | None:
    """The last row of the log; None where there is none."""
    last = db.execute("select id, hash from event_log order by id desc limit 1").fetchone()
    return LogHead(int(last[0]), bytes(last[1]).hex()) if last else None


def end_after(history: Path, kept: LogHead | None) -> LogHead | None:
    """The last row of the log of a history that is not open; None where there is none, or where the log has not the end
    `kept` any more. Raises ProblemError."""
    try:
        with closing(database.open_reader(history)) as db:
            return head_of(db) if kept is None or has(db, kept) else None
    except (sqlite3.Error, OSError) as error:
        raise ProblemError(database.problem_of(error, history, HISTORY)) from error


def _is_there(db: sqlite3.Connection, row: LogHead) -> bool:
    found = db.execute("select hash from event_log where id = ?", (row.rows,)).fetchone()
    return found is not None and bytes(found[0]).hex() == row.hash


def has(db: sqlite3.Connection, head: LogHead) -> bool:
    """Whether the log still has this end, or deleted it as too old."""
    return head.rows <= _trimmed(db)[0] or _is_there(db, head)


def trim(db: sqlite3.Connection, cutoff_ms: int, now_ms: int) -> int:
    """Deletes rows before the cutoff, where TRIM_STEP_MS of them are, and adds a row that records it.

    Order is that of the numbers; a row's time may be wrong, as a clock may have been. Rows from the cutoff to now keep
    themselves and all that follow. A row later than now was written by a clock that was ahead: rows after it tell its age,
    and it goes where more of them are too old, so that one row whose clock was behind deletes nothing.
    Returns the number of the last row deleted; 0 for none.
    """
    (oldest_ms,) = db.execute("select min(ts) from event_log").fetchone()
    if oldest_ms is None or int(oldest_ms) >= cutoff_ms - TRIM_STEP_MS:
        return 0
    last = db.execute(_TO_DELETE, {"cutoff": cutoff_ms, "now": now_ms}).fetchone()
    if last is None or int(last[2]) >= cutoff_ms - TRIM_STEP_MS:
        return 0
    body = json.dumps({"rows": int(last[0]), "head": bytes(last[1]).hex(), "before_ms": cutoff_ms, "result": "done"})
    row = LoggedEvent(time_ms=now_ms, who="oikos", origin="", kind=TRIM, body=body)
    append(db, [row], delete_to=int(last[0]))
    return int(last[0])


def _trimmed(db: sqlite3.Connection) -> tuple[int, bytes]:
    """Number and hash of the last row that was deleted as too old, by the newest row that records it; (0, FIRST) for none."""
    found = db.execute("select body from event_log where kind = ? order by id desc limit 1", (TRIM,)).fetchone()
    end = _end(str(found[0])) if found else LogHead(0, "")
    return (end.rows, bytes.fromhex(end.hash)) if len(end.hash) == 2 * len(FIRST) else (0, FIRST)


def check(db: sqlite3.Connection, head: str = "") -> ChainCheck:
    """Checks the chain row by row, and whether one of them has the hash `head`."""
    trimmed, before = _trimmed(db)
    rows, id, ts, found_head, missing = 0, b"", b"", trimmed > 0 and before.hex() == head, list[LogHead]()
    for *columns, found in db.execute(f"select {_BYTES}, cast(hash as blob) from event_log order by id"):  # noqa: S608 - ours
        rows += 1
        id, ts = columns[0], columns[1]
        before = _hash(before, columns)
        if before != found or id != str(trimmed + rows).encode():
            return ChainCheck(
                rows=rows, head="", broken=_number(id), broken_ms=_number(ts), found=found_head, trimmed=trimmed,
                missing=tuple(missing),
            )  # fmt: skip
        found_head = found_head or before.hex() == head
        missing += [_end(columns[-1])] if columns[4] == CUT.encode() else []
    last = before.hex() if rows else ""
    return ChainCheck(rows=rows, head=last, found=found_head, trimmed=trimmed, missing=tuple(missing))


def _end(body: str | bytes) -> LogHead:
    """The end that a row of the kind TRIM or CUT names."""
    try:
        found: dict[str, Any] = json.loads(body)
        return LogHead(int(found["rows"]), bytes.fromhex(found["head"]).hex())
    except (ValueError, KeyError, TypeError):
        return LogHead(0, "")


def _number(digits: bytes) -> int:
    return int(digits) if digits.lstrip(b"-").isdigit() else 0


def _hash(before: bytes, columns: Iterable[bytes]) -> bytes:
    made = hashlib.sha256(before)
    for column in columns:
        made.update(len(column).to_bytes(8))
        made.update(column)
    return made.digest()


def body_of(event: LoggedEvent) -> Mapping[str, Any]:
    """The body of a row as a mapping; empty where it is none."""
    try:
        found = json.loads(event.body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
