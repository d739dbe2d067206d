"""Slider for the cut height of the focused storey."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.scene.overlay.legend import MARGIN_PX
from app.view.style import colour, current_theme, font
from app.view.theme import Theme

STEP_M = 0.05
LOWEST_M = 0.10
_SIZE_PX = (64, 176)
_KNOB_PX, _TRACK_PX = 7.0, 4.0


class CutSlider(QSlider):
    """Emits `moved` while dragged and `settled` when released; both in metres over the floor."""

    moved = Signal(float)
    settled = Signal(float)

    def __init__(self, parent: QWidget, theme: Callable[[], Theme] = current_theme) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._around = parent
        self.theme = theme
        """Theme of the picture below it, which is dark at night whatever the window's theme."""
        self.setFixedSize(*_SIZE_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setRange(round(LOWEST_M / STEP_M), round(3.0 / STEP_M))
        self.valueChanged.connect(self._emit_height)
        self.name()

    def show_height(self, height_m: float, most_m: float) -> None:
        """Sets cut height and maximum in metres without emitting signals."""
        self.blockSignals(True)
        self.setMaximum(max(self.minimum() + 1, round(most_m / STEP_M)))
        self.setValue(round(height_m / STEP_M))
        self.blockSignals(False)
        self.update()

    def place(self) -> None:
        """Moves the slider to the right edge, above the compass."""
        around = self._around.rect()
        room = around.height() - 2 * MARGIN_PX - 40
        self.move(around.width() - self.width() - MARGIN_PX + 12, max(0, room - self.height() - 10))

    def name(self) -> None:
        """Sets tooltip and accessible name in the user's language."""
        set_tip(self, tr("Height of the cut"))
        self.setAccessibleName(tr("Height of the cut"))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(True)
        self._go(event.position())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go(event.position())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.settled.emit(self.value() * STEP_M)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, hot = self.theme(), self.underMouse() or self.isSliderDown() or self.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top, bottom, x = self._ends()
        y = bottom - (bottom - top) * self._share()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.pill, 0.85 if hot else 0.7))
        painter.drawRoundedRect(QRectF(x - 11, top - 13, 22, bottom - top + 26), 11, 11)
        painter.setBrush(colour(theme.pill_line, 0.9))
        painter.drawRoundedRect(QRectF(x - _TRACK_PX / 2, top, _TRACK_PX, bottom - top), 2, 2)
        painter.setBrush(colour(theme.accent, 0.95 if hot else 0.7))
        painter.drawRoundedRect(QRectF(x - _TRACK_PX / 2, y, _TRACK_PX, bottom - y), 2, 2)
        painter.setPen(QPen(colour(theme.accent), 2))
        painter.setBrush(colour(theme.pill))
        painter.drawEllipse(QPointF(x, y), _KNOB_PX, _KNOB_PX)
        if hot:
            painter.setFont(font(11))
            painter.setPen(colour(theme.text))
            box = QRectF(0, y - 9, x - 14, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._height_text())
        painter.end()

    def _height_text(self) -> str:
        return f"{self.value() * STEP_M:.2f}"

    def _ends(self) -> tuple[float, float, float]:
        return 15.0, self.height() - 15.0, self.width() - 14.0

    def _share(self) -> float:
        return (self.value() - self.minimum()) / max(1, self.maximum() - self.minimum())

    def _go(self, at: QPointF) -> None:
        top, bottom, _ = self._ends()
        share = min(1.0, max(0.0, (bottom - at.y()) / (bottom - top)))
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))

    def _emit_height(self, value: int) -> None:
        self.update()
        (self.moved if self.isSliderDown() else self.settled).emit(value * STEP_M)
