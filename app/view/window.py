"""The main window: follows the project, chooses the page to show, and updates the 3D view."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.api import EngineApi
from app.i18n import sentence
from app.inbox import Inbox
from app.selection import Selection, SelectionState
from app.settings import Settings
from app.view import late_modules, style
from app.view.actions.effect_table import EffectTable
from app.view.alarm_outlines import AlarmOutlines
from app.view.building_feed import BuildingFeed
from app.view.control.safe_text import one_line
from app.view.control.slots import calling
from app.view.i18n import set_language
from app.view.panel.panel_base import Panel
from app.view.plan_editing import PlanEditing
from app.view.twin_widget import TwinWidget
from app.view.window_parts import OWN_PAGES, WindowParts
from app.view.wiring import connect_scene
from twin.model.change import (
    Change,
    DeviceOnline,
    ImportPreviewed,
    Progress,
    ProjectOpened,
    ProjectOpenFailed,
    ProjectOpening,
    TwinChanged,
)
from twin.model.drawing import DrawingWithPictures

if TYPE_CHECKING:
    from app.portfolio.portfolio_api import PortfolioApi

TITLE_LETTERS = 80
PATIENCE_MS = 400
"""Opening that ends within this many milliseconds shows no page of its own."""


class MainWindow(WindowParts):
    """The main window; `attach` adds the 3D view later so that the window appears at once."""

    filled = Signal()
    """A building's structure and mesh have been handed to the 3D view."""

    def __init__(
        self, api: EngineApi, inbox: Inbox, selection: Selection, settings: Settings, *, bare: bool = False
    ) -> None:
        """If `bare`, docked panels wait until `modules.release()` so that the first frame is shown early."""
        super().__init__(api, inbox, selection, settings, bare=bare)
        self.scene: TwinWidget | None = None
        self.make_scene: Callable[[Selection], Any] | None = None
        self.effects = EffectTable(self)
        self.plan_editing = PlanEditing(self)
        self._expecting = self._patient = self._bare = self._ending = False
        self.may_close: Callable[[], bool] = lambda: True
        """Whether the window may close now; if not, it asks the user and may close the window later."""
        self.make_portfolio: Callable[[], PortfolioApi] | None = None
        """Makes the portfolio of this computer; None where it is not available."""
        self._sites_shown = False
        self.stop_engine: Callable[[], Future[None]] | None = None
        """Stops the engine that works without this window; None if there is none."""
        self.building = BuildingFeed(self.feed, entered=self._show_scene, filled=self.filled.emit)
        self.build()
        self.feed.changed.connect(self._changed)
        self.feed.rows.connect(self._rows)
        selection.observe(self._picked)
        for name in () if bare else ("tree", "inspector"):
            _ = self.parts[name]
        self.show_activity("live")
        self.restore()
        self.show_page()
        self._apply_icons()
        self.with_panel("tree", _focus)
        self.feed.start()

    # what effects and the shell ask for

    def attach(self, view: TwinWidget) -> None:
        """Adds the 3D view and passes it the whole current state."""
        self.scene = view
        self.pages.add_scene(view.as_widget())
        connect_scene(view.as_widget(), self.effects)
        self.building.attach(view)
        view.set_theme(style.current_theme())
        view.set_strings(self.feed.strings)
        view.set_twin(self.feed.twin)
        view.set_compared(self.feed.compared)
        view.apply(self.feed.state, np.arange(len(self.feed.state), dtype=np.intp))
        view.set_labels(self.actions_by_id["labels"].isChecked())
        for device, online in self.feed.online.items():
            view.set_online(device, online)
        AlarmOutlines(self.feed, view, view.as_widget())
        self._show_scene()
        if not self._waits():
            self.building.fetch()

    @override
    def show_activity(self, activity: str) -> None:
        """Shows the panels of an activity; ignored while the plan editor is open."""
        if self.editor is None:
            super().show_activity(activity)

    def apply_theme(self, theme: str) -> None:
        """Applies the theme with this name to the whole window."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            style.apply_theme(app, style.theme_by_name(theme))
        self._apply_icons()
        for part in self.parts.values():
            part.apply_theme()
        self.feed.turns.add(self._apply_scene_theme)

    def _apply_scene_theme(self) -> None:
        if self.scene:
            self.scene.set_theme(style.current_theme())

    def set_language(self, language: str, temperature_unit: str = "") -> None:
        """Sets the language and, if given, the temperature unit of the whole window."""
        set_language(language, temperature_unit)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            style.apply_language(app)
        for part in self.parts.values():
            if part.isVisible() or not self.isVisible():
                part.retranslate()
            else:
                self.feed.turns.add(part.retranslate)  # nobody sees it yet
        self._name_actions()
        self._apply_icons()
        if self.scene and not self.effects.importing.arriving:  # it shows the building that is being read
            self.scene.set_twin(self.feed.twin)

    def show_opening(self, opening: bool) -> None:
        """Tells whether a project is being opened: the scene page is shown then instead of the welcome page."""
        self._expecting = opening
        self.show_page()
        self._show_scene()
        if self.scene and not (self.building.is_asked or opening):
            self.building.fetch()

    def show_sites(self, on: bool) -> None:
        """Shows the page of several sites in place of everything else, or leaves it. Its module is imported by now."""
        if on and "sites" not in self.parts:
            if self.make_portfolio is None:
                return
            from app.view.panel.sites import SitesPage

            page = SitesPage(self.feed, self.make_portfolio())
            page.left.connect(lambda: self.show_sites(False))
            self.parts["sites"] = page
            self.pages.add_page("sites", page)
            self.follow_sites()
        self._sites_shown = on
        self.actions_by_id["deselect"].setEnabled(not on)  # Esc leaves the page
        self.show_page()
        if on:
            self.parts["sites"].setFocus()

    def follow_sites(self) -> None:
        """Shows in the top bar how many sites have alarms, also while their page is not shown."""

        def show() -> None:
            from app.view.panel.sites_badge import SitesBadge

            if self.make_portfolio is None or self.top_bar.sites is not None:
                return
            badge = SitesBadge()
            badge.clicked.connect(calling(self.effects.sites))
            self.top_bar.add_sites(badge)
            badge.follow(self.make_portfolio())

        self.modules.when([late_modules.SITES, late_modules.PORTFOLIO], show)

    def show_preview(self, on: bool) -> None:
        """Shows the preview of a building that is being read, or ends it."""
        self._expecting = on
        self.show_page()
        if on and self.scene:
            self.pages.show_scene(self.scene.as_widget())

    def is_filled(self) -> bool:
        """Whether structure and mesh have arrived and the 3D view, if there is one, has painted them."""
        return self.building.is_whole and not self._waits()

    def frame_scene(self) -> None:
        """Moves the camera so that everything shown is in view."""
        if self.scene:
            self.scene.fit()

    def finish_scene(self) -> None:
        """Waits until the 3D view has painted all changes."""
        if self.scene:
            self.scene.wait_painted()

    def edit_plan(self, drawn: DrawingWithPictures, over: str = "") -> None:
        """Opens the plan editor in place of everything else; `over` is the path of a picture to trace, or empty."""
        self.plan_editing.open(drawn, over)

    @property
    def editor(self) -> Any:  # noqa: ANN401 - app.view.plan.plan_editor.PlanEditor, loaded late
        """The open plan editor; None if it is closed."""
        return self.plan_editing.editor

    def leave_editor(self) -> None:
        """Shows bars and panels again after the plan editor was closed."""
        for tools in self.bars:
            tools.show()
        self.show_page()
        self.show_activity("live")

    @property
    def is_ending(self) -> bool:
        """Whether the window is closing because of a signal, not by the user."""
        return self._ending

    def end(self) -> None:
        """Quits without questions (signal or end of the session); an unsaved plan is saved first."""
        self._ending = True
        if self.plan_editing.is_dirty:
            self.editor.keep(QApplication.quit)
        else:
            QApplication.quit()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if self.plan_editing.is_dirty and not self._ending:
            event.ignore()
            self.editor.leave()
            return
        if not self._ending and (self.feed.pick.is_open or not self.may_close()):
            self.feed.pick.cancel()  # what is being edited comes back
            event.ignore()
            return
        self.keep_layout()
        self.feed.stop()
        self.alarm_signals.close()
        if self.editor is not None:
            self.editor.release()
        if self.scene:
            self.scene.release()
        super().closeEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange and self.settings.text("theme") == "system":
            self.apply_theme("system")

    # following

    def _changed(self, change: Change) -> None:
        match change:
            case ProjectOpening():
                self._project_opening()
            case ProjectOpened() | ProjectOpenFailed():
                self.show_opening(False)
            case Progress() | ImportPreviewed():
                if self._on_opening_page() is not (self.pages.currentWidget() is self.parts["opening"]):
                    self.show_page()
            case TwinChanged(twin=twin, label=label):
                if label:
                    self.notify(sentence(label))
                if self.effects.importing.arriving and not twin.storeys:
                    return  # made for the building that is being read and shown
                self._expecting = self._expecting and not (twin.storeys or twin.devices)
                self.show_page()
                if self.scene:
                    self.scene.set_strings(self.feed.strings)
                    self.scene.set_twin(twin)
                    if not self.building.follow(twin):
                        self._show_scene()
            case DeviceOnline(device=device, online=online):
                if self.scene:
                    self.scene.set_online(device, online)
            case _:
                pass

    def _project_opening(self) -> None:
        """Leaves the page of sites, and shows the opening page unless the project is open soon."""
        self._patient = True
        if self._sites_shown:
            self.show_sites(False)
        self.building.forget()
        QTimer.singleShot(PATIENCE_MS, self, self._lose_patience)

    def _rows(self, rows: NDArray[np.intp]) -> None:
        if self.scene:
            self.scene.set_compared(self.feed.compared)
            self.scene.follow(self.feed.state, rows)

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        self.check("compare", new.compare_ms is not None)
        self.effects.reveal(old, new)
        own_page = self.rail.current in OWN_PAGES
        if new.devices != old.devices and new.devices and not own_page:
            self.show_panel("inspector", True)

    def _waits(self) -> bool:
        """Whether a project is being opened of which nothing is there yet."""
        return self._expecting and not (self.feed.twin.storeys or self.feed.twin.devices)

    def _show_scene(self) -> None:
        """Replaces the empty canvas by the 3D view, unless a project is being opened without anything to show."""
        waits = self._waits() or (bool(self.feed.twin.storeys) and not self.building.is_there)
        if self.scene and not waits and self.pages.is_bare:
            self.pages.show_scene(self.scene.as_widget())

    def _lose_patience(self) -> None:
        """Shows the opening page if opening is not finished by now."""
        self._patient = False
        self.show_page()

    def _on_opening_page(self) -> bool:
        if self.feed.open_failed is not None:
            return True
        long = self.feed.opening is not None and (bool(self.feed.jobs) or not self._patient)
        return long and not self.effects.importing.arriving

    def _page_alone(self, arriving: bool) -> QWidget | None:
        """The page that is shown without docks: opening, sites, or the building that is being read; None for none."""
        if self._on_opening_page():
            return self.pages.opening
        if self._sites_shown:
            return self.parts["sites"]
        return self.scene_page if arriving else None

    def show_page(self) -> None:
        """Shows the page that fits the state: welcome, scene, opening, or plan editor."""
        twin = self.feed.twin
        if (editor := self.parts.get("editor")) is not None:
            for bar in self.bars:
                bar.hide()
            self.dock_area.hide_all()
            self.pages.setCurrentWidget(editor)
            return
        arriving = self.feed.opening is not None and self.effects.importing.arriving
        self.parts["timeline"].setVisible(not arriving)
        alone = self._page_alone(arriving)
        back, self._bare = self._bare and alone is None, alone is not None
        if alone is not None:
            self.rail.hide()
            self.dock_area.hide_all()
            self.top_bar.show_twin_tools(not self._sites_shown)
            self.pages.setCurrentWidget(alone)
            return
        coming = self._expecting or self.effects.importing.arriving
        there = bool(coming or self.feed.api.project() or twin.storeys or twin.devices)
        self.pages.setCurrentIndex(1 if there else 0)
        arrived = there and self.rail.isHidden()
        self.rail.setVisible(there)
        if back and there:
            self.show_activity(self.rail.current)
        self.top_bar.show_twin_tools(there)
        own_page = any(self.docks[name].isVisibleTo(self) for name in OWN_PAGES)
        for name in ("tree", "inspector"):
            self.docks[name].setVisible(there and (name == "tree" or not own_page))
        if arrived:
            self.with_panel("tree", _focus)  # and not the first button that can have it
        self.setWindowTitle(f"{one_line(twin.name, TITLE_LETTERS)} – Oikos" if twin.name else "Oikos")


def _focus(panel: Panel) -> None:
    panel.setFocus()
