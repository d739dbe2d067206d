"""Colour legend of the floors: scale, thresholds, counts; and compass and scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from app.i18n import tr
from app.i18n.numbers import format_decimal, format_significant
from app.view.formatting import display_unit, format_number, format_word, to_display
from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.comfort_colours import COMFORT_ROW
from app.view.style import colour, font
from app.view.theme import Theme, palette
from twin.model.aggregation import AggregationRule
from twin.model.capability import ValueType
from twin.model.comfort import Comfort, Verdict

WIDTH_PX, HEIGHT_PX = 264, 92
"""Size in pixels of a legend of a number with one line of counts; others differ in height."""
MARGIN_PX = 16
BAR_PX, LINE_PX, PAD_PX = 9, 18, 14
TITLE_PX, SCALE_PX = 31, 34
GAP_PX = 10
"""Pixels between two legends."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One count: its text, and the colour of its dot or hatching."""

    text: str
    dot: tuple[int, int, int] | None = None
    hatched: bool = False


def count_entries(
    scale: ColourScale, values: NDArray[np.float64], *, reached: NDArray[np.bool_] | None = None
) -> tuple[LegendEntry, ...]:
    """Legend entries with counts of rooms by their `values`. `reached` rooms without a value are shown in a
    neighbour's colours.
    """
    known = values[np.isfinite(values)]
    made: list[LegendEntry] = []
    if scale.row.type in (ValueType.BOOL, ValueType.ENUM):
        made = _enum_entries(scale, known)
    elif (comfort := scale.comfort) is not None:
        made = _verdicts(scale, comfort, known)
    elif scale.rule is AggregationRule.SUM and len(known):
        made = [LegendEntry(tr("{total} in all", total=format_number(scale.row, float(known.sum()))))]
    elif len(known):
        made = [
            LegendEntry(
                " … ".join(dict.fromkeys(format_number(scale.row, float(end)) for end in (known.min(), known.max())))
            )
        ]
    lent = 0 if reached is None else int((np.isnan(values) & reached).sum())
    if lent:
        made.append(LegendEntry(f"{lent} {tr('from next door')}"))
    if missing := len(values) - len(known) - lent:
        made.append(LegendEntry(f"{missing} {tr('no data')}", hatched=True))
    return tuple(made)


def _enum_entries(scale: ColourScale, known: NDArray[np.float64]) -> list[LegendEntry]:
    if not scale.options:
        return []
    count = np.bincount(known.astype(np.intp).clip(0, len(scale.options) - 1), minlength=len(scale.options))
    dots = scale.paint(np.arange(len(scale.options), dtype=np.float64)).tolist()
    every = len(scale.options) <= 2
    return [
        LegendEntry(f"{n} {format_word(text)}", tuple(dot))
        for n, text, dot in zip(count.tolist(), scale.options, dots, strict=True)
        if n or every
    ]


def _verdicts(scale: ColourScale, comfort: Comfort, known: NDArray[np.float64]) -> list[LegendEntry]:
    count = np.bincount(comfort.bands(known), minlength=len(comfort.verdicts))
    ends = np.array([scale.low, *comfort.edges, scale.high])
    dots = scale.paint((ends[1:] + ends[:-1]) / 2).tolist()
    return [
        LegendEntry(f"{n} {_verdict(verdict)}", tuple(dot))
        for n, verdict, dot in zip(count.tolist(), comfort.verdicts, dots, strict=True)
        if n
    ]


def _verdict(verdict: Verdict) -> str:
    match verdict:
        case Verdict.LOW:
            return tr("low")
        case Verdict.GOOD:
            return tr("good")
        case Verdict.FAIR:
            return tr("fair")
        case Verdict.HIGH:
            return tr("high")
        case Verdict.POOR:
            return tr("poor")


def _rule(rule: AggregationRule) -> str:
    match rule:
        case AggregationRule.MEAN:
            return ""
        case AggregationRule.MAX:
            return tr("highest per room")
        case AggregationRule.MIN:
            return tr("lowest per room")
        case AggregationRule.SUM:
            return tr("sum per room")
        case AggregationRule.ANY:
            return tr("any device")
        case AggregationRule.MOST:
            return tr("most common")


