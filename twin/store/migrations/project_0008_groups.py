"""Project, step 8: zones, systems, classifications, and what the building file says of sizes and of doors. Frozen.

`classes` are [[system, code, name]]; `said` are [[name, number]].
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "alter table room add column zones text not null default '[]'",
    "alter table room add column classes text not null default '[]'",
    "alter table room add column said text not null default '[]'",
    "alter table door add column said_rooms text not null default '[]'",
    "alter table placeholder add column systems text not null default '[]'",
    "alter table placeholder add column classes text not null default '[]'",
)


def apply(db: Database) -> None:
    """Adds the columns."""
    for statement in DDL:
        db.execute(statement)
