"""History, step 4: when meters were replaced, and where a register looks like another meter's. Frozen.

`exchanges` of a point is a JSON list of [UTC ms, the old meter's final reading or null, the new one's first or null].
A row of `suspect` is a reading at which the counting rules find a meter replaced though nobody said so; registers are
counted anew to find those in older files.
"""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the column and the table."""
    db.execute("alter table point add column exchanges text not null default '[]'")
    db.execute("create table suspect(point integer not null, t integer not null, primary key(point, t)) without rowid")
    db.execute("update point set counted = 0 where kind = 'counter'")