class ColourLegend:
    """Title and rule, the scale with thresholds of a number, and the counts."""

    def __init__(self, scale: ColourScale, entries: Sequence[LegendEntry]) -> None:
        self.scale = scale
        self.lines = flow(entries, WIDTH_PX - 2 * PAD_PX)
        self._bar = scale.row.type is ValueType.NUMBER

    def box(self, height: int) -> QRectF:
        """The legend's rectangle in a view of this height, pixels."""
        own = TITLE_PX + (SCALE_PX if self._bar else 0) + LINE_PX * len(self.lines) + (9 if self.lines else 4)
        return QRectF(MARGIN_PX, height - MARGIN_PX - own, WIDTH_PX, own)

    def draw(self, painter: QPainter, theme: Theme, height: int) -> None:
        """Paints the legend into a view of this height."""
        place = self.box(height)
        row, unit = self.scale.row, display_unit(self.scale.row)
        inner = draw_card(painter, theme, place, tr(row.title) + (f"  {unit}" if unit else ""))
        if rule := tr("now") if self.scale.row is COMFORT_ROW else _rule(self.scale.rule):
            painter.setFont(font(12))
            painter.setPen(colour(theme.muted))
            painter.drawText(inner.adjusted(0, 1, 0, 0), Qt.AlignmentFlag.AlignRight, rule)
        top = place.top() + TITLE_PX
        if self._bar:
            self._draw_scale(painter, theme, QRectF(inner.left(), top, inner.width(), BAR_PX))
            top += SCALE_PX
        draw_lines(painter, theme, self.lines, QPointF(inner.left(), top))

    def _draw_scale(self, painter: QPainter, theme: Theme, bar: QRectF) -> None:
        draw_ramp(painter, bar, self.scale.colours)
        if (comfort := self.scale.comfort) is not None:
            for edge in comfort.edges:
                at = bar.left() + self.scale.share(edge) * bar.width()
                for pen in (QPen(colour(theme.pill), 3), QPen(colour(theme.pill_text, 0.8), 1)):
                    painter.setPen(pen)
                    painter.drawLine(QPointF(at, bar.top() + 1), QPointF(at, bar.bottom() - 1))
            low, high = comfort.good()
            start = bar.left() + (self.scale.share(low) if low is not None else 0.0) * bar.width() + 1.5
            end = bar.left() + (self.scale.share(high) if high is not None else 1.0) * bar.width() - 1.5
            pen = QPen(colour(theme.good), 2.4)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(start, bar.bottom() + 3.5), QPointF(end, bar.bottom() + 3.5))
        painter.setFont(font(12))
        painter.setPen(colour(theme.muted))
        for spot, text in _labels(self.scale, bar):
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, text)


def _labels(scale: ColourScale, bar: QRectF) -> list[tuple[QRectF, str]]:
    """(rectangle, text) of the labels below the bar: thresholds first, then ends and ticks where there is room."""
    edges = scale.comfort.edges if scale.comfort is not None else ()
    metrics = QFontMetricsF(font(12))
    made: list[tuple[QRectF, str]] = []
    for value in (*edges, scale.low, scale.high, *(() if edges else scale.ticks[1:-1])):
        text = ("≥ " if scale.open and value == scale.high else "") + _short(to_display(scale.row, value))
        wide = metrics.horizontalAdvance(text)
        left = bar.left() + scale.share(value) * bar.width() - wide / 2
        left = min(max(left, bar.left()), bar.right() - wide)
        spot = QRectF(left, bar.bottom() + 5, wide, 16)
        if not any(spot.adjusted(-5, 0, 5, 0).intersects(other) for other, _ in made):
            made.append((spot.adjusted(-4, 0, 4, 0), text))
    return made


def _short(value: float) -> str:
    return format_decimal(value) if abs(value) >= 100 else format_significant(round(value, 2))


def flow(entries: Sequence[LegendEntry], width: float) -> list[list[tuple[float, LegendEntry]]]:
    """Arranges entries in lines of this width; each with its x position."""
    metrics = QFontMetricsF(font(12))
    lines: list[list[tuple[float, LegendEntry]]] = []
    at = math.inf
    for entry in entries:
        own = metrics.horizontalAdvance(entry.text) + (15 if entry.dot or entry.hatched else 0)
        if at + own > width:
            lines.append([])
            at = 0.0
        lines[-1].append((at, entry))
        at += own + 12
    return lines


def draw_card(painter: QPainter, theme: Theme, place: QRectF, title: str) -> QRectF:
    """Paints a legend's background and title, elided if too long; returns the rectangle for the rest."""
    painter.setPen(QPen(colour(theme.pill_line, 0.8), 1))
    painter.setBrush(colour(theme.pill, 0.93))
    painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
    inner = place.adjusted(PAD_PX, 9, -PAD_PX, 0)
    painter.setFont(font(13, strong=True))
    painter.setPen(colour(theme.pill_text))
    elided = QFontMetricsF(painter.font()).elidedText(title, Qt.TextElideMode.ElideRight, inner.width())
    painter.drawText(inner, Qt.AlignmentFlag.AlignLeft, elided)
    return inner


def draw_ramp(painter: QPainter, bar: QRectF, colours: str) -> None:
    """Paints a colour map as a bar with round ends."""
    path = QPainterPath()
    path.addRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)
    painter.save()
    painter.setClipPath(path)
    painter.drawImage(bar, ramp(colours))
    painter.restore()


