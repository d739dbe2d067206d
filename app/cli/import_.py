"""`oikos import`: imports a building file into an existing project; rooms keep their devices."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.cli.framework.output import columns
from app.cli.framework.running_engine import running
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from twin.model.ids import RoomId
    from twin.model.import_review import Review
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the file, and decisions for unclear cases."""
    parser.add_argument("project")
    parser.add_argument("file", help="building file, or Home Assistant's folder .storage")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--add", action="store_true", help="beside the files that the project has, as one building")
    which.add_argument("--replace", metavar="FILE", help="in place of this file of the project, by its name")
    parser.add_argument(
        "--move",
        action="append",
        default=[],
        type=_move,
        metavar="ROOM=ROOM",
        help="devices of a room that the new file lacks go into another",
    )
    parser.add_argument("--yes", action="store_true", help="go on where rooms with devices are lost: they are orphans")


def _move(text: str) -> tuple[str, str]:
    lost, _, target = text.partition("=")
    if not lost or not target:
        raise argparse.ArgumentTypeError(translate("cli.usage.move"))
    return lost, target


def run(args: argparse.Namespace) -> Outcome:
    """Reads the file, lists rooms kept, moved, renamed, lost and new, and imports it unless it is a dry run."""
    from app.cli.framework import import_report
    from app.cli.framework.project_access import editing, reading
    from app.engine import importing

    started = time.monotonic()
    into = importing.ADD if args.add else args.replace or ""
    refused = None
    if args.dry_run:
        with reading(args.project) as found:
            review = importing.preview_import(found.project, import_report.read(Path(args.file)), into)
            twin = found.twin
    else:
        with editing(args.project) as project:  # held while reading: nobody else may change the rooms meanwhile
            held = here.session.project if (here := running()) else project
            review = importing.preview_import(held, import_report.read(Path(args.file)), into)
            decisions = _decisions(args.move, review, project.twin())
            refused = None if args.yes else importing.undecided(review, decisions)
            if here and not refused:
                here.accept(here.keep_review(review).id, decisions).result()
            elif not refused:
                importing.apply_import(project, review, decisions)
            twin = project.twin()
    seconds = time.monotonic() - started
    changes = import_report.changes(review)
    document = {**import_report.document(twin, review.problems, seconds), "changes": changes, "dry_run": args.dry_run}
    problems = (*review.problems, *(refused.problems if refused else ()))
    return Outcome(document, (*_change_lines(changes), *import_report.lines(twin, seconds)), problems)


def _decisions(moves: list[tuple[str, str]], review: Review, twin: Twin) -> Mapping[RoomId, RoomId | None]:
    """By lost room: the room that `--move` names for its devices."""
    from app.cli.framework.project_access import missing

    after = replace(twin, rooms=review.rooms)
    out: dict[RoomId, RoomId | None] = {}
    for lost, target in moves:
        gone, there = twin.find_room(lost), after.find_room(target)
        if gone is None:
            raise missing("room", lost, twin)
        if there is None:
            raise missing("room", target, after)
        out[gone.id] = there.id
    return out


def _change_lines(changes: dict[str, object]) -> list[str]:
    rows = [
        (
            translate(f"cli.import.is_{what}"),
            row["name"],
            translate("cli.import.was", name=row["was"]) if "was" in row else _inside(row),
        )
        for what in ("moved", "renamed", "gone", "new")
        for row in cast("list[dict[str, str]]", changes[what])
    ]
    kinds = ("kept", "moved", "renamed", "gone", "new")
    counts = {what: len(cast("list[object]", changes[what])) for what in kinds}
    return [translate("cli.import.changes", **counts), *columns(rows)]


def _inside(row: Mapping[str, object]) -> str:
    count = len(cast("list[str]", row.get("devices", [])))
    return translate("cli.import.inside", n=count) if count else ""


VERB = Verb(sentence="read a building file into a project", arguments=arguments, run=run)
