"""Loads a building into the scene without blocking the window: meshes are made on another thread; a small building is
drawn in one turn of the event loop, a large one in several. Without another thread (`compute` None) all is done at
once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from app.view.scene.building_ahead import BuildingAhead
from app.view.scene.scene import Scene
from app.view.scene.structure.storey_stack import StoreyStack
from app.view.scene.viewport.resolution_governor import ResolutionGovernor
from app.view.theme import Theme
from twin.model.mesh import Mesh
from twin.model.twin import Twin

type Compute = Callable[[Callable[[], Any], Callable[[Any], None], Callable[[], None]], None]
"""Runs the 1st function on another thread, then the 2nd with its result or on failure the 3rd on the GUI thread."""

_UNSEEN_MS = 250
"""Maximum wait of a step for the previous frame in milliseconds; an invisible window paints none."""


class BuildingLoader(QObject):
    """Loads one building at a time; a newer one replaces the one being loaded."""

    entered = Signal()
    """Emitted when the floors, or the whole building, are in the scene."""
    loaded = Signal()
    """Emitted when the whole building is in the scene."""
    progressed = Signal(float)
    """Emitted with the share of the building that is in the scene, 0 to 1."""
    replaced = Signal()
    """Emitted when a hand-drawn building has been updated."""

    def __init__(self, parent: QObject, scene: Scene, governor: ResolutionGovernor, painted: SignalInstance) -> None:
        super().__init__(parent)
        self._scene, self._governor = scene, governor
        self._compute: Compute | None = None
        self.ahead: BuildingAhead | None = None
        """The first building, if it was prepared before this view was there."""
        self._turn = 0
        self._asked: tuple[Mesh, Theme] | None = None
        """The building whose shapes are being computed."""
        self._drawing: tuple[Twin, Mesh] | None = None
        """The hand-drawn building whose shapes are being computed."""
        self._steps = self._drawn = 0
        self._awaiting = False
        """Whether light or a cut of the current building is being computed."""
        self._step = QTimer(self)
        self._step.setSingleShot(True)
        self._step.timeout.connect(self._draw)
        painted.connect(self._painted)

    @property
    def signals(self) -> tuple[SignalInstance, SignalInstance, SignalInstance]:
        """The signals `entered`, `loaded` and `progressed`."""
        return self.entered, self.loaded, self.progressed

    @property
    def compute(self) -> Compute | None:
        """Function that runs work on another thread; None to run it at once."""
        return self._compute

    @compute.setter
    def compute(self, compute: Compute | None) -> None:
        self._compute = compute
        self._scene.set_patient(compute is not None)

    @property
    def busy(self) -> bool:
        """Whether a building is being loaded or drawn."""
        return self._asked is not None or self._drawing is not None or self._scene.storey_stack.is_growing

    @property
    def theme(self) -> Theme:
        """The theme requested for the building being loaded, else the scene's theme."""
        return self._asked[1] if self._asked else self._scene.theme

    def load(self, mesh: Mesh | None, theme: Theme | None = None) -> None:
        """Shows this mesh of the scene's structure, or applies another theme."""
        theme = theme or self.theme
        if self._compute is None:
            self._scene.set_mesh(mesh, None if theme is self._scene.theme else theme)
            self.entered.emit()
            self.loaded.emit()
            return
        self._turn += 1
        self._asked, self._drawing = (mesh or Mesh(), theme), None
        make: Callable[[], StoreyStack] = self._scene.making(*self._asked)
        if self.ahead is not None:
            make, self.ahead = self.ahead.instead_of(self._scene.making(*self._asked)), None
        self._compute(make, partial(self._made, self._turn), partial(self._failed, self._turn))
        self.progressed.emit(0.0)

    def replace(self, twin: Twin, mesh: Mesh) -> None:
        """Replaces structure and mesh in one frame."""
        if self._compute is None:
            self._scene.set_twin(twin)
            self._scene.set_mesh(mesh)
            self.replaced.emit()
            return
        self._turn += 1
        self._asked, self._drawing = None, (twin, mesh)
        make = self._scene.making(mesh, self._scene.theme, twin)
        self._compute(make, partial(self._replace, self._turn), partial(self._failed, self._turn))

    def apply_theme(self, theme: Theme) -> None:
        """Applies another theme to the building shown or being loaded."""
        self._finish_drawing()
        self.load(self._asked[0] if self._asked else self._scene.mesh, theme)

    def drop(self) -> None:
        """Drops the current and the pending building after the spaces changed."""
        self._turn += 1
        self._asked = self._drawing = None
        self._step.stop()
        if self._compute is not None:
            self._scene.drop_mesh()

    def stop(self) -> None:
        """Drops the running load and detaches from the worker thread; called when the view closes."""
        self.drop()
        self._compute = None

    def finish(self) -> None:
        """Completes all pending work before returning."""
        if self._asked is not None:
            mesh, theme = self._asked
            self._made(self._turn, self._scene.making(mesh, theme)())
        self._finish_drawing()
        self._step.stop()
        while self._scene.storey_stack.is_growing:
            self._draw()
        self._scene.prepare()
        while self._scene.patient and (work := self._scene.storey_stack.next_work(ahead=False)) is not None:
            work()()
            self._scene.prepare()

    def look_ahead(self) -> bool:
        """Prepares what will be needed: light on visible floors without any, and at rest also the cuts of other
        storeys.
        Returns whether there is or was something to prepare.
        """
        if self._awaiting or self.busy:
            return True
        building = self._scene.storey_stack
        seen = work = building.next_work(ahead=False)
        if work is None and not self._governor.moving:
            work = building.next_work(ahead=True)
        if work is None:
            return False
        if self._compute is None:
            work()()
            return True
        self._awaiting = True
        self._compute(work, partial(self._keep, building, seen is not None), self._missed)
        return True

    def look_elsewhere(self) -> None:
        """Calls `look_ahead` if its work runs on another thread."""
        if self._compute is not None:
            self.look_ahead()

    def _keep(self, storey_stack: StoreyStack, seen: bool, put: Callable[[], None]) -> None:
        self._awaiting = False
        if self._compute is None:
            return
        if storey_stack is self._scene.storey_stack:  # else it would draw into the picture of another one
            put()
            if seen:
                self._governor.refresh()
            self.look_ahead()

    def _missed(self) -> None:
        self._awaiting = False

    def _made(self, turn: int, storey_stack: StoreyStack) -> None:
        if turn != self._turn or self._asked is None:
            return  # another one is wanted by now
        mesh, self._asked = self._asked[0], None
        self._scene.enter(storey_stack, mesh)
        self._steps = self._scene.turns_of(mesh)
        if self._steps == 1:
            while self._scene.fill_in():
                pass
            self.entered.emit()
            self._end()
            return
        self.entered.emit()
        self._drawn = 0
        self._next()

    def _finish_drawing(self) -> None:
        if self._drawing is not None:
            twin, mesh = self._drawing
            self._replace(self._turn, self._scene.making(mesh, self._scene.theme, twin)())

    def _replace(self, turn: int, storey_stack: StoreyStack) -> None:
        if turn == self._turn and self._drawing is not None:
            (twin, mesh), self._drawing = self._drawing, None
            self._scene.replace(twin, mesh, storey_stack)
            self.replaced.emit()

    def _failed(self, turn: int) -> None:
        if turn == self._turn:
            self._asked = self._drawing = None
            self.entered.emit()
            self.loaded.emit()

    def _next(self) -> None:
        """Schedules the next step after the frame that shows this one."""
        self._governor.touch()
        self._step.start(_UNSEEN_MS)

    def _painted(self, _took_ms: float) -> None:
        if self._step.isActive():
            self._step.start(0)

    def _draw(self) -> None:
        self._step.stop()
        self._drawn += 1
        if self._scene.fill_in():
            self.progressed.emit(min(0.95, self._drawn / self._steps))
            self._next()
        else:
            self._end()

    def _end(self) -> None:
        self._governor.change()
        self.progressed.emit(1.0)
        self.loaded.emit()
