# pyright: reportUnknownArgumentType=false
"""Walls of a home: straight, curved or with sloping tops, and their openings."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import manifold3d
import numpy as np
import shapely
from numpy.typing import NDArray

from twin.building import wall_solids
from twin.building.sh3d import svg_cutouts
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.building.sh3d.levels import Sh3dLevels
from twin.building.sh3d.model_fitting import colour
from twin.building.wall_solids import WallHole, WallSlope
from twin.model.space import Storey

WALL = (232, 229, 223, 255)
"""Colour of an unpainted wall, RGBA."""
_PARALLEL = 0.12
"""Largest sine of the angle between an opening and the straight wall that it cuts."""
_ALONG_ARC = 0.6
"""The same for the short pieces of a curved wall."""
_FARTHEST_M = 0.5
"""Overlap, metres, below which an opening of another storey does not cut a wall."""

type Rgba = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Baseboard:
    """A baseboard along one side of a wall."""

    side: str
    thickness_m: float
    height_m: float
    colour: Rgba


@dataclass(slots=True, eq=False)
class Sh3dWall:
    """One wall of the file: `axis` (n, 2) metres, `tops_m` (n,) heights above its storey's floor, `below_m` its depth
    below that floor.
    """

    storey: Storey
    axis: NDArray[np.float64]
    thickness_m: float
    tops_m: NDArray[np.float64]
    below_m: float = 0.0
    paint: dict[str, Rgba] = field(default_factory=dict[str, Rgba])
    """Colours by side: left and right of the direction of the axis, and top."""
    skirts: list[Baseboard] = field(default_factory=list[Baseboard])
    source_id: str = ""
    outlines: list[shapely.Polygon] = field(default_factory=list[shapely.Polygon])
    holes: dict[int, list[WallHole]] = field(default_factory=lambda: defaultdict(list))
    cutters: dict[int, list[manifold3d.Manifold]] = field(default_factory=lambda: defaultdict(list))

    def meshes(self) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint8]]]:
        """Positions (n, 3), triangles (m, 3) and colours (m, 4) of each straight piece and baseboard; metres."""
        for i, solid in self.solids():
            positions, triangles = wall_solids.mesh_of(solid)
            yield positions, triangles, self._painted(i, positions, triangles)
        for i in range(len(self.outlines)):
            for skirt in self.skirts:
                if (strip := self._strip(i, skirt)) is not None:
                    floor = self.storey.elevation_m
                    high = min(skirt.height_m, float(self.tops_m[i : i + 2].min()))
                    positions, triangles = wall_solids.mesh_of(
                        wall_solids.wall(strip, floor, floor + high, self.holes[i])
                    )
                    yield positions, triangles, np.tile(np.array(skirt.colour, np.uint8), (len(triangles), 1))

    def solids(self) -> Iterator[tuple[int, manifold3d.Manifold]]:
        """(index, solid) of each straight piece with a height."""
        floor = self.storey.elevation_m
        for i, outline in enumerate(self.outlines):
            low, high = sorted((float(self.tops_m[i]), float(self.tops_m[i + 1])))
            if high <= 0.01:
                continue
            slope = self._slope(i) if high - low > 1e-3 else None
            solid = wall_solids.wall(outline, floor - self.below_m, floor + high, self.holes.get(i, ()), slope)
            if cutters := self.cutters.get(i):
                solid = manifold3d.Manifold.batch_boolean([solid, *cutters], manifold3d.OpType.Subtract)
            yield i, solid

    def _slope(self, i: int) -> WallSlope:
        along = self.axis[i + 1] - self.axis[i]
        length = float(np.hypot(*along))
        rise = (self.tops_m[i + 1] - self.tops_m[i]) / length
        normal = np.array([*(along / length * rise), -1.0])
        point = np.array([*self.axis[i], self.storey.elevation_m + self.tops_m[i]])
        return WallSlope(normal / np.linalg.norm(normal), point)

    def _painted(self, i: int, positions: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Every triangle in the colour of the side that it looks to; ends and reveals go with the left."""
        left = self.paint.get("left") or self.paint.get("right") or WALL
        colours = np.tile(np.array(left, np.uint8), (len(triangles), 1))
        if len(set(self.paint.values())) < 2:
            return colours
        a, b, c = (positions[triangles[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]
        along = self.axis[i + 1] - self.axis[i]
        across = np.array([-along[1], along[0]]) / np.hypot(*along)
        if "right" in self.paint:
            colours[normal[:, :2] @ across < -0.5] = self.paint["right"]
        if "top" in self.paint:
            colours[normal[:, 2] > 0.5] = self.paint["top"]
        return colours

    def _strip(self, i: int, skirt: Baseboard) -> shapely.Polygon | None:
        """Where a baseboard stands; outlines run right start, right end, …, left end, left start."""
        ring = np.asarray(self.outlines[i].exterior.coords)[:-1]
        left = (3, 2) if len(ring) == 4 else (4, 3)
        start, end = (ring[0], ring[1]) if skirt.side == "right" else (ring[left[0]], ring[left[1]])
        along = end - start
        length = float(np.hypot(*along))
        axis = self.axis[i + 1] - self.axis[i]
        if length < 0.02 or along @ axis <= 0 or self.tops_m[i : i + 2].min() < 0.02:
            return None
        out = np.array([-axis[1], axis[0]]) / np.hypot(*axis) * skirt.thickness_m * (1 if skirt.side == "left" else -1)
        return shapely.Polygon([start, end, end + out, start + out])


def read_walls(home: Sh3dHome, levels: Sh3dLevels) -> list[Sh3dWall]:
    """All walls of the home with their outlines and openings."""
    found = ((i, row, levels.of(row)) for i, row in enumerate(home.walls))
    walls = [
        wall
        for i, row, storey in found
        if storey is not None and (wall := _wall(home, row, storey, i, below_m=levels.below_m(storey))) is not None
    ]
    openings = [
        (_opening(home, row, storey), storey)
        for row in home.pieces
        if row["tag"] == "doorOrWindow" and (storey := levels.of(row)) is not None
    ]
    groups: dict[str, list[Sh3dWall]] = defaultdict(list)
    for wall in walls:
        groups[wall.storey.id].append(wall)
    for group in groups.values():
        _outline(group)
        _cut(group, openings)
    return walls


def _wall(home: Sh3dHome, row: Sh3dRow, storey: Storey, index: int, *, below_m: float) -> Sh3dWall | None:
    start = np.array([row["xStart"], -row["yStart"]]) / 100
    end = np.array([row["xEnd"], -row["yEnd"]]) / 100
    if np.hypot(*(end - start)) < 1e-3:
        return None
    height = home.number(row, "height", home.wall_height) / 100
    height_end = home.number(row, "heightAtEnd", height * 100) / 100
    extent = home.number(row, "arcExtent")
    axis = wall_solids.arc(start, end, -extent) if abs(extent) > 1e-3 else np.array([start, end])
    paint = _paint(home, row)
    return Sh3dWall(
        storey=storey, axis=axis, thickness_m=max(home.number(row, "thickness", 10) / 100, 0.01),
        tops_m=np.linspace(height, height_end, len(axis)), below_m=below_m, paint=paint,
        skirts=[_skirt(home, one, paint) for one in row["skirts"]], source_id=str(row.get("id") or index),
    )  # fmt: skip


def _paint(home: Sh3dHome, row: Sh3dRow) -> dict[str, Rgba]:
    """Colours of the sides: the paint, else the mean of the wallpaper. Left in the file is left here, for both turn over."""
    found: dict[str, Rgba] = {}
    for side in ("left", "right"):
        given = colour(row.get(f"{side}SideColor")) or home.picture(row.get(f"{side}SideTexture"))
        if given is not None:
            found[side] = given
    if (top := colour(row.get("topColor"))) is not None:
        found["top"] = top
    return found


def _skirt(home: Sh3dHome, row: Sh3dRow, paint: dict[str, Rgba]) -> Baseboard:
    side = "left" if str(row.get("attribute")).startswith("left") else "right"
    return Baseboard(
        side,
        min(max(home.number(row, "thickness", 1) / 100, 0.001), 0.5),
        max(home.number(row, "height", 7) / 100, 0.001),
        colour(row.get("color")) or home.picture(row.get("texture")) or paint.get(side) or WALL,
    )


def _outline(walls: list[Sh3dWall]) -> None:
    pieces = [(wall, i) for wall in walls for i in range(len(wall.axis) - 1)]
    start = np.array([wall.axis[i] for wall, i in pieces])
    end = np.array([wall.axis[i + 1] for wall, i in pieces])
    thickness = np.array([wall.thickness_m for wall, _ in pieces])
    for (wall, _), outline in zip(pieces, wall_solids.footprints(start, end, thickness), strict=True):
        wall.outlines.append(outline)


@dataclass(frozen=True, slots=True, eq=False)
class _Opening:
    """What a door or window cuts out: plan, direction across its wall, lowest and highest height; `front` is its shape in
    metres about the middle of its floor line where it is no rectangle."""

    plan: shapely.Polygon
    across: NDArray[np.float64]
    low: float
    high: float
    front: shapely.Polygon | None = None
    middle: tuple[float, float] = (0.0, 0.0)


def _cut(walls: list[Sh3dWall], openings: list[tuple[_Opening, Storey]]) -> None:
    pieces = [(wall, i) for wall in walls for i in range(len(wall.axis) - 1)]
    tree = shapely.STRtree([wall.outlines[i] for wall, i in pieces])
    storey = walls[0].storey
    top = storey.elevation_m + max(float(wall.tops_m.max()) for wall in walls)
    for opening, own in openings:
        if own.id != storey.id and min(opening.high, top) - max(opening.low, storey.elevation_m) < _FARTHEST_M:
            continue
        for hit in tree.query(opening.plan, predicate="intersects"):
            _through(opening, *pieces[hit])


def _through(opening: _Opening, wall: Sh3dWall, i: int) -> None:
    """Cuts an opening out of one piece of a wall, where it lies along it."""
    along = wall.axis[i + 1] - wall.axis[i]
    slant = abs(along / np.hypot(*along) @ opening.across)
    outline = wall.outlines[i]
    if slant > (_PARALLEL if len(wall.axis) == 2 else _ALONG_ARC):
        return
    if outline.intersection(opening.plan).area < 0.05 * min(opening.plan.area, outline.area):
        return
    reach = wall.thickness_m * 1.5
    if opening.front is not None:
        wall.cutters[i].append(_cutter(opening, opening.front, reach))
        return
    floor = wall.storey.elevation_m
    low = opening.low if opening.low - floor >= 1e-4 else min(opening.low, floor) - 0.001
    wall.holes[i].append(WallHole(_stretched(opening.plan, opening.across, reach), low, opening.high))


def _opening(home: Sh3dHome, row: Sh3dRow, storey: Storey) -> _Opening:
    width, depth = home.number(row, "width", 90) / 100, max(home.number(row, "depth", 10) / 100, 0.02)
    height = home.number(row, "height", 200) / 100
    angle = -home.number(row, "angle")
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    cut = width * home.number(row, "wallWidth", 1.0)
    centre = np.array([row["x"], -row["y"]]) / 100
    middle = centre + along * (width * home.number(row, "wallLeft") + cut / 2 - width / 2)
    base = storey.elevation_m + home.number(row, "elevation") / 100
    top = base + height * (1 - home.number(row, "wallTop"))
    low = top - height * home.number(row, "wallHeight", 1.0)
    corners = [middle + along * cut / 2 * a + across * depth / 2 * b for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    shape = svg_cutouts.outline(str(row.get("cutOutShape") or ""))
    if shape is None:
        return _Opening(shapely.Polygon(corners), across, low, top)
    side = -1.0 if row.get("modelMirrored") == "true" else 1.0
    front = shapely.transform(
        shape, lambda at: np.column_stack([(at[:, 0] - 0.5) * width * side, base + (1 - at[:, 1]) * height])
    )
    return _Opening(shapely.Polygon(corners), across, low, top, front, (float(centre[0]), float(centre[1])))


def _cutter(opening: _Opening, front: shapely.Polygon, reach: float) -> manifold3d.Manifold:
    """The shape of an opening as seen from the front, driven through its wall."""
    rings = [np.asarray(ring.coords)[:-1] for ring in (front.exterior, *front.interiors)]
    section = manifold3d.CrossSection(rings, manifold3d.FillRule.EvenOdd)
    deep = reach * 2 + 1.0
    ax, ay = opening.across
    x, y = opening.middle
    # columns: along the wall, up, and against `across`, so that it stays right-handed
    turn = np.array([[ay, 0.0, -ax, x], [-ax, 0.0, -ay, y], [0.0, 1.0, 0.0, 0.0]])
    return manifold3d.Manifold.extrude(section, deep).translate([0, 0, -deep / 2]).transform(turn)


def _stretched(plan: shapely.Polygon, across: NDArray[np.float64], by_m: float) -> shapely.Polygon:
    corners = np.asarray(plan.exterior.coords)[:4]
    signs = np.array([-1.0, -1.0, 1.0, 1.0])
    return shapely.Polygon(corners + signs[:, None] * across * by_m)
