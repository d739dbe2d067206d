"""Moving leaves of one door or window: from the file where it separates them, else built around the glass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import is_among
from app.view.scene.live.box_mesh import boxes, turned
from app.view.scene.live.hinged_parts import HingedPart, triangles_of
from app.view.scene.live.opening_pane import OpeningPane, pane_of
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from twin.model.space import DoorLeaf

type Floats = NDArray[np.float64]

_WIDE = 0.85
"""Share of its full angle by which a leaf opens."""
_WINDOW_DEG, _GLASS_DOOR_DEG = 62.0, 78.0
_SASH_M = 1.0
"""Panes wider than this many metres are split into several sashes."""
_MOST = 4
_SLIDES = ("slid", "schieb", "coulissant", "推拉", "移门")
"""Words in the names of doors and windows that slide."""
_SIDE_M, _LEAF_DEEP_M, _FULL = 0.02, 0.12, 0.4
"""Tolerance in metres beside a leaf and to either side of it, and the least share of its rectangle that it must fill.
"""
_SMALL_M = 0.25
_AHEAD_M = 0.06
"""Distance in metres between a sliding sash and its neighbour."""
_BAR_M, _DEEP_M, _GLASS_M = 0.045, 0.026, 0.006
"""Width and half depth of a sash's bars, half depth of its glass."""


@dataclass(frozen=True, slots=True, eq=False)
class MovingSash:
    """One hinged part and its triangles, solid and glass."""

    hinged_part: HingedPart
    solid: TriangleSet
    glass: TriangleSet


def own_leaves(source: StoreyMesh, leaves: Sequence[tuple[DoorLeaf, int]]) -> list[MovingSash]:
    """The leaves that are elements of the mesh, each with its hinge."""
    made: list[MovingSash] = []
    for leaf, element in leaves:
        solid, glass = (
            triangle_set.take(triangle_set.elements == element) for triangle_set in (source.frame, source.glass)
        )
        if len(solid) or len(glass):
            made.append(MovingSash(HingedPart(leaf.hinge, leaf.open_deg * _WIDE), solid, glass))
    return made


def torn(source: StoreyMesh, elements: Sequence[int], leaves: Sequence[DoorLeaf]) -> list[MovingSash]:
    """The leaves of a door whose file does not separate leaf and frame: the triangles at each leaf's closed position,
    and the rest
    as a fixed part. Empty where these do not fill a leaf.
    """
    sashes: list[MovingSash] = []
    left = [
        triangle_set.take(is_among(triangle_set.elements, elements)) for triangle_set in (source.frame, source.glass)
    ]
    for leaf in leaves:
        inside = [_within(triangle_set, leaf) for triangle_set in left]
        mine = [triangle_set.take(rows) for triangle_set, rows in zip(left, inside, strict=True)]
        left = [triangle_set.take(~rows) for triangle_set, rows in zip(left, inside, strict=True)]
        height = mine[0].positions[mine[0].triangles, 2]
        tall = float(height.max() - height.min()) if len(mine[0]) else 0.0
        if sum(_front(triangle_set, leaf) for triangle_set in mine) < _FULL * leaf.width_m * max(tall, 1.5):
            return []
        sashes.append(MovingSash(HingedPart(leaf.hinge, leaf.open_deg * _WIDE), mine[0], mine[1]))
    return [*sashes, MovingSash(HingedPart(), *left)] if sashes else []


def _within(triangles: TriangleSet, leaf: DoorLeaf) -> NDArray[np.bool_]:
    if not len(triangles):
        return np.zeros(0, np.bool_)
    angle = math.radians(leaf.closed_deg)
    out = triangles.positions[triangles.triangles][..., :2].astype(np.float64) - leaf.hinge
    u = out @ np.array([math.cos(angle), math.sin(angle)])
    v = out @ np.array([-math.sin(angle), math.cos(angle)])
    inside = (u > -_SIDE_M) & (u < leaf.width_m + _SIDE_M) & (np.abs(v) < _LEAF_DEEP_M)
    return inside.all(1) & (np.ptp(u, 1) > 1e-3)  # faces of the frame beside it have no width


