"""Bars of use in the intervals of a period, painted with Qt alone; intervals of which nothing is known are hatched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.view.control.safe_text import tip_text
from app.view.style import colour, current_theme, font, mix, text_width

LABEL_GAP_PX = 4
"""Least space between two labels below the bars."""
FOOT_PX, TOP_PX, GAP = 18, 16, 0.22
"""Height of the labels below, of the scale's text above, and the share of a bar's place that is left free."""


@dataclass(frozen=True, slots=True, eq=False)
class BarValues:
    """n bars: amounts (NaN: unknown), the part of each that is not metered separately, the share that has elapsed, and
    texts: below the bars (empty: none) and as tool tips."""

    amounts: NDArray[np.float64]
    rest: NDArray[np.float64]
    elapsed: NDArray[np.bool_]
    labels: Sequence[str]
    tips: Sequence[str]
    highest: str
    """Text of the highest amount."""


class UseBars(QWidget):
    """Bar chart of one medium; a click on a bar is signalled with its number."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(150)
        self.values: BarValues | None = None

    def show_values(self, values: BarValues | None, name: str) -> None:
        """Draws these bars; `name` is what a screen reader calls the chart."""
        self.values = values
        self.setAccessibleName(name)
        self.setAccessibleDescription("" if values is None else "; ".join(values.tips))
        self.update()

    def bar_at(self, x: float) -> int | None:
        """Number of the bar whose place contains this x; None where there is none."""
        n = 0 if self.values is None else len(self.values.amounts)
        at = int(x * n / max(1, self.width()))
        return at if 0 <= at < n else None

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (at := self.bar_at(event.position().x())) is not None:
            self.chosen.emit(at)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            at = self.bar_at(event.pos().x())
            QToolTip.showText(
                event.globalPos(), tip_text(self.values.tips[at]) if self.values and at is not None else ""
            )
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.values is None or not len(self.values.amounts):
            return
        painter, theme, values = QPainter(self), current_theme(), self.values
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0, TOP_PX, self.width(), self.height() - FOOT_PX - TOP_PX)
        highest = float(np.nanmax(values.amounts)) if np.isfinite(values.amounts).any() else 0.0
        painter.setPen(QPen(colour(theme.chart_grid), 1))
        for at in (box.top(), box.bottom()):
            painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at))
        width = box.width() / len(values.amounts)
        for number, amount in enumerate(values.amounts.tolist()):
            place = QRectF(box.left() + (number + GAP / 2) * width, box.top(), width * (1 - GAP), box.height())
            if np.isfinite(amount):
                self._bar(painter, place, amount, float(values.rest[number]), highest)
            elif values.elapsed[number]:
                painter.fillRect(place, colour(theme.line, 0.35))
                painter.fillRect(place, QBrush(colour(theme.offline), Qt.BrushStyle.BDiagPattern))
        self._labels(painter, width)
        painter.setPen(colour(theme.faint))
        painter.setFont(font(11))
        painter.drawText(QRectF(0, 0, self.width(), TOP_PX - 2), Qt.AlignmentFlag.AlignRight, values.highest)

    @staticmethod
    def _bar(painter: QPainter, place: QRectF, amount: float, rest: float, highest: float) -> None:
        """The bar, its part that is not metered separately paler and on top."""
        theme = current_theme()
        height = place.height() * max(0.0, amount) / highest if highest > 0 else 0.0
        painter.fillRect(QRectF(place.left(), place.bottom() - height, place.width(), height), colour(theme.accent))
        if np.isfinite(rest) and rest > 0 and highest > 0:
            part = place.height() * min(rest, amount) / highest
            pale = colour(mix(theme.accent, theme.panel, 0.55))
            painter.fillRect(QRectF(place.left(), place.bottom() - height, place.width(), part), pale)

    def _labels(self, painter: QPainter, width: float) -> None:
        if self.values is None:
            return
        painter.setPen(colour(current_theme().muted))
        painter.setFont(font(11))
        for left, text in self.labels_at(width):
            painter.drawText(QPointF(left, self.height() - 4), text)

    def labels_at(self, width: float) -> list[tuple[float, str]]:
        """The labels with their left ends for bars of this width: all of them, or evenly as many as have room."""
        places: list[tuple[float, float, str]] = []
        for number, text in enumerate(self.values.labels if self.values is not None else ()):
            wide = text_width(text, 11)
            left = min(max(0.0, (number + 0.5) * width - wide / 2), self.width() - wide)
            places += [(left, left + wide, text)] if text else []
        step = 1
        while any(after[0] < one[1] + LABEL_GAP_PX for one, after in pairwise(places[::step])):
            step += 1
        return [(left, text) for left, _, text in places[::step]]
