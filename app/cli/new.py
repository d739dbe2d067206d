"""`oikos new`: a project, from building files where they are given."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from app.cli.frame.verb import Outcome, Verb
from twin.model.problem import Problem


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project and the files."""
    parser.add_argument("project", help="file to make, usually name.oikos")
    parser.add_argument(
        "--from",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="building file, or the folder of a text export",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Makes the project; a file that cannot be read leaves no project behind."""
    from app.cli.frame import building
    from twin.store.project import Project

    started = time.monotonic()
    path = Path(args.project)
    if path.exists():
        raise building.refused(path)
    folders = [Path(file) for file in args.files if Path(file).is_dir()]
    exports = [building.read_text(folder) for folder in folders]
    read = [building.read(Path(file)) for file in args.files if not Path(file).is_dir()]
    problems: list[Problem] = []
    with Project.create(path, name=path.stem) as project:
        for one in (*(structure for structure, _ in exports), *read):
            keep = building.changes(project.twin().rooms, one.rooms)[1]
            project.set_building(one, label=f"Import {Path(one.source.path).name}", keep=keep)
            problems.extend(one.problems)
        for _, snapshot in exports:
            building.restore_devices(project, snapshot)
        twin = project.twin()
    seconds = time.monotonic() - started
    document = {"project": str(path), **building.document(twin, problems, seconds), "changes": {}}
    return Outcome(document, (f"Made {path}", *building.lines(twin, seconds)), tuple(problems))


VERB = Verb(sentence="make a project, from a building file where you have one", arguments=arguments, run=run)
