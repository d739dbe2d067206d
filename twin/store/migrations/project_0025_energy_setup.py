"""Project, step 25: the setup of energy as a definition, so that it can be undone. Frozen.

A setup that the file has as the setting `energy` stays there, and is what counts until the definition is made. `body` is JSON.
A checksum of the rows of the new table (exclusive or of nothing: 0) goes where the file has such checksums.
"""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the table."""
    db.execute(
        "create table energy_setup(id text primary key, pos integer not null, title text not null,"
        " enabled integer not null, body text not null)"
    )
    db.execute("insert into row_check(id, value) select ?, 0 where exists (select 1 from row_check)", ("energy_setup",))
