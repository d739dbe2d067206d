"""Project, step 10: the kind that a device's own system gives it, or that followed from its points. Frozen.

Nobody could choose a kind before this step: every one that is there was derived.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "alter table device add column said_kind text not null default ''",
    "update device set said_kind = kind",
)


def apply(db: Database) -> None:
    """Adds the column."""
    for statement in DDL:
        db.execute(statement)
