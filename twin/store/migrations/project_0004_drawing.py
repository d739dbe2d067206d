"""Project, step 4: the drawing that a building was made from, and the pictures that it traces. Frozen.

`data` is the drawing as twin.model.drawing writes it. Pictures lie outside of the undo log, by their SHA-256.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "create table drawing(id text primary key, data text not null) strict",
    "create table picture(sha256 text primary key, data blob not null) strict",
)


def apply(db: Database) -> None:
    """Makes the tables."""
    for statement in DDL:
        db.execute(statement)
