"""`oikos grant`: who may use a project's engine from other machines, in which role, where and until when."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.grant import ROLES

if TYPE_CHECKING:
    from twin.model.grant import Grant, NewGrant
    from twin.model.ids import RoomId
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: action, project and person; role, places and end of a new grant."""
    from app.cli.framework.parsing import duration, instant

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("action", choices=("add", "list", "revoke"))
    parser.add_argument("project")
    parser.add_argument("name", nargs="?", help="the person; with revoke also the id")
    parser.add_argument("--role", choices=ROLES, default="viewer", help="what the person may do (viewer)")
    parser.add_argument("--room", action="append", default=[], metavar="R", help="only this room; several are possible")
    parser.add_argument("--zone", action="append", default=[], metavar="Z", help="only the rooms of this zone")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--for", dest="lasts_s", type=duration, metavar="T", help="ends after 8h, 30d, ...")
    end.add_argument("--until", dest="until_ms", type=instant, metavar="TIME", help="ends at this time, ISO 8601")


def run(args: argparse.Namespace) -> Outcome:
    """Adds, lists or revokes grants, in the running engine where there is one; a new token is printed once."""
    if args.action == "list":
        return _listed(_all(args.project))
    if not args.name:
        args.refuse(translate("cli.usage.grant_name"))
    return _added(args) if args.action == "add" else _revoked(args.project, args.name)


def _added(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import reading
    from app.engine.clock import utc_ms

    with reading(args.project) as project:
        twin = project.twin
    rooms = _rooms(args.room, twin)
    ends_ms = args.until_ms if args.lasts_s is None else utc_ms() + round(args.lasts_s * 1000)
    made = _make(args.project, args.name, args.role, rooms, args.zone, ends_ms)
    row = _row(made.grant)
    line = translate("cli.grant.added", name=made.grant.name, role=made.grant.role)
    return Outcome({"grant": row, "token": made.token}, (line, made.token, translate("cli.grant.once")))


def _rooms(names: Sequence[str], twin: Twin) -> list[RoomId]:
    from app.cli.framework.project_access import missing

    found = [(name, twin.find_room(name)) for name in names]
    for name, room in found:
        if room is None:
            raise missing("room", name, twin)
    return [room.id for _, room in found if room is not None]


def _make(
    project: str, name: str, role: str, rooms: Sequence[RoomId], zones: Sequence[str], ends_ms: int | None
) -> NewGrant:
    from app.author import author
    from app.cli.framework.project_access import editing
    from app.cli.framework.running_engine import running
    from app.engine.clock import utc_ms
    from app.engine.granting import make_grant, wanted_grant

    if (here := running()) is not None:
        return here.engine.add_grant(name, role, rooms, zones, ends_ms).result()
    with editing(project) as opened:
        wanted = wanted_grant(name, role, rooms, zones, ends_ms, now_ms=utc_ms(), by=author())
        return make_grant(opened, wanted, opened.twin())


def _revoked(project: str, name: str) -> Outcome:
    from app.cli.framework.project_access import editing
    from app.cli.framework.running_engine import running
    from app.engine.granting import revoke

    if (here := running()) is not None:
        gone = here.engine.revoke_grant(name).result()
    else:
        with editing(project) as opened:
            gone = revoke(opened, name)
    return Outcome({"grant": _row(gone)}, (translate("cli.grant.revoked", name=gone.name),))


def _all(project: str) -> tuple[Grant, ...]:
    from app.cli.framework.project_access import reading
    from app.cli.framework.reported_damage import note_problems
    from app.cli.framework.running_engine import running
    from app.engine.audit_keeping import unreadable_grants

    if (here := running()) is not None:
        return here.engine.grants().result()
    with reading(project) as opened:
        found = tuple(opened.project.grants().values())
        if damaged := opened.project.unreadable_grants:
            note_problems([unreadable_grants(damaged, project)])
        return found


def _listed(grants: Sequence[Grant]) -> Outcome:
    from app.cli.framework.output import columns, table_word
    from app.engine.clock import utc_ms

    now_ms, rows = utc_ms(), [_row(grant) for grant in grants]
    shown = [
        (one.name, table_word(one.role), ", ".join((*one.rooms, *one.zones)) or "–", row["expires"] or "–",
         translate("cli.grant.expired") if one.expired(now_ms) else "")
        for one, row in zip(grants, rows, strict=True)
    ]  # fmt: skip
    lines = columns(shown, ("person", "role", "places", "expires", "")) or [translate("cli.grant.none")]
    return Outcome({"grants": rows}, tuple(lines))


def _row(grant: Grant) -> dict[str, object]:
    from app.cli.framework.output import utc

    return {
        "id": grant.id, "name": grant.name, "role": grant.role, "rooms": list(grant.rooms), "zones": list(grant.zones),
        "expires": utc(grant.expires_ms), "created": utc(grant.created_ms), "created_by": grant.created_by,
    }  # fmt: skip


VERB = Verb(sentence="who may use a project's engine from other machines", arguments=arguments, run=run)
