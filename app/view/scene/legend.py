"""The legend of the colours on the floors, and the small compass and scale beside it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF

from app.view.style import colour, font
from app.view.theme import Theme, palette
from app.view.words import display, display_unit, tr, word
from twin.model.capability import Capability, ValueType

WIDTH_PX, HEIGHT_PX = 250, 68
MARGIN_PX = 16
_BAR_PX = 9


def box(height: int) -> QRectF:
    """Where the legend lies in a view of this height."""
    return QRectF(MARGIN_PX, height - MARGIN_PX - HEIGHT_PX, WIDTH_PX, HEIGHT_PX)


def draw_legend(painter: QPainter, row: Capability, theme: Theme, height: int, *, empty: bool) -> None:
    """Title, colours, ticks with unit; `empty` adds the key of rooms without data."""
    if row.scale is None or not row.colours:
        return
    place = box(height)
    painter.setPen(QPen(colour(theme.pill_line, 0.8), 1))
    painter.setBrush(colour(theme.pill, 0.93))
    painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
    unit = display_unit(row)
    painter.setFont(font(13, strong=True))
    painter.setPen(colour(theme.pill_text))
    inner = place.adjusted(14, 9, -14, -8)
    painter.drawText(inner, Qt.AlignmentFlag.AlignLeft, tr(row.title) + (f"  {unit}" if unit else ""))
    if empty:
        _draw_empty(painter, theme, inner)
    bar = QRectF(inner.left(), inner.top() + 22, inner.width(), _BAR_PX)
    path = QPainterPath()
    path.addRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
    painter.save()
    painter.setClipPath(path)
    painter.drawImage(bar, _ramp(row))
    painter.restore()
    painter.setFont(font(12))
    painter.setPen(colour(theme.muted))
    ticks = _ticks(row)
    for share, text in ticks:
        at = bar.left() + share * bar.width()
        flag = Qt.AlignmentFlag.AlignHCenter
        spot = QRectF(at - 40, bar.bottom() + 3, 80, 16)
        if share < 0.02:
            flag, spot = Qt.AlignmentFlag.AlignLeft, QRectF(bar.left(), bar.bottom() + 3, 80, 16)
        elif share > 0.98:
            flag, spot = Qt.AlignmentFlag.AlignRight, QRectF(bar.right() - 80, bar.bottom() + 3, 80, 16)
        painter.drawText(spot, flag, text)


def draw_compass(painter: QPainter, theme: Theme, right: int, bottom: int, *, turn_deg: float) -> None:
    """A small arrow to true north, `turn_deg` clockwise from up."""
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
    """A bar as long as a round number of metres."""
    if not math.isfinite(px_per_m) or px_per_m <= 0:
        return
    length = next((m for m in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if m * px_per_m >= 46), 1000)
    width = length * px_per_m
    x1, y = right - MARGIN_PX - 44, bottom - MARGIN_PX - 10
    x0 = x1 - width
    painter.setPen(QPen(colour(theme.muted), 1.4))
    painter.drawPolyline(QPolygonF([QPointF(x0, y - 4), QPointF(x0, y), QPointF(x1, y), QPointF(x1, y - 4)]))
    painter.setFont(font(12))
    painter.drawText(QRectF(x0 - 20, y - 19, width + 40, 16), Qt.AlignmentFlag.AlignHCenter, f"{length:g} m")


def _draw_empty(painter: QPainter, theme: Theme, inner: QRectF) -> None:
    text = tr("no data")
    painter.setFont(font(12))
    width = painter.fontMetrics().horizontalAdvance(text)
    painter.setPen(colour(theme.muted))
    painter.drawText(inner, Qt.AlignmentFlag.AlignRight, text)
    patch = QRectF(inner.right() - width - 20, inner.top() + 2, 14, 12)
    painter.fillRect(patch, colour(theme.floor))
    painter.save()
    painter.setClipRect(patch)
    painter.setPen(QPen(colour(theme.muted, 0.55), 1.6))
    for step in range(-2, 5):
        x = patch.left() + step * 5
        painter.drawLine(QPointF(x, patch.bottom()), QPointF(x + 12, patch.top()))
    painter.restore()


def _ramp(row: Capability) -> QImage:
    colours = np.ascontiguousarray(palette(row.colours)[None])
    return QImage(colours.tobytes(), colours.shape[1], 1, colours.shape[1] * 3, QImage.Format.Format_RGB888)


def _ticks(row: Capability) -> list[tuple[float, str]]:
    if row.scale is None:
        return []
    low, high = row.scale
    if row.type is ValueType.BOOL:
        words = row.words or ("no", "yes")
        return [(0.0, word(words[0])), (1.0, word(words[1]))]
    shown = [display(row, low + (high - low) * i / 4) for i in range(5)]
    digits = 0 if all(abs(value - round(value)) < 1e-6 for value in shown) or max(map(abs, shown)) >= 20 else 1
    return [(i / 4, f"{value:.{digits}f}") for i, value in enumerate(shown)]
