"""Import actions: files chosen, dropped on the window or changed on disk; reviewed before they are applied."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, override

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMainWindow

from app.i18n import tr, what
from app.view import dialog_factory, late_modules
from app.view.feed import Feed
from app.view.module_loader import ModuleLoader
from twin.model.building import Building
from twin.model.change import Change, ImportPreviewed, MeshChanged, ProblemRaised, TwinChanged
from twin.model.ids import DeviceId, RoomId
from twin.model.import_review import CHANGED, Review
from twin.model.problem import Problem

if TYPE_CHECKING:
    from app.view.panel.import_review import ReviewSheet
    from app.view.scene.import_preview import ImportPreview

BUILDINGS = (".ifc", ".ifczip", ".ifcxml", ".sh3d", ".svg", ".imdf", ".zip", ".area_registry", ".floor_registry")
PROJECT = ".oikos"


class ImportHost(Protocol):
    """The attributes and methods of the window that import actions use."""

    filled: Any
    modules: ModuleLoader

    @property
    def main(self) -> QMainWindow: ...
    @property
    def scene(self) -> Any: ...  # noqa: ANN401 - app.view.scene.view.TwinView, loaded late
    def show_preview(self, on: bool) -> None: ...
    def notify(self, text: str) -> None: ...
    def offer(self, text: str, verb: str, do: Callable[[], object]) -> None: ...


class ImportActions(QObject):
    """Imports files one after the other; asks for confirmation where rooms change."""

    def __init__(self, host: ImportHost, feed: Feed) -> None:
        super().__init__()
        self.host, self.feed = host, feed
        self.sheet: ReviewSheet | None = None
        self._queue: list[str] = []
        self._arrival: ImportPreview | None = None
        feed.changed.connect(self._changed)

    @property
    def arriving(self) -> bool:
        """Whether the 3D view shows the preview of a building that is still being read."""
        return self._arrival is not None

    def watch(self) -> None:
        """Accepts files that are dropped onto the window."""
        self.host.main.setAcceptDrops(True)
        self.host.main.installEventFilter(self)

    def import_files(self, *paths: str) -> None:
        """Imports files into the open project; without one, the first file creates a project in its own folder."""
        self._queue += paths
        if self._queue and self.sheet is None:
            self._next()

    def _next(self) -> None:
        if not self._queue:
            return
        path = self._queue.pop(0)
        api = self.feed.api
        if api.project():
            self.feed.when(api.review(path), self._reviewed, self._failed)
        else:
            project = free(Path(path).with_suffix(PROJECT))
            self.feed.when(api.new_project(str(project), path), self._opened, self._failed)

    def _opened(self, _: object) -> None:
        self.feed.selection.change(
            devices=frozenset[DeviceId](), room=None, storey=None, moment_ms=None, compare_ms=None
        )
        if self.sheet is None:
            self._next()

    def _reviewed(self, review: Review) -> None:
        if review.first:
            self._take(review, {})
        elif self.sheet is not None:
            self.sheet.show_review(review, self.feed.twin)
        else:
            self.host.modules.when([late_modules.REVIEW], lambda: self._show_sheet(review))

    def _show_sheet(self, review: Review) -> None:
        self.sheet = dialog_factory.reviewing(review, self.feed.twin, self.host.main)
        self.sheet.wanted.connect(partial(self._take_shown, review))
        self.sheet.switched.connect(self._switch)
        self.sheet.finished.connect(self._closed)
        self.sheet.open()

    def _switch(self, into: str) -> None:
        if self.sheet is not None:
            self.feed.when(self.feed.api.review_again(self.sheet.review.id, into), self._reviewed, self._failed)

    def _take_shown(self, review: Review, decisions: dict[RoomId, RoomId | None]) -> None:
        self._take(self.sheet.review if self.sheet else review, decisions)

    def _take(self, review: Review, decisions: dict[RoomId, RoomId | None]) -> None:
        self.feed.when(self.feed.api.accept(review.id, decisions), self._taken, self._failed)

    def _taken(self, _: object) -> None:
        self.host.notify(tr("The building is in."))
        if self.sheet is None:
            self._next()

    def _closed(self) -> None:
        if self.sheet is not None:
            self.sheet.deleteLater()
            self.sheet = None
        self._next()

    def _failed(self, problem: Problem) -> None:
        self._forget()
        self.host.notify(what(problem))
        if problem.code != "import.cancelled":
            self.feed.raise_problem(problem)
        if self.sheet is None:
            self._next()

    def _changed(self, change: Change) -> None:
        match change:
            case ProblemRaised(problem=problem) if problem.code == CHANGED:
                path = problem.where
                self.host.offer(what(problem), tr("Review"), lambda: self.import_files(path))
            case ImportPreviewed(building=building):
                self.host.modules.when([late_modules.PREVIEW], lambda: self._show_preview(building))
            case TwinChanged(twin=twin) if self._arrival is not None and twin.storeys:
                self._arrival.remove_rooms()
            case MeshChanged() if self.host.scene is not None:
                self.feed.when(self.feed.api.mesh(), self.host.scene.set_mesh)
            case _:
                pass

    def _show_preview(self, building: Building | None) -> None:
        """Shows the parts of a project's first building that are read so far; None removes the preview."""
        if building is None:
            self._forget()
            self.host.show_preview(False)
            return
        if self.host.scene is None or self.feed.twin.storeys:
            return
        if building.storeys:
            from app.view.scene.import_preview import ImportPreview

            self._forget()
            self._arrival = ImportPreview(self.host.scene)
            self._arrival.show_rooms(building)
            self.host.filled.connect(self._filled)
        elif self._arrival is not None:
            self._arrival.add_mesh(building.mesh)
        self.host.show_preview(self._arrival is not None)

    def _filled(self) -> None:
        """Removes the preview when the final building is in the 3D view."""
        if self._arrival is not None:
            self._arrival.remove_all()
            self._arrival = None
            self.host.filled.disconnect(self._filled)

    def _forget(self) -> None:
        """Removes the preview because the import failed, was cancelled or starts again."""
        if self._arrival is not None:
            self._filled()
            self.host.scene.set_twin(self.feed.twin)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and (paths := _files(event)):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if event.type() == QEvent.Type.Drop:
                self._dropped(paths)
            return True
        return super().eventFilter(watched, event)

    def _dropped(self, paths: list[str]) -> None:
        projects = [path for path in paths if path.casefold().endswith(PROJECT)]
        if projects:
            self.feed.when(self.feed.api.open_project(projects[0]), self._opened, lambda _: None)
        else:
            self.import_files(*paths)


def _files(event: QDropEvent) -> list[str]:
    """The dragged local files that can be imported or opened (buildings and projects); at most 20 are looked at."""
    paths = [url.toLocalFile() for url in event.mimeData().urls()[:20] if url.isLocalFile()]
    return [path for path in paths if Path(path).suffix.casefold() in (*BUILDINGS, PROJECT)]


def free(path: Path) -> Path:
    """The path itself, or with the first number appended for which no file exists."""
    n, found = 2, path
    while os.path.lexists(found):
        found, n = path.with_stem(f"{path.stem} {n}"), n + 1
    return found
