# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Sun patches on floors: window panes projected along the light, each into the room behind it only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.baked_light import PlanGrid
from app.view.scene.geometry.mesh_cut import slice_below
from app.view.scene.geometry.vtk_meshes import actor, face_normals, picture, vtk_points
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_shapes import panes_behind
from app.view.style import colour

LOWEST_DEG = 4.0
"""Minimum elevation of the sun in degrees for patches; lower light fills the whole room."""
_RAISED_M = 0.009
_BESIDE_M = 0.45
_SOFT_M = 0.035
_STRENGTH = 0.80
_LARGEST = 20_000
"""Maximum number of pane triangles considered per storey."""

type Rgb = tuple[float, float, float]
type Direction = tuple[float, float, float]


def sun_patches(level: StoreyActors, sun: Direction, tint: Rgb) -> vtkActor | None:
    """Actor of the sunlit parts of a storey's floors; None where there are none. The floor must be baked already."""
    plan_grid, rooms, floor = level.plan_grid, level.rooms_at, level.floor
    if plan_grid is None or rooms is None or floor is None or sun[2] < np.sin(np.radians(LOWEST_DEG)):
        return None
    panes, number = _below_blinds(level, *_panes(level, plan_grid, rooms, np.array(sun)))
    if not len(panes):
        return None
    way = np.array(sun)
    down = (panes[..., 2] - level.floor_z) / way[2]
    plan = panes[..., :2] - way[:2] * down[..., None]
    lit = (_painted(plan, number, plan_grid) == rooms) & (rooms > 0)
    if not lit.any():
        return None
    strength = baked_light.blur(lit.astype(np.float32), _SOFT_M, plan_grid, times=2) * (rooms > 0)
    pixels = np.zeros((plan_grid.rows, plan_grid.columns, 4), np.uint8)
    pixels[..., :3] = (np.array(tint) * 255).round()
    pixels[..., 3] = (np.clip(strength, 0, 1) * _STRENGTH * 255).astype(np.uint8)
    data = vtkPolyData()
    data.ShallowCopy(floor.data)
    data.GetPointData().SetScalars(None)
    data.SetPoints(vtk_points(vtk_to_numpy(floor.data.GetPoints().GetData()) + np.array([0, 0, _RAISED_M], np.float32)))
    made = actor(data)
    made.GetMapper().ScalarVisibilityOff()
    made.SetTexture(picture(pixels).texture)
    made.GetProperty().LightingOff()
    made.ForceTranslucentOn()
    made.PickableOff()
    return made


def _panes(
    level: StoreyActors, plan_grid: PlanGrid, rooms: NDArray[np.int32], way: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """((n, 3, 3) corners of upright panes between the open air, on the sun's side, and a room; (n,) its number)."""
    glass = level.source.glass
    if not len(glass):
        return np.empty((0, 3, 3)), np.empty(0, np.int64)
    normal = face_normals(glass.positions, glass.triangles).astype(np.float64)
    size = np.linalg.norm(normal, axis=1)
    upright = (np.abs(normal[:, 2]) < 0.3 * np.maximum(size, 1e-12)) & (size > 0.02)
    panes = glass.positions[glass.triangles[np.flatnonzero(upright)[:_LARGEST]]].astype(np.float64)
    normal = normal[np.flatnonzero(upright)[:_LARGEST]]
    flat = normal[:, :2] / np.maximum(np.linalg.norm(normal[:, :2], axis=1, keepdims=True), 1e-12)
    towards = np.where((flat @ way[:2])[:, None] >= 0, flat, -flat)
    middle = panes.mean(1)[:, :2]
    inside, outside = (
        _room_at(middle - towards * _BESIDE_M, plan_grid, rooms),
        _room_at(middle + towards * _BESIDE_M, plan_grid, rooms),
    )
    good = (inside > 0) & (outside == 0) & (np.abs(flat @ way[:2]) > 0.05)
    return panes[good], inside[good]


def _below_blinds(
    level: StoreyActors, panes: NDArray[np.float64], number: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The panes and their numbers without what blinds cover, which hang down as far as they keep the light out."""
    behind = panes_behind(panes, list(level.blinds.values()))
    made, numbers = [panes[behind < 0]], [number[behind < 0]]
    for at, (id, blind) in enumerate(level.blinds.items()):
        rows = np.flatnonzero(behind == at)
        edge = blind.low + (blind.high - blind.low) * level.blinds_open.get(id, 1.0)
        corners = panes[rows].reshape(-1, 3).astype(np.float32)
        below = slice_below(corners, np.arange(len(corners)).reshape(-1, 3), edge)
        made.append(below.positions[below.triangles].astype(np.float64))
        numbers.append(number[rows][below.source])
    return np.concatenate(made), np.concatenate(numbers)


def _room_at(spots: NDArray[np.float64], plan_grid: PlanGrid, rooms: NDArray[np.int32]) -> NDArray[np.int64]:
    column = ((spots[:, 0] - plan_grid.x) / plan_grid.step).round().astype(np.int64)
    row = ((spots[:, 1] - plan_grid.y) / plan_grid.step).round().astype(np.int64)
    there = (column >= 0) & (column < plan_grid.columns) & (row >= 0) & (row < plan_grid.rows)
    found = np.zeros(len(spots), np.int64)
    found[there] = rooms[row[there], column[there]]
    return found


def _painted(plan: NDArray[np.float64], number: NDArray[np.int64], plan_grid: PlanGrid) -> NDArray[np.int32]:
    """(rows, columns) number of the room whose panes light each cell, 0 for none."""
    image = QImage(plan_grid.columns, plan_grid.rows, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    cells = (plan - (plan_grid.x, plan_grid.y)) / plan_grid.step + 0.5
    for corners, room in zip(cells.tolist(), number.tolist(), strict=True):
        painter.setBrush(colour(f"#{room:06x}"))
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    painter.end()
    found = np.frombuffer(image.constBits(), np.uint32).reshape(plan_grid.rows, image.bytesPerLine() // 4)
    return (found[:, : plan_grid.columns] & 0xFFFFFF).astype(np.int32)
