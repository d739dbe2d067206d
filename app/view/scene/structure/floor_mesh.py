# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""The floors of a storey's rooms as one VTK mesh: coloured by room, hatched where data is missing, in baked light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.vtk_meshes import (
    EditableTexture,
    actor,
    picture,
    polydata,
    set_colours,
    set_texture_places,
)
from app.view.scene.structure.storey_shape import FloorLight, FloorShape
from app.view.theme import Theme, rgb

type Bytes = NDArray[np.uint8]

_HATCH = 0.13
"""Darkening of the stripes of rooms without data."""


@dataclass(slots=True, eq=False)
class FloorMesh:
    """The rooms' floors as one mesh: `colours` is a view of VTK's array, `room` the room of each vertex."""

    data: vtkPolyData
    colours: Bytes
    room: NDArray[np.int64]
    plan: NDArray[np.float64]
    """(n, 2) plan coordinates of each vertex in metres."""
    light: EditableTexture | None = None
    """The baked light as texture; None until `lay`."""
    _baked: FloorLight | None = None
    _painted: Bytes | None = None
    _empty: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, shape: FloorShape, theme: Theme) -> Self:
        """The mesh of a floor shape, in the theme's colour."""
        data = polydata(shape.positions, np.arange(len(shape.positions)).reshape(-1, 3))
        base = np.tile((np.array(rgb(theme.floor)) * 255).astype(np.uint8), (len(shape.positions), 1))
        return cls(data, set_colours(data, base), shape.room, shape.plan)

    def positions(self) -> NDArray[np.float32]:
        """(n, 3) vertices, metres."""
        return np.asarray(vtk_to_numpy(self.data.GetPoints().GetData()), np.float32)

    def drawn(self) -> vtkActor:
        """A new actor of the mesh, which shows its own colours only."""
        one = actor(self.data)
        look = one.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        return one

    def paint(self, colours: Bytes) -> None:
        """Sets the (r, 3) colours of the rooms."""
        if self._painted is None or not np.array_equal(self._painted, colours):
            self._painted = colours
            self.colours[:] = colours[self.room]
            self.data.GetPointData().GetScalars().Modified()
            self.data.Modified()

    def hatch(self, empty: NDArray[np.bool_]) -> None:
        """Hatches the rooms without data, (r,), once the floor has its light."""
        if self._empty is None or not np.array_equal(self._empty, empty):
            self._empty = empty
            self._shade()

    def lay(self, baked: FloorLight) -> EditableTexture:
        """Lays baked light over the floor; returns its texture."""
        self._baked = baked
        set_texture_places(self.data, baked.plan_grid.texture_coordinates(self.plan))
        self.light = picture(np.repeat((baked.plain * 255).astype(np.uint8)[..., None], 3, 2))
        self._shade()
        return self.light

    def stripes(self, shape: tuple[int, int]) -> NDArray[np.float32] | None:
        """(rows, columns) brightness of the hatching, over the floor's grid; None where every room has data."""
        baked = self._baked
        if baked is None or self._empty is None or not self._empty.any():
            return None
        rows, columns = ((np.arange(n) + 0.5) * size / n for n, size in zip(shape, baked.rooms_at.shape, strict=True))
        at = np.ix_(rows.astype(np.intp), columns.astype(np.intp))
        striped = np.concatenate([[False], self._empty])[baked.rooms_at[at]]
        return 1 - _HATCH * baked_light.hatch(baked.plan_grid)[at] * striped

    def _shade(self) -> None:
        """Writes the baked light, darker in the stripes of rooms without data, into the texture."""
        if self.light is None or self._baked is None or self._empty is None:
            return
        light = self._baked.plain
        if self._empty.any():
            striped = np.concatenate([[False], self._empty])[self._baked.rooms_at]
            light = light * (1 - _HATCH * baked_light.hatch(self._baked.plan_grid) * striped)
        pixels = (light * 255).astype(np.uint8)
        if not np.array_equal(pixels, self.light.pixels[..., 0]):
            self.light.pixels[:] = pixels[..., None]
            self.light.changed()
