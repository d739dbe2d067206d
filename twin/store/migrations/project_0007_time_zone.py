"""Project, step 7: the time zone of the place, as the building file names it. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the column."""
    db.execute("alter table site add column time_zone text not null default ''")
