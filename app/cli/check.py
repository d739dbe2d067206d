"""`oikos check`: checks a project and its history for damage."""

from __future__ import annotations

import argparse

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Reads every page and checksum; damage is listed as problems."""
    from app.cli.framework.project_access import reading

    with reading(args.project) as project:
        problems = [*project.project.check()]
        if project.history is not None:
            problems += project.history.check()
        twin = project.twin
    document = {
        "sound": not problems,
        "rooms": len(twin.rooms),
        "devices": len(twin.devices),
        "history": project.history is not None,
    }
    return Outcome(document, (translate("cli.check.sound"),) if not problems else (), tuple(problems))


VERB = Verb(sentence="whether a project and its history are sound", arguments=arguments, run=run)
