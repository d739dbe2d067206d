"""`oikos history`: the chart data of a point."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, cast

from app.cli.framework.output import change_row, columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.capability import ValueType
from twin.model.observation import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from twin.model.device import Point
    from twin.model.history_series import ChartColumns
    from twin.model.meter import Consumption, MeterChange


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: point, time range, number of columns."""
    from app.cli.framework.parsing import instant, whole_number

    parser.add_argument("project")
    parser.add_argument("point", help="point id, or device/capability")
    parser.add_argument("--from", dest="from_ms", type=instant, default="-24h", metavar="T", help="ISO time or -24h")
    parser.add_argument("--to", dest="to_ms", type=instant, default="now", metavar="T", help="ISO time or now")
    parser.add_argument("--columns", type=whole_number, default=500, metavar="N", help="at most so many (500)")


def run(args: argparse.Namespace) -> Outcome:
    """Reads the columns; another program may have the project open."""
    import numpy as np

    from app.cli.framework.project_access import missing, reading

    with reading(args.project) as project:
        point = project.twin.find_point(args.point)
        if point is None:
            raise missing("point", args.point, project.twin)
        found, used, counts = None, None, None
        if project.history is not None and args.to_ms > args.from_ms:
            number = max(1, min(args.columns, 100_000))
            found = project.history.columns([point.id], args.from_ms, args.to_ms, number)[0]
            used = project.history.consumption(point.id, np.array([args.from_ms, args.to_ms]))
            if used is not None and len(found.time_ms):
                counts = project.history.consumption(point.id, _edges(found, args.to_ms))
        strings = project.strings
        marks = [mark for mark in project.twin.meter_changes if mark.point == point.id]
    rows = _rows(found, counts) if found is not None else []
    if point.capability.type not in (ValueType.NUMBER, ValueType.BOOL):
        for row in rows:
            row["word"] = decode(point, cast("float", row["last"]), strings)
    document = _document(point, rows, found, used, marks)
    return Outcome(document, tuple(_lines(point, rows, document, used, marks)))


def _document(
    point: Point,
    rows: Sequence[Mapping[str, object]],
    found: ChartColumns | None,
    used: Consumption | None,
    marks: Sequence[MeterChange],
) -> dict[str, object]:
    document: dict[str, object] = {
        "point": point.id,
        "capability": point.info.capability,
        "unit": point.capability.unit,
        "columns": rows,
        "source": found.source if found is not None else "none",
        "width_ms": found.width_ms if found is not None else 0,
        "damaged": [{"from": utc(a), "to": utc(b)} for a, b in (found.damaged_ms if found is not None else ())],
    }
    if used is not None:
        document |= {
            "counted": used.total,
            "estimated": bool(used.estimated.any()),
            "meter_changes": [change_row(mark) for mark in marks],
            "suspected": [utc(time_ms) for time_ms in used.suspected_ms],
        }
    return document


def _lines(
    point: Point,
    rows: Sequence[Mapping[str, object]],
    document: Mapping[str, object],
    used: Consumption | None,
    marks: Sequence[MeterChange],
) -> list[str]:
    head = tuple(rows[0]) if rows else ()
    shown = columns([tuple(_shown(row).values()) for row in rows], ("time", *head[1:]))
    lines = [*shown, translate("cli.history.columns", n=len(rows), source=document["source"])]
    if used is not None:
        code = "cli.history.estimated" if document["estimated"] else "cli.history.counted"
        lines.append(translate(code, total=used.total, unit=point.capability.unit))
        lines += [translate("cli.history.changed", time=utc(mark.time_ms)) for mark in marks]
        lines += [translate("cli.history.suspected", time=utc(time_ms)) for time_ms in used.suspected_ms]
    return lines


def _edges(found: ChartColumns, to_ms: int) -> NDArray[np.int64]:
    import numpy as np

    last = int(found.time_ms[-1])
    return np.append(found.time_ms, last + found.width_ms if found.width_ms else max(to_ms, last + 1))


def _rows(found: ChartColumns, counts: Consumption | None) -> list[dict[str, object]]:
    parts = (found.time_ms, found.low, found.high, found.mean, found.last, found.count)
    lists = [part.tolist() for part in parts]
    rows: list[dict[str, object]] = [
        {"t": utc(t), "min": low, "max": high, "mean": mean, "last": last, "count": count}
        for t, low, high, mean, last, count in zip(*lists, strict=True)
    ]
    if counts is not None:
        for row, used, guess in zip(rows, counts.increase.tolist(), counts.estimated.tolist(), strict=True):
            row |= {"counted": used, "estimated": guess}
    return [row for row in rows if row["count"] or row["mean"] == row["mean"]]


def _shown(row: Mapping[str, object]) -> dict[str, object]:
    if "estimated" not in row:
        return dict(row)
    return {**row, "estimated": translate("cli.history.guess") if row["estimated"] else ""}


VERB = Verb(sentence="what a chart of a point would draw", arguments=arguments, run=run)
