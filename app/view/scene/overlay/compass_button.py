"""Compass button: a click turns the camera until north is up."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.scene.overlay.legend import MARGIN_PX
from app.view.style import colour, current_theme

RADIUS_PX = 16


class CompassButton(QAbstractButton):
    """Button where `legend.draw_compass` paints; it paints only its hover and focus ring."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.setFixedSize(2 * RADIUS_PX + 6, 2 * RADIUS_PX + 6)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.name()

    def place(self) -> None:
        """Moves the button to the lower right corner of its parent."""
        around = self._around.rect()
        middle = QPoint(around.right() + 1 - MARGIN_PX - RADIUS_PX, around.bottom() + 1 - MARGIN_PX - RADIUS_PX)
        self.move(middle - self.rect().center())

    def name(self) -> None:
        """Sets tooltip and accessible name in the user's language."""
        set_tip(self, tr("North up"))
        self.setAccessibleName(tr("North up"))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not (self.underMouse() or self.hasFocus()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(current_theme().accent), 1.6))
        painter.drawEllipse(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5))
        painter.end()
