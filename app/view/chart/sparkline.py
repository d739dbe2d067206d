"""Small chart of one day, painted with Qt alone: the inspector needs no chart library."""

from __future__ import annotations

from typing import override

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.i18n import point_title, tr
from app.view.chart.decimation import XyLine, line_of, until
from app.view.formatting import format_date, format_number, format_word
from app.view.site_clock import site_moment
from app.view.style import colour, current_theme, font
from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.history_series import ChartColumns


class Sparkline(QWidget):
    """Line of the last 24 hours of one point, with its lowest and highest value as text."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(92)
        self._point: Point | None = None
        self._line: XyLine = (np.empty(0), np.empty(0))
        self._span = (0.0, 1.0)
        self._past = False

    def show_columns(
        self, point: Point, columns: ChartColumns | None, from_ms: int, to_ms: int, *, past: bool = False
    ) -> None:
        """Draws these history columns; `past` labels the ends with their own dates and times."""
        self._point, self._span, self._past = point, (from_ms / 1000, to_ms / 1000), past
        self._line = (
            (np.empty(0), np.empty(0)) if columns is None else until(line_of(point.capability)(columns), to_ms / 1000)
        )
        self.setAccessibleName(tr("Last 24 hours of {point}", point=point_title(point.title)))
        self.setAccessibleDescription(" – ".join(self._ends()))
        self.update()

    def end_labels(self) -> tuple[str, str]:
        """Texts for the start and end of the line: relative to now, or date and time for a past span."""
        if not self._past:
            return tr("24 h ago"), tr("now")
        begin, end = (site_moment(round(at * 1000)) for at in self._span)
        return format_date(begin, "MMMd", "Hm"), format_date(end, "MMMd", "Hm")

    def _ends(self) -> tuple[str, ...]:
        y = self._line[1][np.isfinite(self._line[1])]
        if self._point is None or not len(y) or self._point.capability.type is not ValueType.NUMBER:
            return ()
        return format_number(self._point.capability, float(y.min())), format_number(
            self._point.capability, float(y.max())
        )

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        painter.setPen(colour(theme.faint))
        box = QRectF(0, 6, self.width(), self.height() - 26)
        foot = QRectF(0, self.height() - 16, self.width(), 16)
        x, y = self._line
        good = np.isfinite(y)
        if self._point is None or int(good.sum()) < 2:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Nothing recorded in the last 24 hours"))
            return
        low, high = self._bounds(y[good])
        painter.setPen(QPen(colour(theme.chart_grid), 1))
        for share in (0.0, 0.5, 1.0):
            at = box.top() + share * box.height()
            painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at))
        px = box.left() + (x - self._span[0]) / (self._span[1] - self._span[0]) * box.width()
        py = box.bottom() - (y - low) / (high - low) * box.height()
        for run in np.split(np.arange(len(y)), np.flatnonzero(np.diff(good.astype(np.int8))) + 1):
            if good[run[0]]:
                self._stroke(painter, [QPointF(px[i], py[i]) for i in run], box)
        painter.setPen(colour(theme.faint))
        begin, end = self.end_labels()
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, begin)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, end)
        if ends := self._ends():
            painter.setPen(colour(theme.muted))
            painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, " – ".join(ends))
        elif self._point.options:
            painter.drawText(
                foot, Qt.AlignmentFlag.AlignHCenter, " / ".join(format_word(w) for w in self._point.options[:2])
            )

    def _bounds(self, y: np.ndarray) -> tuple[float, float]:
        low, high = float(y.min()), float(y.max())
        least = 4 * (self._point.capability.resolution if self._point else 0.0) or abs(high) * 0.02 or 1.0
        if high - low < least:
            middle = (low + high) / 2
            low, high = middle - least / 2, middle + least / 2
        return low, high

    def _stroke(self, painter: QPainter, points: list[QPointF], box: QRectF) -> None:
        theme = current_theme()
        path = QPainterPath()
        path.addPolygon(QPolygonF(points))
        path.lineTo(points[-1].x(), box.bottom())
        path.lineTo(points[0].x(), box.bottom())
        fade = QLinearGradient(box.topLeft(), box.bottomLeft())
        fade.setColorAt(0, colour(theme.accent, 0.22))
        fade.setColorAt(1, colour(theme.accent, 0.02))
        painter.fillPath(path, fade)
        painter.setPen(QPen(colour(theme.accent), 1.5))
        painter.drawPolyline(QPolygonF(points))
