"""Snapping: corners, walls, angles, alignment, grid. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from twin.model.drawing import DrawnStorey, DrawnWall, Spot

STEP_DEG = 15.0
GRIDS_M = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 50.0)
GRID_PX = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapResult:
    """The snapped spot, the kind of snap (`corner`, `wall`, `angle`, `line`, `grid`, `free`), and guide lines."""

    at: Spot
    kind: str
    guides: tuple[tuple[Spot, Spot], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapOptions:
    """Snapping options: reach and grid step in metres, ids of ignored walls."""

    reach_m: float
    grid_m: float
    without: Collection[int] = ()
    corners: tuple[Spot, ...] = ()
    """More corners to snap to, for example the start of a chain of walls."""


def grid(px_per_m: float) -> float:
    """The finest grid step in metres that is visible at this zoom."""
    return next((step for step in GRIDS_M if step * px_per_m >= GRID_PX), GRIDS_M[-1])


def snap(storey: DrawnStorey, to: Spot, catch: SnapOptions, *, start: Spot | None = None) -> SnapResult:
    """Snaps the spot `to`; `start` is the other end of the wall that is being drawn."""
    walls = [wall for wall in storey.walls if wall.id not in catch.without]
    corners = [*(end for wall in walls for end in (wall.a, wall.b)), *catch.corners]
    near = min((corner for corner in corners if corner != start), key=lambda c: math.dist(c, to), default=None)
    if near is not None and math.dist(near, to) <= catch.reach_m:
        return SnapResult(at=near, kind="corner")
    if start is not None and (found := _on_ray(start, to, walls, corners, catch)) is not None:
        return found
    if (found := _on_wall(walls, to, corners, catch)) is not None:
        return found
    return _in_line(to, corners, catch)


def _on_ray(
    start: Spot, to: Spot, walls: list[DrawnWall], corners: list[Spot], catch: SnapOptions
) -> SnapResult | None:
    """Snaps to the nearest multiple of 15 degrees from the start; None if the cursor is too far from it."""
    length = math.dist(start, to)
    if length < 1e-6:
        return None
    angle = math.radians(STEP_DEG * round(math.degrees(math.atan2(to[1] - start[1], to[0] - start[0])) / STEP_DEG))
    x, y = round(math.cos(angle), 12), round(math.sin(angle), 12)
    along = (to[0] - start[0]) * x + (to[1] - start[1]) * y
    if abs((to[0] - start[0]) * y - (to[1] - start[1]) * x) > catch.reach_m * 1.5 or along <= 0:
        return None

    def at(far: float) -> Spot:
        return round(start[0] + x * far, 4), round(start[1] + y * far, 4)

    hits = [far for wall in walls if (far := _meets(start, (x, y), wall)) is not None]
    near = min(hits, key=lambda far: abs(far - along), default=None)
    if near is not None and abs(near - along) <= catch.reach_m:
        return SnapResult(at=at(near), kind="wall", guides=((start, at(near)),))
    lined = [(far, corner) for corner in corners if (far := _levels(start, (x, y), corner, along)) is not None]
    if lined:
        far, corner = min(lined, key=lambda one: abs(one[0] - along))
        if abs(far - along) <= catch.reach_m:
            return SnapResult(at=at(far), kind="line", guides=((start, at(far)), (corner, at(far))))
    far = max(round(along / catch.grid_m), 1) * catch.grid_m
    return SnapResult(at=at(far), kind="angle", guides=((start, at(far)),))


def _meets(start: Spot, way: Spot, wall: DrawnWall) -> float | None:
    """Distance along a ray to a wall's axis; None if they do not meet."""
    u, v = wall.along
    turn = way[0] * v - way[1] * u
    if abs(turn) < 1e-6:
        return None
    gap = wall.a[0] - start[0], wall.a[1] - start[1]
    far = (gap[0] * v - gap[1] * u) / turn
    off = (gap[0] * way[1] - gap[1] * way[0]) / turn
    return far if far > 1e-3 and -1e-6 <= off <= wall.length_m + 1e-6 else None


def _levels(start: Spot, way: Spot, corner: Spot, along: float) -> float | None:
    """Distance along a ray to the point level with a corner in x or y, whichever is nearer; None if none is ahead."""
    found = [(corner[i] - start[i]) / way[i] for i in (0, 1) if abs(way[i]) > 0.05]
    ahead = [far for far in found if far > 0.05]
    return min(ahead, key=lambda far: abs(far - along), default=None)


def _on_wall(walls: list[DrawnWall], to: Spot, corners: list[Spot], catch: SnapOptions) -> SnapResult | None:
    wall = min(walls, key=lambda one: one.distance(to), default=None)
    if wall is None or wall.distance(to) > max(catch.reach_m, wall.thickness_m / 2):
        return None
    offset = min(max(wall.offset(to), 0.0), wall.length_m)
    for corner in corners:
        far = _levels(wall.a, wall.along, corner, offset)
        if far is not None and abs(far - offset) <= catch.reach_m and far <= wall.length_m:
            return SnapResult(at=_rounded(wall.at(far)), kind="wall", guides=((corner, wall.at(far)),))
    offset = min(max(round(offset / catch.grid_m) * catch.grid_m, 0.0), wall.length_m)
    return SnapResult(at=_rounded(wall.at(offset)), kind="wall")


def _in_line(to: Spot, corners: list[Spot], catch: SnapOptions) -> SnapResult:
    """Snaps x and y separately to the nearest corner's coordinate, else to the grid."""
    at = [round(part / catch.grid_m) * catch.grid_m for part in to]
    guides: list[Spot] = []
    for i in (0, 1):
        near = min(corners, key=lambda corner: (abs(corner[i] - to[i]), math.dist(corner, to)), default=None)
        if near is not None and abs(near[i] - to[i]) <= catch.reach_m:
            at[i] = near[i]
            guides.append(near)
    spot = _rounded((at[0], at[1]))
    return SnapResult(at=spot, kind="line" if guides else "grid", guides=tuple((guide, spot) for guide in guides))


def _rounded(at: Spot) -> Spot:
    return round(at[0], 4), round(at[1], 4)


def length(text: str) -> float | None:
    """Parses a typed length into metres: `3.2`, `3,2`, `320cm`, `12'6`; None if it is invalid."""
    plain = text.strip().lower().replace(",", ".").replace(" ", "")
    feet, mark, inches = plain.partition("'")
    try:
        if mark:
            return _sane(float(feet) * 0.3048 + float(inches.strip('"') or 0) * 0.0254)
        for unit, metres in (("mm", 0.001), ("cm", 0.01), ("ft", 0.3048), ("in", 0.0254), ("m", 1.0)):
            if plain.endswith(unit):
                return _sane(float(plain.removesuffix(unit)) * metres)
        return _sane(float(plain))
    except ValueError:
        return None


def _sane(metres: float) -> float | None:
    return metres if 0 < metres < 10_000 else None
