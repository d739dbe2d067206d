"""Legend of a comparison: the two moments, the colour range, counts of rooms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDateTime, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.i18n import tr
from app.view.formatting import format_clock, format_short_time, format_word
from app.view.scene.data.comparison import RoomChanges, signed, unit_of_change
from app.view.scene.overlay.legend import (
    BAR_PX,
    LINE_PX,
    MARGIN_PX,
    PAD_PX,
    SCALE_PX,
    TITLE_PX,
    WIDTH_PX,
    LegendEntry,
    draw_card,
    draw_lines,
    draw_ramp,
    flow,
)
from app.view.site_clock import site_moment
from app.view.style import colour, font
from app.view.theme import Theme, paint
from twin.model.aggregation import AggregationRule, aggregation_rule
from twin.model.capability import ValueType

type Floats = NDArray[np.float64]


class ComparisonLegend:
    """Title, the two moments, the scale of a number, and the counts of `rows` (rooms)."""

    def __init__(self, change: RoomChanges, rows: NDArray[np.intp]) -> None:
        self.change = change
        self.lines = flow(counts(change, rows), WIDTH_PX - 2 * PAD_PX)

    def box(self, height: int) -> QRectF:
        """The legend's rectangle in a view of this height, pixels."""
        scale = 0 if self.change.options else SCALE_PX
        own = TITLE_PX + LINE_PX + scale + LINE_PX * len(self.lines) + 9
        return QRectF(MARGIN_PX, height - MARGIN_PX - own, WIDTH_PX, own)

    def draw(self, painter: QPainter, theme: Theme, height: int) -> None:
        """Paints the legend into a view of this height."""
        place = self.box(height)
        unit = "" if self.change.options else unit_of_change(self.change.row)
        title = tr("{value}, difference", value=tr(self.change.row.title)) + (f"  {unit}" if unit else "")
        inner = draw_card(painter, theme, place, title)
        painter.setFont(font(12))
        painter.setPen(colour(theme.muted))
        painter.drawText(inner.adjusted(0, LINE_PX + 1, 0, 0), Qt.AlignmentFlag.AlignLeft, between(self.change))
        top = place.top() + TITLE_PX + LINE_PX
        if not self.change.options:
            self._draw_scale(painter, theme, QRectF(inner.left(), top, inner.width(), BAR_PX))
            top += SCALE_PX
        draw_lines(painter, theme, self.lines, QPointF(inner.left(), top))

    def _draw_scale(self, painter: QPainter, theme: Theme, bar: QRectF) -> None:
        draw_ramp(painter, bar, self.change.colours)
        middle = bar.center().x()
        painter.setPen(QPen(colour(theme.muted), 1.2))
        painter.drawLine(QPointF(middle, bar.bottom() + 1.5), QPointF(middle, bar.bottom() + 4.5))
        painter.setFont(font(12))
        flags = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
        texts = (
            *(signed(self.change.row, end) for end in (-self.change.limit, 0.0)),
            signed(self.change.row, self.change.limit),
        )
        for flag, text in zip(flags, texts, strict=True):
            painter.drawText(bar.adjusted(0, BAR_PX + 5, 0, 20), flag, _bare(text))


def _bare(text: str) -> str:
    """The number without its unit, which the title shows."""
    return text.partition(" ")[0].removeprefix("±")


def between(change: RoomChanges, now_ms: int | None = None) -> str:
    """The two moments in chronological order: `08:00 → now`; with dates unless both are today."""
    now_ms = QDateTime.currentMSecsSinceEpoch() if now_ms is None else now_ms
    days = {site_moment(now_ms if ms is None else ms).date() for ms in change.order_ms}
    today = days == {site_moment(now_ms).date()}
    moments = (
        tr("now") if ms is None else format_clock(site_moment(ms)) if today else format_short_time(ms, now_ms)
        for ms in change.order_ms
    )
    return " → ".join(moments)


def counts(change: RoomChanges, rows: NDArray[np.intp]) -> list[LegendEntry]:
    """Legend entries with the number of rooms per kind of change."""
    values = change.values[rows]
    known = values[np.isfinite(values)]
    made = _changed_or_not(change, known) if change.options else _numbers(change, known)
    if aggregation_rule(change.row) is AggregationRule.SUM and len(known):
        made.insert(0, LegendEntry(tr("{total} in all", total=signed(change.row, float(known.sum())))))
    if missing := len(values) - len(known):
        made.append(LegendEntry(f"{missing} {tr('no data')}", hatched=True))
    return made


def _changed_or_not(change: RoomChanges, known: Floats) -> list[LegendEntry]:
    if change.row.type is ValueType.ENUM:
        ways = (1.0, tr("changed")), (0.0, tr("unchanged"))
    else:
        became = [tr("became {word}", word=format_word(text).lower()) for text in change.options[:2]]
        ways = (1.0, became[1]), (-1.0, became[0]), (0.0, tr("unchanged"))
    return _entries(change, known, ways)


def _numbers(change: RoomChanges, known: Floats) -> list[LegendEntry]:
    signs = np.array([0.0 if signed(change.row, value).startswith("±") else value for value in known.tolist()])
    return _entries(change, np.sign(signs), ((1.0, tr("rose")), (-1.0, tr("fell")), (0.0, tr("unchanged"))))


def _entries(change: RoomChanges, ways: Floats, meant: tuple[tuple[float, str], ...]) -> list[LegendEntry]:
    strong = 1.0 if change.options else 0.67 * change.limit
    dots = paint(change.colours, np.array([way * strong for way, _ in meant]), -change.limit, change.limit)
    return [
        LegendEntry(f"{n} {text}", (int(dot[0]), int(dot[1]), int(dot[2])))
        for (way, text), dot in zip(meant, dots, strict=True)
        if (n := int((ways == way).sum()))
    ]
