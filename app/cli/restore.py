"""`oikos restore`: a backup back to work, checked first; what was there before is kept beside it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from app.cli.frame.verb import Outcome, Verb
from twin.model.problem import Severity


def arguments(parser: argparse.ArgumentParser) -> None:
    """The backup and the project."""
    parser.add_argument("backup")
    parser.add_argument("project", help="project file to make or replace")


def run(args: argparse.Namespace) -> Outcome:
    """Copies both files; what is there, sound or damaged, is renamed to name.old1.oikos, never lost."""
    from twin.store.backup import damage, restore

    done = restore(Path(args.backup), Path(args.project))
    problems = tuple(replace(problem, severity=Severity.WARNING) for problem in damage(done.made[0]))
    kept = [str(path) for path in done.kept]
    document = {
        "restored": True,
        "project": str(done.made[0]),
        "files": [str(path) for path in done.made],
        "kept": kept[0] if kept else None,
        "kept_files": kept,
    }
    lines = (f"Restored {done.made[0]}", *(f"What was there is kept: {path}" for path in kept))
    return Outcome(document, lines, problems)


VERB = Verb(sentence="put a backup back to work", arguments=arguments, run=run)
