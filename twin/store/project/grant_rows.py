"""Rows of the grants: never part of an undo step, and left out of exports."""

from __future__ import annotations

import json
import sqlite3
from typing import cast

from twin.model.grant import Grant
from twin.model.ids import RoomId
from twin.store.project import row_checks
from twin.store.project.rows import Row

_COLUMNS = "id, name, role, rooms, zones, expires, created, created_by"


def read(db: sqlite3.Connection) -> tuple[dict[str, Grant], tuple[str, ...]]:
    """Every grant by the digest of its token, in the order of their names; and the ids of rows that cannot be read.
    Raises sqlite3.Error."""
    grants: dict[str, Grant] = {}
    unreadable: list[str] = []
    for digest, *row in db.execute(f"select digest, {_COLUMNS} from access_grant order by name, created"):  # noqa: S608 - ours
        try:
            grants[str(digest)] = _grant(row)
        except (ValueError, TypeError):
            unreadable.append(str(row[0]))
    return grants, tuple(unreadable)


def add(db: sqlite3.Connection, grant: Grant, digest: str) -> None:
    """Inserts a grant with the digest of its token."""
    row: Row = {
        "id": grant.id, "name": grant.name, "role": grant.role, "rooms": json.dumps(grant.rooms),
        "zones": json.dumps(grant.zones), "expires": grant.expires_ms, "created": grant.created_ms,
        "created_by": grant.created_by, "digest": digest,
    }  # fmt: skip
    db.execute(f"insert into access_grant({', '.join(row)}) values({', '.join('?' * len(row))})", [*row.values()])
    row_checks.change(db, {row_checks.GRANTS: row_checks.row_hash(row_checks.GRANTS, row)})


def remove(db: sqlite3.Connection, id: str) -> bool:
    """Deletes a grant; whether there was one."""
    names = (*_COLUMNS.split(", "), "digest")
    found = db.execute(f"select {', '.join(names)} from access_grant where id = ?", (id,)).fetchone()  # noqa: S608 - ours
    if found is None:
        return False
    db.execute("delete from access_grant where id = ?", (id,))
    row: Row = dict(zip(names, found, strict=True))
    row_checks.change(db, {row_checks.GRANTS: row_checks.row_hash(row_checks.GRANTS, row)})
    return True


def _grant(row: list[object]) -> Grant:
    id, name, role, rooms, zones, expires, created, created_by = row
    return Grant(
        id=str(id), name=str(name), role=str(role), rooms=tuple(map(RoomId, _texts(rooms))), zones=_texts(zones),
        expires_ms=None if expires is None else int(str(expires)),
        created_ms=int(str(created)), created_by=str(created_by),
    )  # fmt: skip


def _texts(column: object) -> tuple[str, ...]:
    """A JSON list of texts. Raises ValueError for anything else: a limit that cannot be read is not no limit."""
    found = json.loads(str(column))
    if not isinstance(found, list):
        raise ValueError("no list")
    return tuple(map(str, cast("list[object]", found)))
