"""History, step 2: which words the positions mean that a point of words was recorded with so far. Frozen.

`codes` is a JSON list of 1000 + the word's number; null until the point's words are told for the first time, [] for
points that were never recorded by position.
"""

from __future__ import annotations

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Adds the column."""
    db.execute("alter table point add column codes text")
