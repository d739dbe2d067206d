"""`oikos redo`: redoes the edit that was undone last."""

from __future__ import annotations

import argparse

from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Redoes an edit and prints its label; null where there is none."""
    from app.cli.framework.project_access import editing

    with editing(args.project) as project:
        label = project.redo()
    line = tr("Done again: {label}", label=sentence(label)) if label else tr("Nothing to do again")
    document = {
        "redo": sentence(label) if label else None,
        **(label.as_json() if label else {"code": None, "args": {}}),
    }
    return Outcome(document, (line,))


VERB = Verb(sentence="do again what was undone", arguments=arguments, run=run)
