# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Pools of lamplight on a storey's floor: wanted, baked and drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.baked_light import LampLight, PlanGrid, lamplight
from app.view.scene.geometry.vtk_meshes import EditableTexture, actor, picture, vtk_points

_POOL_M = 0.006
"""Height in metres of pools of light above the floor; depth offsets differ between drivers, millimetres do not."""


@dataclass(frozen=True, slots=True, eq=False)
class BakedPool:
    """(rows, columns, 4) light of these lamps on the floor."""

    lamps: tuple[LampLight, ...]
    pixels: NDArray[np.uint8]


@dataclass(slots=True, eq=False)
class LightPool:
    """Pools of one storey. Baking takes up to 0.1 s on any thread; equal pools are not baked again."""

    wanted: tuple[LampLight, ...] = ()
    drawn: tuple[LampLight, ...] = ()
    texture: EditableTexture | None = None

    def baking(self, rooms_at: NDArray[np.int32], plan_grid: PlanGrid) -> Callable[[], BakedPool] | None:
        """Function that bakes the wanted pools; None if they are drawn already."""
        return None if self.wanted == self.drawn else partial(_baked, self.wanted, rooms_at, plan_grid)

    def take(self, baked: BakedPool, floor: vtkPolyData) -> vtkActor | None:
        """Draws a baked pool; returns the new actor where there was none, else None."""
        self.drawn = baked.lamps
        if self.texture is not None:
            self.texture.pixels[:] = baked.pixels
            self.texture.changed()
            return None
        self.texture = picture(baked.pixels)
        return _pool_actor(floor, self.texture)

    def clear(self) -> None:
        """Clears the pools when no lamp is on or the storey is removed."""
        self.wanted = self.drawn = ()
        self.texture = None


def _baked(lamps: tuple[LampLight, ...], rooms_at: NDArray[np.int32], plan_grid: PlanGrid) -> BakedPool:
    return BakedPool(lamps, lamplight(lamps, rooms_at, plan_grid))


def _pool_actor(floor: vtkPolyData, texture: EditableTexture) -> vtkActor:
    data = vtkPolyData()
    data.ShallowCopy(floor)
    data.GetPointData().SetScalars(None)
    raised = vtk_to_numpy(floor.GetPoints().GetData()) + np.array([0, 0, _POOL_M], np.float32)
    data.SetPoints(vtk_points(raised))
    made = actor(data)
    made.GetMapper().ScalarVisibilityOff()
    made.SetTexture(texture.texture)
    made.GetProperty().LightingOff()
    made.ForceTranslucentOn()
    return made
