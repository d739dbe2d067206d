"""Energy by device, room or storey as CSV (RFC 4180): a row per part, and one for the total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from twin.files import atomic
from twin.share.sample_table import cell_text, csv_lines


def write(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    out: Path,
    *,
    force: bool = False,
    never: Iterable[Path] = (),
) -> None:
    """Writes the table; names that a spreadsheet would execute as a formula are escaped. Raises ProblemError as
    `atomic.replacing`, OSError."""
    with atomic.writing_text(out, atomic.ENERGY_TABLE, force=force, never=never) as file:
        file.write(csv_lines([tuple(head), *(_row(row) for row in rows)]))


def _row(row: Sequence[object]) -> tuple[object, ...]:
    """The row with its name, the third cell, escaped."""
    return tuple(cell_text(str(cell)) if at == 2 else cell for at, cell in enumerate(row))
