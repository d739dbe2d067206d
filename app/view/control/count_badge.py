"""A button with an icon and a number."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton

from app.view.icon import icon
from app.view.style import current_theme


class CountBadge(QToolButton):
    """Button with an icon and a number; the number is hidden at zero."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._icon_name, self._count, self._level = name, -1, ""
        self.setObjectName("badge")
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.show_count(0, "")

    def show_count(self, count: int, level: str) -> None:
        """Sets the number and its level: `new`, `warning`, `error` or empty."""
        level = level if count else ""
        if (count, level) == (self._count, self._level):
            return  # a new icon would lay out the bar and with it the window
        self._count, self._level = count, level
        self.setText(f" {count}" if count else "")
        self.setProperty("level", self._level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Sets the icon in the colour of the level."""
        tone = {"new": "accent", "warning": "warning", "error": "error"}.get(self._level, "muted")
        self.setIcon(icon(self._icon_name, current_theme(), tone))
