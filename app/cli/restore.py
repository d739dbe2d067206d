"""`oikos restore`: a backup back to work, checked first; what was there before is kept beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.frame.verb import Outcome, Verb
from twin.files import atomic
from twin.model.problem import Problem, ProblemError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The backup and the project."""
    parser.add_argument("backup")
    parser.add_argument("project", help="project file to make or replace")


def run(args: argparse.Namespace) -> Outcome:
    """Copies both files; an existing project is renamed to name.old.oikos, never lost."""
    from app.cli.frame.opening import editing, reading
    from app.engine.opened import history_path

    source, target = Path(args.backup), Path(args.project)
    with reading(str(source)) as project:
        problems = [*project.project.check(), *(project.history.check() if project.history else ())]
    if problems:
        return Outcome({"restored": False}, problems=tuple(problems))
    kept = None
    if target.exists():
        with editing(str(target)):
            pass  # nobody has it open, and it closes clean
        kept = _set_aside(target)
    try:
        for have, out in ((source, target), (history_path(source), history_path(target))):
            if have.exists():
                with atomic.replacing(out, atomic.OWN) as part:
                    atomic.copy(have, part)
    except OSError as error:
        raise ProblemError(_unwritable(target, error)) from error
    document = {"restored": True, "project": str(target), "kept": str(kept) if kept else None}
    return Outcome(document, (f"Restored {target}", *((f"The old one is {kept}",) if kept else ())))


def _set_aside(target: Path) -> Path:
    from app.engine.opened import history_path

    for number in range(1, 1000):
        aside = target.with_name(f"{target.stem}.old{number}{target.suffix}")
        if not aside.exists() and not history_path(aside).exists():
            target.rename(aside)
            if history_path(target).exists():
                history_path(target).rename(history_path(aside))
            return aside
    raise ProblemError(_unwritable(target, OSError("there are too many old copies")))


def _unwritable(target: Path, error: OSError) -> Problem:
    return Problem(
        code="restore.unwritable",
        what="The project could not be written",
        where=str(target),
        remedy="Make room or choose another folder; the backup is untouched",
        retry=True,
        detail=str(error),
    )


VERB = Verb(sentence="put a backup back to work", arguments=arguments, run=run)
