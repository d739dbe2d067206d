"""Which storeys of a scene are shown, and how: focus, cut, exploded, from inside, and the way from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vtkmodules.vtkRenderingCore import vtkRenderer

from app.view.scene.layer import LayerSet, SceneLayer
from app.view.scene.light.lamp_pools import LampPools
from app.view.scene.live_cut import LiveCut
from app.view.scene.scene_columns import SceneColumns
from app.view.scene.scene_devices import SceneDevices
from app.view.scene.scene_rooms import SceneRooms
from app.view.scene.sky.environment import SceneEnvironment
from app.view.scene.structure.clip_planes import PlaneSet
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.scalar_field import ScalarFields
from app.view.scene.structure.storey_stack import EyePlace, Look, StoreyStack
from app.view.scene.structure.storey_transition import StoreyTransition
from app.view.theme import Theme
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh
from twin.model.twin import Twin


class SceneStoreys(SceneColumns):
    """The storeys of a scene, with its rooms, markers and layers on them; `_show` changes what is shown."""

    def __init__(self, theme: Theme, layers: Iterable[SceneLayer[Any]]) -> None:
        self.theme = theme
        self.renderer = vtkRenderer()
        self.around, self._cut = SceneEnvironment(self.renderer), LiveCut(self.renderer)
        self.camera = self.renderer.GetActiveCamera()
        self._mesh = Mesh()
        building, devices = StoreyStack((), (), self._mesh, theme), SceneDevices(self.renderer, theme)
        super().__init__(Twin(), building, SceneRooms(), devices)
        self.marker_opacity = 1.0
        self._patient = False
        self._moves, self.fields, self._pools = StoreyTransition(), ScalarFields(), LampPools()
        self._layers = LayerSet(layers)
        self._placed_for: list[tuple[float | None, bool]] = []

    def look_at(self, storey: StoreyId | None) -> bool:
        """Moves the focus to a storey (None: the whole building); returns whether a transition (`step`) is needed."""
        return self._show(replace(self.shown, storey=storey))

    def explode(self, on: bool) -> bool:
        """Turns the exploded view on or off; returns whether a transition (`step`) is needed."""
        return self._show(replace(self.shown, exploded=on))

    def set_ghosts(self, on: bool) -> bool:
        """Shows or hides the storeys around the focus as shells; returns whether a transition (`step`) is needed."""
        return self._show(replace(self.shown, ghosts=on))

    def set_eye_place(self, stand: EyePlace) -> None:
        """Sets the camera's place: inside, with whole walls and ceilings, or outside, with the cut."""
        if self.shown.exploded:
            self.explode(False)
            self.step(1.0)
        self._show(replace(self.shown, stand=stand))
        self._light_up()
        self.step(1.0)

    def set_cut(self, height_m: float, *, exact: bool) -> None:
        """Cuts storeys at this height over their floors; approximately, by a clipping plane, if not `exact`."""
        self.shown = replace(self.shown, cut_m=height_m)
        self.storey_stack.look(self.shown)
        level = self.storey_stack.levels[self.storey_stack.focus] if self.storey_stack.levels else None
        if level is None or self.shown.stand is not EyePlace.OUTSIDE:
            return
        if exact or self.shown.exploded or (self._cut.is_quick and not self._patient):
            self._cut.exact(level, lambda: self._begin(self.storey_stack.shows()))
        else:
            self._cut.coarse(level)

    def set_sectioned(self, on: bool) -> bool:
        """Shows every storey whole for a section box, or the cut; returns whether a transition (`step`) is needed."""
        return self._show(replace(self.shown, sectioned=on))

    def set_draft_quality(self, on: bool) -> None:
        """Hides furniture for faster frames; call before each frame."""
        self.storey_stack.spare_furniture(on)

    def set_box(self, planes: PlaneSet) -> None:
        """Sets the section box; everything outside these planes is clipped, none shows all."""
        self._cut.box = planes

    def step(self, share: float) -> None:
        """Moves the storeys to this share, 0 to 1, of their transition."""
        self._moves.step(self.storey_stack, share)
        if share >= 1.0:
            self._moves.clear()
            self.storey_stack.arrange()
            self._paint_rooms()
        self._show_markers()

    # inside

    def _light_up(self) -> None:
        inside = self.shown.stand is not EyePlace.OUTSIDE
        self.around.set_lighting(self.theme, inside=inside)

    def _show(self, look: Look) -> bool:
        """Changes the display options of the building; returns whether `step` has to run."""
        before, self.shown = self.storey_stack.shows(), look
        self.storey_stack.look(look)
        return self._begin(before)

    def _paint_rooms(self) -> None:
        rows = self._rooms.of_level
        empty = self._rooms.paint(self.readings, self.theme, indoors=self.shown.stand is not EyePlace.OUTSIDE)
        plain = self.is_plain
        hatched = self.fields.paint(self, rows, self._rooms.hidden)
        for index, (level, own) in enumerate(zip(self.storey_stack.levels, rows, strict=True)):
            if level.show is not StoreyMode.HIDDEN and len(own):
                level.paint_rooms(self.room_colours[own], hatched.get(index, empty[own]), plain=plain)

    def _show_markers(self) -> None:
        self._devices.show(self.storey_stack, self.marker_opacity)
        self._place_layers()

    def _place_layers(self) -> None:
        self._placed_for = self._cuts()
        self._layers.place(self)

    def _cuts(self) -> list[tuple[float | None, bool]]:
        """(cut height, solid) of each storey; compared to detect shapes that other threads delivered."""
        return [(level.cut_now, level.is_solid) for level in self.storey_stack.levels]

    def _begin(self, before: dict[int, StoreyMode]) -> bool:
        """Starts the transition of storeys from their earlier drawing modes; returns whether any storey moves."""
        self._moves.start(self.storey_stack, before)
        self._pools.stale = True
        self._paint_rooms()
        self._show_markers()
        return bool(self._moves)
