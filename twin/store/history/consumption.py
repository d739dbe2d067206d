"""Consumption between arbitrary edges: from readings, or from quarter-hour values where readings are many or deleted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.model.meter import Consumption
from twin.model.meter_register import SILENCE_MS, estimated, meter_increase
from twin.store.history import quarter_hours
from twin.store.history.block_codec import DamageError
from twin.store.history.history_points import PointRow
from twin.store.history.reader import HistoryReader
from twin.store.history.samples import DAY_MS, MIN15_MS, Samples
from twin.store.history.sealing import REACH_MS

type Edges = NDArray[np.int64]

MANY = 300_000
"""Above this many sealed readings, quarter-hour values are used where the edges allow it."""
_SILENT = SILENCE_MS // MIN15_MS


def consumption(reader: HistoryReader, row: PointRow, at: Edges) -> Consumption:
    """Consumption of the counter `row` between the edges (n + 1,), UTC ms."""
    end_ms = sealed_until(reader, row, at)
    if end_ms is None or end_ms <= at[0]:
        return _of_readings(reader, row, at)
    if end_ms >= at[-1]:
        return _of_quarters(reader, row, at)
    cut = int(np.searchsorted(at, end_ms))  # an interval that is cut is the sum of its two parts
    before, after = (np.unique(np.append(part, end_ms)) for part in (at[:cut], at[cut:]))
    found = (_of_quarters(reader, row, before), _of_readings(reader, row, after))
    grown = np.concatenate([one.increase for one in found])
    guess = np.concatenate([one.estimated for one in found])
    if at[cut] != end_ms:
        grown = np.concatenate([grown[: cut - 1], [grown[cut - 1] + grown[cut]], grown[cut + 1 :]])
        guess = np.concatenate([guess[: cut - 1], [guess[cut - 1] | guess[cut]], guess[cut + 1 :]])
    suspected = sorted({time_ms for one in found for time_ms in one.suspected_ms if at[0] <= time_ms < at[-1]})
    return Consumption(row.uid, at, grown, guess, tuple(suspected))


def sealed_until(reader: HistoryReader, row: PointRow, at: Edges, fewest: int = MANY) -> int | None:
    """The time, UTC ms, a multiple of 15 min, until which quarter-hours serve: that of what is sealed for good where more
    than `fewest` readings lie between the edges, and at least that until which readings were deleted; None for nowhere."""
    deleted = reader.db.execute("select from_ms from extent where point = ? and level = 0", (row.id,)).fetchone()
    least = None if deleted is None or deleted[0] <= at[0] else -(-int(deleted[0]) // MIN15_MS) * MIN15_MS
    if ((at % MIN15_MS) != 0).any():
        return least
    sql = "select coalesce(sum(n), 0), max(t1) from block where point = ? and t1 >= ? and t0 < ?"
    samples, last = reader.db.execute(sql, (row.id, int(at[0]), int(at[-1]))).fetchone()
    if last is None or (deleted is None and (row.recount or samples <= fewest)):
        return least
    arrived = reader.tail.span(row.id)
    end = (int(last) if arrived is None else min(int(last), arrived[0])) - REACH_MS
    return max(end // MIN15_MS * MIN15_MS, least or 0)


def sealed_quarters(reader: HistoryReader, row: PointRow, from_ms: int, to_ms: int) -> int:
    """How many of the quarter-hours of [from, to), multiples of 15 min, come from roll-ups, however few readings there are."""
    end = sealed_until(reader, row, np.array([from_ms, to_ms], np.int64), fewest=0)
    return 0 if end is None else max(0, (min(end, to_ms) - from_ms) // MIN15_MS)


def _of_readings(reader: HistoryReader, row: PointRow, at: Edges) -> Consumption:
    """Readings around the edges decide with: a step that began before, an exchange that is seen by what follows."""
    near, limits = _near(reader, row, at), row.counting
    if len(near.times) < 2 or limits is None:
        return _nothing(row, at)
    found = meter_increase(near.times, near.values, limits)
    kept = ~found.glitch
    grown = np.diff(np.interp(at, near.times[kept], np.cumsum(found.increase[kept])))
    return Consumption(
        row.uid,
        at,
        grown,
        estimated(near.times, found, at),
        tuple(near.times[found.changed].tolist()),
    )


def _near(reader: HistoryReader, row: PointRow, at: Edges) -> Samples:
    """The readings of the stretch, some before it, and some after it however late they come."""
    near = _good(reader.samples(row, int(at[0]) - REACH_MS, int(at[-1]) + REACH_MS))
    if len(near.times) and near.times[-1] >= at[-1]:
        return near
    sql = "select min(t0) from block where point = ? and t0 >= ?"
    sealed = reader.db.execute(sql, (row.id, int(at[-1]))).fetchone()[0]
    arrived = reader.tail.of(row.id).times
    later = [int(time_ms) for time_ms in (sealed, *arrived[arrived >= at[-1]][:1].tolist()) if time_ms is not None]
    return _good(reader.samples(row, int(at[0]) - REACH_MS, min(later) + REACH_MS)) if later else near


def _of_quarters(reader: HistoryReader, row: PointRow, at: Edges) -> Consumption:
    """Consumption from the quarter-hour rows of whole days."""
    first, last = int(at[0]) // DAY_MS, -(-int(at[-1]) // DAY_MS)
    grown, readings = np.zeros((2, (last - first) * quarter_hours.DAY))
    sql = "select day, data, inc from exact where point = ? and day >= ? and day < ?"
    for day, data, increase in reader.db.execute(sql, (row.id, first, last)):
        try:
            whole = quarter_hours.decode(data, increase)
        except DamageError:
            reader.harmed.add(("quarter-hours", int(day)))
            continue
        place = (day - first) * quarter_hours.DAY
        grown[place : place + quarter_hours.DAY] = whole.increase
        readings[place : place + quarter_hours.DAY] = whole.count
    place = (at - first * DAY_MS) / MIN15_MS
    edge = place.astype(np.int64)
    sums = np.interp(place, np.arange(len(grown) + 1), np.concatenate([[0.0], np.cumsum(grown)]))
    inside = _silent(grown, readings)[edge]
    sql = "select t from suspect where point = ? and t >= ? and t < ? order by t"
    suspected = [int(row[0]) for row in reader.db.execute(sql, (row.id, int(at[0]), int(at[-1])))]
    guess = inside[:-1] | inside[1:]
    doubtful = [*suspected, *(e.time_ms for e in row.exchanges if e.final is None or e.first is None)]
    holds = np.searchsorted(at, [t for t in doubtful if at[0] <= t < at[-1]], side="right") - 1
    guess[holds] = True
    return Consumption(row.uid, at, np.diff(sums), guess, tuple(suspected))


def _silent(grown: NDArray[np.float64], readings: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n + 1,) which edges of n quarter-hours lie in a run without readings, longer than an hour, that counted on."""
    empty = np.concatenate([[False], (readings == 0) & (grown != 0), [False]])
    turns = np.flatnonzero(np.diff(empty.astype(np.int8)))
    inside = np.zeros(len(grown) + 1, np.bool_)
    for a, b in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True):
        if b - a >= _SILENT:
            inside[a : b + 1] = True
    return inside


def _good(samples: Samples) -> Samples:
    good = ~np.isnan(samples.values) & (samples.quality < 8)
    return Samples(samples.times[good], samples.values[good], samples.quality[good])


def _nothing(row: PointRow, at: Edges) -> Consumption:
    n = len(at) - 1
    return Consumption(row.uid, at, np.zeros(n), np.zeros(n, np.bool_))
