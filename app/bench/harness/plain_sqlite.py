"""Yardstick of the store benches: the same work in plain SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from itertools import batched
from pathlib import Path

type Row = tuple[int, int, float]
"""A sample: (point number, UTC ms, value)."""


def _opened(path: Path, *, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={synchronous}")
    return connection


def bare_ingest(path: Path, rows: Iterable[Row], *, commit: int = 10_000) -> float:
    """Seconds to insert rows into an unindexed table by executemany, `commit` per transaction, synchronous=NORMAL."""
    connection = _opened(path, synchronous="normal")
    connection.execute("create table sample(point integer, ts integer, v real)")
    started = time.perf_counter()
    for batch in batched(rows, commit):
        connection.execute("begin immediate")
        connection.executemany("insert into sample values(?, ?, ?)", batch)
        connection.execute("commit")
    spent = time.perf_counter() - started
    connection.close()
    return spent


class Clustered:
    """Rows in key order (point, time), the usual advice for time series in SQLite; no roll-ups."""

    def __init__(self, path: Path) -> None:
        self._connection = _opened(path, synchronous="full")
        self._connection.execute(
            "create table if not exists sample(point integer, ts integer, v real, primary key(point, ts)) without rowid"
        )

    def put(self, rows: Sequence[Row]) -> None:
        """Inserts or replaces rows in one transaction."""
        self._connection.execute("begin immediate")
        self._connection.executemany("insert or replace into sample values(?, ?, ?)", rows)
        self._connection.execute("commit")

    def columns(self, point: int, from_ms: int, to_ms: int, columns: int) -> list[tuple[float, ...]]:
        """(column, min, max, mean, count) per chart column of a point, computed by GROUP BY."""
        width = max(1, (to_ms - from_ms) // columns)
        return self._connection.execute(
            "select (ts - ?) / ?, min(v), max(v), avg(v), count(*) from sample"
            " where point = ? and ts >= ? and ts < ? group by 1",
            (from_ms, width, point, from_ms, to_ms),
        ).fetchall()

    def latest_before(self, points: Sequence[int], time_ms: int) -> list[tuple[int, float] | None]:
        """The newest row of each point up to a moment, a query per point."""
        return [
            self._connection.execute(
                "select ts, v from sample where point = ? and ts <= ? order by ts desc limit 1", (point, time_ms)
            ).fetchone()
            for point in points
        ]

    def close(self) -> None:
        """Checkpoints the WAL and closes the database."""
        self._connection.execute("pragma wal_checkpoint(truncate)")
        self._connection.close()
