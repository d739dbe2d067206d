# pyright: reportUnknownMemberType=false
"""Plan outlines of meshes, and conversion between polygons and the model's rings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.model.space import Ring

GRID_M = 1e-4


def outline(positions: NDArray[np.float64], triangles: NDArray[np.int32]) -> shapely.Polygon | None:
    """Plan outline of a closed mesh: the union of its downward triangles, or of all where there are none; None for an
    empty one.

    `positions` (n, 3) metres, `triangles` (m, 3).
    """
    a, b, c = (positions[triangles[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    up = np.divide(normal[:, 2], length, out=np.zeros_like(length), where=length > 0)
    flat = np.abs(up) > 0.05
    if not flat.any():
        return None
    rings = np.stack([a, b, c, a], 1)[flat][:, :, :2]
    for chosen in (rings[up[flat] < 0], rings):
        if not len(chosen):
            continue
        union = shapely.union_all(shapely.set_precision(shapely.polygons(chosen), GRID_M))
        if (found := largest(union)) is not None:
            return found
    return None


def largest(shape: shapely.Geometry) -> shapely.Polygon | None:
    """The largest polygon of a shape; None where it has none."""
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon) and not part.is_empty]
    return max(polygons, key=lambda part: part.area, default=None)


def rings(polygon: shapely.Polygon, *, tolerance_m: float = 0.002) -> tuple[Ring, tuple[Ring, ...]]:
    """Outline (counter-clockwise) and holes (clockwise) of a polygon, simplified to `tolerance_m`; holes below 0.01 m²
    are dropped.
    """
    plain = polygon.simplify(tolerance_m)
    polygon = shapely.orient_polygons(plain if isinstance(plain, shapely.Polygon) and not plain.is_empty else polygon)
    return _ring(polygon.exterior), tuple(
        _ring(hole) for hole in polygon.interiors if shapely.Polygon(hole).area > 0.01
    )


def _ring(ring: shapely.LinearRing) -> Ring:
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in shapely.get_coordinates(ring)[:-1])


def volume(positions: NDArray[np.float64], triangles: NDArray[np.int32]) -> float:
    """Volume of a closed mesh in m³, whatever its orientation (divergence theorem); `positions` (n, 3), `triangles`
    (m, 3).
    """
    middle = positions.mean(0)
    a, b, c = (positions[triangles[:, i]] - middle for i in range(3))
    return abs(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6))


def is_closed(triangles: NDArray[np.int32]) -> bool:
    """Whether the mesh is closed: every edge is shared by exactly two triangles."""
    ends, others = triangles.ravel().astype(np.int64), np.roll(triangles, -1, axis=1).ravel()
    edges = np.sort((np.minimum(ends, others) << 32) | np.maximum(ends, others))
    if len(edges) % 2:
        return False
    twice = edges.reshape(-1, 2)
    return bool((twice[:, 0] == twice[:, 1]).all() and (twice[1:, 0] != twice[:-1, 0]).all())


def polygon_of(outline: Ring, holes: Sequence[Ring] = ()) -> shapely.Polygon | None:
    """A room's plan as one valid polygon; None without at least three corners."""
    if len(outline) < 3:
        return None
    return largest(shapely.make_valid(shapely.Polygon(outline, holes)))


def inside(outline: Ring, holes: Sequence[Ring] = ()) -> tuple[float, float]:
    """A point inside the outline and outside its holes, metres in plan."""
    plan = polygon_of(outline, holes)
    if plan is None:
        return outline[0] if outline else (0.0, 0.0)
    spot = plan.representative_point()
    return spot.x, spot.y


def filled(outline: Ring, holes: Sequence[Ring] = ()) -> NDArray[np.float64]:
    """(n, 3, 2) counter-clockwise triangles that cover the plan, metres."""
    plan = polygon_of(outline, holes)
    if plan is None:
        return np.zeros((0, 3, 2))
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(plan))
    return np.array([shapely.get_coordinates(piece)[:3] for piece in shapely.orient_polygons(pieces)])
