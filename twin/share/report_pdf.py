"""Writes a report as PDF (A4, ISO 32000): embedded fonts, charts as vectors, heads of tables repeated, pages numbered."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeArgument=false, reportUnknownParameterType=false
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
)

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
    ReportSection,
)
from twin.share.report_drawings import ACCENT, GRID, INK, MUTED, bar_chart, plan_drawing
from twin.share.report_fonts import BOLD, REGULAR, font_runs, markup, prepare_fonts, text_width

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
CHART_HEIGHT, PLAN_HEIGHT, PHOTO_HEIGHT = 46 * mm, 62 * mm, 66 * mm
BODY = 8.0
"""Size of tables, points."""
CELL_PAD = 4.0
NARROWEST = 42.0
"""Least width of a column of texts, points."""
IN_A_ROW = 4
"""Key figures beside each other."""


def write_pdf(
    document: ReportDocument,
    out: Path,
    *,
    force: bool = False,
    never: Iterable[Path] = (),
    step: Callable[[], object] = lambda: None,
) -> None:
    """Writes the document to `out`. `step` is called for each page and table, and may raise to stop. Raises ProblemError as
    `atomic.replacing`, OSError."""
    with atomic.writing(out, atomic.PDF, force=force, never=never) as file:
        file.write(pdf_bytes(document, step))


def pdf_bytes(document: ReportDocument, step: Callable[[], object] = lambda: None) -> bytes:
    """The document as PDF."""
    prepare_fonts()
    buffer = BytesIO()
    layout = _Layout(document, step)
    template = BaseDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=f"{document.title} – {document.building}", author=document.building, creator=document.labels.program,
        lang=document.language.replace("_", "-"), initialFontName=REGULAR,
    )  # fmt: skip
    frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN - 4 * mm, 0, 0, 0, 0, id="body")
    template.addPageTemplates(PageTemplate("page", [frame], onPage=layout.page_begun))
    template.build(list(layout.story()), canvasmaker=_numbered(document))
    return buffer.getvalue()


def _numbered(document: ReportDocument) -> Callable[..., Canvas]:
    """Canvases that write the foot of each page once the number of pages is known."""

    class NumberedCanvas(Canvas):
        def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - reportlab's
            super().__init__(*args, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # pyright: ignore[reportAttributeAccessIssue]

        def save(self) -> None:
            for number, page in enumerate(self._pages, 1):
                self.__dict__.update(page)
                self._foot(number, len(self._pages))
                super().showPage()
            super().save()

        def _foot(self, number: int, of: int) -> None:
            y = MARGIN - 7 * mm
            self.setStrokeColor(GRID)
            self.setLineWidth(0.5)
            self.line(MARGIN, y + 10, A4[0] - MARGIN, y + 10)
            self.setFillColor(MUTED)
            self._line(MARGIN, y, " · ".join(filter(None, (document.building, document.title, document.period))))
            pages = document.labels.page.format(page=number, pages=of)
            self._line(A4[0] - MARGIN - text_width(pages, 7), y, pages)

        def _line(self, x: float, y: float, text: str) -> None:
            for name, part in font_runs(text):
                self.setFont(name, 7)
                self.drawString(x, y, part)
                x += text_width(part, 7)

    return NumberedCanvas


class _Layout:
    """The document's blocks as reportlab's flowables."""

    def __init__(self, document: ReportDocument, step: Callable[[], object]) -> None:
        self._document, self._step = document, step
        wrap: dict[str, Any] = {"wordWrap": "CJK"} if document.language.startswith("zh") else {"splitLongWords": 1}

        def style(size: float, color: Any = INK, font: str = REGULAR, **more: Any) -> ParagraphStyle:  # noqa: ANN401
            leading = more.pop("leading", size * 1.32)
            return ParagraphStyle("", fontName=font, fontSize=size, leading=leading, textColor=color, **wrap, **more)

        self._title, self._building = style(20, font=BOLD), style(11, MUTED)
        self._heading = style(13, ACCENT, BOLD, spaceBefore=6, spaceAfter=3)
        self._caption = style(9, font=BOLD, spaceBefore=5, spaceAfter=2)
        self._body, self._small = style(8.5, leading=12), style(7.2, MUTED, leading=9.6)
        self._cell, self._head, self._sum = style(BODY), style(7.2, MUTED), style(BODY, font=BOLD)
        self._label, self._value, self._note = style(7.2, MUTED), style(14, font=BOLD), style(7, MUTED)

    def page_begun(self, *_: object) -> None:
        """Called at the begin of each page."""
        self._step()

    def story(self) -> Iterator[Flowable]:
        """All flowables in order."""
        document = self._document
        yield self._text(document.title, self._title, bold=True)
        yield Spacer(0, 2)
        yield self._text(
            f"{document.building} · {document.period}" if document.period else document.building, self._building
        )
        yield Spacer(0, 5)
        yield self._facts()
        yield Spacer(0, 4)
        for section in document.sections:
            yield from self._section(section)

    def _section(self, section: ReportSection) -> Iterator[Flowable]:
        tall = any(isinstance(block, ReportPhoto) for block in section.blocks[:1])
        yield CondPageBreak(PHOTO_HEIGHT + 22 * mm if tall else 45 * mm)
        yield self._text(section.title, self._heading, bold=True)
        for block in section.blocks:
            self._step()
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[Flowable]:
        match block:
            case KeyFigures():
                yield self._figures(block)
                yield Spacer(0, 4)
            case ReportGrid():
                yield from self._table(block)
            case BarChart():
                chart = bar_chart(block, WIDTH, CHART_HEIGHT, self._document.number, self._document.labels.unknown)
                yield KeepTogether([self._text(block.title, self._caption, bold=True), chart, Spacer(0, 4)])
            case ReportLines(texts=texts, small=small):
                for text in texts:
                    yield self._text(text, self._small if small else self._body)
                yield Spacer(0, 4)
            case ReportPhoto(data=data, caption=caption):
                yield KeepTogether([_photo(data), self._text(caption, self._small), Spacer(0, 6)])
            case ReportPlan():
                drawing = plan_drawing(block, WIDTH, PLAN_HEIGHT)
                yield KeepTogether([drawing, self._text(block.caption, self._small), Spacer(0, 6)])

    def _text(self, text: str, style: ParagraphStyle, *, bold: bool = False) -> Paragraph:
        return Paragraph(markup(text, bold=bold), style)

    def _facts(self) -> Flowable:
        rows = [[self._text(what, self._label), self._text(value, self._cell)] for what, value in self._document.facts]
        lines = [("LINEBELOW", (0, -1), (-1, -1), 0.8, ACCENT), ("LINEABOVE", (0, 0), (-1, 0), 0.8, ACCENT)]
        pads = [("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5)]
        sides = [("LEFTPADDING", (0, 0), (-1, -1), 2), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        return LongTable(rows, colWidths=[34 * mm, WIDTH - 34 * mm], splitInRow=1, style=[*lines, *pads, *sides])

    def _figures(self, block: KeyFigures) -> Flowable:
        cells = [
            [
                self._text(one.label, self._label),
                self._text(self._document.text(one.value), self._value, bold=True),
                self._text(one.note, self._note),
            ]
            for one in block.figures
        ]
        across = min(IN_A_ROW, len(cells))
        rows = [cells[at : at + across] for at in range(0, len(cells), across)]
        rows[-1] += [[] for _ in range(across - len(rows[-1]))]
        style = [
            ("BACKGROUND", (0, 0), (-1, -1), HexColor("#f3f6fa")), ("INNERGRID", (0, 0), (-1, -1), 3, white),
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
        ]  # fmt: skip
        return LongTable(rows, colWidths=[WIDTH / across] * across, style=style)

    def _table(self, block: ReportGrid) -> Iterator[Flowable]:
        title = self._text(block.title, self._caption, bold=True)
        if not block.rows:
            yield KeepTogether([title, self._text(block.empty, self._body), Spacer(0, 4)])
            return
        numbers = [any(isinstance(row[at], Amount) for row in block.rows) for at in range(len(block.head))]
        widths = self._widths(block, numbers)
        head = [
            self._text(text, _aligned(self._head, right=right)) for text, right in zip(block.head, numbers, strict=True)
        ]
        rows = [head]
        for n, row in enumerate(block.rows):
            last = block.total and n == len(block.rows) - 1
            rows.append([self._cell_of(cell, right=right, bold=last) for cell, right in zip(row, numbers, strict=True)])
        style = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, MUTED), ("LINEBELOW", (0, 1), (-1, -1), 0.4, GRID),
            ("LEFTPADDING", (0, 0), (-1, -1), CELL_PAD), ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PAD),
            ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]  # fmt: skip
        if block.total:
            style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, MUTED))
        yield CondPageBreak(30 * mm)
        yield title
        yield LongTable(rows, colWidths=widths, repeatRows=1, splitInRow=1, style=style)
        yield Spacer(0, 6)

    def _cell_of(self, cell: Cell, *, right: bool, bold: bool) -> Paragraph:
        style = self._sum if bold else self._cell
        return self._text(self._document.text(cell), _aligned(style, right=right), bold=bold)

    def _widths(self, block: ReportGrid, numbers: list[bool]) -> list[float]:
        """Widths of the columns: numbers whole, what is left for texts by their length."""
        pad = 2 * CELL_PAD + 1

        def widest(at: int) -> float:
            cells = (text_width(self._document.text(row[at]), BODY, bold=block.total) for row in block.rows)
            return max(cells) + pad

        def longest_word(at: int) -> float:
            return max((text_width(word, 7.2) for word in block.head[at].split()), default=0.0) + pad

        natural = [max(widest(at), longest_word(at)) for at in range(len(block.head))]
        kept = sum(width for width, number in zip(natural, numbers, strict=True) if number)
        texts = [at for at, number in enumerate(numbers) if not number]
        left = WIDTH - kept
        asked = sum(natural[at] for at in texts)
        if not texts or left < NARROWEST * len(texts):
            share = WIDTH / sum(natural)
            return [width * share for width in natural]
        for at in texts:
            natural[at] = max(NARROWEST, natural[at] * left / asked)
        over = sum(natural) - WIDTH
        natural[max(texts, key=lambda at: natural[at])] -= max(0.0, over)
        return natural


def _aligned(style: ParagraphStyle, *, right: bool) -> ParagraphStyle:
    return ParagraphStyle("", parent=style, alignment=2) if right else style


def _photo(data: bytes) -> Image:
    picture = Image(BytesIO(data))
    scale = min(WIDTH / picture.imageWidth, PHOTO_HEIGHT / picture.imageHeight)
    picture.drawWidth, picture.drawHeight = picture.imageWidth * scale, picture.imageHeight * scale
    picture.hAlign = "LEFT"
    return picture
