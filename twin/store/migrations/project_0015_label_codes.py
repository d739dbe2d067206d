"""Project, step 15: the label of an edit is a code, with arguments. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the arguments (JSON); edits that are there have none, and keep their finished sentence as label."""
    db.execute("alter table edit add column args text")
