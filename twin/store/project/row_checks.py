"""Checksums of a project's rows, because SQLite has none: a flipped bit may leave a valid value.

A table's checksum is the XOR of its rows' hashes, so that an edit costs only what it changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from twin.store.project.rows import TABLES, Row

SETTINGS, GRANTS = "setting", "access_grant"
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{table: tuple(sorted(spec.columns)) for table, spec in TABLES.items()},
    SETTINGS: ("id", "value"),
    GRANTS: ("created", "created_by", "digest", "expires", "id", "name", "role", "rooms", "zones"),
}


def row_hash(table: str, row: Row | None) -> int:
    """63-bit hash of a row's columns; 0 for None. Equal numbers have equal hashes, since SQLite keeps 1 as 1.0 and -0.0 as 0.0."""
    from hashlib import blake2b  # OpenSSL comes with it, which no window needs before its first frame

    if row is None:
        return 0
    columns = map(row.get, _COLUMNS[table])
    text = repr([float(value) + 0.0 if isinstance(value, int | float) else value for value in columns])
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def change(db: sqlite3.Connection, changes: Mapping[str, int]) -> None:
    """Updates the checksums by table with XOR values (hash of the old row xor hash of the new one), inside the
    caller's transaction.
    """
    for table, value in changes.items():
        if value:
            known = db.execute("select value from row_check where id = ?", (table,)).fetchone()
            _put(db, table, (known[0] if known else 0) ^ value)


def change_settings(db: sqlite3.Connection, before: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """Updates the checksum of the settings for new texts (name: JSON text), inside the caller's transaction."""
    value = 0
    for id, text in texts.items():
        known = {"id": id, "value": before[id]} if id in before else None
        value ^= row_hash(SETTINGS, known) ^ row_hash(SETTINGS, {"id": id, "value": text})
    change(db, {SETTINGS: value})


def begin(db: sqlite3.Connection) -> None:
    """Computes the checksums that are missing: a schema step that adds a column to a table deletes that table's."""
    known = {row[0] for row in db.execute("select id from row_check")}
    if missing := [table for table in _COLUMNS if table not in known]:
        db.execute("begin immediate")
        for table in missing:
            _put(db, table, _sum(db, table))
        db.execute("commit")


def wrong(db: sqlite3.Connection) -> list[str]:
    """Tables whose checksum is wrong; those without one are not judged (an older file that was opened for reading only). Raises
    sqlite3.Error.
    """
    known: dict[str, int] = dict(db.execute("select id, value from row_check"))
    return [table for table in _COLUMNS if table in known and _sum(db, table) != known[table]]


def _sum(db: sqlite3.Connection, table: str) -> int:
    value = 0
    for row in _rows(db, table):
        value ^= row_hash(table, row)
    return value


def _rows(db: sqlite3.Connection, table: str) -> Iterator[Row]:
    names = _COLUMNS[table]
    for values in db.execute(f"select {', '.join(names)} from {table}"):  # noqa: S608 - ours
        yield dict(zip(names, values, strict=True))


def _put(db: sqlite3.Connection, table: str, value: int) -> None:
    sql = "insert into row_check(id, value) values(?, ?) on conflict(id) do update set value = excluded.value"
    db.execute(sql, (table, value))
