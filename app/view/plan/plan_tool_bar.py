"""The bar at the top of the plan editor: its tools, undo and redo, and how it is left."""

from __future__ import annotations

from functools import partial
from typing import override

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QToolButton

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, text_label
from app.view.icon import icon
from app.view.plan.tool_table import TOOLS, ToolRow
from app.view.style import current_theme

WORDY_PX = 1160
"""Width in pixels from which tools show their names."""


class PlanToolBar(QFrame):
    """A button for each tool on the bar; narrow bars show icons alone."""

    chosen = Signal(str)
    """The user chose the tool with this name."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self.setObjectName("titlebar")
        self.setFixedHeight(52)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 0, 12, 0)
        line.setSpacing(4)
        self.title = text_label("", "paneltitle")
        line.addWidget(self.title)
        line.addSpacing(18)
        for row in TOOLS:
            if row.on_bar:
                line.addWidget(self._button(row))
        line.addSpacing(12)
        self.undo_button, self.redo_button = IconButton("undo"), IconButton("redo")
        self.fit_button = IconButton("fit")
        for button in (self.undo_button, self.redo_button, self.fit_button):
            line.addWidget(button)
        line.addStretch(1)
        self.leave_button, self.done_button = QPushButton(), QPushButton()
        self.done_button.setObjectName("primary")
        line.addWidget(self.leave_button)
        line.addWidget(self.done_button)
        self.retranslate()

    def _button(self, row: ToolRow) -> QToolButton:
        button = self.buttons[row.name] = QToolButton()
        button.setCheckable(True)
        button.setIconSize(QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(calling(partial(self.chosen.emit, row.name)))
        self._group.addButton(button)
        return button

    def show_tool(self, name: str) -> None:
        """Marks the button of the active tool."""
        self._group.setExclusive(False)
        for known, button in self.buttons.items():
            button.setChecked(known == name)
        self._group.setExclusive(True)

    def apply_theme(self) -> None:
        """Applies the current theme to the icons."""
        for row in TOOLS:
            if row.on_bar:
                self.buttons[row.name].setIcon(icon(row.icon, current_theme()))

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        self.title.setText(tr("Plan"))
        for row in TOOLS:
            if row.on_bar:
                button = self.buttons[row.name]
                button.setText(tr(row.title) if row.name != "select" else tr("Select"))
                set_tip(button, f"{tr(row.title)}  ({row.key})")
                button.setAccessibleName(tr(row.title))
                button.setIcon(icon(row.icon, current_theme()))
        self.undo_button.set_description(tr("Undo"))
        self.redo_button.set_description(tr("Redo"))
        self.fit_button.set_description(tr("Show everything"))
        self.leave_button.setText(tr("Cancel"))
        self.done_button.setText(tr("Done"))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        both, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self.buttons.values():
            button.setToolButtonStyle(both if self.width() >= WORDY_PX else alone)
