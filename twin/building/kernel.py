"""Walls as solids: mitred outlines, openings cut, watertight. Metres, z up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import manifold3d
import numpy as np
import shapely
from numpy.typing import NDArray

MITRE_LIMIT = 4.0
"""A mitre longer than this times half the thickness stays square."""
SNAP_M = 1e-3
ARC_STEP = math.pi / 16

type Points = NDArray[np.float64]


def arc(start: Points, end: Points, extent: float) -> Points:
    """(n, 2) points of an arc over a chord; `extent` radians, positive bulges to the right of the direction of travel."""
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
    """Outlines of walls along their axes, mitred where ends meet; (n, 2), (n, 2), (n,)."""
    n = len(start)
    half = thickness / 2
    ends = np.vstack([start, end])
    _, node = np.unique(np.round(ends / SNAP_M).astype(np.int64), axis=0, return_inverse=True)
    along = (end - start) / np.maximum(np.hypot(*(end - start).T), 1e-9)[:, None]
    out = np.vstack([along, -along])
    normal = np.column_stack([-out[:, 1], out[:, 0]]) * np.tile(half, 2)[:, None]
    left, right = ends + normal, ends - normal
    mitred_left, mitred_right = _mitred(ends, out, left, right, node.ravel(), np.tile(half, 2))
    ring = np.stack([mitred_right[:n], mitred_left[n:], end, mitred_right[n:], mitred_left[:n], start], 1)
    square = np.stack([right[:n], left[n:], right[n:], left[:n]], 1)
    plain: list[shapely.Polygon] = list(np.atleast_1d(shapely.polygons(ring)))  # pyright: ignore[reportCallIssue, reportArgumentType]
    return [p if p.is_valid else shapely.Polygon(square[i]) for i, p in enumerate(plain)]


def _mitred(
    ends: Points, out: Points, left: Points, right: Points, node: NDArray[np.intp], half: NDArray[np.float64]
) -> tuple[Points, Points]:
    """Left and right corner of every wall end, moved to where they meet the neighbour's side."""
    angle = np.arctan2(out[:, 1], out[:, 0])
    new_left, new_right = left.copy(), right.copy()
    at_node: dict[int, list[int]] = defaultdict(list)
    for i in np.lexsort((angle, node)):
        at_node[int(node[i])].append(int(i))
    for wheel in at_node.values():
        if len(wheel) < 2:
            continue
        for i, j in zip(wheel, [*wheel[1:], wheel[0]], strict=True):
            cross = out[i, 0] * out[j, 1] - out[i, 1] * out[j, 0]
            if abs(cross) < 1e-6:
                continue
            gap = right[j] - left[i]
            corner = left[i] + out[i] * (gap[0] * out[j, 1] - gap[1] * out[j, 0]) / cross
            if np.hypot(*(corner - ends[i])) <= MITRE_LIMIT * max(half[i], half[j]):
                new_left[i], new_right[j] = corner, corner
    return new_left, new_right


@dataclass(frozen=True, slots=True)
class Hole:
    """A piece cut out of a wall: its plan (reaching through the wall) and heights."""

    plan: shapely.Polygon
    low_m: float
    high_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """A sloping top: the plane through `point`; what lies above it goes. `normal` points down into the wall."""

    normal: NDArray[np.float64]
    point: NDArray[np.float64]


def prism(plan: shapely.Polygon, low_m: float, high_m: float) -> manifold3d.Manifold:
    """A plan raised between two heights."""
    rings = [np.asarray(ring.coords)[:-1, :2] for ring in (plan.exterior, *plan.interiors)]
    section = manifold3d.CrossSection(rings, manifold3d.FillRule.EvenOdd)
    return manifold3d.Manifold.extrude(section, high_m - low_m).translate([0, 0, low_m])


def wall(
    plan: shapely.Polygon, low_m: float, high_m: float, holes: Sequence[Hole] = (), slope: Slope | None = None
) -> manifold3d.Manifold:
    """A wall's solid."""
    solid = prism(plan, low_m, high_m)
    cuts = [prism(hole.plan, hole.low_m, hole.high_m) for hole in holes if hole.high_m > hole.low_m]
    if cuts:
        solid = manifold3d.Manifold.batch_boolean([solid, *cuts], manifold3d.OpType.Subtract)
    if slope is not None:
        solid = solid.trim_by_plane(slope.normal.tolist(), float(slope.normal @ slope.point))
    return solid


def mesh_of(solid: manifold3d.Manifold) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """(n, 3) metres and (m, 3) indices of a solid."""
    mesh = solid.to_mesh64()
    return np.asarray(mesh.vert_properties)[:, :3].copy(), np.asarray(mesh.tri_verts).astype(np.int32)


def slab(plan: shapely.Polygon, low_m: float, high_m: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """A floor plate as a mesh."""
    return mesh_of(prism(plan, low_m, high_m))
