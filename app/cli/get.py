"""`oikos get`: the newest values of a project, a device or a point."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, in_words, point_title, stamped, table_word, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence

if TYPE_CHECKING:
    from app.engine.reading import ProjectReader
    from twin.model.device import Point


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and optionally a device or point."""
    parser.add_argument("project")
    parser.add_argument("what", nargs="?", help="device or point (id, name, or device/capability)")


def run(args: argparse.Namespace) -> Outcome:
    """Reads the newest values; another program may have the project open."""
    from app.cli.framework.project_access import reading
    from app.engine.clock import utc_ms
    from app.engine.reading import point_row
    from app.engine.recorder_status import outdated

    with reading(args.project) as project:
        points = _wanted(project, args.what)
        known = project.latest(points, utc_ms())
        rows = [point_row(point, known, project.strings) for point in points]
        recorder = project.recorder(utc_ms())
        names = {device.id: device.name for device in project.twin.devices}
    if recorder is not None and recorder.stopped:
        outdated(rows)
    for row, point in zip(rows, points, strict=True):
        found = known.get(point.id)
        row["time"] = utc(found.time_ms) if found else None
    shown = [(names[p.device], point_title(r), in_words(r), r["unit"], r["quality"] and table_word(str(r["quality"])), r["time"]) for p, r in zip(points, rows, strict=True)]  # fmt: skip
    document = {"recorder": None if recorder is None else stamped(recorder.as_json()), "points": rows}
    lines = columns(shown, ("device", "point", "value", "unit", "quality", "time"))
    return Outcome(document, (*([sentence(recorder.text).capitalize(), ""] if recorder else []), *lines))


def _wanted(project: ProjectReader, what: str | None) -> tuple[Point, ...]:
    from app.cli.framework.project_access import missing

    if what is None:
        return project.twin.points
    if points := project.twin.points_called(what):
        return points
    if device := project.twin.find_device(what):
        return device.points
    raise missing("device_or_point", what, project.twin)


VERB = Verb(sentence="newest values of a project, a device or a point", arguments=arguments, run=run)
