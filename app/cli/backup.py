"""`oikos backup`: a safe copy of project and history, also while they are being written."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.frame.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project and where the copy goes."""
    parser.add_argument("project")
    parser.add_argument("out", help="project file to make, usually name-backup.oikos")


def run(args: argparse.Namespace) -> Outcome:
    """Copies both files, verified; refuses to write over something, and leaves nothing half-made."""
    from app.cli.frame.opening import reading
    from twin.store.backup import back_up

    with reading(args.project) as project:
        made = back_up(project.project, project.history, Path(args.out))
    sizes = {str(file): file.stat().st_size for file in made}
    return Outcome({"files": sizes}, tuple(f"{file}  {size / 1e6:.1f} MB" for file, size in sizes.items()))


VERB = Verb(sentence="copy a project and its history safely, also while it runs", arguments=arguments, run=run)
