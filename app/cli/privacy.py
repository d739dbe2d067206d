"""`oikos privacy`: what is kept of values that tell of people; for buildings that several share."""

from __future__ import annotations

import argparse

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr, translate


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
    parser.add_argument("--points", action="store_true", help="list what each point reveals")


def run(args: argparse.Namespace) -> Outcome:
    """Sets what is asked for, then prints what applies."""
    from app.cli.framework.project_access import working
    from twin.model.privacy import PURPOSES
    from twin.model.text import Text

    with working(args.project, links=()) as engine:
        change = args.shared or args.home
        asked = engine.set_privacy(args.hours, shared=args.shared) if change else engine.privacy()
        status, twin = asked.result(), engine.twin
    found = [
        (device.name, point.info.key, point.capability.reveals.value)
        for device in twin.devices
        for point in device.points
    ]
    document = {
        "shared": status.shared, "hours": status.hours, "swept": utc(status.swept_ms) if status.swept_ms else None,
        "reveals": dict(status.points),
        "purposes": {one: translate(f"privacy.purpose.{one}") for one in PURPOSES},
        "points": [{"device": device, "point": key, "reveals": reveals} for device, key, reveals in found] if args.points else [],
    }  # fmt: skip
    lines = [sentence(Text("privacy.shared", hours=status.hours) if status.shared else Text("privacy.home"))]
    lines += [translate(f"privacy.purpose.{one}") for one in PURPOSES]
    if args.points:
        lines += columns([(device, key, tr(reveals)) for device, key, reveals in found], ("name", "point", "what"))
    return Outcome(document, tuple(lines))


VERB = Verb(sentence="what is kept of values that tell of people", arguments=arguments, run=run)
