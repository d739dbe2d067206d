"""Recording sessions: begin and last heartbeat, and what follows from them for values and clock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from twin.model.problem import Problem
from twin.model.text import Text
from twin.store.history.history_points import FOREVER_MS, STALE_MS, PointRow
from twin.store.history.reader import HistoryReader
from twin.store.history.samples import BAD, CLOSED, DAY_MS, Samples

AHEAD_MS = 120_000
"""How far a sample may be after its session's last heartbeat and still belong to it, ms: devices' clocks differ."""
LOOSE_MS = 60_000
"""How long a sample without a session is valid, ms."""
JUMP_MS = 60 * DAY_MS
"""A pause between sessions longer than this, ms, may as well be a wrong clock."""
PROBATION_MS = 30 * DAY_MS
"""Recorded time after such a pause, ms, until the clock is trusted."""
BUILT_MS = 1_795_824_000_000
"""2026-11-28, UTC ms: a correct clock cannot be before it."""


@dataclass(frozen=True, slots=True)
class RecordingSession:
    """One recording session, UTC ms; `ended_ms` is None where it runs or crashed."""

    id: int
    started_ms: int
    alive_ms: int
    ended_ms: int | None = None

    @property
    def last_ms(self) -> int:
        """Time of the last heartbeat, or of the orderly end; UTC ms."""
        return self.alive_ms if self.ended_ms is None else self.ended_ms


_SELECT = "select id, started, alive, ended from session order by id"


def last(db: sqlite3.Connection) -> RecordingSession | None:
    """The newest session; None where nothing was recorded yet."""
    row = db.execute(f"{_SELECT} desc limit 1").fetchone()
    return RecordingSession(*row) if row else None


def every(db: sqlite3.Connection) -> list[RecordingSession]:
    """All sessions in the order of recording."""
    return [RecordingSession(*row) for row in db.execute(_SELECT)]


def begin(db: sqlite3.Connection, now_ms: int, app: str) -> int:
    """Inserts a recording session and returns its number."""
    return int(
        db.execute("insert into session(started, alive, app) values(?, ?, ?)", (now_ms, now_ms, app)).lastrowid or 0
    )


def write_heartbeat(db: sqlite3.Connection, id: int, now_ms: int) -> None:
    """Records that the session was alive at `now_ms`; a crashed session is taken to have ended then."""
    db.execute("update session set alive = ? where id = ?", (now_ms, id))


def end(db: sqlite3.Connection, id: int, now_ms: int) -> None:
    """Marks a session as closed in good order."""
    db.execute("update session set alive = ?, ended = ? where id = ?", (now_ms, now_ms, id))


def closings(
    reader: HistoryReader, rows: Iterable[PointRow], before: RecordingSession, now_ms: int
) -> tuple[list[int], Samples]:
    """Point numbers and samples that end every value where a session ended, because nothing is known after it.

    A crashed session ends with its heartbeat or the last sample committed after it. A value from before the session (an
    import, a demo's past) ends when it is stale, one from after it (a clock that was ahead) after LOOSE_MS.
    """
    rows = tuple(rows)
    newest = reader.at(rows, FOREVER_MS)
    future = {row.id: newest[row.id] for row in rows if row.id in newest and newest[row.id][0] > now_ms}
    known = {id: one for id, one in newest.items() if id not in future}
    known |= reader.at([row for row in rows if row.id in future], now_ms)
    first, limit = before.started_ms, before.last_ms + AHEAD_MS
    within = [at for at, _, _ in known.values() if first <= at <= limit]
    ended = before.last_ms if before.ended_ms is not None else max([before.last_ms, *within]) + 1
    ids: list[int] = []
    times: list[int] = []
    for row in rows:
        at, _, quality = known.get(row.id, (0, 0.0, BAD))
        if quality < BAD:
            hold = STALE_MS if row.stale_ms == FOREVER_MS else row.stale_ms
            until = min(ended, at + hold) if at < first else ended if at <= limit else at + LOOSE_MS
            ids.append(row.id)
            times.append(max(until, at + 1))
        at, _, quality = future.get(row.id, (0, 0.0, BAD))
        if quality < BAD:
            ids.append(row.id)
            times.append(at + LOOSE_MS)
    n = len(ids)
    return ids, Samples(np.array(times, np.int64), np.full(n, np.nan), np.full(n, CLOSED, np.uint8))


def repeated_values(
    reader: HistoryReader, rows: Iterable[PointRow], before: RecordingSession, time_ms: int
) -> tuple[list[int], Samples]:
    """Point numbers and samples that repeat every value in force at a session's end at `time_ms`, for a clock that was
    set.
    """
    known = {id: one for id, one in reader.at(tuple(rows), before.last_ms + AHEAD_MS).items() if one[2] < BAD}
    ids, values = list(known), list(known.values())
    return ids, Samples(
        np.full(len(ids), time_ms, np.int64),
        np.array([value for _, value, _ in values], np.float64),
        np.array([quality for _, _, quality in values], np.uint8),
    )


def believed_ms(sessions: Sequence[RecordingSession]) -> int | None:
    """The newest time that the sessions confirm, UTC ms; None where there are none.

    A session that begins more than JUMP_MS after all before it is trusted once PROBATION_MS was recorded since.
    """
    believed: int | None = None
    doubtful_ms = 0
    for one in sessions:
        if believed is None or one.started_ms <= believed + JUMP_MS:
            believed = max(one.last_ms, believed or 0)
            doubtful_ms = 0
            continue
        doubtful_ms += max(0, one.last_ms - one.started_ms)
        if doubtful_ms >= PROBATION_MS:
            believed, doubtful_ms = one.last_ms, 0
    return believed


def wrong_clock(sessions: Sequence[RecordingSession], now_ms: int, where: str) -> Problem | None:
    """The problem that `now_ms` contradicts the sessions, so that nothing may be deleted; None where it fits."""
    believed = believed_ms(sessions)
    ahead = believed is not None and now_ms > believed + JUMP_MS
    if not ahead and now_ms >= BUILT_MS:
        return None
    day = np.datetime64(now_ms, "ms").astype("datetime64[D]")
    witness = np.datetime64(believed if ahead and believed is not None else BUILT_MS, "ms").astype("datetime64[D]")
    seen = Text("history.last_recording" if ahead else "history.built", day=str(witness))
    return Problem(code="history.clock", args={"day": str(day), "seen": seen}, where=where)
