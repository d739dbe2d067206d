"""Ceilings over the rooms of a storey, for first-person view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.baked_light import PlanGrid
from app.view.scene.geometry.mesh_cut import fill, ring_lines, slice_below
from app.view.scene.geometry.vtk_meshes import actor, picture, polydata, set_texture_places
from app.view.scene.structure.storey_mesh import StoreyMesh
from app.view.theme import Theme
from twin.model.space import Room

_BELOW_M = 0.006
"""Distance in metres of ceilings below the slab, which prevents z-fighting."""
_UNDER_M = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class CeilingShape:
    """Ceilings as (n, 3) vertices of separate triangles that face down, and their light, 0-1 per cell of the grid."""

    positions: NDArray[np.float32]
    triangles: NDArray[np.int64]
    plan_grid: PlanGrid
    light: NDArray[np.float32]


def ceiling_shape(source: StoreyMesh, rooms: Sequence[Room], plan_grid: PlanGrid) -> CeilingShape | None:
    """The ceilings of rooms; None where no room has an outline. Takes tens of milliseconds; any thread."""
    lines = [ring_lines([room.outline, *room.holes]) for room in rooms]
    if not lines:
        return None
    owner = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
    plan, room = fill(np.concatenate(lines), owner)
    if not len(plan):
        return None
    height = np.array([max(room.ceiling_m, room.floor_m + 2.0) for room in rooms])
    corners = plan.reshape(-1, 2)
    z = height[np.repeat(room, 3)] - _BELOW_M
    triangles = np.arange(len(corners)).reshape(-1, 3)
    across = plan[:, 1] - plan[:, 0], plan[:, 2] - plan[:, 0]
    upward = across[0][:, 0] * across[1][:, 1] - across[0][:, 1] * across[1][:, 0] > 0
    triangles[upward] = triangles[upward][:, ::-1]
    light = _ceiling_light(source, plan_grid, float(np.median(height)))
    return CeilingShape(np.column_stack([corners, z]).astype(np.float32), triangles, plan_grid, light)


def ceiling_actor(shape: CeilingShape, lift: float, theme: Theme) -> vtkActor:
    """Actor of the ceilings, visible from below only."""
    data = polydata(shape.positions, shape.triangles)
    made = actor(data)
    made.GetMapper().ScalarVisibilityOff()
    look = made.GetProperty()
    look.SetColor(*((0.93, 0.925, 0.91) if theme.name == "light" else (0.46, 0.47, 0.49)))
    look.SetAmbient(1.0)
    look.SetDiffuse(0.0)
    look.BackfaceCullingOn()
    made.PickableOff()
    made.SetPosition(0.0, 0.0, lift)
    set_texture_places(data, shape.plan_grid.texture_coordinates(shape.positions[:, :2].astype(np.float64)))
    made.SetTexture(picture(np.repeat((shape.light * 255).astype(np.uint8)[..., None], 3, 2)).texture)
    return made


def _ceiling_light(source: StoreyMesh, plan_grid: PlanGrid, ceiling_z: float) -> NDArray[np.float32]:
    """Brightness 0-1 per cell of the storey's grid: darker where walls meet the ceiling."""
    walls = source.frame.take(source.frame.shaded)
    sliced = slice_below(walls.positions, walls.triangles, ceiling_z - _UNDER_M)
    plan, _ = fill(sliced.lines, walls.elements[sliced.owners])
    mask = baked_light.rasterize(plan_grid, plan)
    dark = 0.30 * np.clip(baked_light.blur(mask, 0.16, plan_grid), 0, 1) + 0.26 * np.clip(
        baked_light.blur(mask, 0.7, plan_grid), 0, 1
    )
    return (1 - dark).astype(np.float32)
