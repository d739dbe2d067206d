"""Builds the window from tables (menus, bars, pages, docks), and gives access to its parts by name."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMainWindow,
    QToolBar,
    QWidget,
)

from app.actions import LANGUAGE
from app.api import EngineApi
from app.i18n import current_language, tr
from app.inbox import Inbox
from app.selection import Selection
from app.settings import Settings
from app.view import style
from app.view.actions.effect_table import EffectTable
from app.view.activity_bar import ActivityBar
from app.view.alarm_signals import AlarmSignals
from app.view.central_pages import CentralPages
from app.view.docks import DockArea, PanelRegistry, makers
from app.view.feed import Feed
from app.view.menus import Menus
from app.view.module_loader import ModuleLoader
from app.view.panel.panel_base import Panel
from app.view.panel.panel_table import ACTIVITIES, PANELS, STAYING
from app.view.panel.status_bar import StatusBar
from app.view.panel.top_bar import TopBar
from app.view.wiring import connect_part
from twin.model.problem import ProblemError

_LOG = logging.getLogger(__name__)
OWN_PAGES = (
    "install", "network", "radio", "checkout", "pairing", "links", "users", "alarms", "rules", "notifications", "work", "reports", "energy", "comfort", "warnings",
    "care",
)  # fmt: skip
"""Activities whose panel replaces the inspector."""
_STATE = 11
"""Version of the data of saveState; raised whenever docks are added or renamed."""


class WindowParts(QMainWindow):
    """Base class of the window; the subclass creates `effects`, then calls `build`."""

    effects: EffectTable
    """The actions of the window and its panels."""

    def __init__(
        self, api: EngineApi, inbox: Inbox, selection: Selection, settings: Settings, *, bare: bool = False
    ) -> None:
        """If `bare`, docked panels wait until `modules.release()` so that the first frame is shown early."""
        super().__init__()
        self.settings = settings
        self.feed = Feed(api, inbox, selection)
        self.modules = ModuleLoader(self.feed, held=bare)
        self.actions_by_id: dict[str, QAction] = {}
        self.parts = PanelRegistry(makers(self.feed), self._part_made, self.modules, self.feed)
        self.setWindowTitle("Oikos")
        self.setAnimated(False)
        self.setMinimumSize(900, 560)
        self.resize(1280, 800)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def build(self) -> None:
        """Creates bars, pages, docks and menus, and connects them with `effects`."""
        self._build_bars()
        self.pages = CentralPages(self.feed, self.settings)
        self.parts |= self.pages.panels
        self.scene_page, self.toast = self.pages.scene_page, self.pages.toast
        self.setCentralWidget(self.pages)
        self._connect_alarm_signals()
        self.dock_area = DockArea(self, self.parts, self._close_panel)
        self.docks = self.dock_area.docks
        self._build_menus()
        for name, part in [*self.parts.items()]:
            connect_part(name, part, self.effects)

    def _connect_alarm_signals(self) -> None:
        signals = self.alarm_signals = AlarmSignals(self.feed, self.settings, self, self.isActiveWindow)
        signals.sounding.connect(self.pages.alarm_bar.show_sounding)
        self.pages.alarm_bar.silenced.connect(signals.silence)
        signals.clicked.connect(self._show_alarms, Qt.ConnectionType.QueuedConnection)

    def _show_alarms(self) -> None:
        """Brings the window to the front with the alarms."""
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()
        self.show_activity("alarms")

    def _build_bars(self) -> None:
        self.parts["bar"] = self.top_bar = TopBar(self.feed)
        bar = QToolBar()
        bar.setObjectName("bar_area")
        bar.addWidget(self.top_bar)
        self.rail = ActivityBar()
        self.activities = self.rail.activities
        self.rail.chosen.connect(self.show_activity)
        self.bars = (bar, self.rail)
        for tools, area in ((bar, Qt.ToolBarArea.TopToolBarArea), (self.rail, Qt.ToolBarArea.LeftToolBarArea)):
            tools.setMovable(False)
            tools.setWindowTitle(tools.objectName())
            tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
            self.addToolBar(area, tools)
        self.parts["status"] = StatusBar(self.feed)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self.parts["status"], 1)

    def _part_made(self, name: str, panel: Panel) -> None:
        """Puts a newly created panel into its dock and connects its signals."""
        if name in self.docks:
            self.docks[name].put(panel)
        connect_part(name, panel, self.effects)

    def _close_panel(self, name: str) -> None:
        if name not in OWN_PAGES:
            self.show_panel(name, False)
            return
        self.show_activity(next((row.under for row in ACTIVITIES if row.name == name and row.under), "live"))

    def _build_menus(self) -> None:
        self.menus = Menus(self, self.effects.run)
        self.actions_by_id = self.menus.actions
        self.menus.menus["Edit"].aboutToShow.connect(lambda: self.menus.name_undo(self.feed.api))
        self.menus.menus["File"].aboutToShow.connect(self.list_recent)
        for id in ("labels", "studio"):
            self.check(id, True)
        self.check("fahrenheit", self.settings.text("temperature_unit") == "°F")
        self._name_actions()

    @property
    def main(self) -> QMainWindow:
        """The window as QMainWindow."""
        return self

    def panel(self, name: str) -> QWidget:
        """The panel with this name; created at once if it does not exist."""
        return self.parts[name]

    def with_panel(self, name: str, then: Callable[[Panel], object]) -> None:
        """Calls `then` with a panel: at once if it exists, else when it has been created."""
        self.parts.request(name, then)

    def is_panel_shown(self, name: str) -> bool:
        """Whether the panel is visible."""
        return self.dock_area.is_shown(name)

    def show_panel(self, name: str, on: bool) -> None:
        """Shows or hides a panel, and updates its menu entry."""
        crowded = self.dock_area.show(name, on)
        for shown, there in ((name, on), *((other, False) for other in crowded)):
            if shown in self.actions_by_id:
                self.actions_by_id[shown].setChecked(there)

    def recount_problems(self) -> None:
        """Updates the counters after problems were cleared."""
        self.top_bar.recount()

    def check(self, action: str, on: bool) -> None:
        """Sets the check mark of an action without performing it."""
        self.actions_by_id[action].setChecked(on)

    def trigger(self, action: str) -> None:
        """Performs an action as its menu entry would, toggling a checkable one."""
        self.actions_by_id[action].trigger()

    def is_possible(self, action: str) -> bool:
        """Whether an action is visible and enabled in its menu."""
        return self.actions_by_id[action].isVisible() and self.actions_by_id[action].isEnabled()

    def show_activity(self, activity: str) -> None:
        """Shows the panels of an activity and hides the others; panels opened by their own action stay."""
        row = next(row for row in ACTIVITIES if row.name == activity)
        self.rail.mark(row.under or activity)
        for place in PANELS:
            own = self.actions_by_id.get(place.name) if place.name in STAYING else None
            self.show_panel(place.name, place.name in row.panels or (own is not None and own.isChecked()))
        self.dock_area.size()

    def notify(self, text: str) -> None:
        """Shows a short notification over the 3D view."""
        self.toast.notify(text)

    def offer(self, text: str, verb: str, do: Callable[[], object]) -> None:
        """Shows a notification with a button that calls `do`."""
        self.toast.notify(text, verb, do)

    def _name_actions(self) -> None:
        self.menus.retranslate()
        self.check(f"{LANGUAGE}{current_language()}", True)
        self.rail.retranslate()
        self.dock_area.retranslate()
        self.menuBar().setAccessibleName(tr("Menus"))

    def list_recent(self) -> None:
        """Fills the menu of recent projects."""
        kept = self.settings["recent_projects"]
        paths = [path for path in (kept if isinstance(kept, tuple) else ()) if path != self.feed.api.project()]
        self.menus.list_recent(paths, self.effects.open_recent)

    def _apply_icons(self) -> None:
        self.menus.apply_theme(style.current_theme())
        self.rail.apply_theme(style.current_theme())

    def restore(self) -> None:
        """Restores the window's geometry and dock sizes from the settings."""
        if saved := self.settings.text("window_geometry"):
            self.restoreGeometry(QByteArray.fromBase64(saved.encode()))
        if (saved := self.settings.text("window_state")) and self.restoreState(
            QByteArray.fromBase64(saved.encode()), _STATE
        ):
            # sizes come back; which panels are open is the activity's to say
            self.dock_area.keep_sizes()
            self.show_activity("live")

    def keep_layout(self) -> None:
        """Saves the window's geometry and docks, and choices whose own saving is still queued; failures are logged only."""
        self.settings.change("window_geometry", self.saveGeometry().toBase64().toStdString())
        self.settings.change("window_state", self.saveState(_STATE).toBase64().toStdString())
        try:
            self.settings.save()
        except ProblemError as error:  # a read-only home costs the memory of this run, nothing else
            _LOG.info("the settings were not saved: %s", error)
