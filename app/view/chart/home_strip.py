"""A strip with the state of the home over the time of a chart or preview, with words and a tooltip."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.i18n import tr
from app.view.chart.home_state import HomeSpan, paint_spans

HEIGHT_PX = 17


class HomeStrip(QWidget):
    """Hidden while nothing is known of its time."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: tuple[HomeSpan, ...] = ()
        self._span_ms: tuple[int, int] = (0, 1)
        self._sides_px: tuple[float, float] = (0.0, 0.0)
        self.setAccessibleName(tr("Presence of the home"))
        self.hide()

    def show_time(self, from_ms: int, to_ms: int, left_px: float = 0.0, right_px: float = 0.0) -> None:
        """Sets the time of the strip (UTC ms), and what is left free on both sides of it."""
        span, sides = (from_ms, max(from_ms + 1, to_ms)), (left_px, right_px)
        if (span, sides) != (self._span_ms, self._sides_px):
            self._span_ms, self._sides_px = span, sides
            self.update()

    def show_spans(self, spans: tuple[HomeSpan, ...]) -> None:
        """Shows other spans."""
        self.spans = spans
        self.setAccessibleDescription("; ".join(dict.fromkeys(one.text for one in spans)))
        self.setVisible(bool(spans))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(40, HEIGHT_PX)

    def x_of(self, time_ms: int) -> float:
        """The x position of a time (UTC ms) in pixels."""
        (begin, end), (left, right) = self._span_ms, self._sides_px
        return left + (time_ms - begin) / (end - begin) * max(1.0, self.width() - left - right)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            x = event.pos().x()
            here = next((one for one in self.spans if self.x_of(one.from_ms) <= x < self.x_of(one.to_ms)), None)
            QToolTip.showText(event.globalPos(), "" if here is None else here.tip(self._span_ms[1]), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the spans."""
        painter, (left, right) = QPainter(self), self._sides_px
        paint_spans(painter, self.spans, QRectF(left, 0, self.width() - left - right, self.height() - 2.0), self.x_of)
        painter.end()
