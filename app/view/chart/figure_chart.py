"""Small chart of one quantity against another, painted with Qt alone: a line or dots, a straight line, a marked place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.view.style import colour, current_theme, font, text_width

HEAD_PX, FOOT_PX, DOT_PX = 18, 18, 2.0
"""Heights of the texts above and below, radius of a dot."""


@dataclass(frozen=True, slots=True, eq=False)
class ChartFigure:
    """What is drawn: places (n,) and values (n,), joined or as dots, with the texts of the ends of both axes."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    title: str
    left: str
    right: str
    low: str
    high: str
    low_value: float
    high_value: float
    """Values at the lower and the upper edge."""
    dots: bool = False
    line: tuple[float, float] | None = None
    """Value at the first and at the last place of a straight line."""
    mark: float | None = None
    """Place of a vertical line."""
    mark_text: str = ""


class FigureChart(QWidget):
    """The chart of one figure, with its texts for a screen reader."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(140)
        self.figure: ChartFigure | None = None

    def show_figure(self, figure: ChartFigure | None, said: str) -> None:
        """Draws this figure, and hides for None; `said` is what the chart tells, in words."""
        self.figure = figure
        self.setVisible(figure is not None)
        self.setAccessibleName("" if figure is None else figure.title)
        self.setAccessibleDescription(said)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        figure = self.figure
        if figure is None or not len(figure.x):
            return
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        box = QRectF(0, HEAD_PX, self.width(), self.height() - HEAD_PX - FOOT_PX)
        painter.setPen(QPen(colour(theme.chart_grid), 1))
        for at in (box.top(), box.center().y(), box.bottom()):
            painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at))
        self._data(painter, box, figure)
        self._mark(painter, box, figure)
        head, foot = QRectF(0, 0, self.width(), HEAD_PX - 3), QRectF(0, self.height() - FOOT_PX + 3, self.width(), 15)
        painter.setPen(colour(theme.muted))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, figure.title)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, figure.left)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, figure.right)
        painter.setPen(colour(theme.faint))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight, figure.high)
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, figure.low)

    def _data(self, painter: QPainter, box: QRectF, figure: ChartFigure) -> None:
        theme = current_theme()
        places = [QPointF(_across(box, figure, x), _up(box, figure, y)) for x, y in _pairs(figure)]
        painter.setPen(QPen(colour(theme.accent), 1.5))
        if figure.dots:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.accent, 0.55))
            for place in places:
                painter.drawEllipse(place, DOT_PX, DOT_PX)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.drawPolyline(QPolygonF(places))
        if figure.line is not None:
            painter.setPen(QPen(colour(theme.text), 1.5))
            ends = [_up(box, figure, value) for value in figure.line]
            painter.drawLine(QPointF(box.left(), ends[0]), QPointF(box.right(), ends[1]))

    @staticmethod
    def _mark(painter: QPainter, box: QRectF, figure: ChartFigure) -> None:
        if figure.mark is None:
            return
        painter.setPen(QPen(colour(current_theme().text), 1, Qt.PenStyle.DashLine))
        at = _across(box, figure, figure.mark)
        painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()))
        wide = text_width(figure.mark_text, 11)
        left = at + 4 if at + 4 + wide <= box.right() else at - 4 - wide
        painter.drawText(QPointF(left, box.top() + 12), figure.mark_text)


def _pairs(figure: ChartFigure) -> list[tuple[float, float]]:
    return list(zip(figure.x.tolist(), figure.y.tolist(), strict=True))


def _across(box: QRectF, figure: ChartFigure, x: float) -> float:
    first, last = float(figure.x.min()), float(figure.x.max())
    return box.left() + (x - first) / ((last - first) or 1.0) * box.width()


def _up(box: QRectF, figure: ChartFigure, y: float) -> float:
    return box.bottom() - (y - figure.low_value) / ((figure.high_value - figure.low_value) or 1.0) * box.height()
