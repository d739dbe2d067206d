"""Maintenance of the history file: retention, freeing pages, verification."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twin.model.problem import Problem
from twin.store import database
from twin.store.history import block_codec, chart_tile, hot_rows, quarter_hours
from twin.store.history.chart_tile import TILE
from twin.store.history.history_points import PointRow
from twin.store.history.sealing import FINE_MS

STEP_PAGES = 500
"""Pages freed per call (12 ms), which bounds how long a flush waits."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Samples that `retain` would delete now."""

    samples: int
    ended_ms: int
    """End of the earliest such block, UTC ms: when it could have been deleted first."""


def overdue(db: sqlite3.Connection, cutoff_ms: int) -> Overdue | None:
    """Samples of blocks that end before the cutoff (UTC ms); None where there are none."""
    samples, ended_ms = db.execute("select sum(n), min(t1) from block where t1 < ?", (cutoff_ms,)).fetchone()
    return Overdue(int(samples), int(ended_ms)) if samples else None


def retain(db: sqlite3.Connection, rows: Iterable[PointRow], cutoff_ms: int) -> int:
    """Deletes blocks and fine tiles before the cutoff (UTC ms); roll-ups stay. Returns the number of samples deleted."""
    gone = 0
    db.execute("begin immediate")
    for row in rows:
        n = db.execute(
            "select coalesce(sum(n), 0), max(t1) from block where point = ? and t1 < ?", (row.id, cutoff_ms)
        ).fetchone()
        if not n[0]:
            continue
        gone += int(n[0])
        db.execute("delete from block where point = ? and t1 < ?", (row.id, cutoff_ms))
        _since(db, row.id, 0, int(n[1]) + 1)
        for width in FINE_MS:
            before = cutoff_ms // (width * TILE) * width * TILE
            db.execute("delete from tile where level = ? and point = ? and t0 < ?", (width // 1000, row.id, before))
            db.execute(
                "update extent set from_ms = max(from_ms, ?) where point = ? and level = ?",
                (before, row.id, width // 1000),
            )
    db.execute("commit")
    return gone


def _since(db: sqlite3.Connection, point: int, level: int, from_ms: int) -> None:
    db.execute(
        "insert into extent(point, level, from_ms) values(?, ?, ?)"
        " on conflict(point, level) do update set from_ms = excluded.from_ms",
        (point, level, from_ms),
    )


def give_back(db: sqlite3.Connection) -> bool:
    """Returns up to STEP_PAGES free pages to the disk; False where none are left."""
    free = int(db.execute("pragma freelist_count").fetchone()[0])
    if free:
        db.execute(f"pragma incremental_vacuum({STEP_PAGES:d})").fetchall()
    return free > STEP_PAGES


def check(db: sqlite3.Connection, path: Path) -> list[Problem]:
    """Verifies every page and checksum; at most one problem per kind of damage."""
    found = database.sound(db, path, database.HISTORY)
    if found:
        return found
    if (wrong := [str(row[0]) for row in db.execute("pragma integrity_check(5)")]) != ["ok"]:  # the indexes, too
        return [database.damaged(path, database.HISTORY, "; ".join(wrong))]
    for what, sql, read in (
        ("sample blocks", "select point, t0, data, json_array(t0, t1, n) from block", _block),
        ("quarter-hours", "select point, day * 86400000, data, inc from exact", _exact),
        ("chart tiles", "select point, t0, data, 0 from tile", _tile),
    ):
        bad = [(point, t0) for point, t0, data, more in db.execute(sql) if not read(data, more)]
        if bad:
            where = f"{len(bad)} of the {what}, the first of point {bad[0][0]} at {bad[0][1]} ms"
            found.append(database.damaged(path, database.HISTORY, where))
    if damaged := hot_rows.read(db).damaged:
        where = f"{len(damaged)} of the batches that are not sealed yet, the first from row {damaged[0][0]} on"
        found.append(database.damaged(path, database.HISTORY, where))
    for table, columns in (("point", hot_rows.POINT), ("word", hot_rows.WORD)):
        if wrong := hot_rows.wrong_rows(db, table, columns):
            where = f"{len(wrong)} of the {table}s, the first is number {wrong[0]}"
            found.append(database.damaged(path, database.HISTORY, where))
    return found


def _block(data: bytes, place: str) -> bool:
    try:
        times = block_codec.decode(data).times
        return [int(times[0]), int(times[-1]), len(times)] == json.loads(place)
    except block_codec.DamageError:
        return False


def _exact(data: bytes, increase: bytes | None) -> bool:
    try:
        quarter_hours.decode(data, increase)
    except block_codec.DamageError:
        return False
    return True


def _tile(data: bytes, _: int) -> bool:
    try:
        chart_tile.decode(data)
    except block_codec.DamageError:
        return False
    return True
