"""The next 24 hours of a schedule as a strip, with clock changes marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import override

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.view.panel.schedule_week import bar_tone
from app.view.style import colour, current_theme, font
from twin.rules.schedule_outlook import ScheduleSpan
from twin.rules.wall_clock import local

BAR_PX, CLOCK_PX = 24, 18


class DayAheadStrip(QWidget):
    """Spans of the hours ahead, the clock times at which they change, and where the clock is put on or back."""

    def __init__(self, text_of: Callable[[float], str]) -> None:
        super().__init__()
        self._text_of = text_of
        self._spans: Sequence[ScheduleSpan] = ()
        self._jumps: Sequence[tuple[int, int]] = ()
        self._zone: tzinfo | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("The next 24 hours"))

    def show_spans(self, spans: Sequence[ScheduleSpan], jumps: Sequence[tuple[int, int]], zone: tzinfo) -> None:
        """Shows other hours; `jumps` are clock changes (UTC ms, minutes)."""
        self._spans, self._jumps, self._zone = spans, jumps, zone
        self.setAccessibleDescription(", ".join(f"{self._clock(one.from_ms)} {self._text(one.value)}" for one in spans))
        self.update()

    def _text(self, value: float | None) -> str:
        return tr("nothing") if value is None else self._text_of(value)

    def _clock(self, at_ms: int) -> str:
        return local(at_ms, self._zone).strftime("%H:%M") if self._zone is not None else ""

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, BAR_PX + CLOCK_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, BAR_PX + CLOCK_PX)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._spans:
            return
        theme, painter = current_theme(), QPainter(self)
        painter.setFont(font(11))
        begin, end = self._spans[0].from_ms, self._spans[-1].to_ms
        values = sorted({one.value for one in self._spans if one.value is not None})

        def x_of(at_ms: int) -> float:
            return (at_ms - begin) / (end - begin) * (self.width() - 1)

        free = -1.0
        for one in self._spans:
            box = QRectF(x_of(one.from_ms), 0, x_of(one.to_ms) - x_of(one.from_ms), BAR_PX)
            painter.fillRect(box, colour(theme.raised if one.value is None else bar_tone(one.value, values)))
            painter.setPen(colour(theme.text))
            text = painter.fontMetrics().elidedText(
                self._text(one.value), Qt.TextElideMode.ElideRight, round(box.width()) - 6
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text if box.width() > 20 else "")
            clock = self._clock(one.from_ms)
            left = min(box.x() + 2, self.width() - painter.fontMetrics().horizontalAdvance(clock))
            if left > free:
                painter.setPen(colour(theme.muted))
                painter.drawText(QPointF(left, BAR_PX + CLOCK_PX - 5), clock)
                free = left + 38
        for at_ms, minutes in self._jumps:
            x = x_of(at_ms)
            painter.setPen(QPen(colour(theme.warning), 2))
            painter.drawLine(QPointF(x, 0), QPointF(x, BAR_PX))
            words = tr("clock {minutes} min", minutes=f"{minutes:+d}")
            painter.drawText(QPointF(min(x + 4, self.width() - 90), BAR_PX - 8), words)
