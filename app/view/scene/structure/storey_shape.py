"""Shapes of one storey as arrays, without VTK: cut, floor and its light. Any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry import baked_light
from app.view.scene.geometry.baked_light import PlanGrid
from app.view.scene.geometry.mesh_cut import divide, fill, ring_lines, slice_below
from app.view.scene.geometry.vtk_meshes import TriangleMesh, compact, creased, spread
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from twin.model.space import Room

SLICE = 50_000
"""Most triangles of one actor, which VTK takes over within one turn of the event loop."""
_FLOOR_M = 0.012
_FOOT_M = 0.30
_THRESHOLD_M = 0.115
"""Half the thickness of a thin wall in metres, so that floors of rooms meet in doorways."""
_LAPPED = 0.2
"""Share of _THRESHOLD_M by which thresholds reach below the floors of their rooms, so that no gap shows between them."""
_CREASE_DEG = 38.0


@dataclass(frozen=True, slots=True, eq=False)
class FloorShape:
    """The rooms' floors: (n, 3) vertices of separate triangles, and the room's row of each."""

    positions: NDArray[np.float32]
    room: NDArray[np.int64]
    plan: NDArray[np.float64]
    """(n, 2) plan coordinates of each vertex in metres."""


@dataclass(frozen=True, slots=True, eq=False)
class FloorLight:
    """Light on a floor (0-1 per cell of the grid), and the room of each cell (row + 1, or 0)."""

    plan_grid: PlanGrid
    rooms_at: NDArray[np.int32]
    plain: NDArray[np.float32]


def cut_shape(source: StoreyMesh, cut_z: float | None, floor_z: float, *, soft: bool = True) -> dict[str, TriangleMesh]:
    """Meshes of everything below the cut (None: everything): `body` and `caps` of walls and slabs, `glass`, and `soft`
    furniture.
    Large ones are split, `body/1` after `body`.
    """
    made = dict[str, TriangleMesh]()
    if len(source.frame):
        below, caps, owners = cut_solid(source.frame, cut_z)
        if len(below):
            made |= _sliced("body", shaded_mesh(below, floor_z))
        if len(caps):
            made |= _sliced("caps", cap_mesh(caps, owners, cut_z or 0.0))
    if len(source.glass):
        below, _, _ = cut_solid(source.glass, cut_z)
        if len(below):
            made |= _sliced("glass", TriangleMesh(*compact(below.positions, below.triangles), elements=below.elements))
    if soft and len(standing := _standing(source.soft, cut_z)):
        made |= soft_shape("soft", standing)
    return made


def soft_shape(name: str, triangles: TriangleSet) -> dict[str, TriangleMesh]:
    """Meshes of furniture or outdoor objects with smooth normals, split into slices."""
    return _sliced(name, creased(*compact(triangles.positions, triangles.triangles), triangles.colours, _CREASE_DEG))


def base_of(name: str) -> str:
    """The base name of a slice."""
    return name.partition("/")[0]


def _sliced(name: str, mesh: TriangleMesh) -> dict[str, TriangleMesh]:
    slices = mesh.slices(SLICE)
    return {name if number == 0 else f"{name}/{number}": one for number, one in enumerate(slices)}


def cut_solid(
    triangles: TriangleSet, cut_z: float | None
) -> tuple[TriangleSet, NDArray[np.float64], NDArray[np.int64]]:
    """(part below the cut, (t, 3, 2) cap triangles in plan, (t,) their elements)."""
    if cut_z is None or triangles.top <= cut_z:
        return triangles, np.empty((0, 3, 2)), np.empty(0, np.int64)
    sliced = slice_below(triangles.positions, triangles.triangles, cut_z)
    rest = TriangleSet(
        sliced.positions,
        sliced.triangles,
        triangles.colours[sliced.source],
        triangles.elements[sliced.source],
        triangles.shaded[sliced.source],
        triangles.solid[sliced.source],
    )
    closed = triangles.solid[sliced.owners]
    caps, owners = fill(sliced.lines[closed], triangles.elements[sliced.owners[closed]])
    return rest, caps, owners


def shaded_mesh(triangle_set: TriangleSet, floor_z: float) -> TriangleMesh:
    """Mesh of the solid parts with their colours; walls are darker towards the floor."""
    walls, rest = triangle_set.take(triangle_set.shaded), triangle_set.take(~triangle_set.shaded)
    positions, triangles, source = divide(walls.positions, walls.triangles, floor_z + _FOOT_M)
    p1, t1, c1 = spread(*compact(positions, triangles), walls.colours[source])
    c1 = c1.copy()
    c1[:, :3] = c1[:, :3] * foot_tone(p1[:, 2] - floor_z)[:, None]
    p2, t2, c2 = spread(*compact(rest.positions, rest.triangles), rest.colours)
    return TriangleMesh(
        np.concatenate([p1, p2]),
        np.concatenate([t1, t2 + len(p1)]),
        colours=np.concatenate([c1, c2])[:, :3],
        elements=np.concatenate([walls.elements[source], rest.elements]),
    )


def foot_tone(height_m: NDArray[np.floating]) -> NDArray[np.float64]:
    """Brightness factor of walls by height over the floor in metres."""
    return np.interp(height_m, [-0.4, 0.0, _FOOT_M, 1.35, 2.6], [0.80, 0.70, 0.88, 1.0, 1.0])


def cap_mesh(plan: NDArray[np.float64], owners: NDArray[np.int64], z: float) -> TriangleMesh:
    """Mesh of the cap that closes a cut at height z."""
    corners = plan.reshape(-1, 2)
    positions = np.column_stack([corners, np.full(len(corners), z)]).astype(np.float32)
    return TriangleMesh(positions, np.arange(len(positions)).reshape(-1, 3), elements=owners)


def _standing(soft: TriangleSet, cut_z: float | None) -> TriangleSet:
    if cut_z is None or not len(soft):
        return soft
    low = soft.positions[soft.triangles, 2].min(1)
    _, owner = np.unique(soft.elements, return_inverse=True)
    lowest = np.full(owner.max() + 1, np.inf)
    np.minimum.at(lowest, owner, low)
    return soft.take(lowest[owner] < cut_z - 0.05)


def floor_shape(rooms: Sequence[Room]) -> FloorShape | None:
    """The floors of rooms, extended under their walls; None where no room has an area."""
    if not rooms:
        return None
    lines = [ring_lines([room.outline, *room.holes]) for room in rooms]
    owner = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
    plan, room = fill(np.concatenate(lines), owner)
    if not len(plan):
        return None
    edges, edge_room = thresholds(np.concatenate(lines), owner)
    level = np.array([room.floor_m for room in rooms])
    corners = np.concatenate([plan.reshape(-1, 2), edges.reshape(-1, 2)])
    vertex_room = np.repeat(np.concatenate([room, edge_room]), 3)
    height = np.where(np.arange(len(corners)) < plan.shape[0] * 3, _FLOOR_M, _FLOOR_M * 0.6)
    positions = np.column_stack([corners, level[vertex_room] + height]).astype(np.float32)
    return FloorShape(positions, vertex_room, corners)


def thresholds(lines: NDArray[np.float64], owner: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """((t, 3, 2) triangles, (t,) room) that extend each room's outline under its walls, so that doorways have a floor."""
    way = lines[:, 2:] - lines[:, :2]
    out = np.column_stack([way[:, 1], -way[:, 0]]) / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    twice = np.bincount(owner, lines[:, 0] * lines[:, 3] - lines[:, 2] * lines[:, 1])
    out *= np.where(twice < 0, -_THRESHOLD_M, _THRESHOLD_M)[owner][:, None]
    a, b, across = lines[:, :2] - out * _LAPPED, lines[:, 2:] - out * _LAPPED, out * (1 + _LAPPED)
    near, far = np.stack([a, b, b + across], 1), np.stack([a, b + across, a + across], 1)
    return np.concatenate([near, far]), np.concatenate([owner, owner])


def floor_grid(plan: NDArray[np.float64]) -> PlanGrid:
    """The grid for pictures over a floor with these (n, 2) vertices."""
    low, high = plan.min(0) - 0.05, plan.max(0) + 0.05
    return PlanGrid.covering(tuple(low), tuple(high), most=760, finest=0.04)


def floor_light(source: StoreyMesh, rooms: Sequence[Room], floor_z: float, plan: NDArray[np.float64]) -> FloorLight:
    """Contact shadows of walls and furniture on a floor, and a soft sun shadow. Takes tens of milliseconds."""
    plan_grid = floor_grid(plan)
    walls = source.frame.take(source.frame.shaded)
    sliced = slice_below(walls.positions, walls.triangles, floor_z + 0.35)
    cuts, _ = fill(sliced.lines, walls.elements[sliced.owners])
    soft = source.soft
    near = soft.take(soft.positions[soft.triangles, 2].min(1) < floor_z + 0.6) if len(soft) else soft
    light = baked_light.floor_light(
        baked_light.rasterize(plan_grid, cuts),
        baked_light.rasterize(plan_grid, near.positions[near.triangles][..., :2]),
        plan_grid,
    )
    return FloorLight(plan_grid, baked_light.room_map(rooms, plan_grid), light)
