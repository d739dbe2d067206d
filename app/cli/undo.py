"""`oikos undo`: the last edit taken back."""

from __future__ import annotations

import argparse

from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Says what it did; null where there was nothing."""
    from app.cli.framework.project_access import editing

    with editing(args.project) as project:
        label = project.undo()
    line = tr("Undone: {label}", label=sentence(label)) if label else tr("Nothing to undo")
    document = {
        "undo": sentence(label) if label else None,
        **(label.as_json() if label else {"code": None, "args": {}}),
    }
    return Outcome(document, (line,))


VERB = Verb(sentence="take the last edit back", arguments=arguments, run=run)
