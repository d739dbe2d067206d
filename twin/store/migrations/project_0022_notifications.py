"""Project, step 22: channels and recipients of notifications, and work orders. Frozen.

`body` is JSON. A checksum of the rows of each new table (exclusive or of nothing: 0) goes where the file has such checksums.
"""

from __future__ import annotations

from sqlite_utils import Database

TABLES = ("notification_channel", "notification_recipient", "work_order")


def apply(db: Database) -> None:
    """Adds the tables."""
    for table in TABLES:
        db.execute(
            f"create table {table}(id text primary key, pos integer not null, title text not null,"
            " enabled integer not null, body text not null)"
        )
        db.execute(
            "insert into row_check(id, value) select ?, 0 where exists (select 1 from row_check)",
            (table,),
        )
