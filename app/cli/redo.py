"""`oikos redo`: what was undone, done again."""

from __future__ import annotations

import argparse

from app.cli.frame.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Says what it did; null where there was nothing."""
    from app.cli.frame.project_access import editing

    with editing(args.project) as project:
        label = project.redo()
    return Outcome({"redo": label}, (f"Redone: {label}" if label else "Nothing to redo",))


VERB = Verb(sentence="do again what was undone", arguments=arguments, run=run)
