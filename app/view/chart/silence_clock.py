"""Clock of silence: around the face of a day, the longest learned silence of each half hour and when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import override

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.view.style import colour, current_theme, font
from twin.insight.care_profile import SLOTS

HOUR_MS = 3_600_000
_SIZE_PX, _RIM_PX = 240, 26
_RING_H = 4
"""Hours between the rings."""


class SilenceClock(QWidget):
    """24 hours as a dial, midnight at the top: hours of silence outwards, filled what was learned, a line what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_SIZE_PX)
        self._longest: tuple[float, ...] = ()
        self._line: tuple[float, ...] = ()
        self._now = -1.0
        self.setAccessibleName(tr("The day as a clock of silence"))

    def show_profile(self, longest_ms: Sequence[float], line_ms: Sequence[float], now_h: float) -> None:
        """Draws a profile: SLOTS values each, ms; `now_h` is the hour of the day."""
        self._longest, self._line, self._now = tuple(longest_ms), tuple(line_ms), now_h
        self.setAccessibleDescription(
            tr("Inside: the longest silence that was learned; outside: the line from which is asked")
        )
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._line) != SLOTS:
            return
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        radius = _SIZE_PX / 2 - _RIM_PX
        top_h = max(_RING_H, math.ceil(max(self._line) / HOUR_MS / _RING_H) * _RING_H)
        scale = radius / top_h
        middle = QPointF(self.width() / 2, _SIZE_PX / 2)
        painter.setPen(QPen(colour(theme.chart_grid), 1))
        for hours in range(_RING_H, top_h + 1, _RING_H):
            painter.drawEllipse(middle, hours * scale, hours * scale)
        painter.setPen(Qt.PenStyle.NoPen)
        fill = colour(theme.accent)
        fill.setAlphaF(0.35)
        painter.setBrush(fill)
        painter.drawPolygon(_ring(middle, self._longest, scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(theme.accent), 1.6))
        painter.drawPolygon(_ring(middle, self._line, scale))
        if self._now >= 0:
            painter.setPen(QPen(colour(theme.text), 1.4))
            painter.drawLine(middle, _spot(middle, self._now, radius))
        painter.setPen(colour(theme.muted))
        for hour in range(0, 24, 3):
            at = _spot(middle, hour, radius + 14)
            painter.drawText(QRectF(at.x() - 14, at.y() - 8, 28, 16), Qt.AlignmentFlag.AlignCenter, str(hour))
        painter.setPen(colour(theme.faint))
        painter.drawText(
            QRectF(0, _SIZE_PX - 16, self.width(), 16), Qt.AlignmentFlag.AlignRight, tr("outer ring: %n hours", top_h)
        )


def _spot(middle: QPointF, hour: float, radius: float) -> QPointF:
    angle = hour / 24 * 2 * math.pi
    return QPointF(middle.x() + radius * math.sin(angle), middle.y() - radius * math.cos(angle))


def _ring(middle: QPointF, values_ms: Sequence[float], scale: float) -> QPolygonF:
    return QPolygonF([_spot(middle, (slot + 0.5) / 2, value / HOUR_MS * scale) for slot, value in enumerate(values_ms)])
