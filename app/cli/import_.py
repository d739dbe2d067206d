"""`oikos import`: a building file into a project that exists; a second time, rooms keep their devices."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import cast

from app.cli.frame.show import columns
from app.cli.frame.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project and the file."""
    parser.add_argument("project")
    parser.add_argument("file", help=".ifc .ifczip .ifcxml or .sh3d")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")


def run(args: argparse.Namespace) -> Outcome:
    """Reads the file, says what matched, moved, went and came, and keeps it unless it is a dry run."""
    from app.cli.frame import building
    from app.cli.frame.opening import editing, reading

    started = time.monotonic()
    file = Path(args.file)
    if args.dry_run:
        with reading(args.project) as found:
            twin = found.twin
        read = building.read(file)
        changes = building.changes(twin.rooms, read.rooms)[0]
    else:
        with editing(args.project) as project:  # held while reading: nobody else may change the rooms meanwhile
            read = building.read(file)
            changes, keep = building.changes(project.twin().rooms, read.rooms)
            twin = project.set_building(read, label=f"Import {file.name}", keep=keep)
    seconds = time.monotonic() - started
    document = {**building.document(twin, read.problems, seconds), "changes": changes, "dry_run": args.dry_run}
    return Outcome(document, (*_told(changes), *building.lines(twin, seconds)), read.problems)


def _told(changes: dict[str, object]) -> list[str]:
    rows = [
        (what, row["name"])
        for what in ("moved", "renamed", "gone", "new")
        for row in cast("list[dict[str, str]]", changes[what])
    ]
    kept = len(cast("list[object]", changes["matched"]))
    return [f"{kept} rooms recognised", *columns(rows)]


VERB = Verb(sentence="read a building file into a project", arguments=arguments, run=run)
