"""`oikos [PROJECT]`: the window with a project, with the last one, or with the welcome page."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.framework.beside_engine import is_url
from app.cli.framework.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project", nargs="?", help="the last one where none is named")


def run(args: argparse.Namespace) -> Outcome:
    """Opens the window; returns when it is closed."""
    from app.cli.framework.window_launch import show, show_far

    if args.project and is_url(args.project):
        return show_far(args.project)
    return show(Path(args.project) if args.project else None)


VERB = Verb(sentence="open a project in the window", arguments=arguments, run=run)
