"""Confirmation dialog and toast notification."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import override

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.widgets import Label, row, text_label
from app.view.style import colour, current_theme, text_width
from app.view.theme import FONT_PX

TOAST_MS = 4000
OFFER_MS = 12_000
_EDGE_PX, _RIM_PX, _GAP_PX, _LINE_PX, _BELOW_PX, _STEP_PX = 16, 9, 14, 20, 8, 48
"""Margins, gap and minimum line height of a toast, distance from the bottom, and step of its width, in pixels."""


def ask_user(parent: QWidget, question: str, explanation: str, verb: str, done: Callable[[], object]) -> QDialog:
    """Opens a confirmation dialog without blocking; `done` is called if the user confirms."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Oikos")
    dialog.setMinimumWidth(380)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(22, 20, 22, 18)
    column.setSpacing(10)
    column.addWidget(text_label(question, "heading", wrap=True))
    column.addWidget(text_label(explanation, "muted", wrap=True))
    column.addSpacing(6)
    no, yes = QPushButton(tr("Cancel")), QPushButton(verb)
    yes.setObjectName("primary")
    no.clicked.connect(dialog.reject)
    yes.clicked.connect(dialog.accept)
    dialog.accepted.connect(lambda: done())
    column.addLayout(row(1, no, yes))
    dialog.open()
    return dialog


class _ToastText(Label):
    """Opaque label: a change of its text repaints no widget below it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("toast")  # a label without a background in the style sheet would be transparent again
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current_theme()
        painter.fillRect(event.rect(), colour(theme.raised))
        painter.setPen(colour(theme.text))
        painter.drawText(self.rect(), self.alignment() | Qt.TextFlag.TextWordWrap, self.text())


class Toast(QFrame):
    """Notification over the 3D view, hidden after four seconds; outside any layout, so it causes no relayout."""

    def __init__(self, over: QWidget, bottom_px: Callable[[], int] | None = None) -> None:
        """Shows its notifications at the bottom centre of `over`, above the y position `bottom_px` if given."""
        self._over, self._layer = over, QWidget(over)
        self._bottom_px = bottom_px or over.height
        super().__init__(self._layer)
        self.setObjectName("card")
        self.label, self.verb = _ToastText(), QPushButton()
        for part in (self.label, self.verb):
            part.setParent(self)
        self.verb.setObjectName("link")
        self.verb.clicked.connect(self._do)
        self._wanted: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()
        self._layer.resize(0, 0)
        self._layer.show()

    def notify(self, text: str, verb: str = "", do: Callable[[], object] | None = None) -> None:
        """Shows a text for 4 s; with a button that calls `do`, for 12 s."""
        self.label.setText(text)
        self.verb.setText(verb)
        self.verb.setVisible(bool(verb))
        self._wanted = do
        self.setAccessibleName(text)
        self._place()
        if not self.isVisible():
            self._layer.raise_()
            self.show()
        self._timer.start(OFFER_MS if verb else TOAST_MS)

    def place_again(self) -> None:
        """Moves a notification that is shown to its place after what lies below it was laid out anew."""
        if self.isVisible():
            self._place()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._layer.resize(0, 0)

    def _place(self) -> None:
        """Sets size and position from the text, in steps of 48 pixels, to repaint little of what lies below."""
        verb = self.verb.sizeHint() if self._wanted is not None else QSize(0, 0)
        beside = 2 * _EDGE_PX + (verb.width() + _GAP_PX if self._wanted is not None else 0)
        words = math.ceil(text_width(self.label.text(), FONT_PX) / _STEP_PX) * _STEP_PX
        wide = max(_STEP_PX, min(words, self._over.width() - 2 * _EDGE_PX - beside))
        high = max(self._words_px(wide), verb.height()) + 2 * _RIM_PX
        size = QSize(wide + beside, high)
        at = QPoint((self._over.width() - size.width()) // 2, self._bottom_px() - high - _BELOW_PX)
        self._layer.setGeometry(QRect(at, size))
        self.resize(size)
        self.label.setGeometry(_EDGE_PX, _RIM_PX, wide, high - 2 * _RIM_PX)
        self.verb.setGeometry(QRect(QPoint(_EDGE_PX + wide + _GAP_PX, (high - verb.height()) // 2), verb))

    def _words_px(self, wide: int) -> int:
        """Height of the text at this width: one line, or as many as it wraps to."""
        if text_width(self.label.text(), FONT_PX) <= wide:
            return _LINE_PX
        room = QRect(0, 0, wide, self._over.height())
        return self.label.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.label.text()).height()

    def _do(self) -> None:
        self.hide()
        if self._wanted is not None:
            self._wanted()
