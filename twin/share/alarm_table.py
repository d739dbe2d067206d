"""Figures of the alarms of a period as CSV (RFC 4180)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from twin.files import atomic
from twin.share.sample_table import cell_text, csv_lines, utc_text

_TIMES = frozenset({"from", "to"})
"""Columns that are UTC ms in the rows, and ISO 8601 in the file."""


def write(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    out: Path,
    *,
    force: bool = False,
    never: Iterable[Path] = (),
) -> None:
    """Writes the table; titles that a spreadsheet would execute as a formula are escaped. Raises ProblemError as
    `atomic.replacing`, OSError."""
    with atomic.writing_text(out, atomic.ALARM_TABLE, force=force, never=never) as file:
        file.write(csv_lines([tuple(head), *(tuple(map(_cell, head, row)) for row in rows)]))


def _cell(column: str, value: object) -> object:
    if column in _TIMES and isinstance(value, int):
        return utc_text(value)
    return cell_text(value) if isinstance(value, str) else value
