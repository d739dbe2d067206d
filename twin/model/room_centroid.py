"""Label position of a room: a point well inside its outline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.model.space import Room

_SIDE = 17


def room_centroid(room: Room) -> tuple[float, float]:
    """The centroid where that is deep inside the room, else the sampled spot farthest from every wall; (x, y) in
    metres.
    """
    ring = np.asarray(room.outline, np.float64)
    edges = [np.stack([ring, np.roll(ring, -1, 0)], 1)]
    edges += [np.stack([np.asarray(hole), np.roll(np.asarray(hole), -1, 0)], 1) for hole in room.holes if len(hole) > 2]
    walls = np.concatenate(edges)
    x0, y0, x1, y1 = ring[:, 0], ring[:, 1], np.roll(ring[:, 0], -1), np.roll(ring[:, 1], -1)
    cross = x0 * y1 - x1 * y0
    area = cross.sum() / 2
    if abs(area) < 1e-6:
        return float(ring[:, 0].mean()), float(ring[:, 1].mean())
    centre = np.array([((x0 + x1) * cross).sum(), ((y0 + y1) * cross).sum()]) / (6 * area)
    low, high = ring.min(0), ring.max(0)
    half = 0.5 * float(min(high - low))
    if room.contains(*centre) and _clearance(centre[None], walls)[0] > 0.55 * half:
        return float(centre[0]), float(centre[1])
    share = (np.arange(_SIDE) + 0.5) / _SIDE
    grid = low + np.stack(np.meshgrid(share, share), -1).reshape(-1, 2) * (high - low)
    inside = np.array([room.contains(float(x), float(y)) for x, y in grid])
    if not inside.any():
        return float(centre[0]), float(centre[1])
    spots = grid[inside]
    depth = _clearance(spots, walls) - 0.08 * np.linalg.norm(spots - centre, axis=1)
    best = spots[int(depth.argmax())]
    return float(best[0]), float(best[1])


def _clearance(spots: NDArray[np.float64], walls: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) distance of each spot to the nearest edge; walls (m, 2, 2)."""
    a, way = walls[:, 0], walls[:, 1] - walls[:, 0]
    to = spots[:, None] - a[None]
    share = np.clip((to * way).sum(-1) / np.maximum((way * way).sum(-1), 1e-12), 0, 1)
    return np.linalg.norm(to - share[..., None] * way, axis=-1).min(1)
