"""Project, step 9: what a point is also called, how long its value holds unsaid, and a device's name in its own system.
Frozen."""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "alter table point add column alias text not null default ''",
    "alter table point add column expires_s real not null default 0",
    "alter table device add column said_name text not null default ''",
)


def apply(db: Database) -> None:
    """Adds the columns."""
    for statement in DDL:
        db.execute(statement)
