"""Makes and revokes grants of a project: checked, with a random token of which only the digest is stored."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from app.author import acting_for, author
from app.engine.grant_book import digest_of
from twin.model.grant import ROLES, SCOPED_ROLES, Grant, NewGrant
from twin.model.ids import RoomId, clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.store.project import Project

TOKEN_BYTES = 32
RESERVED = frozenset({"user", "automation", "schedule", "scene", "oikos"})
"""Names of senders inside the engine, which no person may have."""


def make_grant(project: Project, wanted: Grant, twin: Twin) -> NewGrant:
    """Stores a grant (its `id` is made here) and returns it with its token. Blocks. Raises ProblemError."""
    name = clean_name(wanted.name)
    _check(name, wanted, twin)
    grant = Grant(
        id=secrets.token_hex(8), name=name, role=wanted.role, rooms=wanted.rooms, zones=wanted.zones,
        expires_ms=wanted.expires_ms, created_ms=wanted.created_ms, created_by=wanted.created_by,
    )  # fmt: skip
    token = secrets.token_urlsafe(TOKEN_BYTES)
    project.add_grant(grant, digest_of(token))
    return NewGrant(grant=grant, token=token)


def revoke(project: Project, id: str) -> Grant:
    """Deletes the grant with this id or name and returns it; a damaged one by its id, and all but that is empty. Blocks.
    Raises ProblemError where there is none."""
    grants = tuple(project.grants().values())
    found = Grant(id=id, name=id, role="") if id in project.unreadable_grants else find_grant(grants, id)
    project.remove_grant(found.id)
    return found


def find_grant(grants: Sequence[Grant], text: str) -> Grant:
    """The grant with this id or name (case ignored). Raises ProblemError where there is none."""
    found = [one for one in grants if one.id == text or one.name.casefold() == text.strip().casefold()]
    if not found:
        raise ProblemError(Problem(code="grant.missing", args={"name": clean_name(text)}))
    return found[0]


def _check(name: str, wanted: Grant, twin: Twin) -> None:
    with acting_for(""):
        own = author()
    if not name or name.casefold() in {*RESERVED, own.casefold()}:
        raise ProblemError(Problem(code="grant.name", args={"name": name}))
    if wanted.role not in ROLES:
        raise ProblemError(Problem(code="grant.role", args={"role": clean_name(wanted.role), "roles": list(ROLES)}))
    if wanted.scoped and wanted.role not in SCOPED_ROLES:
        raise ProblemError(Problem(code="grant.scope", args={"role": wanted.role}))
    if wanted.expired(wanted.created_ms):
        raise ProblemError(Problem(code="grant.past"))
    zones = {zone for room in twin.rooms for zone in room.zones}
    for room in wanted.rooms:
        if room not in twin.room_of:
            raise ProblemError(Problem(code="unknown.room", args={"name": clean_name(room)}))
    for zone in wanted.zones:
        if zone not in zones:
            raise ProblemError(Problem(code="grant.zone", args={"name": clean_name(zone)}))


def wanted_grant(
    name: str, role: str, rooms: Sequence[RoomId], zones: Sequence[str], expires_ms: int | None, *, now_ms: int, by: str
) -> Grant:
    """What is asked for, as a grant without an id."""
    return Grant(
        id="", name=name, role=role, rooms=tuple(dict.fromkeys(rooms)), zones=tuple(dict.fromkeys(zones)),
        expires_ms=expires_ms, created_ms=now_ms, created_by=by,
    )  # fmt: skip
