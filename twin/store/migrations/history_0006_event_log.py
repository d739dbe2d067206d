"""History, step 6: who did what, from where, and how it ended. Frozen.

Rows are only added. `hash` is the SHA-256 of the hash before (32 zero bytes before the first row) and of the row's other
columns, each as its length in 8 bytes, big-endian, and its bytes as SQLite casts them to a blob. `ts` is UTC ms, `body` JSON.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "create table event_log(id integer primary key, ts integer not null, who text not null, origin text not null,"
    " kind text not null, body text not null, hash blob not null)",
    "create index event_log_ts on event_log(ts)",
)


def apply(db: Database) -> None:
    """Adds the table."""
    for statement in DDL:
        db.execute(statement)
