"""Shadow of the whole building on the ground, as a picture with its position (any thread), and its actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.baked_light import PlanGrid
from app.view.scene.geometry.vtk_meshes import actor, picture, polydata, set_texture_places
from app.view.scene.structure.storey_mesh import TriangleSet
from twin.model.space import Room

_REACH_M = 7.0
_UNDER_M = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class GroundShadow:
    """(rows, columns, 4) pixels over the grid, at height `z` in metres."""

    pixels: NDArray[np.uint8]
    plan_grid: PlanGrid
    z: float


def ground_shadow(
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
    frames: Sequence[TriangleSet],
    rooms: Sequence[Sequence[Room]],
    strength: float,
) -> GroundShadow:
    """The shadow of everything solid and of all rooms; `bounds` are the lowest and highest corners, metres."""
    low, high = bounds
    plan_grid = PlanGrid.covering(
        (low[0] - _REACH_M, low[1] - _REACH_M), (high[0] + _REACH_M, high[1] + _REACH_M), most=420, finest=0.09
    )
    plans = [frame.positions[frame.triangles[frame.shaded]][..., :2] for frame in frames]
    mask = (
        baked_light.rasterize(plan_grid, np.concatenate(plans))
        if plans
        else np.zeros((plan_grid.rows, plan_grid.columns), np.float32)
    )
    for inside in rooms:
        mask = np.maximum(mask, baked_light.room_map(inside, plan_grid) > 0).astype(np.float32)
    mask = (baked_light.blur(mask, 0.35, plan_grid) > 0.35).astype(np.float32)
    deepest = [frame.positions[frame.triangles.ravel(), 2].min() for frame in frames]
    return GroundShadow(
        baked_light.ground_shadow(mask, plan_grid, strength), plan_grid, float(min([low[2], *deepest])) - _UNDER_M
    )


def shadow_actor(shadow: GroundShadow) -> vtkActor:
    """A new actor that shows the shadow on the ground; on the thread that renders."""
    plan_grid, z, texture = shadow.plan_grid, shadow.z, picture(shadow.pixels)
    x1, y1 = (
        plan_grid.x + (plan_grid.columns - 1) * plan_grid.step,
        plan_grid.y + (plan_grid.rows - 1) * plan_grid.step,
    )
    corners = np.array(
        [[plan_grid.x, plan_grid.y, z], [x1, plan_grid.y, z], [x1, y1, z], [plan_grid.x, y1, z]], np.float32
    )
    data = polydata(corners, np.array([[0, 1, 2], [0, 2, 3]]))
    set_texture_places(data, np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32))
    one = actor(data)
    one.GetMapper().ScalarVisibilityOff()
    one.SetTexture(texture.texture)
    one.GetProperty().LightingOff()
    one.ForceTranslucentOn()
    one.PickableOff()
    return one
