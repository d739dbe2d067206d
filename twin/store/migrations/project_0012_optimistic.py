"""Project, step 12: which points may take a command and stay silent. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the column."""
    db.execute("alter table point add column optimistic integer not null default 0")
