"""`oikos tray`: the icon in the desktop's tray of an engine in the background. A window that is closed leaves it."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.framework.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Shows it until the engine ends; at once over where the desktop has no tray."""
    from app.cli.framework.window_launch import show_icon
    from twin.store.file_names import project_file

    return show_icon(project_file(Path(args.project)))


VERB = Verb(sentence="an icon in the desktop's tray for an engine in the background", arguments=arguments, run=run)
