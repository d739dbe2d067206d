"""Project, step 6: devices of the building file whose room the user has said. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the column."""
    db.execute("alter table placeholder add column decided integer not null default 0")
