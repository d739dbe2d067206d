"""Project, step 5: the leaves of doors; brightness and colour of lights that the building file knows. Frozen.

A leaf is [[x, y], closed_deg, open_deg, width_m].
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "alter table door add column swing text not null default '[]'",
    "alter table placeholder add column power real",
    "alter table placeholder add column colour text not null default ''",
)


def apply(db: Database) -> None:
    """Adds the columns."""
    for statement in DDL:
        db.execute(statement)
