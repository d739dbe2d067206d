"""Walls of a home: curved ones as short straight pieces, sloping tops, doors and windows cut out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import manifold3d
import numpy as np
import shapely
from numpy.typing import NDArray

from twin.building import kernel
from twin.building.kernel import Hole, Slope
from twin.building.sh3d.furniture import colour
from twin.building.sh3d.home import Home, Row
from twin.building.sh3d.levels import Levels
from twin.model.space import Storey

_PARALLEL = 0.12
"""Sine of the angle under which an opening still lies along a wall."""


@dataclass(slots=True, eq=False)
class Wall:
    """One wall of the file; `axis` is (n, 2) metres, the tops are heights above its storey's floor."""

    storey: Storey
    axis: NDArray[np.float64]
    thickness_m: float
    tops_m: NDArray[np.float64]
    colour: tuple[int, int, int, int] | None = None
    source_id: str = ""
    outlines: list[shapely.Polygon] = field(default_factory=list[shapely.Polygon])
    holes: dict[int, list[Hole]] = field(default_factory=lambda: defaultdict(list))

    def solids(self) -> Iterator[manifold3d.Manifold]:
        """A solid per straight piece."""
        floor = self.storey.elevation_m
        for i, outline in enumerate(self.outlines):
            low, high = sorted((float(self.tops_m[i]), float(self.tops_m[i + 1])))
            if high <= 0.01:
                continue
            slope = self._slope(i) if high - low > 1e-3 else None
            yield kernel.wall(outline, floor, floor + high, self.holes.get(i, ()), slope)

    def _slope(self, i: int) -> Slope:
        along = self.axis[i + 1] - self.axis[i]
        length = float(np.hypot(*along))
        rise = (self.tops_m[i + 1] - self.tops_m[i]) / length
        normal = np.array([*(along / length * rise), -1.0])
        point = np.array([*self.axis[i], self.storey.elevation_m + self.tops_m[i]])
        return Slope(normal / np.linalg.norm(normal), point)


def read_walls(home: Home, levels: Levels) -> list[Wall]:
    """Every wall with its outline and openings."""
    found = ((i, row, levels.of(row)) for i, row in enumerate(home.walls))
    walls = [
        wall for i, row, storey in found if storey is not None and (wall := _wall(home, row, storey, i)) is not None
    ]
    groups: dict[str, list[Wall]] = defaultdict(list)
    for wall in walls:
        groups[wall.storey.id].append(wall)
    for group in groups.values():
        _outline(group)
        _cut(
            home,
            group,
            [row for row in home.pieces if row["tag"] == "doorOrWindow" and levels.of(row) is group[0].storey],
        )
    return walls


def _wall(home: Home, row: Row, storey: Storey, index: int) -> Wall | None:
    start = np.array([home.number(row, "xStart"), -home.number(row, "yStart")]) / 100
    end = np.array([home.number(row, "xEnd"), -home.number(row, "yEnd")]) / 100
    if np.hypot(*(end - start)) < 1e-3:
        return None
    height = home.number(row, "height", home.wall_height) / 100
    height_end = home.number(row, "heightAtEnd", height * 100) / 100
    extent = home.number(row, "arcExtent")
    axis = kernel.arc(start, end, -extent) if abs(extent) > 1e-3 else np.array([start, end])
    return Wall(
        storey=storey, axis=axis, thickness_m=max(home.number(row, "thickness", 10) / 100, 0.01),
        tops_m=np.linspace(height, height_end, len(axis)), colour=_painted(home, row),
        source_id=str(row.get("id") or index),
    )  # fmt: skip


def _painted(home: Home, row: Row) -> tuple[int, int, int, int] | None:
    """The colour of a wall: its paint, else the mean of its wallpaper; one colour stands for both sides."""
    for side in ("left", "right"):
        if (paint := colour(row.get(f"{side}SideColor"))) is not None:
            return paint
        if (paper := row.get(f"{side}SideTexture")) and (mean := home.picture(str(paper))) is not None:
            return mean
    return None


def _outline(walls: list[Wall]) -> None:
    pieces = [(wall, i) for wall in walls for i in range(len(wall.axis) - 1)]
    start = np.array([wall.axis[i] for wall, i in pieces])
    end = np.array([wall.axis[i + 1] for wall, i in pieces])
    thickness = np.array([wall.thickness_m for wall, _ in pieces])
    for (wall, _), outline in zip(pieces, kernel.footprints(start, end, thickness), strict=True):
        wall.outlines.append(outline)


def _cut(home: Home, walls: list[Wall], openings: list[Row]) -> None:
    pieces = [(wall, i) for wall in walls for i in range(len(wall.axis) - 1)]
    tree = shapely.STRtree([wall.outlines[i] for wall, i in pieces])
    for row in openings:
        plan, across, low, high = _opening(home, row, walls[0].storey)
        for hit in tree.query(plan, predicate="intersects"):
            wall, i = pieces[hit]
            along = wall.axis[i + 1] - wall.axis[i]
            if abs(along / np.hypot(*along) @ across) > _PARALLEL:
                continue
            outline = wall.outlines[i]
            if outline.intersection(plan).area < 0.05 * min(plan.area, outline.area):
                continue
            through = _stretched(plan, across, wall.thickness_m * 1.5)
            wall.holes[i].append(Hole(through, low - 0.001 if low - wall.storey.elevation_m < 1e-4 else low, high))


def _opening(home: Home, row: Row, storey: Storey) -> tuple[shapely.Polygon, NDArray[np.float64], float, float]:
    """Plan, direction across the wall, lowest and highest height of what a door or window cuts out."""
    width, depth = home.number(row, "width", 90) / 100, max(home.number(row, "depth", 10) / 100, 0.02)
    height = home.number(row, "height", 200) / 100
    angle = -home.number(row, "angle")
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    cut = width * home.number(row, "wallWidth", 1.0)
    middle = np.array([home.number(row, "x"), -home.number(row, "y")]) / 100
    middle = middle + along * (width * home.number(row, "wallLeft") + cut / 2 - width / 2)
    top = storey.elevation_m + home.number(row, "elevation") / 100 + height * (1 - home.number(row, "wallTop"))
    low = top - height * home.number(row, "wallHeight", 1.0)
    corners = [middle + along * cut / 2 * a + across * depth / 2 * b for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return shapely.Polygon(corners), across, low, top


def _stretched(plan: shapely.Polygon, across: NDArray[np.float64], by_m: float) -> shapely.Polygon:
    corners = np.asarray(plan.exterior.coords)[:4]
    signs = np.array([-1.0, -1.0, 1.0, 1.0])
    return shapely.Polygon(corners + signs[:, None] * across * by_m)
