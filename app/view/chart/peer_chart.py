"""Small chart of a sensor and of what it would show if it had moved with its peers, painted with Qt alone."""

from __future__ import annotations

from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.view.formatting import format_date, format_number
from app.view.site_clock import site_moment
from app.view.style import colour, current_theme, font
from twin.model.capability import Capability
from twin.model.early_warning import WarningChart

HEAD_PX = 20
"""Height of the legend above the lines."""


class PeerChart(QWidget):
    """Two lines over the same weeks: the sensor, and dashed what its peers suggest."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFixedHeight(94 + HEAD_PX)
        self._chart: WarningChart | None = None
        self._row: Capability | None = None
        self.setAccessibleName(tr("The sensor and what its peers suggest: {name}", name=name))

    def show_chart(self, row: Capability, chart: WarningChart) -> None:
        """Draws an answer of the engine."""
        self._chart, self._row = chart, row
        self.setAccessibleDescription(self._legend())
        self.update()

    def _legend(self) -> str:
        if self._chart is None or not np.isfinite(self._chart.expected).any():
            return tr("the sensor")
        if self._chart.rule:
            return tr("measured, and dashed what is expected")
        return tr("the sensor, and dashed what its peers suggest")

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, chart = QPainter(self), current_theme(), self._chart
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        painter.setPen(colour(theme.faint))
        known = np.zeros(0) if chart is None else np.concatenate([chart.value, chart.expected])
        known = known[np.isfinite(known)]
        if chart is None or self._row is None or len(known) < 2:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "" if chart is None else tr("Nothing recorded"))
            return
        low, high = float(known.min()), float(known.max())
        middle, least = (low + high) / 2, 4 * self._row.resolution or 1.0
        if high - low < least:
            low, high = middle - least / 2, middle + least / 2
        box = QRectF(0, HEAD_PX, self.width(), self.height() - HEAD_PX - 20)
        painter.setPen(QPen(colour(theme.chart_grid), 1))
        for share in (0.0, 0.5, 1.0):
            at = box.top() + share * box.height()
            painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at))
        x = box.left() + np.linspace(0, 1, len(chart.time_ms)) * box.width()
        for values, pen in (
            (chart.expected, QPen(colour(theme.muted), 1.2, Qt.PenStyle.DashLine)),
            (chart.value, QPen(colour(theme.accent), 1.5)),
        ):
            painter.setPen(pen)
            _stroke(painter, x, box.bottom() - (values - low) / (high - low) * box.height())
        painter.setPen(colour(theme.faint))
        self._words(painter, chart, f"{format_number(self._row, low)} – {format_number(self._row, high)}")

    def _words(self, painter: QPainter, chart: WarningChart, ends: str) -> None:
        head, foot = QRectF(0, 0, self.width(), HEAD_PX - 2), QRectF(0, self.height() - 16, self.width(), 16)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, self._legend())
        first = site_moment(int(chart.time_ms[0]))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, format_date(first, "MMMd"))
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, ends)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, tr("now"))


def _stroke(painter: QPainter, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    good = np.isfinite(y)
    for run in np.split(np.arange(len(y)), np.flatnonzero(np.diff(good.astype(np.int8))) + 1):
        if len(run) > 1 and good[run[0]]:
            painter.drawPolyline(QPolygonF([QPointF(float(x[at]), float(y[at])) for at in run]))
