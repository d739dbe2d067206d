"""Use of a meter by quarter-hours from roll-ups: counters by their increase, power by its integral until the next reading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.model.meter import QuarterUse
from twin.store.history import chart_tile, quarter_hours
from twin.store.history.block_codec import DamageError
from twin.store.history.consumption import consumption, sealed_quarters
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
    return (_of_counter if row.kind == "counter" else _of_power)(reader, row, from_ms, to_ms)


def _of_counter(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int) -> QuarterUse:
    n = (to_ms - from_ms) // MIN15_MS
    use, guess = np.full(n, np.nan), np.zeros(n, np.bool_)
    first, end = _between_readings(reader, row, from_ms, n)
    if first >= end:
        return QuarterUse(from_ms, use, guess)
    split = min(sealed_quarters(reader, row, from_ms, to_ms), end)
    suspected: list[int] = []
    if split > first:
        span = from_ms + first * MIN15_MS, from_ms + split * MIN15_MS
        use[first:split] = _increase(reader, row, *span)
        guess[first:split] = _silent(reader, row, span, use[first:split])
        sql = "select t from suspect where point = ? and t >= ? and t < ? order by t"
        suspected += [int(found[0]) for found in reader.db.execute(sql, (row.id, *span))]
    if (late := max(first, split)) < end:
        at = from_ms + np.arange(late, end + 1, dtype=np.int64) * MIN15_MS
        rest = consumption(reader, row, at)
        use[late:end], guess[late:end] = rest.increase, rest.estimated
        suspected += rest.suspected_ms
    return QuarterUse(from_ms, use, guess, tuple(sorted(set(suspected))))


def _increase(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int) -> Numbers:
    """Increase in each quarter-hour from the rows of whole UTC days; only the part of a row that has it is read."""
    first, last = from_ms // DAY_MS, -(-to_ms // DAY_MS)
    sql = "select day, inc from exact where point = ? and day >= ? and day < ? and inc is not null"
    found = reader.db.execute(sql, (row.id, first, last)).fetchall()
    days = np.array([one[0] for one in found], np.int64)
    increases, damaged = quarter_hours.decode_increases([one[1] for one in found])
    reader.harmed.update(("quarter-hours", int(days[number])) for number in damaged)
    if len(days) < last - first:
        grown = np.zeros((last - first, _DAY))
        grown[days - first] = increases
    else:
        grown = increases
    skip = (from_ms - first * DAY_MS) // MIN15_MS
    return grown.reshape(-1)[skip : skip + (to_ms - from_ms) // MIN15_MS]


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
    if counts.all():
        return np.zeros(len(increase), np.bool_)
    skip = (from_ms - start) // MIN15_MS
    return np.repeat(counts == 0, width // MIN15_MS)[skip : skip + len(increase)] & (increase != 0)


def _between_readings(reader: HistoryReader, row: PointRow, from_ms: int, n: int) -> tuple[int, int]:
    """First and end of those of n quarter-hours that lie between the first and the last reading of a counter."""
    first, last = reader.db.execute("select min(t0), max(t1) from block where point = ?", (row.id,)).fetchone()
    ends = [(first, last)] if first is not None else []
    if (arrived := reader.tail.span(row.id)) is not None:
        ends.append(arrived)
    if (deleted := _deleted(reader, row)) is not None:
        ends.append(deleted)
    if not ends:
        return 0, 0
    begin_ms, end_ms = min(one[0] for one in ends), max(one[1] for one in ends)
    return max(0, (begin_ms - from_ms) // MIN15_MS), min(n, -((from_ms - end_ms) // MIN15_MS))


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


def _of_power(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int) -> QuarterUse:
    n, split = (to_ms - from_ms) // MIN15_MS, sealed_quarters(reader, row, from_ms, to_ms)
    split_ms = from_ms + split * MIN15_MS
    integral, held = np.zeros((2, n))
    if split:
        first, last = from_ms // DAY_MS, -(-split_ms // DAY_MS)
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
        skip = (from_ms - first * DAY_MS) // MIN15_MS
        integral[:split], held[:split] = whole[:, skip : skip + split]
    if split < n:
        near = shown(reader.samples(row, split_ms, to_ms + HOUR_MS))
        rest = rollup(near.times, near.values, edges(split_ms, to_ms, MIN15_MS))
        integral[split:], held[split:] = rest.integral, rest.held
    known = held >= MIN15_MS / 2
    with np.errstate(all="ignore"):
        use = integral / held * (MIN15_MS / HOUR_MS)
    return QuarterUse(from_ms, np.where(known, use, np.nan), np.zeros(n, np.bool_))
