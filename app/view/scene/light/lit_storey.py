# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Actors of a storey in its baked light, which replace the actors lit by VTK."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkTexture

from app.view.scene.geometry.vtk_meshes import (
    EditableTexture,
    actor,
    picture,
    polydata,
    set_colours,
    set_texture_places,
)
from app.view.scene.light.ambient_light import AmbientLight
from app.view.scene.light.light_mix import Bytes, Floats, Rgb
from app.view.scene.light.lit_cut import LitMesh
from app.view.scene.light.lit_model import Cut, LitModel, LitShape
from app.view.scene.structure.drawn_parts import LIT
from app.view.scene.structure.floor_texture import FloorTextures
from app.view.scene.structure.storey_actors import StoreyActors

_SHADE_LEAST = 0.30
_VALUE_LEAST = 0.42
"""Least brightness at night of floors that are coloured by values."""


@dataclass(slots=True, eq=False)
class _Part:
    """One actor: its mesh, and a view of VTK's colour array."""

    mesh: LitMesh
    data: vtkPolyData
    colours: Bytes


@dataclass(slots=True, eq=False)
class _Transition:
    """The colours at the start, and the present share of the new ones."""

    before: Bytes
    share: float = 0.0


class LitStorey:
    """Draws one storey in baked light; `hold` removes the actors and keeps the light."""

    def __init__(self, level: StoreyActors, model: LitModel, textures: FloorTextures) -> None:
        self.level, self.model = level, model
        self.light, self.mix = model.light, model.mix
        self.around: AmbientLight | None = None
        """Ambient light for which the base light was computed."""
        self.lamps_stale = True
        """Whether lamp strengths may have changed because the base did."""
        self._bare = False
        self._textures = textures
        self._parts: dict[str, _Part] = {}
        self._floor: EditableTexture | None = None
        self._floor_colours: Bytes | None = None
        self._ceiling: EditableTexture | None = None
        self._drawn: Cut | None = None
        self._glow: Bytes | None = None
        self._stripes: NDArray[np.float32] | None = None
        self._transition: _Transition | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether its actors are in the renderer."""
        return self._drawn is not None

    @property
    def drawn_at(self) -> Cut | None:
        """The cut that is drawn; None if the actors are not in the renderer."""
        return self._drawn

    @property
    def colours(self) -> Bytes:
        """(samples, 3) current colours, blended during a transition."""
        new, going = self.mix.colours, self._transition
        if going is None:
            return new
        part = np.uint16(round(going.share * 256))
        made = going.before * np.uint16(256 - part)
        made += new * part
        made >>= 8
        return made.astype(np.uint8)

    def draw(self, shape: LitShape) -> None:
        """Adds the actors of this shape to the renderer."""
        self.hold()
        self._drawn = shape.cut
        for name, (mesh, solid) in shape.meshes.items():
            self._add(name, mesh, solid=solid)
        self._add_floor()
        self.level.set_lit(True)
        self.paint()

    def hold(self) -> None:
        """Removes the actors from the renderer."""
        if self._drawn is None:
            return
        self._drawn = self._transition = None
        for name in [name for name in self.level.actors if name.startswith(LIT)]:
            self.level.set_actor(name, None)
        self._parts.clear()
        self._floor = self._floor_colours = None
        self.level.set_lit(False)
        self.level.light_moved(None)

    def ceiling_picture(self) -> vtkTexture:
        """The light on the ceilings as a texture, over the same rectangle of the plan as the floor's."""
        if self._ceiling is None:
            self._ceiling = picture(np.zeros((*self.model.ceiling_shape, 3), np.uint8))
            self.paint()
        return self._ceiling.texture

    def set_base(self, around: AmbientLight, base: Floats) -> None:
        """Sets the light without lamps, from `AmbientMix.base`; `paint` shows it."""
        self.around, self._bare, self.lamps_stale = around, self.model.ambient.lacks_ceiling, True
        self.mix.set_base(base)

    def has_base_of(self, around: AmbientLight) -> bool:
        """Whether its base was computed for these surroundings and with the known ceilings."""
        return self.around == around and self._bare is self.model.ambient.lacks_ceiling

    def set_lamps(self, lamps: dict[str, Rgb], glow: dict[str, Rgb]) -> bool:
        """Sets lamps as `LightMix.set_lamps`, and the sRGB colours (`glow`) of their shades; returns whether the
        picture changed.
        """
        self.lamps_stale = False
        changed = self.mix.set_lamps(lamps)
        shades = self._shades(glow)
        if shades is not None and (self._glow is None or not np.array_equal(shades, self._glow)):
            self._glow, changed = shades, True
        return changed

    def begin(self, before: Bytes) -> None:
        """Starts a transition from these colours to the baked ones; `go_on` advances it."""
        self._transition = _Transition(before)

    def go_on(self, share: float) -> bool:
        """Blends to this share of the new colours; returns whether the transition continues."""
        if self._transition is None:
            return False
        self._transition.share = share
        if share >= 1.0:
            self._transition = None
        self.paint()
        return self._transition is not None

    def paint(self) -> None:
        """Writes the current colours to the VTK arrays."""
        if self._drawn is None:
            return
        if self.around is not None:
            self.level.light_moved(partial(self.model.places.colours, around=self.around))
        every = colours = self.colours
        if self._glow is not None:
            shining = np.flatnonzero(self._glow.any(1))
            colours = colours[: self.light.floor_at].copy() if len(shining) else colours
            colours[shining] = np.maximum(colours[shining], self._glow[shining])
        for part in self._parts.values():
            part.colours[:] = part.mesh.colours(colours)
            part.data.GetPointData().GetScalars().Modified()
            part.data.Modified()
        light = self.light
        if self._floor is not None:
            self._floor.pixels[:] = self._legible(every[light.floor_at : light.ceiling_at]).reshape(*light.floor, 3)
            if self._stripes is not None:
                self._floor.pixels[:] = self._floor.pixels * self._stripes[..., None]
            self._floor.changed()
        if self._ceiling is not None:
            self.model.paint_ceiling(self._ceiling.pixels, every)
            self._ceiling.changed()

    def _legible(self, floor: Bytes) -> Bytes:
        """The light of the floor, which does not hide the colours of values where no lamp is on."""
        if self.level.plain or self.around is None or self.around.day == 1:
            return floor
        least = np.uint16(round(_VALUE_LEAST * (1 - self.around.day) * 256))
        return (least + floor * (256 - least) // 256).astype(np.uint8)

    def paint_floor(self, colours: Bytes) -> None:
        """Sets the floor's paint, (rooms, 3), which its light is multiplied with."""
        floor = self.level.floor
        if floor is not None and self._floor_colours is not None:
            self._floor_colours[:] = colours[floor.room]
            self._stripes = self.level.stripes(self.light.floor)
            self.paint()
            data = self.level.actors[LIT + "floor"].GetMapper().GetInputDataObject(0, 0)
            data.GetPointData().GetScalars().Modified()
            data.Modified()

    def _add(self, name: str, mesh: LitMesh, *, solid: bool) -> None:
        """Adds an actor; the back faces of `solid` ones are not drawn, since files place them on other faces."""
        data = polydata(mesh.positions, mesh.triangles)
        colours = set_colours(data, np.zeros((len(mesh.positions), 3), np.uint8))
        one = actor(data)
        one.GetProperty().LightingOff()
        one.GetProperty().SetBackfaceCulling(solid)
        self._parts[name] = _Part(mesh, data, colours)
        self.level.set_actor(LIT + name, one)

    def _add_floor(self) -> None:
        level, floor = self.level, self.level.floor
        grid = level.plan_grid
        if floor is None or grid is None:
            return
        rows, columns = self.light.floor
        self._floor = picture(np.zeros((rows, columns, 3), np.uint8))
        places = grid.texture_coordinates(floor.plan)
        positions = np.array(vtk_to_numpy(floor.data.GetPoints().GetData()), np.float32)
        data = polydata(positions, np.arange(len(positions)).reshape(-1, 3))
        set_texture_places(data, places)
        self._floor_colours = set_colours(data, np.full((len(positions), 3), 255, np.uint8))
        one = actor(data)
        one.SetTexture(self._floor.texture)
        look = one.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        level.set_actor(LIT + "floor", one)
        textured = self._textures.actors(level.rooms, positions, floor.room, (self._floor.texture, places))
        for name, one in textured.items():
            level.set_actor(LIT + name, one)

    def _shades(self, glow: dict[str, Rgb]) -> Bytes | None:
        """(vertices, 3) colours of the shades of lamps that are on; None where there are no shades."""
        light = self.light
        if not (light.glows >= 0).any():
            return None
        of = np.zeros((len(light.lamps) + 1, 3))
        for number, lamp in enumerate(light.lamps):
            if (colour := glow.get(lamp.id)) is not None:
                of[number] = _SHADE_LEAST + (1 - _SHADE_LEAST) * np.array(colour) / max(*colour, 1e-6)
        return (np.clip(of[light.glows], 0, 1) * 255).astype(np.uint8)
