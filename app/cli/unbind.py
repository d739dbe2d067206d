"""`oikos unbind`: takes a device out of its room."""

from __future__ import annotations

import argparse

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project and the device."""
    parser.add_argument("project")
    parser.add_argument("device", help="id or name")


def run(args: argparse.Namespace) -> Outcome:
    """Unbinds the device, as one undo step."""
    from app.cli.framework.project_access import editing, missing

    with editing(args.project) as project:
        twin = project.twin()
        device = twin.find_device(args.device)
        if device is None:
            raise missing("device", args.device, twin)
        project.unbind(device.id)
    return Outcome(
        {"device": device.id, "name": device.name, "room": None}, (translate("cli.unbind.done", device=device.name),)
    )


VERB = Verb(sentence="take a device out of its room", arguments=arguments, run=run)
