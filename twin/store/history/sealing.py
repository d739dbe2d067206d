"""Sealing: unsealed samples become blocks, quarter-hour values and tiles. Late samples are merged; the last write
wins.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.meter_register import NEIGHBOURS, UNDONE_MS, UNDONE_READINGS, RegisterLimits, meter_increase
from twin.store.history import block_codec, chart_tile, quarter_hours
from twin.store.history.chart_tile import TILE
from twin.store.history.history_points import FOREVER_MS, PointRow
from twin.store.history.rollup import FIELDS, HOLD_MS, RollupBuckets, blank, combine, edges, rollup
from twin.store.history.samples import BAD, DAY_MS, H4_MS, HOUR_MS, MIN15_MS, NONE, Samples, merge

COARSE_MS = (MIN15_MS, HOUR_MS, H4_MS, DAY_MS)
"""Widths of the tiles of every point, ms."""
FINE_MS = (10_000, 60_000)
"""Widths of the tiles of points with frequent samples, ms."""
DENSE = 6
"""Samples per fine bucket from which a point gets fine tiles."""
REACH_READINGS = 2 * (NEIGHBOURS + UNDONE_READINGS)
REACH_MS = 2 * UNDONE_MS
"""How far the reading of a counter can influence others: consumption depends on readings around it."""
FINE_REACH_MS = 6 * HOUR_MS
"""Gap before and after a sample, ms, that fine tiles fill with the value before."""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block's row without its bytes."""

    id: int
    t0: int
    t1: int
    n: int


def seal(db: sqlite3.Connection, row: PointRow, samples: Samples, *, present_ms: int = FOREVER_MS) -> None:
    """Adds samples (in time order) of one point to its blocks and roll-ups; inside the caller's transaction.

    Repeating it with the same samples changes nothing. A damaged block is left unchanged for recovery. Samples after
    `present_ms` come from a clock that was ahead: no value is valid from the present until them.
    """
    if not len(samples.times):
        return
    _blocks(db, row.id, samples)
    silence = np.flatnonzero(np.diff(samples.times) > HOLD_MS) + 1
    present = np.searchsorted(samples.times, present_ms, side="right")
    for run in np.split(samples.times, np.union1d(silence, present)):
        if len(run):
            _rolled(db, row, (int(run[0]), int(run[-1])), present_ms)


def roll_again(db: sqlite3.Connection, row: PointRow, present_ms: int) -> None:
    """Rolls up all sealed data of a point again; inside the caller's transaction."""
    for t0, t1 in db.execute("select t0, t1 from block where point = ? order by t0", (row.id,)).fetchall():
        _rolled(db, row, (int(t0), int(t1)), max(present_ms, int(t1)))


