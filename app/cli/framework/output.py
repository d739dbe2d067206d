"""Printing of outcomes: one JSON document, or aligned lines for users; problems always, never a traceback."""

from __future__ import annotations

import json
import math
import sys
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, cast

from app.cli.framework.verb import Outcome
from app.i18n import problem_json, remedy, sentence, tr, translate, translation, what, with_stop
from app.i18n.numbers import MINUS, with_minus
from twin.model.capability import CAPABILITIES
from twin.model.kind import KINDS
from twin.model.problem import Problem, Severity
from twin.model.text import Text

if TYPE_CHECKING:
    from twin.model.meter import MeterChange


_COMMAND_LINE = {
    "link.login": Text("link.login.command_line"),
    "link.incomplete": Text("link.incomplete.command_line"),
}
"""Remedies by problem code that name an option of the command line; a window shows the problem's own remedy."""


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Prints an outcome: with `as_json` everything in one document on stdout, else lines, and problems on stderr."""
    if as_json and outcome.document is None and not outcome.problems:
        return
    if as_json:
        document = {**(outcome.document or {}), "problems": [problem_json(problem) for problem in outcome.problems]}
        print(dumped(document))
        return
    for line in outcome.lines:
        print(line)
    for problem in outcome.problems:
        print(problem_lines(problem), file=sys.stderr)


def problem_lines(problem: Problem) -> str:
    """A problem in two lines: what and where, then what to do."""
    mark = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}[problem.severity]
    place = f" ({problem.where})" if problem.where else ""
    to_do = sentence(_COMMAND_LINE[problem.code]) if problem.code in _COMMAND_LINE else remedy(problem)
    return f"{mark} {what(problem)}{place}\n  {with_stop(to_do)}"


def dumped(document: object) -> str:
    """The document as one line of JSON: NaN becomes null, numpy's numbers plain ones."""
    return json.dumps(_plain(document), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in cast("Mapping[object, object]", value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in cast("Collection[object]", value)]
    if (to_list := getattr(value, "tolist", None)) is not None:  # numpy's arrays and numbers
        return _plain(to_list())
    return str(value)


def columns(rows: Iterable[Sequence[object]], head: Sequence[str] = ()) -> list[str]:
    """Rows as aligned lines; numbers to the right, wide characters counted as two. `head` has the keys of `cli.head.`"""
    texts = [[_cell(cell) for cell in row] for row in rows]
    if not texts:
        return []
    table = [[translate(f"cli.head.{key}").upper() if key else "" for key in head], *texts] if head else texts
    widths = [max(_width(row[i]) for row in table) for i in range(len(texts[0]))]
    right = [all(_number(row[i]) for row in texts) for i in range(len(widths))]
    return ["  ".join(_padded(row[i], widths[i], right[i]) for i in range(len(widths))).rstrip() for row in table]


def in_words(point: Mapping[str, object]) -> object:
    """A point's value for tables: booleans as their capability's words (`on`, `open`, `leak`), these and words of protocols
    (`no demand`) translated."""
    value, row = point["value"], CAPABILITIES.get(str(point["capability"]))
    if row is not None and isinstance(value, bool) and len(row.options) == 2:
        return table_word(row.options[int(value)])
    is_word = row is not None and (row.id == "raw_enum" or value in row.options)
    return table_word(value) if isinstance(value, str) and is_word else value


def table_word(word: str) -> str:
    """A word of the program's own tables (`good`, `password`, `on`) in the language in force; in English as in
    `--json`."""
    return translation(word) or word


def kind_word(kind: str) -> str:
    """Title of a device's kind in the language in force; in English as in `--json`."""
    return (translation(KINDS[kind].title, "kind") if kind in KINDS else "") or kind


def point_title(point: Mapping[str, object]) -> str:
    """A point's title: as given by its device, or its capability's in the language in force."""
    title, row = str(point["title"]), CAPABILITIES.get(str(point["capability"]))
    return table_word(title) if row is not None and title == row.title else title


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return translate("cli.yes") if value else translate("cli.no")
    if isinstance(value, float):
        text = f"{value:.2f}" if abs(value) < 1e6 else f"{value:.0f}" if abs(value) < 1e15 else f"{value:.4g}"
        return with_minus(text)
    if isinstance(value, tuple | list):
        return " ".join(
            f"{part:.3f}" if isinstance(part, float) else str(part) for part in cast("Collection[object]", value)
        )
    return str(value)


def _number(text: str) -> bool:
    return text == "-" or text.replace(".", "", 1).replace(MINUS, "", 1).isdigit()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def utc(time_ms: int | None) -> str | None:
    """A time (UTC ms) as ISO 8601 in UTC with milliseconds; None for 0 or None."""
    if not time_ms:
        return None
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def change_row(mark: MeterChange) -> dict[str, object]:
    """JSON of a meter change; readings in the point's canonical unit."""
    return {"id": mark.id, "time": utc(mark.time_ms), "final": mark.final, "first": mark.first}


def change_line(mark: MeterChange, unit: str) -> str:
    """The line of a meter change; `unit` is the canonical unit of its point."""
    old, new = (tr("unknown") if value is None else f"{value:.10g} {unit}" for value in (mark.final, mark.first))
    return translate("cli.meter.changed", time=utc(mark.time_ms), old=old, new=new)


def stamped(recorder: dict[str, object]) -> dict[str, object]:
    """JSON of the recorder's status, with its time as ISO 8601."""
    last = recorder["last"]
    return recorder | {"last": utc(last) if isinstance(last, int) else last}
