"""Key hints at the top of the 3D view for the active tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.i18n import tr
from app.view.style import current_theme, font

_FROM_TOP_PX = 16
_ANEW = (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange)


class KeyHint(QLabel):
    """Hint label: hidden while empty, transparent to the mouse, follows language and theme."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self._text: Callable[[], str] | None = None
        self._applying_style = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(font(12))
        self.hide()

    def show_hint(self, text_of: Callable[[], str] | None) -> None:
        """Shows the text, which is queried again after a language change; empty or None hides the hint."""
        self._text = text_of
        text = text_of() if text_of is not None else ""
        self.setText(text)
        self.setAccessibleName(text)
        self._apply_theme()
        self.setVisible(bool(text))
        self.place()

    def _apply_theme(self) -> None:
        theme, self._applying_style = current_theme(), True
        self.setStyleSheet(
            f"background: {theme.pill}; color: {theme.muted}; border: 1px solid {theme.pill_line};"
            " border-radius: 14px; padding: 5px 14px;"
        )
        self._applying_style = False

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _ANEW and not self._applying_style and self._text is not None:
            self.show_hint(self._text)

    def place(self) -> None:
        """Moves the hints to the top centre of the parent."""
        self.adjustSize()
        around = self._around.rect()
        self.move((around.width() - self.width()) // 2, _FROM_TOP_PX)


def section_hint() -> str:
    """Key hints shown with a section box."""
    return tr("Drag the squares · Double click puts one back")


def band_hint() -> str:
    """Key hints for rubber-band selection."""
    return tr("Drag a rectangle over devices · Ctrl adds · Esc ends")


def measure_hint() -> str:
    """Key hints for distance measurement."""
    return tr("Click points on the floor · The first one again closes the ring · Esc ends")


def walk_hint() -> str:
    """Key hints for first-person view."""
    return tr("W A S D walk · Drag to look · Shift runs · PgUp PgDn storeys · Esc leaves")
