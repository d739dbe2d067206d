"""Deletion of what tells of people: samples and everything that was computed from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import numpy as np

from twin.store.history import block_codec, chart_tile, quarter_hours
from twin.store.history.block_codec import DamageError
from twin.store.history.chart_tile import TILE
from twin.store.history.history_points import PointRow
from twin.store.history.rollup import FIELDS, RollupBuckets, blank
from twin.store.history.samples import DAY_MS, MIN15_MS, NONE, Samples
from twin.store.history.sealing import COARSE_MS


def forget(db: sqlite3.Connection, rows: Iterable[PointRow], cutoff_ms: int) -> int:
    """Deletes samples and roll-ups of these points before the cutoff (UTC ms), and overwrites what they were in the file.
    A bucket that begins before the cutoff is deleted whole. Returns the number of samples deleted."""
    gone = 0
    db.execute("pragma secure_delete = on")
    db.execute("begin immediate")
    for row in rows:
        n = _samples(db, row.id, cutoff_ms)
        _quarters(db, row.id, cutoff_ms)
        _tiles(db, row.id, cutoff_ms, late=n > 0)
        db.execute("delete from suspect where point = ? and t < ?", (row.id, cutoff_ms))
        for level in (0, *(width // 1000 for width in COARSE_MS)):
            db.execute(
                "insert or ignore into extent(point, level, from_ms) values(?, ?, ?)", (row.id, level, cutoff_ms)
            )
        db.execute("update extent set from_ms = max(from_ms, ?) where point = ?", (cutoff_ms, row.id))
        gone += n
    db.execute("commit")
    db.execute("pragma secure_delete = off")
    return gone


def _samples(db: sqlite3.Connection, point: int, cutoff_ms: int) -> int:
    """Deletes blocks, and cuts the one that goes beyond the cutoff; one that is damaged there goes whole."""
    gone = 0
    blocks = db.execute("select id, t1, n, data from block where point = ? and t0 < ?", (point, cutoff_ms)).fetchall()
    for id, last_ms, count, data in blocks:
        part = _rest(data, cutoff_ms, int(last_ms))
        kept = len(part.times)
        if kept:
            fields = int(part.times[0]), int(part.times[-1]), kept, block_codec.encode(part)
            db.execute("update block set t0 = ?, t1 = ?, n = ?, data = ? where id = ?", (*fields, id))
        else:
            db.execute("delete from block where id = ?", (id,))
        gone += int(count) - kept
    return gone


def _rest(block: bytes, cutoff_ms: int, last_ms: int) -> Samples:
    """The samples of a block from the cutoff on; none where it is damaged."""
    try:
        return block_codec.decode(block).between(cutoff_ms, last_ms + 1) if last_ms >= cutoff_ms else NONE
    except DamageError:
        return NONE


def _quarters(db: sqlite3.Connection, point: int, cutoff_ms: int) -> None:
    day = cutoff_ms // DAY_MS
    db.execute("delete from exact where point = ? and day < ?", (point, day))
    found = db.execute("select data, inc from exact where point = ? and day = ?", (point, day)).fetchone()
    past = -(-(cutoff_ms - day * DAY_MS) // MIN15_MS)
    if found is None or not past:
        return
    try:
        whole = quarter_hours.decode(*found)
    except DamageError:
        db.execute("delete from exact where point = ? and day = ?", (point, day))
        return
    fields = {name: getattr(whole, name).copy() for name in FIELDS}
    for name, empty in blank(past).items():
        fields[name][:past] = empty
    body, increase = quarter_hours.encode(RollupBuckets(**fields))
    db.execute("update exact set data = ?, inc = ? where point = ? and day = ?", (body, increase, point, day))


def _tiles(db: sqlite3.Connection, point: int, cutoff_ms: int, *, late: bool) -> None:
    """Deletes tiles, and blanks the buckets of those that go beyond the cutoff; not those that the last time blanked, unless
    samples from before the cutoff came since (`late`)."""
    since = dict(db.execute("select level, from_ms from extent where point = ?", (point,)).fetchall())
    stored = db.execute("select id, level, t0 from tile where point = ? and t0 < ?", (point, cutoff_ms)).fetchall()
    for id, level, begin_ms in stored:
        width = int(level) * 1000
        past = -(-(cutoff_ms - int(begin_ms)) // width)
        if past >= TILE:
            db.execute("delete from tile where id = ?", (id,))
        elif late or int(begin_ms) + (past - 1) * width >= since.get(level, 0):
            _blank(db, id, past)


def _blank(db: sqlite3.Connection, tile: int, past: int) -> None:
    """Empties the first buckets of a tile; one that is damaged goes whole."""
    (data,) = db.execute("select data from tile where id = ?", (tile,)).fetchone()
    try:
        one = chart_tile.decode(data)
    except DamageError:
        db.execute("delete from tile where id = ?", (tile,))
        return
    if not one.part(0, past).known.any() and np.isnan(one.part(0, past).mean).all():
        return
    whole = chart_tile.ChartTile(*(getattr(one, name).copy() for name in chart_tile.PARTS))
    whole.put(0, chart_tile.blank(past))
    db.execute("update tile set data = ? where id = ?", (chart_tile.encode(whole), tile))
