"""Saves and restores the user's last view of a project: storey, colouring, camera, cut height, sky."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from app.view.feed import Feed
from app.view.scene.tools.viewpoint import read
from twin.model.problem import Problem

if TYPE_CHECKING:  # VTK is loaded when the window stands
    from app.view.scene.view import TwinView
    from app.view.window import MainWindow

SETTING = "last_view"
LOOK_MS = 3000
"""Interval in milliseconds at which a changed view is saved; never while a past moment is shown."""


class LastView(QObject):
    """Restores the saved view once per project when its building is shown; lives as long as `view`."""

    def __init__(self, window: MainWindow, view: TwinView) -> None:
        super().__init__(view)
        self._feed: Feed = window.feed
        self._window, self._view = window, view
        self._project = ""
        """Path of the project whose view was restored; nothing is saved before."""
        self._kept: dict[str, object] = {}
        self._refused = ""
        """Path of the project in which the user's role does not allow saving: asking again would only fill its log."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save)
        self._timer.start(LOOK_MS)
        window.filled.connect(self.restore)

    def restore(self) -> None:
        """Requests the saved view of the open project, once per project."""
        project = self._feed.api.project()
        if project and project != self._project:
            self._feed.when(self._feed.api.setting(SETTING), lambda found: self._go(project, found), _ignore)

    def _go(self, project: str, found: object) -> None:
        if not isValid(self._view) or project != self._feed.api.project():
            return
        self._project = project
        points = read([found])
        if points and points[0].storey in ("", *self._feed.twin.storey_of):
            self._view.visit(points[0])
            self._view.flight.land()
            if cast("dict[str, object]", found).get("steered") is False and points[0].walker is None:
                self._view.camera_input.steered = False  # everything was in sight: so it is in a window of another size
                self._view.camera_input.refit()
            sky = str(cast("dict[str, object]", found).get("sky", ""))
            if sky in self._window.effects.skies():
                self._window.effects.light(sky)
        self._kept = self._document()

    def save(self) -> None:
        """Saves the current view if it has changed."""
        picked = self._feed.selection.state
        if self._project != self._feed.api.project() or not self._project or picked.moment_ms is not None:
            return
        if self._refused == self._project:
            return
        document = self._document()
        if document != self._kept:
            self._kept = document
            refused = partial(self._unsaved, self._project)
            self._feed.when(self._feed.api.keep_setting(SETTING, document), lambda _: None, refused)

    def _unsaved(self, project: str, problem: Problem) -> None:
        """Only the saved view is lost; where the role does not allow saving, it is not tried again."""
        if problem.code in ("door.role", "door.scope"):
            self._refused = project

    def _document(self) -> dict[str, object]:
        more = {"sky": self._view.daytime.sky.value, "steered": self._view.camera_input.steered}
        return self._view.here("").document() | more


def _ignore(_problem: Problem) -> None:
    """Ignores problems: only the saved view is lost."""
