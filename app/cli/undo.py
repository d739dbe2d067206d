"""`oikos undo`: the last edit taken back."""

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
        label = project.undo()
    return Outcome({"undo": label}, (f"Undone: {label}" if label else "Nothing to undo",))


VERB = Verb(sentence="take the last edit back", arguments=arguments, run=run)
