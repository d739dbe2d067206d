"""Writes a report as a workbook (Office Open XML, ECMA-376): a first sheet with figures and texts, then one per table or chart."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from twin.files import atomic
from twin.share.report_document import (
    Amount,
    BarChart,
    Block,
    Cell,
    KeyFigures,
    ReportDocument,
    ReportGrid,
    ReportLines,
    ReportPhoto,
    ReportPlan,
)

LONGEST_SHEET = 31
"""Most characters of a sheet's name."""
WIDEST = 60
"""Widest column, characters."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]|^'|'$")


def write_workbook(
    document: ReportDocument,
    out: Path,
    *,
    force: bool = False,
    never: Iterable[Path] = (),
    step: Callable[[], object] = lambda: None,
) -> None:
    """Writes the document to `out`: numbers as numbers, unknown ones as their word, texts never as formulas. `step` is called
    for each block, and may raise to stop. Raises ProblemError as `atomic.replacing`, OSError."""
    buffer = BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    try:
        _Writer(document, book).write(step)
    finally:
        book.close()
    with atomic.writing(out, atomic.WORKBOOK, force=force, never=never) as file:
        file.write(buffer.getvalue())


class _Writer:
    def __init__(self, document: ReportDocument, book: Any) -> None:  # noqa: ANN401 - xlsxwriter's
        self._document, self._book = document, book
        self._formats: dict[tuple[str, bool], Any] = {}
        self._names: set[str] = set()
        self._title = book.add_format({"bold": True, "font_size": 16})
        self._heading = book.add_format({"bold": True, "font_size": 12, "font_color": "#2563c9"})
        self._head = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        self._muted = book.add_format({"font_color": "#4d5867"})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def write(self, step: Callable[[], object]) -> None:
        """Writes all sheets."""
        document = self._document
        self._book.set_properties({"title": document.title, "author": document.building, "comments": document.period})
        first = self._sheet(document.labels.contents)
        first.set_column(0, 0, 34)
        first.set_column(1, 1, 24)
        first.set_column(2, 2, WIDEST)
        first.write_string(0, 0, document.title, self._title)
        row = 1
        for what, value in document.facts:
            first.write_string(row, 0, what, self._muted)
            first.write_string(row, 1, value)
            row += 1
        for section in document.sections:
            row += 1
            first.write_string(row, 0, section.title, self._heading)
            row += 1
            for block in section.blocks:
                step()
                row = self._block(first, row, block)

    def _block(self, first: Any, row: int, block: Block) -> int:  # noqa: ANN401 - xlsxwriter's
        match block:
            case KeyFigures(figures=figures):
                for one in figures:
                    first.write_string(row, 0, one.label)
                    self._cell(first, row, 1, one.value)
                    first.write_string(row, 2, one.note, self._muted)
                    row += 1
            case ReportLines(texts=texts):
                for text in texts:
                    first.merge_range(row, 0, row, 2, "", self._wrapped)
                    first.write_string(row, 0, text, self._wrapped)
                    first.set_row(row, 15 * (1 + len(text) // 110))
                    row += 1
            case ReportGrid():
                self._table(block)
            case BarChart():
                self._chart(block)
            case ReportPhoto() | ReportPlan():
                pass  # pictures are in the PDF
        return row

    def _table(self, block: ReportGrid) -> None:
        sheet = self._sheet(block.title)
        for at, text in enumerate(block.head):
            sheet.write_string(0, at, text, self._head)
        for n, cells in enumerate(block.rows):
            for at, cell in enumerate(cells):
                self._cell(sheet, n + 1, at, cell, bold=block.total and n == len(block.rows) - 1)
        if not block.rows:
            sheet.write_string(1, 0, block.empty)
        for at, text in enumerate(block.head):
            texts = (self._document.text(cells[at]) for cells in block.rows)
            widest = max([len(text) * 0.8, *(_columns(text) for text in texts)], default=8)
            sheet.set_column(at, at, min(WIDEST, max(9, widest + 2)))
        sheet.freeze_panes(1, 1)
        if block.rows:
            sheet.autofilter(0, 0, len(block.rows) - block.total, len(block.head) - 1)

    def _chart(self, block: BarChart) -> None:
        sheet = self._sheet(block.title)
        sheet.write_string(0, 1, block.unit, self._head)
        sheet.set_column(0, 0, 22)
        for n, (label, value) in enumerate(zip(block.labels, block.values, strict=True), 1):
            sheet.write_string(n, 0, label)
            self._cell(sheet, n, 1, Amount(value, block.digits))
        chart = self._book.add_chart({"type": "column"})
        name, last = sheet.get_name(), len(block.values)
        chart.add_series(
            {"name": block.unit, "categories": [name, 1, 0, last, 0], "values": [name, 1, 1, last, 1],
             "fill": {"color": "#2563c9"}}
        )  # fmt: skip
        chart.set_title({"name": block.title})
        chart.set_legend({"none": True})
        chart.set_y_axis({"name": block.unit})
        chart.set_size({"width": 900, "height": 360})
        sheet.insert_chart(1, 3, chart)

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell, *, bold: bool = False) -> None:  # noqa: ANN401
        if isinstance(cell, str):
            sheet.write_string(row, column, cell, self._format("@", bold=bold))
        elif cell.value is None or not isfinite(cell.value):
            sheet.write_string(row, column, self._document.labels.unknown, self._muted)
        else:
            percent = cell.unit == "%"
            decimals = f".{'0' * cell.digits}" if cell.digits else ""
            unit = "%" if percent else f' "{cell.unit}"' if cell.unit else ""
            pattern = f"#,##0{decimals}{unit.replace(chr(92), '')}"
            sheet.write_number(
                row, column, cell.value / 100 if percent else cell.value, self._format(pattern, bold=bold)
            )

    def _format(self, pattern: str, *, bold: bool) -> Any:  # noqa: ANN401 - xlsxwriter's
        if (pattern, bold) not in self._formats:
            self._formats[pattern, bold] = self._book.add_format({"num_format": pattern, "bold": bold, "valign": "top"})
        return self._formats[pattern, bold]

    def _sheet(self, title: str) -> Any:  # noqa: ANN401 - xlsxwriter's
        plain = _FORBIDDEN.sub(" ", title).strip()[:LONGEST_SHEET] or "–"
        name, n = plain, 2
        while name.casefold() in self._names:
            name, n = f"{plain[: LONGEST_SHEET - 4]} ({n})", n + 1
        self._names.add(name.casefold())
        return self._book.add_worksheet(name)


def _columns(text: str) -> float:
    """Width of a text in characters of a Latin font: Chinese ones take two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
