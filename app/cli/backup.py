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
    """Copies both files as of one moment each; refuses to write over something."""
    from app.cli.frame.building import refused
    from app.cli.frame.opening import reading
    from app.engine.opened import history_path

    out = Path(args.out)
    for file in (out, history_path(out)):
        if file.exists():
            raise refused(file)
    with reading(args.project) as project:
        project.project.backup(out)
        made = [out]
        if project.history is not None:
            project.history.backup(history_path(out))
            made.append(history_path(out))
    sizes = {str(file): file.stat().st_size for file in made}
    return Outcome({"files": sizes}, tuple(f"{file}  {size / 1e6:.1f} MB" for file, size in sizes.items()))


VERB = Verb(sentence="copy a project and its history safely, also while it runs", arguments=arguments, run=run)
