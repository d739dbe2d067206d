"""`oikos meter`: replacements of a meter: suspected ones, marks of the user, adding and removing marks."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.cli.framework.output import change_line, change_row, utc
from app.cli.framework.running_engine import running
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from twin.model.device import Point
    from twin.model.meter import MeterChange
    from twin.model.twin import Twin
    from twin.store.history import History
    from twin.store.project import Project

NEAR_MS = 60_000
"""Largest distance (ms) between a given time and the mark it refers to."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the meter's point; a mark to add or remove."""
    from app.cli.framework.parsing import instant

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("point", help="point id, or device/capability")
    parser.add_argument("--changed", type=instant, metavar="T", help="the meter was changed then")
    parser.add_argument("--old", metavar="READING", help="final reading of the old meter (1234.5 kWh)")
    parser.add_argument("--new", metavar="READING", help="first reading of the new meter")
    parser.add_argument("--not-changed", dest="back", type=instant, metavar="T", help="take the mark of then back")


def run(args: argparse.Namespace) -> Outcome:
    """Lists marks, or edits one (one undo step) and recounts consumption."""
    if args.changed is not None and args.back is not None:
        args.refuse(translate("cli.usage.changed_or_not"))
    if args.changed is None and (args.old or args.new):
        args.refuse(translate("cli.usage.readings"))
    if args.changed is None and args.back is None:
        return _listed(args)
    return _edited(args)


def _listed(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import missing, reading

    with reading(args.project) as project:
        point = project.twin.find_point(args.point)
        if point is None:
            raise missing("point", args.point, project.twin)
        marks = project.twin.meter_changes
        return _meter_outcome(point, marks, project.history)


def _meter_outcome(point: Point, marks: Iterable[MeterChange], history: History | None) -> Outcome:
    import numpy as np

    from app.engine.clock import utc_ms

    mine = [mark for mark in marks if mark.point == point.id]
    first = history.first_ms(point.id) if history is not None else None
    used = history.consumption(point.id, np.array([first or 0, utc_ms() + 1])) if history is not None else None
    suspected = used.suspected_ms if used is not None else ()
    document = {
        "point": point.id,
        "unit": point.capability.unit,
        "counted": used.total if used is not None else None,
        "meter_changes": [change_row(mark) for mark in mine],
        "suspected": [utc(time_ms) for time_ms in suspected],
    }
    unit = point.capability.unit
    lines = [change_line(mark, unit) for mark in mine]
    lines += [translate("cli.meter.suspected", time=utc(time_ms)) for time_ms in suspected]
    lines.append(
        translate("cli.meter.none") if used is None else translate("cli.meter.counted", total=used.total, unit=unit)
    )
    return Outcome(document, tuple(lines))


def _edited(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.project_access import editing, missing

    if running() is not None:
        return _edited_in_engine(args)
    from twin.store.file_names import history_file
    from twin.store.history import History

    with editing(args.project) as project:
        point = project.twin().find_point(args.point)
        if point is None:
            raise missing("point", args.point, project.twin())
        place = history_file(project.path)
        if not place.exists():
            raise ProblemError(Problem(code="meter.unrecorded", where=point.id))
        with History.open(place) as history:
            if args.back is None:
                _mark(args, project, point, history)
            else:
                _unmark(args.back, project, point)
            history.set_exchanges(project.twin().exchanges_of)
            return _meter_outcome(point, project.twin().meter_changes, history)


def _edited_in_engine(args: argparse.Namespace) -> Outcome:
    """Edits marks in the engine that has the project and its history open: its clients see them at once."""
    from app.cli.framework.project_access import missing, reading, working

    with working(args.project) as engine, reading(args.project) as live:
        point = engine.twin.find_point(args.point)
        if point is None:
            raise missing("point", args.point, engine.twin)
        if args.back is None:
            engine.mark_meter(point.id, args.changed, *_readings(args, point)).result()
        else:
            engine.unmark_meter(_near(args.back, engine.twin, point)).result()
        return _meter_outcome(point, engine.twin.meter_changes, live.history)


def _mark(args: argparse.Namespace, project: Project, point: Point, history: History) -> None:
    from app.engine.clock import utc_ms
    from app.engine.meter_changes import check
    from twin.model.meter import meter_change

    final, first = _readings(args, point)
    project.mark_meter(check(history, point, meter_change(point.id, args.changed, final, first), utc_ms()))


def _readings(args: argparse.Namespace, point: Point) -> tuple[float | None, float | None]:
    """Final and first reading in the canonical unit; None where not given."""
    from app.cli.framework.parsing import order

    final, first = (None if text is None else float(order(point, text)[1] or 0.0) for text in (args.old, args.new))  # type: ignore[arg-type]
    return final, first


def _unmark(time_ms: int, project: Project, point: Point) -> None:
    project.unmark_meter(_near(time_ms, project.twin(), point))


def _near(time_ms: int, twin: Twin, point: Point) -> str:
    """Id of the point's mark nearest to `time_ms`, within NEAR_MS."""
    near = [m for m in twin.meter_changes if m.point == point.id and abs(m.time_ms - time_ms) <= NEAR_MS]
    if not near:
        raise ProblemError(Problem(code="meter.unmarked", args={"time": utc(time_ms)}, where=point.id))
    return min(near, key=lambda mark: abs(mark.time_ms - time_ms)).id


VERB = Verb(sentence="when a meter was replaced: look, mark, take back", arguments=arguments, run=run)
