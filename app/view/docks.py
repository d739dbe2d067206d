"""Docks and panels of the window. When a dock is first shown or its panel requested, the panel's module is imported on
another thread, then the panel is created in a turn of the event loop of its own; until then the dock shows a note."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import override

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.widgets import Spinner, row, text_label
from app.view.feed import Feed
from app.view.module_loader import ModuleLoader
from app.view.panel.panel_base import EmptyState, Panel, TitleBar
from app.view.panel.panel_table import PANELS, PLACES, PanelPlace
from twin.model.problem import Problem, mistake

_LOG = logging.getLogger(__name__)
UNSAID_MS = 700
"""Loading that ends within this many milliseconds shows no note."""
BOTTOM_LEAST_PX = 480
"""Minimum width in pixels of a panel at the bottom."""
BOTTOM_SHARE = 0.3
"""Minimum share of the window's height for the panels at the bottom, until the user's sizes are restored."""
BESIDE_TRENDS = ("devices", "commands", "problems")
"""Panels that share the bottom dock area with the trends."""
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


class PanelRegistry(dict[str, Panel]):
    """The panels by name; iteration yields only existing ones. `parts[name]` imports and creates a missing one at once
    (for a window that is not shown yet); `request` waits for the import and creates it in a turn of its own."""

    def __init__(
        self,
        makers: Mapping[str, Callable[[], Panel]],
        made: Callable[[str, Panel], object],
        modules: ModuleLoader,
        feed: Feed,
    ) -> None:
        """`made` is called with the name and the panel after each panel is created."""
        super().__init__()
        self._makers = dict(makers)
        self._unplaced: dict[str, Panel] = {}
        """Panels that are created, and put into their docks in a later turn."""
        self._made = made
        self._modules = modules
        self._feed = feed
        self._requested: dict[str, list[Callable[[Panel], object]]] = {}
        """Callbacks of the panels that are requested and not created yet."""
        self._failing: dict[str, Callable[[], object]] = {}
        """Callbacks for panels that cannot be created."""

    def __missing__(self, name: str) -> Panel:
        panel = self[name] = self._unplaced.pop(name, None) or self._makers[name]()
        self._made(name, panel)
        return panel

    def request(
        self, name: str, then: Callable[[Panel], object] | None = None, failed: Callable[[], object] | None = None
    ) -> None:
        """Calls `then` with the panel: at once if it exists, else when it has been imported and created, or `failed` when
        it cannot be. A requested panel is created in a turn of its own, not in the one that lays out the docks, and put into
        its dock in the next; `then` is called in the one after that."""
        waiting = self._requested.get(name)
        if name in self and waiting is None:
            if then is not None:
                then(self[name])
            return
        if waiting is None:
            waiting = self._requested[name] = []
            create = partial(self._feed.turns.add, partial(self._create, name))
            self._modules.when([PLACES[name].module], create, partial(self._failed, name))
        if then is not None:
            waiting.append(then)
        if failed is not None:
            self._failing[name] = failed

    def _create(self, name: str) -> None:
        """Creates a requested panel, unless something else has created it by now; it is put into its dock in the next turn."""
        try:
            if name not in self:
                self._unplaced[name] = self._makers[name]()
        except Exception as error:
            _LOG.exception("the panel %s was not created", name)
            self._failed(name, mistake(error))
            return
        self._feed.turns.add(partial(self._place, name))

    def _place(self, name: str) -> None:
        try:
            _ = self[name]
        except Exception as error:
            _LOG.exception("the panel %s was not placed", name)
            self._failed(name, mistake(error))
            return
        self._feed.turns.add(partial(self._answer, name))

    def _answer(self, name: str) -> None:
        self._failing.pop(name, None)
        for then in self._requested.pop(name):
            try:
                then(self[name])
            except Exception as error:  # the others are called all the same
                _LOG.exception("a request of the panel %s was lost", name)
                self._feed.raise_problem(mistake(error))

    def _failed(self, name: str, problem: Problem) -> None:
        """Gives up a requested panel; the next request tries again."""
        del self._requested[name]
        self._feed.raise_problem(problem)
        if (failed := self._failing.pop(name, None)) is not None:
            failed()


class LoadingNote(QWidget):
    """Placeholder in a dock while its panel is loading; shows a text after 0.7 s, or that it failed."""

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


class FailedNote(EmptyState):
    """Placeholder in a dock whose panel could not be created; why is among the problems."""

    def __init__(self, again: Callable[[], object]) -> None:
        super().__init__("alert", again)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.button.setText(tr("Try again"))


class PanelDock(QDockWidget):
    """A dock whose panel is created when it is first shown; shows a note until then."""

    def __init__(self, window: QMainWindow, place: PanelPlace, parts: PanelRegistry, close: Callable[[], None]) -> None:
        super().__init__(window)  # one that gets its parent later is styled twice
        self._place, self._parts = place, parts
        self.setObjectName(place.name)
        self.setTitleBarWidget(TitleBar(tr(place.title), close) if place.titled else QWidget())
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.retranslate()

    def retranslate(self) -> None:
        """Sets the names of the dock and of the areas that it scrolls, and its title in the current language."""
        title, bar = tr(self._place.title), self.titleBarWidget()
        self.setAccessibleName(title)
        for area in self.findChildren(QScrollArea):
            area.setAccessibleName(title)
        if isinstance(bar, TitleBar):
            bar.set_title(title)

    @override
    def setVisible(self, visible: bool) -> None:
        if visible and self._place.name not in self._parts:
            self._load()
        super().setVisible(visible)

    def _load(self) -> None:
        if not isinstance(self.widget(), LoadingNote):
            self.put(LoadingNote(self._place.least))
        self._parts.request(self._place.name, failed=self._show_failure)

    def _show_failure(self) -> None:
        self.put(FailedNote(self._load))

    def put(self, widget: QWidget) -> None:
        """Sets the dock's widget and deletes the previous one."""
        before = self.widget()
        self.setWidget(widget)
        self.retranslate()
        if before is not None:  # pyright: ignore[reportUnnecessaryComparison]
            before.deleteLater()


