"""Use of a meter by quarter-hours from roll-ups: counters by their increase, power by its integral until the next reading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.model.meter import QuarterUse
from twin.store.history import chart_tile, quarter_hours
from twin.store.history.block_codec import DamageError
from twin.store.history.consumption import consumption, sealed_edges
from twin.store.history.history_points import PointRow
from twin.store.history.reader import HistoryReader, shown
from twin.store.history.rollup import edges, rollup
from twin.store.history.samples import DAY_MS, HOUR_MS, MIN15_MS

type Numbers = NDArray[np.float64]
type Truths = NDArray[np.bool_]

FINE_DAYS = 40
"""Up to this many days, hours without readings are marked as estimated; in longer spans only days without readings."""
_DAY = quarter_hours.DAY


def quarter_use(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int) -> QuarterUse:
    """Use of a point in each quarter-hour of [from, to), multiples of 15 min, UTC ms: canonical units of a counter, unit
    hours of a power (Wh of W). NaN where nothing is known: before the first reading, after the last one, and in gaps of
    a power."""
    at = np.arange(from_ms, to_ms + 1, MIN15_MS, dtype=np.int64)
    if row.kind == "counter":
        return _of_counter(reader, row, at)
    return _of_power(reader, row, at)


def _of_counter(reader: HistoryReader, row: PointRow, at: NDArray[np.int64]) -> QuarterUse:
    known = _between_readings(reader, row, at)
    if not known.any():
        return QuarterUse(int(at[0]), np.full(len(known), np.nan), known)
    split = sealed_edges(reader, row, at)
    increase, guess = np.zeros(len(at) - 1), np.zeros(len(at) - 1, np.bool_)
    suspected: list[int] = []
    if split:
        increase[:split] = _increase(reader, row, int(at[0]), int(at[split]))
        guess[:split] = _silent(reader, row, (int(at[0]), int(at[split])), increase[:split])
        sql = "select t from suspect where point = ? and t >= ? and t < ? order by t"
        suspected += [int(found[0]) for found in reader.db.execute(sql, (row.id, int(at[0]), int(at[split])))]
    if split < len(at) - 1:
        rest = consumption(reader, row, at[split:])
        increase[split:], guess[split:] = rest.increase, rest.estimated
        suspected += rest.suspected_ms
    return QuarterUse(int(at[0]), np.where(known, increase, np.nan), guess & known, tuple(sorted(set(suspected))))


def _increase(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int) -> Numbers:
    """Increase in each quarter-hour from the rows of whole UTC days; only the part of a row that has it is read."""
    first, last = from_ms // DAY_MS, -(-to_ms // DAY_MS)
    grown = np.zeros((last - first) * _DAY)
    sql = "select day, inc from exact where point = ? and day >= ? and day < ? and inc is not null"
    found = reader.db.execute(sql, (row.id, first, last)).fetchall()
    days = np.array([one[0] for one in found], np.int64)
    increases, damaged = quarter_hours.decode_increases([one[1] for one in found])
    reader.harmed.update(("quarter-hours", int(days[number])) for number in damaged)
    grown.reshape(-1, _DAY)[days - first] = increases
    skip = (from_ms - first * DAY_MS) // MIN15_MS
    return grown[skip : skip + (to_ms - from_ms) // MIN15_MS]


def _silent(reader: HistoryReader, row: PointRow, span: tuple[int, int], increase: Numbers) -> Truths:
    """Which quarter-hours lie in an hour (in long spans: a UTC day) without readings in which the counter went on."""
    from_ms, to_ms = span
    width = HOUR_MS if to_ms - from_ms <= FINE_DAYS * DAY_MS else DAY_MS
    start, end = from_ms // width * width, -(-to_ms // width) * width
    counts = np.zeros((end - start) // width)
    reach = width * chart_tile.TILE
    sql = "select t0, data from tile where level = ? and point = ? and t0 >= ? and t0 < ?"
    for t0, data in reader.db.execute(sql, (width // 1000, row.id, start // reach * reach, end)):
        try:
            tile = chart_tile.decode(data)
        except DamageError:
            reader.harmed.add(("tile", int(t0)))
            continue
        a, b = max(start, t0), min(end, t0 + reach)
        counts[(a - start) // width : (b - start) // width] = tile.count[(a - t0) // width : (b - t0) // width]
    each = (np.arange(from_ms, to_ms, MIN15_MS) - start) // width
    return (counts[each] == 0) & (increase != 0)


def _between_readings(reader: HistoryReader, row: PointRow, at: NDArray[np.int64]) -> Truths:
    """Which quarter-hours lie between the first and the last reading of a counter."""
    first, last = reader.db.execute("select min(t0), max(t1) from block where point = ?", (row.id,)).fetchone()
    ends = [(first, last)] if first is not None else []
    if (arrived := reader.tail.span(row.id)) is not None:
        ends.append(arrived)
    if (deleted := _deleted(reader, row)) is not None:
        ends.append(deleted)
    if not ends:
        return np.zeros(len(at) - 1, np.bool_)
    begin_ms, end_ms = min(one[0] for one in ends), max(one[1] for one in ends)
    return (at[1:] > begin_ms) & (at[:-1] < end_ms)


def _deleted(reader: HistoryReader, row: PointRow) -> tuple[int, int] | None:
    """From the first to the last of the readings that were deleted and whose quarter-hours stay, UTC ms; None for none."""
    end = reader.db.execute("select from_ms from extent where point = ? and level = 0", (row.id,)).fetchone()
    found = reader.db.execute("select day, data from exact where point = ? order by day limit 1", (row.id,)).fetchone()
    if end is None or found is None or found[0] * DAY_MS >= end[0]:
        return None
    day, data = found
    try:
        read = np.flatnonzero(quarter_hours.decode(data, None).count)
    except DamageError:
        reader.harmed.add(("quarter-hours", int(day)))
        read = np.zeros(1, np.int64)
    return int(day) * DAY_MS + int(read[0] if len(read) else 0) * MIN15_MS, int(end[0]) - 1


def _of_power(reader: HistoryReader, row: PointRow, at: NDArray[np.int64]) -> QuarterUse:
    split = sealed_edges(reader, row, at)
    integral, held = np.zeros((2, len(at) - 1))
    if split:
        first, last = int(at[0]) // DAY_MS, -(-int(at[split]) // DAY_MS)
        whole = np.zeros((2, (last - first) * _DAY))
        sql = "select day, data from exact where point = ? and day >= ? and day < ?"
        for day, data in reader.db.execute(sql, (row.id, first, last)):
            place = (day - first) * _DAY
            try:
                found = quarter_hours.decode(data, None)
            except DamageError:
                reader.harmed.add(("quarter-hours", int(day)))
                continue
            whole[:, place : place + _DAY] = found.integral, found.held
        skip = (int(at[0]) - first * DAY_MS) // MIN15_MS
        integral[:split], held[:split] = whole[:, skip : skip + split]
    if split < len(at) - 1:
        near = shown(reader.samples(row, int(at[split]), int(at[-1]) + HOUR_MS))
        rest = rollup(near.times, near.values, edges(int(at[split]), int(at[-1]), MIN15_MS))
        integral[split:], held[split:] = rest.integral, rest.held
    known = held >= MIN15_MS / 2
    with np.errstate(all="ignore"):
        use = integral / held * (MIN15_MS / HOUR_MS)
    return QuarterUse(int(at[0]), np.where(known, use, np.nan), np.zeros(len(known), np.bool_))
