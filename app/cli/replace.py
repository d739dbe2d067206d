"""`oikos replace`: puts a device into the place of a broken one."""

from __future__ import annotations

import argparse

from app.cli.framework.output import change_line, change_row
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the device that goes and the one that comes."""
    parser.add_argument("project")
    parser.add_argument("old", metavar="OLD", help="id or name of the device that goes")
    parser.add_argument("new", metavar="NEW", help="id or name of the one that takes its place, of any model")


def run(args: argparse.Namespace) -> Outcome:
    """Room, name, history, scenes and rules go on with the new device; the old one leaves its system. One undo step."""
    from app.cli.framework.project_access import missing, raised, working

    with working(args.project, links=[]) as engine:
        twin = engine.twin
        old, new = twin.find_device(args.old), twin.find_device(args.new)
        if old is None or new is None:
            raise missing("device", args.old if old is None else args.new, twin)
        engine.replace_device(old.id, new.id).result()
        now = engine.twin.device_of[new.id]
        marks = [one for one in engine.twin.meter_changes if one not in twin.meter_changes]
        problems = raised(engine)
    mine = {point.id for point in old.points}
    kept = [point.info.key for point in now.points if point.id in mine]
    meters = {point.id: point for point in now.points}
    document = {
        "device": now.id,
        "name": now.name,
        "room": now.room,
        "points": kept,
        "meter_changes": [change_row(mark) for mark in marks],
    }
    line = translate("cli.replace.done", name=now.name, model=now.model or now.kind, n=len(kept), all=len(old.points))
    lines = (line, *(change_line(mark, meters[mark.point].capability.unit) for mark in marks))
    return Outcome(document, lines, problems)


VERB = Verb(
    sentence="put a device into the place of a broken one: room, name and history go on", arguments=arguments, run=run
)
