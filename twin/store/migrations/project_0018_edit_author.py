"""Project, step 18: who made an edit. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the person's name; of edits that are there nobody knows it."""
    db.execute("alter table edit add column author text")
