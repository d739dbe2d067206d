"""Pages of a PDF: a cursor that flows down and breaks pages, text, tables, footers. Lengths are points (1/72 inch)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen, QTextOption  # noqa: TID251 - paper has colours of its own

from app.view import style
from app.view.report.pdf_text import with_drawn_characters

DOTS = 10
"""Device units per point."""
WIDTH, HEIGHT = 595.0, 842.0
"""A4, points."""
MARGIN, FOOTER = 48.0, 28.0
_BODY = HEIGHT - 2 * MARGIN - FOOTER
"""Height of an empty page."""
_NUMBER_PT = 40.0
"""Width kept free of the footer for the page's number."""
TEXT_PT, SMALL_PT, HEADING_PT, TITLE_PT = 9.0, 7.5, 13.0, 26.0
_CELL = 3.0
_PART_PT = 60.0
"""Least height that is left on a page for the beginning of a row that is longer than a page."""
_SLACK = 0.5
"""Height that a row which is not cut leaves at least: sums of heights are rounded."""
_KEPT = 500
"""Heights of texts that are kept."""
_BACK = 40
"""Characters that a cut goes back to a space."""
INK, GREY, LINE, SHADE = "#1b2430", "#5b6776", "#c9d1db", "#f1f4f8"
GOOD, BAD = "#1c7a43", "#b3261e"


