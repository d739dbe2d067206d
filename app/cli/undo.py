"""`oikos undo`: the last edit taken back."""

from __future__ import annotations

import argparse

from app.author import author
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project."""
    parser.add_argument("project")
    parser.add_argument("--others", action="store_true", help="also where another person made the edit")


def run(args: argparse.Namespace) -> Outcome:
    """Says what it did; null where there was nothing."""
    from app.cli.framework.project_access import editing

    with editing(args.project) as project:
        label = project.undo(by="" if args.others else author())
    line = tr("Undone: {label}", label=sentence(label)) if label else tr("Nothing to undo")
    document = {
        "undo": sentence(label) if label else None,
        **(label.as_json() if label else {"code": None, "args": {}}),
    }
    return Outcome(document, (line,))


VERB = Verb(sentence="take the last edit back", arguments=arguments, run=run)
