"""The table of unsealed samples: rows in order of arrival, each batch ended by a row with its checksum."""

from __future__ import annotations

import itertools
import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.store.history.samples import Samples

CHECK = 0
"""Point number of the row that ends a batch; its time is the batch's CRC-32."""

type Range = tuple[int, int]


_KINDS = {(int, int, int, kind, int) for kind in (float, int, type(None))}
"""Valid types of a row's columns; damaged rows can have any."""


@dataclass(frozen=True, slots=True)
class ReadBatches:
    """Result of reading: samples of intact batches in order of arrival, the last row, and the row ranges of damaged
    batches.
    """

    ids: NDArray[np.int64]
    samples: Samples
    last: int
    damaged: tuple[Range, ...]


def checksum(ids: NDArray[np.int64], samples: Samples) -> int:
    """CRC-32 of a batch; -0.0 and 0.0, and all NaN, count as equal because SQLite does not preserve them."""
    values = np.where(np.isnan(samples.values), np.nan, samples.values) + 0.0
    crc = zlib.crc32(ids.astype("<i8").tobytes())
    crc = zlib.crc32(samples.times.astype("<i8").tobytes(), crc)
    crc = zlib.crc32(values.astype("<f8").tobytes(), crc)
    return zlib.crc32(samples.quality.astype(np.uint8).tobytes(), crc)


def write(db: sqlite3.Connection, ids: NDArray[np.int64], samples: Samples) -> int:
    """Appends a batch inside the caller's transaction; returns the number of rows."""
    rows = zip(ids.tolist(), *(column.tolist() for column in samples), strict=True)
    check = (CHECK, checksum(ids, samples), None, 0)
    sql = "insert into hot(point, ts, v, q) values(?, ?, ?, ?)"
    return db.executemany(sql, itertools.chain(rows, [check])).rowcount - 1


def read(db: sqlite3.Connection, after: int = 0) -> ReadBatches:
    """Rows after number `after`; batches with a wrong checksum are left out and listed as damaged."""
    rows = db.execute("select seq, point, ts, v, q from hot where seq > ? order by seq", (after,)).fetchall()
    if not rows:
        return ReadBatches(
            np.zeros(0, np.int64), Samples(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8)), after, ()
        )
    if any(tuple(map(type, row)) not in _KINDS for row in rows):
        rows = [row if tuple(map(type, row)) in _KINDS else (row[0], -1, 0, None, 0) for row in rows]
    columns = zip(*rows, strict=True)
    seq, ids, times = (np.array(next(columns), np.int64) for _ in range(3))
    samples = Samples(
        times,
        np.array(next(columns), object).astype(np.float64),  # None becomes NaN
        (np.array(next(columns), np.int64) & 255).astype(np.uint8),
    )
    sound, damaged = ids != CHECK, list[Range]()
    ends = [*np.flatnonzero(ids == CHECK).tolist(), *([] if ids[-1] == CHECK else [len(ids)])]
    for a, b in itertools.pairwise([-1, *ends]):
        part = samples.part(a + 1, b)
        if b == len(ids) or checksum(ids[a + 1 : b], part) != times[b]:
            sound[a + 1 : b] = False
            damaged.append((int(seq[a + 1]), int(seq[min(b, len(ids) - 1)])))
    kept = Samples(samples.times[sound], samples.values[sound], samples.quality[sound])
    return ReadBatches(ids[sound], kept, int(seq[-1]), tuple(damaged))


def row_sum(row: Sequence[object]) -> int:
    """The checksum of a row of the tables `word` and `point`."""
    return zlib.crc32(json.dumps(list(row), ensure_ascii=False).encode())


POINT = "id, uid, kind, unit, stale_ms, rollover, codes"
WORD = "id, s"


def sum_up(db: sqlite3.Connection, table: str, columns: str) -> None:
    """Fills in missing checksums, inside the caller's transaction."""
    for row in db.execute(f"select {columns} from {table} where crc is null").fetchall():  # noqa: S608 - our own names
        db.execute(f"update {table} set crc = ? where id = ?", (row_sum(row), row[0]))  # noqa: S608


def add_words(db: sqlite3.Connection, words: Iterable[tuple[int, str]]) -> None:
    """Adds rows of the table `word` with their checksums, inside the caller's transaction; existing ones stay."""
    rows = ((id, text, row_sum((id, text))) for id, text in words)
    db.executemany("insert or ignore into word(id, s, crc) values(?, ?, ?)", rows)


def wrong_rows(db: sqlite3.Connection, table: str, columns: str) -> list[int]:
    """Numbers of the rows with a wrong checksum."""
    found = db.execute(f"select crc, {columns} from {table}")  # noqa: S608
    return [int(row[1]) for row in found if row[0] != row_sum(row[1:])]