def _blocks(db: sqlite3.Connection, point: int, samples: Samples) -> None:
    low, high = int(samples.times[0]), int(samples.times[-1])
    newest = _newest(db, point)
    late = newest is not None and low <= newest.t1
    hit = _touched(db, point, low, high, newest)
    hit, old = _decoded(db, hit)
    all = merge([*old, samples])
    n = len(all.times)
    # A late run splits a full block in halves, so that the next late one finds room.
    step = block_codec.BLOCK if not late else max(block_codec.BLOCK // 2, -(-n // -(-n // block_codec.BLOCK)))
    parts = [all.part(i, i + step) for i in range(0, n, step)]
    rows = [(int(p.times[0]), int(p.times[-1]), len(p.times), block_codec.encode(p)) for p in parts]
    for block in hit[len(rows) :]:
        db.execute("delete from block where id = ?", (block.id,))
    # The unique index is on (t0, t1, n): rows are moved out of each other's way before they get their new place.
    for block in hit[: len(rows)]:
        db.execute("update block set t0 = -id, t1 = -id, n = 0 where id = ?", (block.id,))
    for block, fields in zip(hit, rows, strict=False):
        db.execute("update block set t0 = ?, t1 = ?, n = ?, data = ? where id = ?", (*fields, block.id))
    db.executemany(
        "insert into block(point, t0, t1, n, data) values(?, ?, ?, ?, ?)", [(point, *r) for r in rows[len(hit) :]]
    )


def _newest(db: sqlite3.Connection, point: int) -> BlockRow | None:
    row = db.execute("select id, t0, t1, n from block where point = ? order by t0 desc limit 1", (point,)).fetchone()
    return BlockRow(*row) if row else None


def _touched(db: sqlite3.Connection, point: int, low: int, high: int, newest: BlockRow | None) -> list[BlockRow]:
    """The blocks that samples from low to high belong into, in time order."""
    if newest is None:
        return []
    if low > newest.t1:
        return [newest] if newest.n < block_codec.BLOCK else []
    start = db.execute("select max(t0) from block where point = ? and t0 <= ?", (point, low)).fetchone()[0]
    hit = [
        BlockRow(*row)
        for row in db.execute(
            "select id, t0, t1, n from block where point = ? and t0 >= ? and t0 <= ? order by t0",
            (point, low if start is None else start, high),
        )
    ]
    if not hit:  # all of it lies before the first block
        first = db.execute("select id, t0, t1, n from block where point = ? order by t0 limit 1", (point,)).fetchone()
        return [BlockRow(*first)] if first and first[3] < block_codec.BLOCK else []
    return hit


def _decoded(db: sqlite3.Connection, blocks: list[BlockRow]) -> tuple[list[BlockRow], list[Samples]]:
    """The readable blocks, and the samples of each."""
    good: list[BlockRow] = []
    old: list[Samples] = []
    for block in blocks:
        data = db.execute("select data from block where id = ?", (block.id,)).fetchone()[0]
        with contextlib.suppress(block_codec.DamageError):
            old.append(block_codec.decode(data))
            good.append(block)
    return good, old


def surrounding_samples(db: sqlite3.Connection, row: PointRow, from_ms: int, to_ms: int) -> Samples:
    """Sealed samples of [from, to) and the ones around that roll-ups need; for a counter only readable values."""
    if row.counting is not None:
        from_ms, to_ms = from_ms - REACH_MS, to_ms + REACH_MS
    start = db.execute("select max(t0) from block where point = ? and t0 < ?", (row.id, from_ms)).fetchone()[0]
    start = from_ms if start is None else start
    sql = "select data from block where point = ? and t0 >= ? and t0 < ? order by t0"
    runs = [_valued(data, row) for (data,) in db.execute(sql, (row.id, start, to_ms))]
    inner = merge(runs)
    needed = 1 if row.counting is None else 2 * REACH_READINGS
    if int(np.searchsorted(inner.times, from_ms)) < needed:
        runs += _more(db, row, "t0 < ? order by t0 desc", start, needed)
    if len(inner.times) - int(np.searchsorted(inner.times, to_ms)) < needed:
        runs += _more(db, row, "t0 >= ? order by t0", to_ms, needed)
    return merge(runs)


def _more(db: sqlite3.Connection, row: PointRow, where: str, time_ms: int, needed: int) -> list[Samples]:
    """The next blocks that together have so many samples that we can use."""
    sql = f"select data from block where point = ? and {where}"  # noqa: S608 - `where` is our own text
    found: list[Samples] = []
    for (data,) in db.execute(sql, (row.id, time_ms)):
        if len((samples := _valued(data, row)).times):
            found.append(samples)
            needed -= len(samples.times)
        if needed <= 0:
            break
    return found


def _valued(block: bytes, row: PointRow) -> Samples:
    """The samples of a block as roll-ups see them; none where it is damaged."""
    try:
        samples = block_codec.decode(block)
    except block_codec.DamageError:
        return NONE
    values = np.where(samples.quality >= BAD, np.nan, samples.values)
    if row.counting is None:
        return Samples(samples.times, values, samples.quality)
    good = ~np.isnan(values)
    return Samples(samples.times[good], values[good], samples.quality[good])


def _rolled(db: sqlite3.Connection, row: PointRow, span: tuple[int, int], present_ms: int) -> None:
    """Writes every bucket that samples from low to high can have changed: from the sample before to the one after."""
    low, high = span
    ours = (present_ms + 1, FOREVER_MS) if low > present_ms else (-FOREVER_MS, present_ms + 1)
    first, past = low // MIN15_MS * MIN15_MS, (high // MIN15_MS + 1) * MIN15_MS
    near = surrounding_samples(db, row, first, past)
    reach = near.between(*ours).times
    before, after = reach[reach < low], reach[reach > high]
    start = max(int(before[-1]), low - HOLD_MS) if len(before) else low
    if row.counting is None and low - start >= HOLD_MS:
        start = low
    end = (min(int(after[0]), high + HOLD_MS) if len(after) else high) + 1
    if row.counting is not None:
        start, end = min(start, _reach(before, low)), max(end, _reach(after, high) + 1)
    if start < first or end > past:
        first, past = start // MIN15_MS * MIN15_MS, -(-end // MIN15_MS) * MIN15_MS
        near = surrounding_samples(db, row, first, past)
    near = _parted(near, present_ms)
    quarters = rollup(near.times, near.values, edges(first, past, MIN15_MS), counting=row.counting)
    if row.counting is not None:
        _suspect(db, row.id, near, row.counting, (first, past))
    day0, day1 = first // DAY_MS, (past - 1) // DAY_MS + 1
    whole = _exact(db, row.id, (day0, day1), quarters, (first - day0 * DAY_MS) // MIN15_MS)
    base = day0 * DAY_MS
    for width in COARSE_MS:
        a, b = first // width * width, -(-past // width) * width
        part = combine(whole, width // MIN15_MS).part((a - base) // width, (b - base) // width)
        _tiles(db, (row.id, width), chart_tile.chart_tile(part, width), a)
    _fine(db, row, near, (low, high, start, end))


def _suspect(db: sqlite3.Connection, point: int, near: Samples, limits: RegisterLimits, span: tuple[int, int]) -> None:
    """Keeps at which readings of a stretch a register looks like another meter's."""
    good = ~np.isnan(near.values)
    times = near.times[good]
    found = times[meter_increase(times, near.values[good], limits).changed]
    db.execute("delete from suspect where point = ? and t >= ? and t < ?", (point, *span))
    inside = found[(found >= span[0]) & (found < span[1])].tolist()
    db.executemany("insert or ignore into suspect(point, t) values(?, ?)", [(point, time_ms) for time_ms in inside])


def _parted(near: Samples, present_ms: int) -> Samples:
    """The samples with an end of the last value that is not beyond the present, where there are some beyond it."""
    i = int(np.searchsorted(near.times, present_ms, side="right"))
    if not 0 < i < len(near.times) or near.times[i] == near.times[i - 1] + 1:
        return near
    end = Samples(near.times[i - 1 : i] + 1, np.array([np.nan]), np.array([BAD], np.uint8))
    return merge([near, end])


def _reach(beside: NDArray[np.int64], edge: int) -> int:
    """How far from `edge` a reading can change what a register counted: the farthest of the readings beside it."""
    near = beside[-REACH_READINGS:] if len(beside) and beside[-1] < edge else beside[:REACH_READINGS]
    timely = beside[np.abs(beside - edge) <= REACH_MS]
    far = np.concatenate([near, timely])
    return int(far[np.argmax(np.abs(far - edge))]) if len(far) else edge


def _exact(db: sqlite3.Connection, point: int, days: tuple[int, int], fresh: RollupBuckets, at: int) -> RollupBuckets:
    """Puts quarter-hours into the rows of their days; all quarter-hours of these days."""
    n = (days[1] - days[0]) * quarter_hours.DAY
    fields = blank(n)
    stored = db.execute(
        "select day, data, inc from exact where point = ? and day >= ? and day < ?", (point, *days)
    ).fetchall()
    for day, data, increase in stored:
        with contextlib.suppress(block_codec.DamageError):
            _place(fields, quarter_hours.decode(data, increase), (day - days[0]) * quarter_hours.DAY)
    _place(fields, fresh, at)
    whole = RollupBuckets(**fields)
    rows = [
        (
            point,
            day,
            *quarter_hours.encode(
                whole.part((day - days[0]) * quarter_hours.DAY, (day - days[0] + 1) * quarter_hours.DAY)
            ),
        )
        for day in range(*days)
    ]
    db.executemany(
        "insert into exact(point, day, data, inc) values(?, ?, ?, ?)"
        " on conflict(point, day) do update set data = excluded.data, inc = excluded.inc",
        rows,
    )
    return whole


def _place(fields: dict[str, np.ndarray], buckets: RollupBuckets, at: int) -> None:
    for name in FIELDS:
        fields[name][at : at + len(buckets)] = getattr(buckets, name)


def _tiles(db: sqlite3.Connection, place: tuple[int, int], fresh: chart_tile.ChartTile, start: int) -> None:
    """Writes buckets from `start` on into the tiles of (point, width)."""
    point, width = place
    level, span = width // 1000, width * TILE
    end = start + len(fresh) * width
    for t0 in range(start // span * span, end, span):
        row = db.execute(
            "select id, data from tile where level = ? and point = ? and t0 = ?", (level, point, t0)
        ).fetchone()
        whole = _copied(row[1]) if row else chart_tile.blank(TILE)
        a, b = max(start, t0), min(end, t0 + span)
        whole.put((a - t0) // width, fresh.part((a - start) // width, (b - start) // width))
        data = chart_tile.encode(whole)
        if row:
            db.execute("update tile set data = ? where id = ?", (data, row[0]))
        else:
            db.execute("insert into tile(level, point, t0, data) values(?, ?, ?, ?)", (level, point, t0, data))


def _copied(data: bytes) -> chart_tile.ChartTile:
    """A writable copy of an encoded tile; blank where it is damaged."""
    try:
        one = chart_tile.decode(data)
    except block_codec.DamageError:
        return chart_tile.blank(TILE)
    return chart_tile.ChartTile(*(getattr(one, name).copy() for name in chart_tile.PARTS))


def _fine(db: sqlite3.Connection, row: PointRow, near: Samples, reach: tuple[int, int, int, int]) -> None:
    """Writes fine tiles of a point that reports often; a point that has some keeps getting them."""
    low, high, start, end = reach
    inside = near.between(low, high + 1)
    n = len(inside.times)
    period = (high - low) / (n - 1) if n > 1 else float("inf")
    for width in FINE_MS:
        since = db.execute(
            "select from_ms from extent where point = ? and level = ?", (row.id, width // 1000)
        ).fetchone()
        if since is None and (period * DENSE > width or n < DENSE):
            continue
        a = max(start, low - FINE_REACH_MS) // width * width
        b = -(-min(end, high + FINE_REACH_MS) // width) * width
        if since is None:
            db.execute("insert into extent(point, level, from_ms) values(?, ?, ?)", (row.id, width // 1000, a))
        else:
            a = max(a, since[0])
        if a < b:
            buckets = rollup(near.times, near.values, edges(a, b, width))
            _tiles(db, (row.id, width), chart_tile.chart_tile(buckets, width), a)
