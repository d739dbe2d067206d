"""How the doors of a drawn plan swing: to the side and about the edge where least stands in the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from demo_plan import Level, Piece, PlanWall

from twin.building.plan.door_sashes import DOUBLE_M, FRAMES

_LOW_M = 1.9
"""What hangs higher is not in the way of a door."""
_FLAT_M = 0.05


@dataclass(frozen=True, slots=True)
class Sash:
    """One leaf, in the shares and radians of a Sweet Home 3D door: its axis and width along the door, shut and open."""

    x_axis: float
    width: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Swing:
    """The leaves of a door; a mirrored one hangs on the other side."""

    mirrored: bool
    sashes: tuple[Sash, ...]


def swing(piece: Piece, level: Level) -> Swing | None:
    """How a door of a level swings; None for one without leaves."""
    if piece.model not in FRAMES:
        return None
    frame, width = FRAMES[piece.model] / piece.size[0], piece.size[0]
    double = width > DOUBLE_M
    clear = 1 - 2 * frame
    things = _things(piece, level)
    sides = [(mirrored, front) for front in (True, False) for mirrored in ((False,) if double else (False, True))]
    mirrored, front = min(sides, key=lambda side: round(_in_the_way(piece, things, *side), 2))
    turn = -math.pi / 2 if front else math.pi / 2
    if not double:
        return Swing(mirrored, (Sash(frame, clear, 0.0, turn),))
    return Swing(False, (Sash(frame, clear / 2, 0.0, turn), Sash(1 - frame, clear / 2, math.pi, math.pi - turn)))


def _things(door: Piece, level: Level) -> list[shapely.Polygon]:
    """What a leaf could hit: furniture that stands on the floor, and walls."""
    standing = [
        _footprint(piece)
        for piece in level.pieces
        if piece.kind == "piece" and piece is not door and piece.lift_m < _LOW_M and piece.size[2] > _FLAT_M
    ]
    return standing + [_wall(wall) for wall in level.walls]


def _footprint(piece: Piece) -> shapely.Polygon:
    w, d, _ = piece.size
    return _placed([(-w / 2, -d / 2), (w / 2, -d / 2), (w / 2, d / 2), (-w / 2, d / 2)], piece)


def _placed(corners: Sequence[tuple[float, float]], piece: Piece) -> shapely.Polygon:
    angle = math.radians(piece.angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    return shapely.Polygon([(piece.at[0] + x * cos - y * sin, piece.at[1] + x * sin + y * cos) for x, y in corners])


def _wall(wall: PlanWall) -> shapely.Polygon:
    line = shapely.LineString([wall.start, wall.end])
    return line.buffer(wall.thickness_m / 2, cap_style="square", join_style="mitre")


def _in_the_way(piece: Piece, things: Sequence[shapely.Polygon], mirrored: bool, front: bool) -> float:
    """Square metres of the quarter that a leaf sweeps where something stands."""
    width, depth, _ = piece.size
    away = -1 if front else 1  # a piece looks towards its own -y
    reach = width / 2 if width > DOUBLE_M else width
    y0, y1 = away * depth / 2, away * (depth / 2 + reach * 0.9)
    corners = [(-width / 2, y0), (width / 2, y0), (width / 2, y1), (-width / 2, y1)]
    if width <= DOUBLE_M:
        hinge = width / 2 if mirrored else -width / 2
        corners = [(hinge, y0), (-hinge, y0), (-hinge * 0.4, y0 + (y1 - y0) * 0.7), (hinge, y1)]
    sweep = _placed(corners, piece)
    return sum(sweep.intersection(thing).area for thing in things)
