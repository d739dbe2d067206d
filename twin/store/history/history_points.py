"""Rows of the point table: the facts that roll-ups need of a point."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.meter_register import LIMITS, Exchange, RegisterLimits
from twin.store.history import hot_rows

STALE_MS = 3_600_000
"""How long a measurement is valid without a repeat, ms."""
FOREVER_MS = 2**53
"""How long a state is valid, ms: until another value is reported."""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One point: `kind` is gauge, counter, bool, enum or text."""

    id: int
    uid: PointId
    kind: str = "gauge"
    stale_ms: int = STALE_MS
    rollover: float | None = None
    unit: str = ""
    codes: tuple[int, ...] | None = ()
    """Codes that stored positions stand for; None where not known yet."""
    exchanges: tuple[Exchange, ...] = ()
    """Marked meter exchanges in time order."""
    recount: bool = False
    """True where a counter's sealed data was counted with other rules or marks."""

    @property
    def counting(self) -> RegisterLimits | None:
        """Limits of the point's register; None where it is no counter."""
        if self.kind != "counter":
            return None
        return replace(LIMITS.get(self.unit, RegisterLimits()), rollover=self.rollover, exchanges=self.exchanges)


def kind_of(point: Point) -> str:
    """The kind of a point, from its capability: gauge, counter, bool, enum or text."""
    row = point.capability
    match row.type:
        case ValueType.NUMBER:
            return "counter" if row.is_counter else "gauge"
        case ValueType.BOOL:
            return "bool"
        case ValueType.TEXT:
            return "text"
        case ValueType.ENUM | ValueType.EVENT | ValueType.XY:
            return "enum"


def stale_of(point: Point) -> int:
    """How long a value is valid without a repeat, ms: STALE_MS for measurements, FOREVER_MS for states and set-points."""
    measured = kind_of(point) in ("gauge", "counter") and not point.writable
    return STALE_MS if measured else FOREVER_MS


class HistoryPoints:
    """All point rows by point id and by number; one thread adds, any thread reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_uid: dict[PointId, PointRow] = {}
        self.numbers: dict[PointId, int] = {}
        """Row numbers by point id; read-only for others."""
        self._by_id: dict[int, PointRow] = {}

    def load(self, db: sqlite3.Connection) -> None:
        """Adds every row of the file."""
        for row in db.execute("select id, uid, kind, stale_ms, rollover, unit, codes, exchanges, counted from point"):
            id, uid, kind, stale_ms, rollover, unit, codes, marks, counted = row
            if isinstance(uid, str) and isinstance(kind, str) and isinstance(stale_ms, int):  # else `check` tells
                named = (str(unit or ""), _codes(codes), _exchanges(marks), not counted)
                self.add(PointRow(id, PointId(uid), kind, stale_ms, rollover, *named))

    def add(self, row: PointRow) -> None:
        """Adds or replaces one row."""
        with self._lock:
            self._by_uid[row.uid] = row
            self.numbers[row.uid] = row.id
            self._by_id[row.id] = row

    def find(self, point: PointId) -> PointRow | None:
        """The row of a point; None where the history has none."""
        return self._by_uid.get(point)

    def row(self, id: int) -> PointRow:
        """The row with this number."""
        return self._by_id[id]

    @property
    def rows(self) -> Mapping[int, PointRow]:
        """All rows by number, as a copy."""
        with self._lock:
            return dict(self._by_id)


def declare(
    db: sqlite3.Connection, points: HistoryPoints, wanted: Iterable[tuple[PointId, str, int, str, str]]
) -> None:
    """Inserts or updates rows of (uid, kind, stale_ms, unit, label) in one transaction; equal ones are skipped. A unit
    that is there stays: it is that of the values stored."""
    db.execute("begin immediate")
    made: list[PointRow] = []
    for uid, kind, stale_ms, unit, label in wanted:
        known = points.find(uid)
        unit = (known.unit if known is not None else "") or unit
        if known is not None and (known.kind, known.stale_ms, known.unit) == (kind, stale_ms, unit):
            continue
        found = db.execute(
            "insert into point(uid, kind, stale_ms, unit, label, codes, counted) values(?, ?, ?, ?, ?, '[]', 1) on conflict(uid) do update set"
            " crc = null, kind = excluded.kind, stale_ms = excluded.stale_ms, unit = excluded.unit, label = excluded.label"
            " returning id, rollover",
            (uid, kind, stale_ms, unit, label),
        ).fetchone()
        codes, marks = ((), ()) if known is None else (known.codes, known.exchanges)
        made.append(PointRow(found[0], uid, kind, stale_ms, found[1], unit, codes, marks))
    hot_rows.sum_up(db, "point", hot_rows.POINT)
    db.execute("commit")
    for row in made:
        points.add(row)


def keep_codes(db: sqlite3.Connection, point: int, codes: tuple[int, ...]) -> None:
    """Stores what a point's positions stand for; only the first call per point has an effect."""
    db.execute("begin immediate")
    db.execute("update point set codes = ?, crc = null where id = ? and codes is null", (json.dumps(codes), point))
    hot_rows.sum_up(db, "point", hot_rows.POINT)
    db.execute("commit")


def keep_exchanges(db: sqlite3.Connection, point: int, exchanges: tuple[Exchange, ...]) -> None:
    """Stores the exchanges of a meter and marks it for recounting; inside the caller's transaction."""
    text = json.dumps([[one.time_ms, one.final, one.first] for one in exchanges])
    db.execute("update point set exchanges = ?, counted = 0 where id = ?", (text, point))


def _exchanges(text: str | None) -> tuple[Exchange, ...]:
    try:
        return tuple(Exchange(int(t), final, first) for t, final, first in json.loads(text or "[]"))
    except (TypeError, ValueError):  # damaged: the project tells them again
        return ()


def _codes(text: str | None) -> tuple[int, ...] | None:
    try:
        return None if text is None else tuple(int(code) for code in json.loads(text))
    except (TypeError, ValueError):  # damaged: `check` tells
        return ()