class DockArea:
    """The docks of a window: shown and hidden by name, with default sizes until the user's sizes are restored."""

    def __init__(self, window: QMainWindow, parts: PanelRegistry, close: Callable[[str], None]) -> None:
        """Adds an empty dock for every panel; `close` is called with the name of a panel that the user closes."""
        self._window = window
        self.docks: dict[str, PanelDock] = {}
        self.sized: set[str] = set()
        """Names of the panels that already got their size; they are not resized again."""
        for place in PANELS:
            dock = self.docks[place.name] = PanelDock(window, place, parts, partial(close, place.name))
            window.addDockWidget(place.area, dock)
        for other in BESIDE_TRENDS:
            window.splitDockWidget(self.docks["trends"], self.docks[other], Qt.Orientation.Horizontal)

    def is_shown(self, name: str) -> bool:
        """Whether the panel is visible."""
        return self.docks[name].isVisible()

    def show(self, name: str, on: bool) -> list[str]:
        """Shows or hides a panel; returns the names of the panels that were hidden to make room."""
        bottom = self._is_at_bottom(name)
        crowded = self._crowded_out(name) if on and bottom else []
        for other in crowded:
            self.docks[other].setVisible(False)
        self.docks[name].setVisible(on)
        if on and bottom:
            self.size()
        return crowded

    def size(self) -> None:
        """Sets the default sizes of all shown docks if one of them is shown for the first time; else does nothing."""
        shown = [place for place in PANELS if not self.docks[place.name].isHidden()]
        fresh = {place.name for place in shown} - self.sized
        if not fresh:
            return
        self.sized |= fresh
        for way in (Qt.Orientation.Horizontal, Qt.Orientation.Vertical):
            side = way is Qt.Orientation.Horizontal
            places = [place for place in shown if (place.area is not _BOTTOM) is side]
            least = 0 if side else round(BOTTOM_SHARE * self._window.height())
            if places:
                docks = [self.docks[place.name] for place in places]
                self._window.resizeDocks(docks, [max(place.size, least) for place in places], way)

    def keep_sizes(self) -> None:
        """Keeps the current sizes: the user's own sizes have been restored."""
        self.sized = {place.name for place in PANELS}

    def hide_all(self) -> None:
        """Hides every panel."""
        for dock in self.docks.values():
            dock.hide()

    def retranslate(self) -> None:
        """Sets all titles in the current language."""
        for place in PANELS:
            self.docks[place.name].retranslate()

    def _is_at_bottom(self, name: str) -> bool:
        return self._window.dockWidgetArea(self.docks[name]) is _BOTTOM

    def _crowded_out(self, wanted: str) -> list[str]:
        """Names of the bottom panels that must be hidden to make room for the wanted one."""
        shown = [name for name, dock in self.docks.items() if not dock.isHidden() and name != wanted]
        beside = [name for name in shown if self._is_at_bottom(name)]
        sides = sum(self.docks[name].width() for name in shown if name not in beside)
        return beside if BOTTOM_LEAST_PX * (len(beside) + 1) > self._window.width() - sides else []


def makers(feed: Feed) -> dict[str, Callable[[], Panel]]:
    """The functions that create the docked panels, by name."""

    def maker(place: PanelPlace) -> Callable[[], Panel]:
        def make() -> Panel:
            panel = place.panel()(feed)
            panel.set_least_width(place.least)
            return panel

        return make

    return {place.name: maker(place) for place in PANELS}
