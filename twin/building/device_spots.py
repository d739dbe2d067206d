"""Positions in a room for devices whose file gives none."""

from __future__ import annotations

import numpy as np
import shapely

from twin.building import plan_outline
from twin.model.space import Position, Room

HANGS_M = 1.1
"""Mounting height of such devices above the floor, metres."""
_WALL_M = 0.4
_STEPS_M = (2.0, 1.5, 1.0, 0.7, 0.5, 0.3)


def device_spots(room: Room, count: int) -> list[Position]:
    """`count` positions spread over the room, HANGS_M above its floor, and away from walls where it is wide enough."""
    z = round(room.floor_m + HANGS_M, 4)
    plan = plan_outline.polygon_of(room.outline, room.holes)
    free = plan_outline.largest(plan.buffer(-_WALL_M)) if plan is not None else None
    x, y = plan_outline.inside(room.outline, room.holes)
    if count < 2 or free is None:
        return [(round(x, 4), round(y, 4), z)] * count
    points = np.zeros((0, 2))
    for step in _STEPS_M:
        x0, y0, x1, y1 = free.bounds
        grid = np.stack(np.meshgrid(_across(x0, x1, step), _across(y0, y1, step)), -1).reshape(-1, 2)
        points = grid[shapely.contains_xy(free, grid[:, 0], grid[:, 1])]
        if len(points) >= count:
            break
    if not len(points):
        return [(round(x, 4), round(y, 4), z)] * count
    chosen = points[np.linspace(0, len(points) - 1, count).round().astype(int)]
    return [(round(float(px), 4), round(float(py), 4), z) for px, py in chosen]


def _across(low: float, high: float, step: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Evenly spread numbers between two, about a step apart, at most 100."""
    number = int(min(max((high - low) / step, 1), 100))
    return low + (np.arange(number) + 0.5) * (high - low) / number
