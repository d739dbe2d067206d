"""`oikos tray`: tray icon of an engine in the background, left by a closed window."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.framework.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Shows the icon until the engine ends; returns at once where the desktop has no tray."""
    from app.cli.framework.window_launch import show_icon
    from twin.store.file_names import project_file

    return show_icon(project_file(Path(args.project)))


VERB = Verb(sentence="an icon in the desktop's tray for an engine in the background", arguments=arguments, run=run)
