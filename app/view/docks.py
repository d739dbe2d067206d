"""The window's panels and their docks: a panel is imported and made when its dock is first shown, or it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import override

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from app.view.feed import Feed
from app.view.i18n import tr
from app.view.panel.panel_base import Panel, TitleBar
from app.view.panel.panel_table import PANELS, PanelPlace

BOTTOM_LEAST_PX = 480
"""What a chart or a table needs beside another."""


class PanelRegistry(dict[str, Panel]):
    """The panels by name. Asking for one that does not exist yet makes it; looping sees only those that exist."""

    def __init__(self, makers: Mapping[str, Callable[[], Panel]], made: Callable[[str, Panel], object]) -> None:
        """`made` is called with each new panel and its name."""
        super().__init__()
        self._makers = dict(makers)
        self._made = made

    def __missing__(self, name: str) -> Panel:
        panel = self[name] = self._makers[name]()
        self._made(name, panel)
        return panel


class PanelDock(QDockWidget):
    """A dock without a panel until it is first shown."""

    def __init__(self, place: PanelPlace, parts: PanelRegistry, close: Callable[[], None]) -> None:
        super().__init__()
        self._name, self._parts = place.name, parts
        self.setObjectName(place.name)
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.setTitleBarWidget(TitleBar(tr(place.title), close) if place.titled else QWidget())
        self.setAccessibleName(tr(place.title))

    @override
    def setVisible(self, visible: bool) -> None:
        if visible:
            _ = self._parts[self._name]
        super().setVisible(visible)


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
