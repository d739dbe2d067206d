"""Columns of charts: from the coarsest level with at least one bucket per column; column edges are multiples of their
width.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.model.history_series import ChartColumns
from twin.model.ids import PointId
from twin.store.history import chart_tile
from twin.store.history.block_codec import DamageError
from twin.store.history.chart_tile import TILE
from twin.store.history.history_points import PointRow
from twin.store.history.reader import HistoryReader, shown
from twin.store.history.rollup import edges, rollup
from twin.store.history.samples import MIN15_MS
from twin.store.history.sealing import COARSE_MS, FINE_MS

MOST = 200_000
"""Most columns of one answer."""
OLDEST_MS = 26 * 3_600_000
"""Longest time for which `means` repeats a reading, ms."""
FEW = 2
"""Up to this many samples per column, the samples themselves are returned."""


def nothing(point: PointId) -> ChartColumns:
    """Empty chart columns for an unknown point."""
    none = np.zeros(0)
    return ChartColumns(
        point=point, time_ms=np.zeros(0, np.int64), low=none, high=none, mean=none, last=none,
        count=np.zeros(0, np.int64), width_ms=0, source="none",
    )  # fmt: skip


def columns(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int, wanted: int) -> ChartColumns:
    """Chart columns of a point in [from, to), UTC ms: about `wanted`, or the samples where they are few."""
    level = level_for(reader.db, row.id, from_ms, (to_ms - from_ms) / wanted)
    if level:
        found = _of_tiles(reader, row, (from_ms, to_ms, wanted), level)
    else:
        found = _of_samples(reader, row, from_ms, to_ms, wanted)
    damaged = reader.damaged(row.id, from_ms, to_ms)
    return replace(found, damaged_ms=damaged) if damaged else found


def level_for(db: sqlite3.Connection, point: int, from_ms: int, column_ms: float) -> int:
    """Width of the tiles to read, ms; 0 to read samples."""
    coarse = [width for width in COARSE_MS if width <= column_ms]
    if coarse:
        return coarse[-1]
    since = dict(db.execute("select level, from_ms from extent where point = ?", (point,)).fetchall())
    for width in reversed(FINE_MS):
        first = since.get(width // 1000)
        if width <= column_ms and first is not None and first <= from_ms // width * width:
            return width
    # Where the samples themselves are gone (retention), the finest roll-up is the truth that is left.
    return MIN15_MS if since.get(0, from_ms) > from_ms else 0


def _of_samples(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int, wanted: int) -> ChartColumns:
    width = max(1, -(-(to_ms - from_ms) // wanted))
    start, end = from_ms // width * width, -(-to_ms // width) * width
    near = reader.samples(row, start, end)
    i, j = np.searchsorted(near.times, [from_ms, to_ms])
    if j - i <= FEW * wanted:
        few = shown(near.part(max(0, int(i) - 1), int(j)))
        times, values = few.times, few.values
        count = (~np.isnan(values)).astype(np.int64)
        if len(times) and times[0] < from_ms:  # what was in force when the window begins
            if np.isnan(values[0]) or (len(times) > 1 and times[1] == from_ms):
                times, values, count = times[1:], values[1:], count[1:]
            else:
                times = np.concatenate([[np.int64(from_ms)], times[1:]])
                count = np.concatenate([[np.int64(0)], count[1:]])
        return ChartColumns(
            point=row.uid, time_ms=times, low=values, high=values, mean=values, last=values,
            count=count, width_ms=0, source="samples",
        )  # fmt: skip
    seen = shown(near)
    at = edges(start, end, width)
    drawn = chart_tile.chart_tile(rollup(seen.times, seen.values, at, counting=row.counting), width)
    return _answer(row, at[:-1], drawn, (width, "samples"))


def _of_tiles(reader: HistoryReader, row: PointRow, span: tuple[int, int, int], level: int) -> ChartColumns:
    from_ms, to_ms, wanted = span
    factor = max(1, -int(-((to_ms - from_ms) / wanted) // level))
    width = factor * level
    start, end = from_ms // width * width, -(-to_ms // width) * width
    # Arrived samples first, tiles second: what is sealed in between is then seen twice, not never.
    arrived = reader.tail.span(row.id)
    if (end - start) // level > MOST:
        start, end = _within(reader, row, (start, end), width)
    whole = _read_tiles(reader, (row.id, level), start, end)
    if arrived is not None and arrived[0] < end:
        _roll_arrived(reader, row, whole, (start, end, level, arrived[0]))
    at = np.arange(start, end, width, dtype=np.int64)
    return _answer(row, at, chart_tile.coarser(whole, factor), (width, _NAMES.get(level, f"{level // 1000} s")))


def means(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int, width_ms: int) -> NDArray[np.float64]:
    """(n,) time-weighted mean in each interval of [from, to), multiples of `width_ms`, 15 min or 1 h; NaN where no value
    is known, and where the last reading is older than OLDEST_MS."""
    before = -(-OLDEST_MS // width_ms)  # intervals in which the reading may be that is still held
    begin_ms = from_ms - before * width_ms
    found = _of_tiles(reader, row, (begin_ms, to_ms, (to_ms - begin_ms) // width_ms), width_ms)
    read = np.maximum.accumulate(np.where(found.count > 0, np.arange(len(found.count)), -1))
    old = (read < 0) | ((np.arange(len(read)) - read) * width_ms > OLDEST_MS)
    return np.where(old, np.nan, found.mean)[before:]


def _within(reader: HistoryReader, row: PointRow, span: tuple[int, int], width: int) -> tuple[int, int]:
    """The part of a window of centuries that can have something in it."""
    first, last = reader.db.execute("select min(t0), max(t1) from block where point = ?", (row.id,)).fetchone()
    ends = [end for end in (reader.tail.span(row.id), (first, last) if first is not None else None) if end]
    if not ends:
        return span[0], span[0]
    start = max(span[0], min(end[0] for end in ends) // width * width)
    return start, max(start, min(span[1], (max(end[1] for end in ends) // width + 1) * width))


_NAMES = {60_000: "1 min", 900_000: "15 min", 3_600_000: "1 h", 14_400_000: "4 h", 86_400_000: "1 d"}


def _read_tiles(reader: HistoryReader, place: tuple[int, int], start: int, end: int) -> chart_tile.ChartTile:
    point, level = place
    span = level * TILE
    whole = chart_tile.blank((end - start) // level)
    for t0, data in reader.db.execute(
        "select t0, data from tile where level = ? and point = ? and t0 >= ? and t0 < ? order by t0",
        (level // 1000, point, start // span * span, end),
    ):
        try:
            one = chart_tile.decode(data)
        except DamageError:
            reader.harmed.add(("tile", int(t0)))
            reader.mark(point, int(t0), int(t0) + span - 1)
            continue
        a, b = max(start, t0), min(end, t0 + span)
        whole.put((a - start) // level, one.part((a - t0) // level, (b - t0) // level))
    return whole


def _roll_arrived(
    reader: HistoryReader, row: PointRow, whole: chart_tile.ChartTile, part: tuple[int, int, int, int]
) -> None:
    """Rolls up what is not sealed, with the sealed samples around it, over the buckets that it touches."""
    start, end, level, first = part
    near = shown(reader.samples(row, max(start, first // level * level), end))
    if not len(near.times) or near.times[-1] < start:
        return
    a = max(start, first // level * level)
    # The sample before the first unsealed one holds until then: its buckets grow too.
    i = int(np.searchsorted(near.times, first)) - 1
    if i >= 0:
        a = max(start, min(a, int(near.times[i]) // level * level))
    b = min(end, (int(near.times[-1]) // level + 1) * level)
    if a < b:
        buckets = rollup(near.times, near.values, edges(a, b, level), counting=row.counting)
        whole.put((a - start) // level, chart_tile.chart_tile(buckets, level))


def _answer(row: PointRow, times: NDArray[np.int64], drawn: chart_tile.ChartTile, how: tuple[int, str]) -> ChartColumns:
    width, source = how
    return ChartColumns(
        point=row.uid, time_ms=times, low=drawn.low, high=drawn.high, mean=drawn.mean, last=drawn.last,
        count=drawn.count.astype(np.int64), width_ms=width, source=source,
    )  # fmt: skip
