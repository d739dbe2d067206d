"""Project, step 13: a checksum of the rows of each table. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the table; the program fills it after its steps."""
    db.execute("create table row_check(id text primary key, value integer not null)")
