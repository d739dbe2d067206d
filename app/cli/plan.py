"""`oikos plan`: devices that are not there yet, each in its room, and the devices that take their places."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, kind_word
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.kind import KINDS

if TYPE_CHECKING:
    from twin.model.device import Device
    from twin.model.space import Placeholder
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the planned device, and what is done with it."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("name", nargs="?", help="of the planned device, or its id; all are listed without it")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--room", metavar="R", help="plan it in this room: id, number or name")
    what.add_argument("--device", metavar="D", help="this device takes its place: id or name")
    what.add_argument("--remove", action="store_true", help="remove it from the plan")
    parser.add_argument("--kind", default="device", choices=sorted(KINDS), help="its kind, with --room")


def run(args: argparse.Namespace) -> Outcome:
    """Plans, fills or removes a place, as one undo step; or lists what is planned and not there yet."""
    if args.name is None:
        return _listed(args)
    if args.room is not None:
        return _planned(args)
    name, wanted = str(args.name), str(args.device or "")
    if not wanted and not args.remove:
        args.refuse(translate("cli.usage.plan"))
    from app.cli.framework.project_access import editing, missing
    from twin.model.checkout_tally import stands_for

    with editing(args.project) as project:
        twin = project.twin()
        if (holder := twin.find_placeholder(name)) is None:
            raise missing("placeholder", name, twin)
        if args.remove:
            project.unplan(holder.id)
            return Outcome({"removed": _row(holder, twin)}, (translate("cli.plan.removed", name=holder.name),))
        if (device := twin.find_device(wanted)) is None:
            raise missing("device", wanted, twin)
        after = project.take_place(device.id, holder.id).device_of[device.id]
    lines = [] if stands_for(after, holder) else [_other_kind(after, holder)]
    room = after.room and twin.room_of[after.room].title
    document = {"device": after.id, "name": after.name, "room": after.room, "position_m": after.position_m}
    document |= {"kind": after.kind, "planned_kind": holder.kind}
    return Outcome(document, (translate("cli.bind.bound", device=after.name, room=room), *lines))


def _other_kind(device: Device, holder: Placeholder) -> str:
    kinds = {"kind": kind_word(device.kind), "planned": kind_word(holder.kind)}
    return translate("cli.plan.other_kind", device=device.name, **kinds)


def _listed(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import reading

    with reading(args.project) as reader:
        twin = reader.twin
    rows = [_row(one, twin) for one in twin.placeholders if one.device is None]
    table = [(row["name"], kind_word(str(row["kind"])), row["room_title"]) for row in rows]
    lines = columns(table, ("name", "kind", "room")) or [translate("cli.plan.none")]
    return Outcome({"planned": rows}, tuple(lines))


def _planned(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import editing, missing

    with editing(args.project) as project:
        twin = project.twin()
        if (room := twin.find_room(args.room)) is None:
            raise missing("room", args.room, twin)
        after = project.plan(room.id, args.kind, args.name)
    before = {one.id for one in twin.placeholders}
    made = next(one for one in after.placeholders if one.id not in before)
    said = translate("cli.plan.planned", name=made.name, room=room.title)
    return Outcome({"planned": [_row(made, after)]}, (said,))


def _row(holder: Placeholder, twin: Twin) -> dict[str, object]:
    room = twin.room_of.get(holder.room) if holder.room else None
    return {
        "id": holder.id,
        "name": holder.name,
        "kind": holder.kind,
        "room": holder.room,
        "room_title": room.title if room else None,
        "by_hand": holder.by_hand,
    }


VERB = Verb(sentence="plan devices that are not there yet", arguments=arguments, run=run)
