# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Heights of rooms under walls of different heights: the ceiling follows the tops of the walls around it (Room3D)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from twin.building.sh3d.walls import Sh3dWall
from twin.model.space import Storey

_NEAR_M = 0.4
"""Distance from a corner within which a wall determines the ceiling's height, metres."""
_PARAPET_M = 1.5
"""Least height of a wall with a level top that carries a ceiling, metres."""
_LEVEL_M = 0.02


class Ceilings:
    """Ceiling heights of the rooms of one storey; walls of other storeys are ignored."""

    def __init__(self, storey: Storey, walls: Sequence[Sh3dWall]) -> None:
        self._storey = storey
        self._walls = [wall for wall in walls if wall.storey.id == storey.id and _carries(wall)]
        self._lines = [shapely.LineString(wall.axis) for wall in self._walls]
        self._tree = shapely.STRtree(self._lines)
        tops = np.concatenate([wall.tops_m for wall in self._walls] or [np.array([storey.height_m])])
        self._reach_m = _NEAR_M + max((wall.thickness_m / 2 for wall in self._walls), default=0.0)
        self._level_m = float(tops.max()) if float(np.ptp(tops)) < _LEVEL_M else None

    def heights(self, polygon: shapely.Polygon) -> tuple[float, float]:
        """Highest and mean height of a room in metres above its floor."""
        if not self._walls:
            return self._storey.height_m, self._storey.height_m
        corners = [(x, y) for ring in (polygon.exterior, *polygon.interiors) for x, y in ring.coords[:-1]]
        tops = {corner: self._top(corner) for corner in corners}
        low, high = min(tops.values()), max(tops.values())
        return (high, high) if high - low < _LEVEL_M else (high, _mean(polygon, tops))

    def _top(self, corner: tuple[float, float]) -> float:
        """Height of the nearest wall's top beside a corner; the storey's where none is near."""
        spot = shapely.Point(corner)
        near = self._tree.query(spot, predicate="dwithin", distance=self._reach_m)
        away = [(self._lines[i].distance(spot) - self._walls[i].thickness_m / 2, int(i)) for i in near]
        distance, nearest = min(away, default=(math.inf, 0))
        if distance > _NEAR_M:
            return self._storey.height_m
        if self._level_m is not None:
            return self._level_m
        wall = self._walls[nearest]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(wall.axis, axis=0).T))])
        return max(0.1, float(np.interp(self._lines[nearest].project(spot), along, wall.tops_m)))


def _carries(wall: Sh3dWall) -> bool:
    level = float(np.ptp(wall.tops_m)) < _LEVEL_M
    return float(wall.tops_m.max()) >= (_PARAPET_M if level else 0.1)


def _mean(polygon: shapely.Polygon, tops: dict[tuple[float, float], float]) -> float:
    """Mean height over the area, level between the corners of triangles."""
    volume = area = 0.0
    for triangle in shapely.get_parts(shapely.constrained_delaunay_triangles(polygon)):
        corners = [(x, y) for x, y in triangle.exterior.coords[:-1]]
        volume += triangle.area * sum(tops[corner] for corner in corners) / 3
        area += triangle.area
    return volume / area if area else max(tops.values())
