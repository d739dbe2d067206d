# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Walls as watertight solids: mitred outlines with openings. Metres, z up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import manifold3d
import numpy as np
import shapely
from numpy.typing import NDArray

from twin.model.wall_joins import mitred_outlines

ARC_STEP = math.pi / 16

type Points = NDArray[np.float64]


def arc(start: Points, end: Points, extent: float) -> Points:
    """(n, 2) points of an arc over a chord; `extent` in radians, positive bulges to the right of the direction from
    start to end.
    """
    chord = end - start
    length = float(np.hypot(*chord))
    extent = math.copysign(min(abs(extent), 2 * math.pi - 1e-3), extent)
    radius = length / 2 / math.sin(abs(extent) / 2)
    normal = np.array([-chord[1], chord[0]]) / length * math.copysign(1.0, extent)
    centre = (start + end) / 2 + normal * radius * math.cos(extent / 2)
    first = math.atan2(*(start - centre)[::-1])
    steps = max(4, int(abs(extent) / ARC_STEP) + 1)
    angle = first + math.copysign(1.0, extent) * np.linspace(0, abs(extent), steps + 1)
    points = centre + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    points[0], points[-1] = start, end
    return points


def footprints(start: Points, end: Points, thickness: NDArray[np.float64]) -> list[shapely.Polygon]:
    """Outlines of walls, mitred where ends meet, from start (n, 2), end (n, 2) and thickness (n,); metres."""
    ring, square = mitred_outlines(start, end, thickness)
    plain: list[shapely.Polygon] = list(np.atleast_1d(shapely.polygons(ring)))  # pyright: ignore[reportCallIssue, reportArgumentType]
    return [p if p.is_valid else shapely.Polygon(square[i]) for i, p in enumerate(plain)]


@dataclass(frozen=True, slots=True)
class WallHole:
    """An opening in a wall: its plan (extending through the wall) and its heights."""

    plan: shapely.Polygon
    low_m: float
    high_m: float


@dataclass(frozen=True, slots=True, eq=False)
class WallSlope:
    """A sloping top: everything above the plane through `point` is cut off. `normal` points down into the wall."""

    normal: NDArray[np.float64]
    point: NDArray[np.float64]


def prism(plan: shapely.Polygon, low_m: float, high_m: float) -> manifold3d.Manifold:
    """The plan extruded between two heights, metres."""
    rings = [np.asarray(ring.coords)[:-1, :2] for ring in (plan.exterior, *plan.interiors)]
    section = manifold3d.CrossSection(rings, manifold3d.FillRule.EvenOdd)
    return manifold3d.Manifold.extrude(section, high_m - low_m).translate([0, 0, low_m])


def wall(
    plan: shapely.Polygon, low_m: float, high_m: float, holes: Sequence[WallHole] = (), slope: WallSlope | None = None
) -> manifold3d.Manifold:
    """The solid of a wall between two heights, holes cut out, its top trimmed by the slope."""
    solid = prism(plan, low_m, high_m)
    cuts = [prism(hole.plan, hole.low_m, hole.high_m) for hole in holes if hole.high_m > hole.low_m]
    if cuts:
        solid = manifold3d.Manifold.batch_boolean([solid, *cuts], manifold3d.OpType.Subtract)
    if slope is not None:
        solid = solid.trim_by_plane(slope.normal.tolist(), float(slope.normal @ slope.point))
    return solid


def mesh_of(solid: manifold3d.Manifold) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Positions (n, 3) in metres and triangles (m, 3) of a solid."""
    mesh = solid.to_mesh64()
    return np.asarray(mesh.vert_properties)[:, :3].copy(), np.asarray(mesh.tri_verts).astype(np.int32)


def slab(plan: shapely.Polygon, low_m: float, high_m: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Positions (n, 3) and triangles (m, 3) of the plan extruded between two heights."""
    return mesh_of(prism(plan, low_m, high_m))
