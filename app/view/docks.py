"""The window's panels and their docks. A panel is imported, on another thread, and made when its dock is first shown or it
is asked for; until then the dock shows that it is being loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import override

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from app.view.control.widgets import Spinner, row, text_label
from app.view.feed import Feed
from app.view.i18n import tr
from app.view.module_loader import ModuleLoader
from app.view.panel.panel_base import Panel, TitleBar
from app.view.panel.panel_table import PANELS, PLACES, PanelPlace

UNSAID_MS = 700
"""What is loaded sooner is not spoken of."""
BOTTOM_LEAST_PX = 480
"""What a chart or a table needs beside another."""


class PanelRegistry(dict[str, Panel]):
    """The panels by name; looping sees only those that exist. `parts[name]` makes a missing one at once, its import
    included: for a window that is not shown yet. `request` waits for the import."""

    def __init__(
        self, makers: Mapping[str, Callable[[], Panel]], made: Callable[[str, Panel], object], modules: ModuleLoader
    ) -> None:
        """`made` is called with each new panel and its name."""
        super().__init__()
        self._makers = dict(makers)
        self._made = made
        self._modules = modules

    def __missing__(self, name: str) -> Panel:
        panel = self[name] = self._makers[name]()
        self._made(name, panel)
        return panel

    def request(self, name: str, then: Callable[[Panel], object] = lambda _: None) -> None:
        """Calls `then` with the panel: at once where it exists or its module is imported, else when that is done."""
        if name in self:
            then(self[name])
        else:
            self._modules.when([PLACES[name].module], lambda: then(self[name]))


class LoadingNote(QWidget):
    """Stands in a dock until its panel can be made; says so where that takes long."""

    def __init__(self, least: int) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(least)
        self._column = QVBoxLayout(self)
        QTimer.singleShot(UNSAID_MS, self, self._tell)

    def _tell(self) -> None:
        spinner = Spinner()
        spinner.set_busy(True)
        self._column.addStretch(2)
        self._column.addLayout(row(1, spinner, text_label(tr("Loading…"), "muted"), 1))
        self._column.addStretch(3)


class PanelDock(QDockWidget):
    """A dock without a panel until it is first shown, and with a note in its place while that is loaded."""

    def __init__(self, place: PanelPlace, parts: PanelRegistry, close: Callable[[], None]) -> None:
        super().__init__()
        self._place, self._parts = place, parts
        self.setObjectName(place.name)
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.setTitleBarWidget(TitleBar(tr(place.title), close) if place.titled else QWidget())
        self.setAccessibleName(tr(place.title))

    @override
    def setVisible(self, visible: bool) -> None:
        name = self._place.name
        if visible and name not in self._parts and not isinstance(self.widget(), LoadingNote):
            self.put(LoadingNote(self._place.least))
            self._parts.request(name)
        super().setVisible(visible)

    def put(self, widget: QWidget) -> None:
        """Shows this and lets go of what was in its place."""
        before = self.widget()
        self.setWidget(widget)
        if before is not None:  # pyright: ignore[reportUnnecessaryComparison]
            before.deleteLater()


def docked(
    window: QMainWindow, parts: PanelRegistry, closer: Callable[[str], Callable[[], None]]
) -> dict[str, PanelDock]:
    """Puts an empty dock for every panel into the window."""
    docks: dict[str, PanelDock] = {}
    for place in PANELS:
        dock = docks[place.name] = PanelDock(place, parts, closer(place.name))
        window.addDockWidget(place.area, dock)
    return docks


def crowded_out(window: QMainWindow, docks: Mapping[str, PanelDock], wanted: str) -> list[str]:
    """The panels at the bottom that have no room beside the one that is wanted: Qt would let them cover each other."""
    bottom = Qt.DockWidgetArea.BottomDockWidgetArea
    shown = [name for name, dock in docks.items() if not dock.isHidden() and name != wanted]
    beside = [name for name in shown if window.dockWidgetArea(docks[name]) is bottom]
    sides = sum(docks[name].width() for name in shown if name not in beside)
    return beside if BOTTOM_LEAST_PX * (len(beside) + 1) > window.width() - sides else []


def makers(feed: Feed) -> dict[str, Callable[[], Panel]]:
    """How each docked panel is made."""

    def maker(place: PanelPlace) -> Callable[[], Panel]:
        def make() -> Panel:
            panel = place.panel()(feed)
            panel.setMinimumWidth(place.least)
            return panel

        return make

    return {place.name: maker(place) for place in PANELS}
