"""Fields of forms: a choice with the theme's arrow, and spin boxes; the wheel scrolls the page and changes none of them."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QDate, QSize, QTime
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDateEdit, QDoubleSpinBox, QSpinBox, QTimeEdit

from app.view.icon import pixmap
from app.view.style import current_theme

ARROW_PX, INSET_PX = 12, 6
CHOICE_PX = 140
"""Largest minimum width of a choice."""


class ChoiceBox(QComboBox):
    """One of several choices. A long one makes no panel wider than it is: its end is elided."""

    @override
    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), CHOICE_PX), hint.height())

    @override
    def paintEvent(self, e: QPaintEvent) -> None:
        super().paintEvent(e)
        theme = current_theme()
        tone = theme.muted if self.isEnabled() else theme.faint
        arrow = pixmap("down", tone, ARROW_PX, self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(self.width() - ARROW_PX - INSET_PX, (self.height() - ARROW_PX) // 2, arrow)
        painter.end()

    @override
    def wheelEvent(self, e: QWheelEvent) -> None:
        e.ignore()


class WholeNumberBox(QSpinBox):
    """A spin box for whole numbers that wears the theme; the wheel over it scrolls the page."""

    def __init__(self) -> None:
        super().__init__()
        _inset(self)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class NumberBox(QDoubleSpinBox):
    """A number with decimals."""

    def __init__(self) -> None:
        super().__init__()
        _inset(self)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ClockBox(QTimeEdit):
    """A time of the day."""

    def __init__(self, time: QTime) -> None:
        super().__init__(time)
        _inset(self)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class DateBox(QDateEdit):
    """A day of the calendar."""

    def __init__(self, day: QDate) -> None:
        super().__init__(day)
        _inset(self)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _inset(box: QAbstractSpinBox) -> None:
    """Keeps the text away from the border, which the style sheet does not do inside spin boxes."""
    box.lineEdit().setTextMargins(INSET_PX, 0, INSET_PX, 0)
