"""The activity bar at the left edge: one checked activity, its icons and names."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolBar

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.control.slots import taking
from app.view.icon import icon
from app.view.panel.panel_table import ACTIVITIES
from app.view.theme import Theme

_ICON_PX = 22
BUTTONS = tuple(row for row in ACTIVITIES if not row.under)
"""Activities that have a button."""


class ActivityBar(QToolBar):
    """Toolbar with one button for each activity of the table."""

    chosen = Signal(str)
    """The user chose this activity (its name)."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.activities: dict[str, QAction] = {}
        group = QActionGroup(self)
        for row in BUTTONS:
            action = self.activities[row.name] = group.addAction("")
            action.setData(row.name)
            action.setCheckable(True)
            self.addAction(action)
            self.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)
        group.triggered.connect(taking(QAction, lambda action: self.chosen.emit(str(action.data()))))

    @property
    def current(self) -> str:
        """The name of the checked activity."""
        return next(name for name, action in self.activities.items() if action.isChecked())

    def mark(self, activity: str) -> None:
        """Checks the button of this activity."""
        self.activities[activity].setChecked(True)

    def retranslate(self) -> None:
        """Sets the names of all buttons in the current language."""
        for row in BUTTONS:
            self.activities[row.name].setText(tr(row.title))
            set_tip(self.activities[row.name], tr(row.title))

    def apply_theme(self, theme: Theme) -> None:
        """Sets the icons of all buttons in the colours of this theme."""
        for row in BUTTONS:
            self.activities[row.name].setIcon(icon(row.icon, theme))
