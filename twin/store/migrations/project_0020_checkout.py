"""Project, step 20: what was tested of each device (`id` is the device's). Frozen."""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the table, and its checksum where the file has such checksums."""
    db.execute(
        "create table checkout(id text primary key, seen text not null, plausible text not null, right_room text not null,"
        " verdict text not null, note text not null, photo text not null, room text, time_ms integer not null,"
        " author text not null)"
    )
    db.execute("insert into row_check(id, value) select 'checkout', 0 where exists (select 1 from row_check)")
