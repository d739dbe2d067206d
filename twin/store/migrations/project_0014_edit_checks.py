"""Project, step 14: a checksum of each row of the undo log. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the column; a row from before has none, and is believed."""
    db.execute("alter table edit add column checksum integer")
