"""How drawn walls lie to each other: where they cross, share a piece, or end in one another."""

from __future__ import annotations

import math

from twin.model.drawing import SHORTEST_M, DrawnOpening, DrawnStorey, DrawnWall, Spot, spot

ON_AXIS_M = 0.002
"""Distance in metres within which a spot lies on a wall's axis."""


def crossing(one: DrawnWall, other: DrawnWall) -> Spot | None:
    """Where two walls cross within both, SHORTEST_M from every end; None where they touch only or do not meet."""
    at = axes_meet(one, other)
    if at is None:
        return None
    inside = all(SHORTEST_M <= wall.offset(at) <= wall.length_m - SHORTEST_M for wall in (one, other))
    return spot(*at) if inside else None


def axes_meet(one: DrawnWall, other: DrawnWall) -> Spot | None:
    """Where the axes of two walls meet, also beyond their ends; None for parallel walls."""
    (x, y), (u, v) = one.along, other.along
    turn = x * v - y * u
    if abs(turn) < 1e-3:
        return None
    gap = other.a[0] - one.a[0], other.a[1] - one.a[1]
    return one.at((gap[0] * v - gap[1] * u) / turn)


def leans(wall: DrawnWall, end: Spot) -> bool:
    """Whether a wall end abuts this wall between its ends."""
    return wall.distance(end) < ON_AXIS_M and min(math.dist(end, wall.a), math.dist(end, wall.b)) > ON_AXIS_M


def blocks(at_m: float, wall: DrawnWall, opening: DrawnOpening) -> bool:
    """Whether a wall that ends there, in the wall of an opening, stands in it."""
    return abs(at_m - opening.offset_m) < (opening.width_m + wall.thickness_m) / 2 - ON_AXIS_M


def on_top(new: DrawnWall, wall: DrawnWall) -> bool:
    """Whether two walls share a piece of their axes."""
    (x, y), (u, v) = new.along, wall.along
    if abs(x * v - y * u) > 1e-3:
        return False
    off = (wall.a[0] - new.a[0]) * y - (wall.a[1] - new.a[1]) * x
    if abs(off) > SHORTEST_M / 2:
        return False
    low, high = sorted((new.offset(wall.a), new.offset(wall.b)))
    return min(high, new.length_m) - max(low, 0.0) > SHORTEST_M / 2


def uncovered(storey: DrawnStorey, a: Spot, b: Spot) -> list[tuple[Spot, Spot]]:
    """The pieces of a line on which no wall lies yet."""
    line = DrawnWall(id=0, a=a, b=b)
    covered: list[tuple[float, float]] = []
    for wall in storey.walls:
        if on_top(line, wall):
            low, high = sorted((line.offset(wall.a), line.offset(wall.b)))
            covered.append((low, high))
    free: list[tuple[float, float]] = []
    at = 0.0
    for low, high in sorted(covered):
        if low - at >= SHORTEST_M:
            free.append((at, low))
        at = max(at, high)
    if line.length_m - at >= SHORTEST_M:
        free.append((at, line.length_m))
    return [(spot(*line.at(low)), spot(*line.at(high))) for low, high in free]
