"""`oikos bind`: puts a device into a room."""

from __future__ import annotations

import argparse
import math
from collections import Counter

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

MOST_ROOMS = 20
"""Most rooms listed by `--suggested` on a terminal, with the number of devices put into each."""


def position(text: str) -> tuple[float, float, float]:
    """Parses a position in metres from X,Y,Z. Raises ArgumentTypeError."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(translate("cli.usage.position")) from error
    if not all(math.isfinite(part) for part in (x, y, z)):
        raise argparse.ArgumentTypeError(translate("cli.usage.position"))
    return x, y, z


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: device, room, position."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("device", nargs="?", help="id or name; also of a device that only the building file knows")
    parser.add_argument("room", nargs="?", help="id, number or name")
    parser.add_argument(
        "--suggested",
        action="store_true",
        help="all devices that are in no room, into the rooms that their systems name",
    )
    parser.add_argument("--at", type=position, metavar="X,Y,Z", help="spot in metres")


def run(args: argparse.Namespace) -> Outcome:
    """Puts devices into rooms, as one undo step."""
    if args.suggested:
        if args.device or args.at:
            args.refuse(translate("cli.usage.suggested_alone"))
        return _suggested(args.project)
    if not args.device or not args.room:
        args.refuse(translate("cli.usage.device_and_room"))
    from app.cli.framework.project_access import editing, missing

    with editing(args.project) as project:
        twin = project.twin()
        device, room = twin.find_device(args.device), twin.find_room(args.room)
        if room is None:
            raise missing("room", args.room, twin)
        if device is None and args.at is None and (planned := twin.find_placeholder(args.device)) is not None:
            project.place(planned.id, room.id)
            document = {"device": planned.id, "name": planned.name, "room": room.id, "position_m": planned.position_m}
            return Outcome(document, (translate("cli.bind.bound", device=planned.name, room=room.title),))
        if device is None:
            raise missing("device", args.device, twin)
        twin = project.bind(device.id, room.id, args.at)
        bound = twin.device_of[device.id]
    document = {"device": bound.id, "name": bound.name, "room": bound.room, "position_m": bound.position_m}
    return Outcome(document, (translate("cli.bind.bound", device=bound.name, room=room.title),))


def _suggested(path: str) -> Outcome:
    from app.cli.framework.project_access import editing

    with editing(path) as project:
        before = project.twin()
        places = before.suggested_rooms()
        project.bind_all(places)
    rows = [
        {
            "device": device,
            "name": before.device_of[device].name,
            "room": room,
            "room_title": before.room_of[room].title,
        }
        for device, room in places.items()
    ]
    left = sum(device.room is None for device in before.devices) - len(places)
    per_room = Counter(row["room_title"] for row in rows)
    lines = [f"{title}: {count}" for title, count in sorted(per_room.items())[:MOST_ROOMS]]
    if len(per_room) > MOST_ROOMS:
        lines.append(translate("cli.bind.more", n=len(per_room) - MOST_ROOMS))
    summary = translate("cli.bind.summary", bound=len(rows), left=left)
    return Outcome({"bound": rows, "left": left}, (*lines, summary))


VERB = Verb(sentence="put a device into a room", arguments=arguments, run=run)
