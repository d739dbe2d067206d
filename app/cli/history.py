"""`oikos history`: what a chart of a point would draw."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, cast

from app.cli.frame.show import columns, utc
from app.cli.frame.verb import Outcome, Verb
from twin.model.capability import ValueType
from twin.model.observation import decode

if TYPE_CHECKING:
    from twin.model.series import Columns


def arguments(parser: argparse.ArgumentParser) -> None:
    """The point, the time, the number of columns."""
    from app.cli.frame.values import instant

    parser.add_argument("project")
    parser.add_argument("point", help="point id, or device/capability")
    parser.add_argument("--from", dest="from_ms", type=instant, default="-24h", metavar="T", help="ISO time or -24h")
    parser.add_argument("--to", dest="to_ms", type=instant, default="now", metavar="T", help="ISO time or now")
    parser.add_argument("--columns", type=int, default=500, metavar="N", help="at most so many (500)")


def run(args: argparse.Namespace) -> Outcome:
    """Reads; another program may have the project open."""
    from app.cli.frame.opening import missing, reading

    with reading(args.project) as project:
        point = project.twin.find_point(args.point)
        if point is None:
            raise missing("point", args.point, project.twin)
        found, counted, damage = None, None, ()
        if project.history is not None and args.to_ms > args.from_ms:
            number = max(1, min(args.columns, 100_000))
            found = project.history.columns([point.id], args.from_ms, args.to_ms, number)[0]
            counted = project.history.counted(point.id, args.from_ms, args.to_ms)
            damage = (project.history.damage,)
        words = project.words
    rows = _rows(found) if found is not None else []
    if point.capability.type not in (ValueType.NUMBER, ValueType.BOOL):
        for row in rows:
            row["word"] = decode(point, cast("float", row["last"]), words)
    document = {
        "point": point.id,
        "capability": point.info.capability,
        "unit": point.capability.unit,
        "columns": rows,
        "source": found.source if found is not None else "none",
        "width_ms": found.width_ms if found is not None else 0,
    }
    if counted is not None:
        document |= {"counted": counted[0], "meter_changes": [utc(time_ms) for time_ms in counted[1]]}
    head = ("time", "min", "max", "mean", "last", "count", "word")
    shown = columns([tuple(row.values()) for row in rows], head[: len(rows[0])] if rows else ())
    lines = [*shown, f"{len(rows)} columns from {document['source']}"]
    if counted is not None:
        lines.append(f"{counted[0]:.3f} {point.capability.unit} counted")
        lines += [f"Was the meter changed at {utc(time_ms)}?" for time_ms in counted[1]]
    return Outcome(document, tuple(lines), tuple(problem for problem in damage if problem is not None))


def _rows(found: Columns) -> list[dict[str, object]]:
    parts = (found.time_ms, found.low, found.high, found.mean, found.last, found.count)
    lists = [part.tolist() for part in parts]
    return [
        {"t": utc(t), "min": low, "max": high, "mean": mean, "last": last, "count": count}
        for t, low, high, mean, last, count in zip(*lists, strict=True)
        if count or mean == mean
    ]


VERB = Verb(sentence="what a chart of a point would draw", arguments=arguments, run=run)