def draw_lines(
    painter: QPainter, theme: Theme, lines: Sequence[Sequence[tuple[float, LegendEntry]]], at: QPointF
) -> None:
    """Paints the lines of `flow` from this point downwards."""
    for down, line in enumerate(lines):
        for x, entry in line:
            draw_entry(painter, theme, entry, QPointF(at.x() + x, at.y() + down * LINE_PX))


def draw_entry(painter: QPainter, theme: Theme, entry: LegendEntry, at: QPointF) -> None:
    """Paints one count with its top left corner at a point."""
    painter.setFont(font(12))
    x = at.x()
    if entry.hatched:
        _draw_hatch(painter, theme, QRectF(x, at.y() + 4, 10, 10))
    elif entry.dot is not None:
        painter.setPen(QPen(colour(theme.pill_line), 1))
        painter.setBrush(colour("#{:02x}{:02x}{:02x}".format(*entry.dot)))
        painter.drawRoundedRect(QRectF(x + 0.5, at.y() + 4.5, 9, 9), 3, 3)
    x += 15 if entry.hatched or entry.dot is not None else 0
    painter.setPen(colour(theme.muted))
    painter.drawText(QRectF(x, at.y(), 400, LINE_PX), Qt.AlignmentFlag.AlignVCenter, entry.text)


def compass_box(right: int, bottom: int) -> QRectF:
    """The compass's rectangle in a picture of this size."""
    return QRectF(right - MARGIN_PX - 32, bottom - MARGIN_PX - 32, 32, 32)


def scale_box(right: int, bottom: int, px_per_m: float) -> QRectF:
    """The scale bar's rectangle; empty where there is no valid scale."""
    if not math.isfinite(px_per_m) or px_per_m <= 0:
        return QRectF()
    wide = max(_scale_m(px_per_m) * px_per_m, 40.0)
    return QRectF(right - MARGIN_PX - 44 - wide, bottom - MARGIN_PX - 30, wide, 24)


def _scale_m(px_per_m: float) -> float:
    return next((m for m in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if m * px_per_m >= 46), 1000)


def draw_compass(painter: QPainter, theme: Theme, right: int, bottom: int, *, turn_deg: float) -> None:
    """Paints a small arrow to true north, `turn_deg` clockwise from up."""
    centre = QPointF(right - MARGIN_PX - 16, bottom - MARGIN_PX - 16)
    painter.save()
    painter.translate(centre)
    painter.setPen(QPen(colour(theme.pill_line, 0.8), 1))
    painter.setBrush(colour(theme.pill, 0.85))
    painter.drawEllipse(QPointF(0, 0), 16, 16)
    painter.rotate(turn_deg)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme.error, 0.9))
    painter.drawPolygon(QPolygonF([QPointF(0, -11), QPointF(3.6, 0), QPointF(-3.6, 0)]))
    painter.setBrush(colour(theme.faint, 0.7))
    painter.drawPolygon(QPolygonF([QPointF(0, 11), QPointF(3.6, 0), QPointF(-3.6, 0)]))
    painter.restore()


def draw_scale(painter: QPainter, theme: Theme, right: int, bottom: int, *, px_per_m: float) -> None:
    """Paints a bar whose length is a round number of metres."""
    if not math.isfinite(px_per_m) or px_per_m <= 0:
        return
    length = _scale_m(px_per_m)
    width = length * px_per_m
    x1, y = right - MARGIN_PX - 44, bottom - MARGIN_PX - 10
    x0 = x1 - width
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme.pill, 0.72))
    painter.drawRoundedRect(scale_box(right, bottom, px_per_m).adjusted(-8, -1, 8, 3), 8, 8)
    painter.setPen(QPen(colour(theme.pill_text), 1.4))
    painter.drawPolyline(QPolygonF([QPointF(x0, y - 4), QPointF(x0, y), QPointF(x1, y), QPointF(x1, y - 4)]))
    painter.setFont(font(12))
    painter.drawText(QRectF(x0 - 20, y - 19, width + 40, 16), Qt.AlignmentFlag.AlignHCenter, f"{length:g} m")


def _draw_hatch(painter: QPainter, theme: Theme, patch: QRectF) -> None:
    painter.save()
    painter.fillRect(patch, colour(theme.floor))
    painter.setClipRect(patch)
    painter.setPen(QPen(colour(theme.text if theme.name == "light" else theme.window, 0.45), 1.5))
    for step in range(-2, 4):
        x = patch.left() + step * 4.5
        painter.drawLine(QPointF(x, patch.bottom()), QPointF(x + patch.height(), patch.top()))
    painter.restore()


def ramp(colours: str) -> QImage:
    """A colour map as a picture one pixel high."""
    row = np.ascontiguousarray(palette(colours)[None])
    return QImage(row.tobytes(), row.shape[1], 1, row.shape[1] * 3, QImage.Format.Format_RGB888)