def _front(triangles: TriangleSet, leaf: DoorLeaf) -> float:
    """Area in m² of triangles projected along the door's way through, of one of its two sides."""
    if not len(triangles):
        return 0.0
    corner = triangles.positions[triangles.triangles].astype(np.float64)
    angle = math.radians(leaf.closed_deg)
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, :2]
    return float(np.abs(across @ np.array([-math.sin(angle), math.cos(angle)])).sum() / 4)


def glazed(
    source: StoreyMesh, elements: Sequence[int], spot: Sequence[float], *, door: bool, name: str = ""
) -> list[MovingSash]:
    """Sashes in place of a window's panes; the one nearest the sensor at `spot` opens away from it, or slides."""
    glass = source.glass.take(is_among(source.glass.elements, elements)) if len(source.glass) else TriangleSet()
    found = pane_of(glass)
    if found is None or found[0].half_m < _SMALL_M or found[0].high - found[0].low < _SMALL_M:
        return []
    pane, rows = found
    rest = glass.take(~rows)
    frame = source.frame.take(is_among(source.frame.elements, elements))
    colour = np.median(frame.colours, 0).astype(np.uint8) if len(frame) else np.full(4, 220, np.uint8)
    count = min(_MOST, max(1, round(2 * pane.half_m / _SASH_M + 0.1)))
    wide = 2 * pane.half_m / count
    to_spot = np.array(spot[:2]) - pane.middle
    at = np.array([-pane.half_m + wide * (n + 0.5) for n in range(count)])
    opens = int(np.abs(at - float(to_spot @ pane.along)).argmin())
    side = -1.0 if at[opens] <= 1e-6 else 1.0
    away = -1.0 if float(to_spot @ np.array(pane.across)) > 0 else 1.0
    slides = any(word in name.casefold() for word in _SLIDES)
    made = [MovingSash(HingedPart(), TriangleSet(), rest)] if len(rest) else []
    for n in range(count):
        hinged_part = HingedPart()
        if n == opens and slides:
            way = wide * _WIDE * (1.0 if n == 0 else -1.0)
            ahead = np.array(pane.along) * way + np.array(pane.across) * away * _AHEAD_M
            hinged_part = HingedPart(slide_m=(float(ahead[0]), float(ahead[1])))
        elif n == opens:
            u = at[n] + side * wide / 2
            hinge = pane.middle[0] + pane.along[0] * u, pane.middle[1] + pane.along[1] * u
            hinged_part = HingedPart(hinge, (_GLASS_DOOR_DEG if door else _WINDOW_DEG) * -side * away)
        made.append(_framed(hinged_part, pane, (float(at[n]), wide / 2), colour))
    return made


def _framed(
    hinged_part: HingedPart, pane: OpeningPane, place: tuple[float, float], colour: NDArray[np.uint8]
) -> MovingSash:
    u, half = place
    mid, tall = (pane.low + pane.high) / 2, (pane.high - pane.low) / 2
    bar = _BAR_M / 2
    middles = np.array(
        [[u - half + bar, 0, mid], [u + half - bar, 0, mid], [u, 0, pane.low + bar], [u, 0, pane.high - bar]]
    )
    halves = np.array([[bar, _DEEP_M, tall], [bar, _DEEP_M, tall], [half - 2 * bar, _DEEP_M, bar], [half - 2 * bar, _DEEP_M, bar]])  # fmt: skip
    bars = turned(boxes(middles, halves), pane.middle, pane.along)
    sheet = boxes(np.array([[u, 0, mid]]), np.array([[half - 2 * bar, _GLASS_M, tall - 2 * bar]]))
    sheet = turned(sheet, pane.middle, pane.along)
    painted = np.tile(colour, (len(bars), 1))
    return MovingSash(
        hinged_part,
        triangles_of(bars, np.zeros(len(bars), np.int64), painted),
        triangles_of(sheet, np.zeros(len(sheet), np.int64)),
    )


def numbered(triangle_sets: Mapping[int, TriangleSet]) -> TriangleSet:
    """Triangles of several hinged parts in one set; `elements` are the parts' numbers."""
    found = [(number, triangle_set) for number, triangle_set in triangle_sets.items() if len(triangle_set)]
    if not found:
        return TriangleSet()
    corners = np.concatenate([triangle_set.positions[triangle_set.triangles] for _, triangle_set in found])
    owner = np.concatenate([np.full(len(triangle_set), number) for number, triangle_set in found])
    return triangles_of(corners, owner, np.concatenate([triangle_set.colours for _, triangle_set in found]))
