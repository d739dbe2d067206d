"""History, step 7: the published table of presence: people of a zone of rooms in an hour, rounded. Frozen.

`body` is JSON: the rooms of a zone, for how many people they are meant, and the storey where it is one as a whole. `hour` is
hours since 1970, UTC.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "create table presence_zone(id integer primary key, body text not null unique)",
    "create table presence_hour(hour integer not null, zone integer not null, people integer not null,"
    " primary key(hour, zone)) without rowid",
)


def apply(db: Database) -> None:
    """Adds the tables."""
    for statement in DDL:
        db.execute(statement)
