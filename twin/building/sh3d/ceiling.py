"""How high rooms are under walls of different heights: a ceiling hangs from the tops of the walls around (Room3D)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from twin.building.sh3d.walls import Wall
from twin.model.space import Storey

_NEAR_M = 0.4
"""A wall whose face is farther from a corner does not carry the ceiling there."""
_PARAPET_M = 1.5
"""A level wall lower than this carries none at all."""
_LEVEL_M = 0.02


def heights(polygon: shapely.Polygon, storey: Storey, walls: Sequence[Wall]) -> tuple[float, float]:
    """Highest and mean height of a room in metres above its floor."""
    near = [wall for wall in walls if wall.storey.id == storey.id and _carries(wall)]
    if not near:
        return storey.height_m, storey.height_m
    lines = [shapely.LineString(wall.axis) for wall in near]
    corners = [(x, y) for ring in (polygon.exterior, *polygon.interiors) for x, y in ring.coords[:-1]]
    tops = {corner: _top(corner, near, lines, storey.height_m) for corner in corners}
    low, high = min(tops.values()), max(tops.values())
    if high - low < _LEVEL_M:
        return high, high
    return high, _mean(polygon, tops)


def _carries(wall: Wall) -> bool:
    level = float(np.ptp(wall.tops_m)) < _LEVEL_M
    return float(wall.tops_m.max()) >= (_PARAPET_M if level else 0.1)


def _top(
    corner: tuple[float, float], walls: Sequence[Wall], lines: Sequence[shapely.LineString], usual: float
) -> float:
    """Height of the nearest wall's top beside a corner."""
    spot = shapely.Point(corner)
    away = shapely.distance(np.array(lines), spot) - np.array([wall.thickness_m / 2 for wall in walls])
    nearest = int(away.argmin())
    if away[nearest] > _NEAR_M:
        return usual
    line, wall = lines[nearest], walls[nearest]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(wall.axis, axis=0).T))])
    return max(0.1, float(np.interp(line.project(spot), along, wall.tops_m)))


def _mean(polygon: shapely.Polygon, tops: dict[tuple[float, float], float]) -> float:
    """Mean height over the area, level between the corners of triangles."""
    volume = area = 0.0
    for triangle in shapely.get_parts(shapely.constrained_delaunay_triangles(polygon)):
        corners = [(x, y) for x, y in triangle.exterior.coords[:-1]]
        volume += triangle.area * sum(tops[corner] for corner in corners) / 3
        area += triangle.area
    return volume / area if area else max(tops.values())
