"""Actions on the project: new, open, settings and language, import, draw, edit the plan, export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.api import EngineApi
from app.i18n import tr
from app.i18n.language import catalogue, is_loaded
from app.selection import Selection, VisibilityFilter
from app.view import dialog_factory, late_modules
from app.view.actions.export_actions import ExportActions
from app.view.actions.import_actions import BUILDINGS, ImportActions
from app.view.actions.panel_host import PanelHost
from app.view.feed import Feed
from app.view.panel.prompts import ask_user
from twin.model.drawing import DrawingWithPictures, empty, named
from twin.model.ids import DeviceId, derived
from twin.model.problem import Problem, Severity


class ProjectActions[H: PanelHost]:
    """Project and building actions; the file and settings part of ActionEffects."""

    host: H
    feed: Feed
    api: EngineApi
    selection: Selection
    importing: ImportActions
    exporting: ExportActions
    _coming_language: str

    def new_project(self) -> None:
        """Asks for a file name and creates a new project there."""
        path, _ = QFileDialog.getSaveFileName(self.host.main, tr("New project"), "", "Oikos (*.oikos)")
        if path:
            self.feed.when(self.api.new_project(_with_suffix(path, ".oikos")), self._opened)

    def open_project(self) -> None:
        """Asks for a project file and opens it."""
        path, _ = QFileDialog.getOpenFileName(self.host.main, tr("Open project"), "", "Oikos (*.oikos)")
        if path:
            self.feed.when(self.api.open_project(path), self._opened, lambda _: None)

    def open_recent(self, path: str) -> None:
        """Opens the project with this path, one of the recent projects."""
        self.feed.when(self.api.open_project(path), self._opened)

    def edit_settings(self) -> None:
        """Opens the settings page; each changed setting takes effect at once."""
        host, raised = self.host, self.feed.raise_problem
        show = partial(dialog_factory.settings, host.settings, self.feed, self._apply_setting, raised, host.main)
        host.modules.when([late_modules.SETTINGS], show)

    def _apply_setting(self, name: str) -> None:
        settings = self.host.settings
        if name == "theme":
            self.host.apply_theme(settings.text(name))
        elif name in ("language", "temperature_unit"):
            language = settings.text("language")  # with the unit as it is once that can be spoken
            self._once_loaded(language, lambda: self.host.set_language(language, settings.text("temperature_unit")))
            self.host.check("fahrenheit", settings.text("temperature_unit") == "°F")
        elif name == "smooth":
            self.selection.change(smooth=settings["smooth"])

    def sites(self) -> None:
        """Shows the page of several sites."""
        self.host.modules.when([late_modules.SITES, late_modules.PORTFOLIO], lambda: self.host.show_sites(True))

    def attach_engine(self) -> None:
        """Opens the dialog that attaches this computer to an engine elsewhere, and then a window on it; an empty window closes
        once that one is on the screen."""
        host = self.host

        def opened() -> None:
            if self.api.project() or self.feed.opening is not None:
                host.notify(tr("It is open in a window of its own."))
            else:
                host.main.close()

        def show() -> None:
            if host.make_portfolio is not None:
                dialog_factory.attaching(self.feed, host.make_portfolio(), host.main, opened)

        host.modules.when([late_modules.ATTACHING, late_modules.PORTFOLIO], show)

    def leave_opening(self) -> None:
        """Leaves the page of a project that could not be opened."""
        self.host.show_opening(False)

    def import_building(self) -> None:
        """Asks for a building file and imports it; changes to an existing building are reviewed first."""
        patterns = " ".join(f"*{suffix}" for suffix in BUILDINGS)
        path, _ = QFileDialog.getOpenFileName(
            self.host.main, tr("Import building"), "", f"{tr('Buildings')} ({patterns});;{tr('All files')} (*)"
        )
        if path:
            self.importing.import_files(path)

    def review_file(self, path: str) -> None:
        """Reads a building file again and shows its changes for review before they are applied."""
        self.importing.import_files(path)

    def draw_building(self) -> None:
        """Starts drawing a building: in the open project if it has none yet, else in a new project."""
        if self.api.project() and not self.feed.twin.storeys:
            self._draw(None)
            return
        path, _ = QFileDialog.getSaveFileName(self.host.main, tr("New project"), "", "Oikos (*.oikos)")
        if path:
            self.feed.when(self.api.new_project(_with_suffix(path, ".oikos")), self._draw)

    def edit_plan(self, over: str = "") -> None:
        """Opens the plan editor with the building's drawing; `over` is the path of a picture to trace."""
        if self.api.project():
            self.feed.when(self.api.drawing(), lambda drawn: self._edit_drawing(drawn, over))

    def _edit_drawing(self, drawn: DrawingWithPictures | None, over: str) -> None:
        if drawn is not None:
            self.host.edit_plan(DrawingWithPictures(named(drawn.drawing, self.feed.twin.rooms), drawn.pictures), over)
        elif self.feed.twin.storeys:
            self.feed.raise_problem(_not_drawn())
            self.host.notify(tr("The plan of a building from a file cannot be edited yet."))
        else:
            self._draw(None, over)

    def _draw(self, _: object, over: str = "") -> None:
        self._opened(None)
        site = derived("drawing", self.api.project(), str(self.api.now_ms()))
        drawing = empty(Path(self.api.project()).stem, site, storey=tr("Ground floor"))
        self.host.edit_plan(DrawingWithPictures(drawing), over)

    def save_picture(self) -> None:
        """Saves the 3D view as a picture in a size that the user chooses."""
        self.exporting.picture()

    def export_building(self) -> None:
        """Exports the building and its devices to a file for other programs (glTF or IFC)."""
        self.exporting.building()

    def stop_background_engine(self) -> None:
        """Asks for confirmation, then stops the engine that records in the background."""
        stop = self.host.stop_engine
        if stop is None:
            return
        ask_user(
            self.host.main,
            tr("Stop recording in the background?"),
            tr("The engine ends, and nothing is recorded until a window or a service starts it again."),
            tr("Stop recording"),
            lambda: self.feed.when(stop(), lambda _: self.host.notify(tr("Recording has stopped."))),
        )

    def quit(self) -> None:
        """Closes the window."""
        self.host.main.close()

    def _opened(self, _: object) -> None:
        self.selection.change(
            devices=frozenset[DeviceId](),
            room=None,
            storey=None,
            moment_ms=None,
            compare_ms=None,
            visibility=VisibilityFilter(),
        )

    def _once_loaded(self, language: str, then: Callable[[], None]) -> None:
        """Calls `then` at once if the language's catalogue is loaded; else loads it in the background first, and drops
        `then` if another language was chosen meanwhile."""
        if is_loaded(language):
            self._coming_language = ""
            then()
            return
        self._coming_language = language

        def read(_: object) -> None:
            if self._coming_language == language:
                self._coming_language = ""
                then()

        def failed(problem: Problem) -> None:
            if self._coming_language == language:
                self._coming_language = ""
            self.feed.raise_problem(problem)

        self.feed.when(self.api.compute(partial(catalogue, language)), read, failed)


def _with_suffix(path: str, suffix: str) -> str:
    return path if path.endswith(suffix) else path + suffix


def _not_drawn() -> Problem:
    return Problem(code="drawing.from_file", severity=Severity.NOTE)
