"""The part of a building's mesh that belongs to some of its rooms, with the walls around them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.model.mesh import Mesh, MeshPart, Texture
from twin.model.space import Ring, Room

REACH_M = 0.4
"""Distance (metres) from a room within which the mesh is part of it: the thickness of most walls."""
ABOVE_M = 0.6
"""Distance (metres) above the ceiling and below the floor within which the mesh is part of a room."""
PIECE_M = 0.5
"""Longest edge (metres) of the pieces into which triangles at the edge of a room are split."""
DEEPEST = 24
"""Most halvings of a triangle: of a slab of 1 km."""

type Points = NDArray[np.float64]
"""(n, 2) metres in plan."""


def mesh_of_rooms(mesh: Mesh, rooms: Sequence[Room]) -> Mesh:
    """The triangles in and around these rooms, with the elements, floor coverings and textures that they need. Triangles
    that reach farther are split; an element elsewhere is left out with its name."""
    parts = tuple(part for one in mesh.parts if (part := _part_of_rooms(one, rooms)) is not None)
    used = np.unique(np.concatenate([part.elements for part in parts])) if parts else np.zeros(0, np.uint32)
    sources = {room.source_id for room in rooms if room.source_id}
    coverings = tuple(one for one in mesh.coverings if one.source_id in sources)
    shown = sorted({one.texture for one in coverings})
    return Mesh(
        parts=tuple(replace(one, elements=np.searchsorted(used, one.elements).astype(np.uint32)) for one in parts),
        elements=tuple(mesh.elements[int(at)] for at in used),
        textures=_chosen(mesh.textures, shown),
        coverings=tuple(replace(one, texture=shown.index(one.texture)) for one in coverings),
    )


def _chosen(textures: Sequence[Texture], wanted: Iterable[int]) -> tuple[Texture, ...]:
    return tuple(textures[at] for at in wanted)


def _part_of_rooms(part: MeshPart, rooms: Collection[Room]) -> MeshPart | None:
    """The part's triangles in and around the rooms of its storey; None where there are none."""
    corners = part.positions[part.triangles].astype(np.float64)
    origin = np.arange(len(corners))
    kept_corners, kept_origin = list[NDArray[np.float64]](), list[NDArray[np.intp]]()
    for room in rooms:
        if room.storey != part.storey or len(room.outline) < 3 or not len(corners):
            continue
        found, of = _pieces(corners, origin, room)
        kept_corners.append(found)
        kept_origin.append(of)
    pieces = np.concatenate(kept_corners) if kept_corners else np.zeros((0, 3, 3))
    if not len(pieces):
        return None
    pieces, at = np.unique(pieces.reshape(-1, 9), axis=0, return_index=True)  # neighbours share a wall
    of = np.concatenate(kept_origin)[at]
    return replace(
        part,
        positions=pieces.reshape(-1, 3).astype(np.float32),
        triangles=np.arange(3 * len(pieces), dtype=np.uint32).reshape(-1, 3),
        colours=part.colours[of],
        elements=part.elements[of],
    )


def _pieces(
    corners: NDArray[np.float64], origin: NDArray[np.intp], room: Room
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Triangles (n, 3, 3) inside the room's reach, and the triangle that each is of. What crosses its edge is halved
    until it is small; then its middle decides."""
    outline = np.array(room.outline)
    low = np.array([*(outline.min(0) - REACH_M), room.floor_m - ABOVE_M])
    high = np.array([*(outline.max(0) + REACH_M), room.ceiling_m + ABOVE_M])
    inside, of = list[NDArray[np.float64]](), list[NDArray[np.intp]]()
    for _ in range(DEEPEST):
        near = ((corners.min(1) <= high) & (corners.max(1) >= low)).all(1)
        corners, origin = corners[near], origin[near]
        if not len(corners):
            break
        edges = np.linalg.norm(corners - np.roll(corners, -1, 1), axis=2)
        small = edges.max(1) <= PIECE_M
        middle = corners.mean(1)
        chosen = small & _reached(middle, low, high, room)
        inside.append(corners[chosen])
        of.append(origin[chosen])
        corners, origin = _halved(corners[~small], edges[~small]), np.repeat(origin[~small], 2)
    if not inside:
        return np.zeros((0, 3, 3)), np.zeros(0, np.intp)
    return np.concatenate(inside), np.concatenate(of)


def _halved(corners: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each triangle as two, cut across its longest edge."""
    first = edges.argmax(1)[:, None]
    rows = np.arange(len(corners))[:, None]
    turned = corners[rows, (first + np.arange(3)) % 3]
    a, b, c = turned[:, 0], turned[:, 1], turned[:, 2]
    middle = (a + b) / 2
    return np.stack([np.stack([a, middle, c], 1), np.stack([middle, b, c], 1)], 1).reshape(-1, 3, 3)


def _reached(
    points: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], room: Room
) -> NDArray[np.bool_]:
    """Which points lie in the room or within its reach."""
    near = ((points >= low) & (points <= high)).all(1)
    plan = points[near, :2]
    found = _inside(plan, room.outline)
    for hole in room.holes:
        found &= ~_inside(plan, hole)
    rings = (room.outline, *room.holes)
    found |= np.min([_distance(plan, ring) for ring in rings], axis=0) <= REACH_M
    near[near] = found
    return near


def _inside(points: Points, ring: Ring) -> NDArray[np.bool_]:
    """Which points lie inside the ring (even-odd rule)."""
    inside = np.zeros(len(points), np.bool_)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip((ring[-1], *ring[:-1]), ring, strict=True):
        if y0 != y1:
            inside ^= ((y1 > y) != (y0 > y)) & (x < (x0 - x1) * (y - y1) / (y0 - y1) + x1)
    return inside


def _distance(points: Points, ring: Ring) -> NDArray[np.float64]:
    """Distance (metres) of each point from the ring's line."""
    least = np.full(len(points), np.inf)
    for start, end in zip((ring[-1], *ring[:-1]), ring, strict=True):
        a, edge = np.array(start), np.subtract(end, start)
        length = float(edge @ edge)
        along = np.clip((points - a) @ edge / length, 0, 1) if length else np.zeros(len(points))
        least = np.minimum(least, np.hypot(*(points - a - along[:, None] * edge).T))
    return least
