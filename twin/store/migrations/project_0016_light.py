"""Project, step 16: the baked light of storeys, by what it was baked of. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the table."""
    db.execute(
        "create table light(number integer primary key, key text not null unique, storey text not null, data blob not null)"
    )