class PdfPages:
    """Draws one PDF in memory; call `finish` at the end. Must be created, used and finished on one thread (any)."""

    def __init__(self, title: str, footer: str, advanced: Callable[[float], None]) -> None:
        """`advanced` is called with the work that is done since it was called last: 1.0 for a row of a table; it may raise to
        stop."""
        self._file = QBuffer()  # Qt does not report a failed write of a PDF
        self._file.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = QPdfWriter(self._file)
        self._writer.setResolution(72 * DOTS)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
        self._writer.setTitle(title)
        self._writer.setCreator("Oikos")
        self._footer, self.advance = footer, advanced
        self._drawn = set[str]()
        self._heights: dict[tuple[str, float, float, bool], float] = {}
        self.painter = QPainter(self._writer)
        self.page, self.y = 1, MARGIN

    @property
    def width(self) -> float:
        """Width between the margins."""
        return WIDTH - 2 * MARGIN

    @property
    def left_over(self) -> float:
        """Height that is left on the page."""
        return HEIGHT - MARGIN - FOOTER - self.y

    def finish(self) -> bytes:
        """Ends the last page; returns the whole PDF."""
        self._end_page()
        self.painter.end()
        fonts = (
            style.paper_font(DOTS, strong=strong, family=one)
            for strong in (False, True)
            for one in style.paper_families()
        )
        return with_drawn_characters(bytes(self._file.data().data()), self._drawn, fonts)

    def new_page(self) -> None:
        """Ends the page and begins the next one."""
        self._end_page()
        self._writer.newPage()
        self.page += 1
        self.y = MARGIN
        self.advance(0.0)

    def need(self, height: float) -> None:
        """Begins a new page where less than this height is left."""
        if height > self.left_over and self.y > MARGIN:
            self.new_page()

    def text(
        self, text: str, size: float = TEXT_PT, *, strong: bool = False, tone: str = INK, gap: float = 4.0
    ) -> None:
        """Writes a paragraph over the whole width; `gap` is the space below."""
        height = self._height(text, self.width, size, strong)
        self.need(height)
        self.draw_text(text, QRectF(MARGIN, self.y, self.width, height), size, strong=strong, tone=tone)
        self.y += height + gap

    def draw_text(
        self,
        text: str,
        box: QRectF,
        size: float = TEXT_PT,
        *,
        strong: bool = False,
        tone: str = INK,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        """Writes text into a box, wrapped."""
        self.painter.setFont(_font(size, strong=strong))
        self.painter.setPen(QColor(tone))
        self._drawn.add(text)
        self.painter.drawText(_dots(box), text, _wrapped(align))

    def table(
        self, head: Sequence[str], shares: Sequence[float], rows: Sequence[Sequence[str]], tones: Sequence[str]
    ) -> None:
        """Writes a table; `shares` are relative column widths, `tones` the colour of each row's first column. The head is
        repeated on every page; a row longer than a page goes on, with its first cell, on the next."""
        widths = self._widths(shares)
        if rows:
            self.need(self.table_start(head, shares, rows[0]))
        self._row(head, widths, GREY, strong=True)
        for cells, tone in zip(rows, tones, strict=True):
            self._whole_row(head, cells, widths, tone)
            self.advance(1.0)
        self.y += 8.0

    def table_start(self, head: Sequence[str], shares: Sequence[float], first: Sequence[str]) -> float:
        """Height of a table's head and first row, or of the part of the row that a page must have."""
        widths = self._widths(shares)
        top, height = self._row_height(head, widths, strong=True), self._row_height(first, widths, strong=False)
        return top + (height if height <= _BODY - top - _SLACK else _PART_PT)

    def _widths(self, shares: Sequence[float]) -> list[float]:
        return [self.width * share / sum(shares) for share in shares]

    def _whole_row(self, head: Sequence[str], cells: Sequence[str], widths: Sequence[float], tone: str) -> None:
        """Writes a row, on the next page where it does not fit here, or over several pages."""
        top = self._row_height(head, widths, strong=True)
        while (height := self._row_height(cells, widths, strong=False)) > self.left_over:
            is_long = height > _BODY - top - _SLACK
            if is_long and self.left_over >= _PART_PT:
                room = self.left_over - 2 * _CELL
                parts = [self._cut(cell, width - 2 * _CELL, room) for cell, width in zip(cells, widths, strict=True)]
                self._row([part for part, _ in parts], widths, tone, strong=False)
                cells = [parts[0][1] or cells[0], *(rest for _, rest in parts[1:])]
            self.new_page()
            self._row(head, widths, GREY, strong=True)
        self._row(cells, widths, tone, strong=False)

    def _cut(self, text: str, width: float, height: float) -> tuple[str, str]:
        """The beginning of a cell's text that fits into this height, and the rest."""
        most = (
            bisect_right(range(len(text) + 1), height, key=lambda n: self._height(text[:n], width, SMALL_PT, False)) - 1
        )
        if most >= len(text):
            return text, ""
        most = max(most, 1)
        space = max(text.rfind(" ", most - _BACK, most + 1), text.rfind("\n", 0, most + 1))
        at = space if space > 0 else most
        return text[:at].rstrip(), text[at:].lstrip()

    def _row(self, cells: Sequence[str], widths: Sequence[float], tone: str, *, strong: bool) -> None:
        height = self._row_height(cells, widths, strong=strong)
        if strong:
            self.painter.fillRect(_dots(QRectF(MARGIN, self.y, self.width, height)), QColor(SHADE))
        x = MARGIN
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            box = QRectF(x + _CELL, self.y + _CELL, width - 2 * _CELL, height - 2 * _CELL)
            self.draw_text(cell, box, SMALL_PT, strong=strong, tone=tone if n == 0 or strong else INK)
            x += width
        self.y += height
        self.rule()

    def _row_height(self, cells: Sequence[str], widths: Sequence[float], *, strong: bool) -> float:
        heights = (self._height(c, w - 2 * _CELL, SMALL_PT, strong) for c, w in zip(cells, widths, strict=True))
        return max(heights) + 2 * _CELL

    def text_height(
        self, text: str, size: float = TEXT_PT, *, strong: bool = False, width: float | None = None
    ) -> float:
        """Height of a paragraph of this width, points; by default over the whole page."""
        return self._height(text, self.width if width is None else width, size, strong)

    def rule(self) -> None:
        """Draws a line over the whole width at the cursor."""
        self.painter.setPen(QPen(QColor(LINE), 0.5 * DOTS))
        at = round(self.y * DOTS)
        self.painter.drawLine(round(MARGIN * DOTS), at, round((MARGIN + self.width) * DOTS), at)

    def _height(self, text: str, width: float, size: float, strong: bool) -> float:
        """Height of a wrapped text, points; those of the last texts are kept, since a row asks several times."""
        key = (text, width, size, strong)
        if (known := self._heights.get(key)) is not None:
            return known
        if len(self._heights) >= _KEPT:
            self._heights.clear()
        self.painter.setFont(_font(size, strong=strong))
        box = self.painter.boundingRect(_dots(QRectF(0, 0, width, 1e5)), text or "x", _wrapped())
        found = self._heights[key] = box.height() / DOTS
        return found

    def _end_page(self) -> None:
        box = QRectF(MARGIN, HEIGHT - MARGIN, self.width, FOOTER)
        self.painter.setFont(_font(SMALL_PT, strong=False))
        shown = self.painter.fontMetrics().elidedText(
            self._footer, Qt.TextElideMode.ElideMiddle, round((self.width - _NUMBER_PT) * DOTS)
        )
        self.draw_text(shown, box, SMALL_PT, tone=GREY)
        self.draw_text(str(self.page), box, SMALL_PT, tone=GREY, align=Qt.AlignmentFlag.AlignRight)


def _font(size: float, *, strong: bool) -> QFont:
    return style.paper_font(round(size * DOTS), strong=strong)


def _wrapped(align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> QTextOption:
    """Lines break between words, within a word only where it is longer than a line."""
    option = QTextOption(align | Qt.AlignmentFlag.AlignTop)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option


def _dots(box: QRectF) -> QRectF:
    return QRectF(box.x() * DOTS, box.y() * DOTS, box.width() * DOTS, box.height() * DOTS)
