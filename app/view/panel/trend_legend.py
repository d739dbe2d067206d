"""Legend of the trends: one entry per curve, in as many columns as fit."""

from __future__ import annotations

from typing import override

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from app.i18n import tr
from app.view.control.widgets import ElidedLabel, IconButton, row, text_label

_ENTRY_PX = 280
"""Width in pixels of one legend entry."""


class Legend(QWidget):
    """Legend entry of one curve: colour, name, value at the crosshair, button to remove the curve."""

    def __init__(self, name: str, tone: str) -> None:
        super().__init__()
        self.mark = QFrame()
        self.mark.setFixedSize(10, 10)
        self.value = text_label("", "paneltitle")
        self.close_button = IconButton("close", tr("Take off the chart"), size=12)
        name_label = ElidedLabel(name, "muted")
        name_label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setLayout(row(self.mark, name_label, self.value, self.close_button, spacing=6))
        self.paint_mark(tone)
        self.setAccessibleName(name)

    def paint_mark(self, tone: str) -> None:
        """Sets the colour of the mark (`#rrggbb`)."""
        self.mark.setStyleSheet(f"background: {tone}; border-radius: 5px;")


class Legends(QWidget):
    """Arranges the legend entries in as many columns as fit."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 0, 14, 2)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(2)
        self._entries: list[Legend] = []
        self._columns = 0

    def show_all(self, entries: list[Legend]) -> None:
        """Replaces all entries, in this order."""
        for old in self._entries:
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._entries, self._columns = entries, 0
        self._arrange()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        columns = max(1, min(self.width() // _ENTRY_PX, len(self._entries)))
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns) + 1):
            self._grid.setColumnStretch(column, 0)
        self._grid.setColumnStretch(columns, 1)
        self._columns = columns
        for place, entry in enumerate(self._entries):
            self._grid.addWidget(entry, place // columns, place % columns)
