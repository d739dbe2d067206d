"""`oikos privacy`: what is kept of values that tell of people; for buildings that several share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr, translate

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.ids import RoomId
    from twin.model.privacy import PrivacyStatus
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and what applies."""
    parser.add_argument("project")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--shared", action="store_true", help="several share the building: delete what tells of people in time"
    )
    which.add_argument("--home", action="store_true", help="one household: nothing is deleted")
    parser.add_argument(
        "--hours", type=int, default=72, metavar="N", help="with --shared: delete after so many hours (72)"
    )
    parser.add_argument(
        "--groups",
        dest="grouped",
        choices=("on", "off"),
        help="in a shared building: presence of five people's rooms together only, for viewers and operators",
    )
    parser.add_argument(
        "--places",
        action="append",
        metavar="ROOM=N",
        help="for how many people a room is meant; else its presence sensors count",
    )
    parser.add_argument(
        "--presence",
        nargs="?",
        const="",
        metavar="DAY",
        help="people by hour and group since a day (today): 2026-11-30",
    )
    parser.add_argument("--csv", action="store_true", help="with --presence: as CSV, for a table")
    parser.add_argument("--points", action="store_true", help="list what each point reveals")


def run(args: argparse.Namespace) -> Outcome:
    """Sets what is asked for, then prints what applies."""
    from app.cli.framework.project_access import working
    from app.i18n.presence_texts import group_text
    from twin.model.privacy import PURPOSES
    from twin.model.text import Text

    with working(args.project, links=()) as engine:
        if args.presence is not None:
            return _presence(args, engine)
        status, twin = engine.privacy().result(), engine.twin
        if args.shared or args.home or args.grouped or args.places:
            hours = args.hours if args.shared else status.hours
            status = engine.set_privacy(
                hours, shared=args.shared or (status.shared and not args.home),
                grouped={"on": True, "off": False}.get(args.grouped), places=_places(args.places, status, twin),
            ).result()  # fmt: skip
    found = [
        (device.name, point.info.key, point.capability.reveals.value)
        for device in twin.devices
        for point in device.points
    ]
    document = {
        "shared": status.shared, "hours": status.hours, "swept": utc(status.swept_ms) if status.swept_ms else None,
        "reveals": dict(status.points), "grouped": status.grouped, "places": dict(status.places),
        "groups": [{"rooms": list(one.rooms), "places": one.places, "present": one.present} for one in status.groups],
        "purposes": {one: translate(f"privacy.purpose.{one}") for one in PURPOSES},
        "points": [{"device": device, "point": key, "reveals": reveals} for device, key, reveals in found] if args.points else [],
    }  # fmt: skip
    lines = [sentence(Text("privacy.shared", hours=status.hours) if status.shared else Text("privacy.home"))]
    lines += [translate(f"privacy.purpose.{one}") for one in PURPOSES]
    lines += [group_text(one, twin) for one in status.groups]
    if args.points:
        lines += columns([(device, key, tr(reveals)) for device, key, reveals in found], ("name", "point", "what"))
    return Outcome(document, tuple(lines))


def _presence(args: argparse.Namespace, engine: Engine) -> Outcome:
    """The published table of presence. ProblemError for a day that is none."""
    from datetime import date

    from app.i18n.presence_texts import zone_title
    from app.site_time import zone_of
    from twin.insight.calendar_span import local_day, midnight
    from twin.model.problem import Problem, ProblemError
    from twin.share.sample_table import cell_text, csv_lines

    twin, now_ms = engine.twin, engine.now_ms()
    zone = zone_of(twin.site)
    try:
        day = date.fromisoformat(args.presence) if args.presence else local_day(now_ms, zone)
    except ValueError as error:
        raise ProblemError(Problem(code="privacy.day", args={"text": args.presence[:40]})) from error
    found = engine.presence_hours(midnight(day, zone), now_ms).result()
    names = [zone_title(one, twin) for one in found.zones]
    rows = [(utc(hour), names[at], found.zones[at].places, people) for hour, at, people in found.rows]
    document = {
        "zones": [
            {"rooms": list(one.rooms), "storey": one.storey, "places": one.places, "name": name}
            for one, name in zip(found.zones, names, strict=True)
        ],
        "hours": [{"hour": utc(hour), "zone": at, "people": people} for hour, at, people in found.rows],
    }  # fmt: skip
    head = ("time", "group", "places", "people")
    lines = columns(rows, head) or [translate("privacy.no_hours")]
    if args.csv:
        lines = csv_lines([head, *((hour, cell_text(name), places, n) for hour, name, places, n in rows)]).splitlines()
    return Outcome(document, (*lines, *(() if args.csv else (translate("privacy.hours_about"),))))


def _places(given: list[str] | None, status: PrivacyStatus, twin: Twin) -> dict[RoomId, int] | None:
    """The numbers with those that are given; None where none is. ProblemError for a room that is not there."""
    from app.cli.framework.project_access import missing
    from twin.model.problem import Problem, ProblemError

    if not given:
        return None
    found = dict(status.places)
    for one in given:
        name, _, number = one.rpartition("=")
        rooms = [room.id for room in twin.rooms if name in (room.id, room.title)]
        if len(rooms) != 1:
            raise missing("room", name, twin)
        if not number.isdecimal():
            raise ProblemError(Problem(code="privacy.places_unreadable", args={"text": one}))
        found[rooms[0]] = int(number)
    return found


VERB = Verb(sentence="what is kept of values that tell of people", arguments=arguments, run=run)
