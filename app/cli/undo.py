"""`oikos undo`: undoes the last edit."""

from __future__ import annotations

import argparse

from app.author import author
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project")
    parser.add_argument("--others", action="store_true", help="also where another person made the edit")


def run(args: argparse.Namespace) -> Outcome:
    """Undoes an edit and prints its label; null where there is none."""
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
