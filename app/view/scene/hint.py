"""A line of words at the top of the twin: what the keys do just now."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.view.style import font, worn

_FROM_TOP_PX = 16


class Hint(QLabel):
    """Hidden while it has nothing to say; lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(font(12))
        self.hide()

    def say(self, words: str) -> None:
        """Shows the words; nothing hides it."""
        self.setText(words)
        self.setAccessibleName(words)
        theme = worn()
        self.setStyleSheet(
            f"background: {theme.pill}; color: {theme.muted}; border: 1px solid {theme.pill_line};"
            " border-radius: 14px; padding: 5px 14px;"
        )
        self.setVisible(bool(words))
        self.place()

    def place(self) -> None:
        """To the top of its parent, in the middle."""
        self.adjustSize()
        around = self._around.rect()
        self.move((around.width() - self.width()) // 2, _FROM_TOP_PX)
