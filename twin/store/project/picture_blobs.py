"""Images traced by drawings and photos of the checkout and of work orders, stored once each by SHA-256; inside the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping


def keep(db: sqlite3.Connection, pictures: Mapping[str, bytes]) -> None:
    """Stores images by SHA-256; existing ones are kept."""
    db.executemany("insert or ignore into picture(sha256, data) values(?, ?)", pictures.items())


def read(db: sqlite3.Connection, wanted: Iterable[str]) -> dict[str, bytes]:
    """The wanted images that are stored, by SHA-256."""
    found: dict[str, bytes] = {}
    for sha256 in wanted:
        row = db.execute("select data from picture where sha256 = ?", (sha256,)).fetchone()
        if row is not None:
            found[sha256] = bytes(row[0])
    return found


def damaged(db: sqlite3.Connection) -> bool:
    """Whether any image does not match the SHA-256 under which it is stored."""
    from hashlib import sha256 as digest  # OpenSSL comes with it, which no window needs before its first frame

    return any(digest(data).hexdigest() != sha256 for sha256, data in db.execute("select sha256, data from picture"))


def forget_unused(db: sqlite3.Connection) -> None:
    """Deletes images that neither the drawing, a checkout, a work order nor any undo step needs."""
    db.execute(
        "delete from picture where not exists (select 1 from drawing where instr(data, sha256))"
        " and not exists (select 1 from checkout where photo = sha256)"
        " and not exists (select 1 from work_order where instr(body, sha256))"
        " and not exists (select 1 from edit where instr(forward, sha256) or instr(backward, sha256))"
    )
