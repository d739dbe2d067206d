"""Stills of print quality: light of 1,024 rays, baked in the background, and sixteen samples per pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from app.view.scene.scene import Scene
from app.view.scene.tools.viewpoint import Viewpoint
from app.view.scene.viewport.surface import RenderSurface

_LOOK_MS = 100
_PROBE_PX = 32, 20


class FineView(Protocol):
    """The part of the 3D view that a fine picture needs."""

    scene: Scene
    surface: RenderSurface

    def here(self, name: str) -> Viewpoint: ...
    def visit(self, point: Viewpoint) -> None: ...
    def antialiased(self, width: int, height: int) -> QImage: ...


class FinePicture(QObject):
    """One picture of the view as it stands now, made when its light is there; the view can be used meanwhile."""

    def __init__(
        self, parent: QObject, view: FineView, size: tuple[int, int], done: Callable[[QImage | None], None]
    ) -> None:
        """`done` gets the picture, or None where its light was stopped."""
        super().__init__(parent)
        self._view, self._size, self._done = view, size, done
        self._asked = view.here("")
        self._left: Viewpoint | None = None
        """Where the user was before the view was taken back to the picture's place."""
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_running(self) -> bool:
        """Whether the picture is still to come."""
        return self._timer.isActive()

    def begin(self) -> None:
        """Requests the light."""
        self._view.scene.lights.set_fine(True)
        self._timer.start()

    def stop(self) -> None:
        """Makes no picture: its building is gone."""
        if self.is_running:
            self._end(None)

    def look(self) -> None:
        """Takes the picture if its light is there."""
        view, lights = self._view, self._view.scene.lights
        if lights.is_waiting and not lights.is_fine_stopped(view.scene):
            return
        view.surface.still(*_PROBE_PX)  # prepares a frame, even of a window that nobody sees
        if lights.is_baking:
            return
        if not lights.is_fine(view.scene) and view.scene.around.daylight is not None:
            self._return()
            self._end(None)
            return
        now = view.here("")
        elsewhere = replace(now, pose=self._asked.pose) != self._asked
        if elsewhere:
            self._left = now
            if self._visit(self._asked):
                return
        view.scene.stand(self._asked.pose)
        made = view.antialiased(*self._size)
        if self._left is None:
            view.scene.stand(now.pose)
        self._return()
        self._end(made)

    def _visit(self, point: Viewpoint) -> bool:
        """Takes a walker's former place; returns whether light has to be waited for there."""
        self._view.visit(point)
        self._view.surface.still(*_PROBE_PX)
        return self._view.scene.lights.is_baking

    def _return(self) -> None:
        """Takes the view back to where the user was."""
        if self._left is not None:
            self._visit(self._left)

    def _end(self, picture: QImage | None) -> None:
        self._timer.stop()
        self._view.scene.lights.set_fine(False)
        self._done(picture)
