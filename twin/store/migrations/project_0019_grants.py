"""Project, step 19: who may do what with its engine. Frozen.

Of a token only the SHA-256 is kept (`digest`, 64 hexadecimal digits). `rooms` and `zones` are JSON lists, times UTC ms.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "create table access_grant(id text primary key, name text not null, role text not null, rooms text not null,"
    " zones text not null, expires integer, created integer not null, created_by text not null,"
    " digest text not null unique) without rowid"
)


def apply(db: Database) -> None:
    """Adds the table."""
    db.execute(DDL)
