"""`oikos home`: whether the home is empty or asleep; sets it by hand."""

from __future__ import annotations

import argparse

from app.cli.framework.output import utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

MODES = ("home", "away", "asleep", "auto")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and what is set by hand."""
    parser.add_argument("project")
    parser.add_argument("mode", nargs="?", choices=MODES, help="set by hand, or auto: by presence, doors and motion")


def run(args: argparse.Namespace) -> Outcome:
    """Sets what is asked for, then prints the presence of the home."""
    from app.cli.framework.project_access import working

    with working(args.project, links=()) as engine:
        status = (engine.set_home_presence(args.mode) if args.mode else engine.home_presence()).result()
    presence = None if status.word == "unknown" else status.word
    since = utc(status.since_ms) if status.since_ms else None
    document = {"presence": presence, "mode": status.mode, "since": since}
    lines = (
        f"{translate(f'home.is.{status.word}')}  {since or ''}".rstrip(),
        translate(f"home.mode.{status.mode.value}"),
    )
    return Outcome(document, lines)


VERB = Verb(sentence="whether the home is empty or asleep, or set it", arguments=arguments, run=run)
