"""Baked light in the project file, the newest few per storey, keyed by a hash of the bake's inputs; inside the
caller's transaction.
"""

from __future__ import annotations

import sqlite3

_KEPT = 12
"""Number of bakes kept for each storey, the last used ones: its doors closed and each of them open."""


def keep(db: sqlite3.Connection, storey: str, key: str, data: bytes) -> None:
    """Stores the light of a storey under a key; deletes its oldest bakes, and those of storeys that are gone."""
    db.execute("delete from light where key = ?", (key,))
    db.execute("insert into light(key, storey, data) values(?, ?, ?)", (key, storey, data))
    db.execute(
        "delete from light where storey = ? and number not in"
        " (select number from light where storey = ? order by number desc limit ?)",
        (storey, storey, _KEPT),
    )
    db.execute("delete from light where storey not in (select id from storey)")


def use(db: sqlite3.Connection, key: str) -> None:
    """Makes a light the last used one."""
    db.execute(
        "update light set number = (select max(number) + 1 from light) where key = ? and number < (select max(number) from light)",
        (key,),
    )


def read(db: sqlite3.Connection, key: str) -> bytes | None:
    """The light stored under a key; None where there is none."""
    row = db.execute("select data from light where key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])
