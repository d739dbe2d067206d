"""Project, step 11: the user's marks that a meter was replaced. Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the table."""
    db.execute(
        "create table meter_change(id text primary key, point text not null, time_ms integer not null, final real,"
        " first real)"
    )
