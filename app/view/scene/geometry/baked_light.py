"""Lighting precomputed on the CPU: contact shadows and sun on floors, ground shadow, pools of lamplight.

All grids are (rows, columns) with the first row at the lowest y; `PlanGrid` gives their position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF

from twin.model.space import Room

type Grid = NDArray[np.float32]

SUN = (-0.55, 0.83)
"""Direction of shadows in plan: a fixed late-morning sun, for drawing only."""
_SAMPLES_AT_MOST = 400
_REACH_M = 3.8


@dataclass(frozen=True, slots=True)
class PlanGrid:
    """A grid over a rectangle of the plan, metres."""

    x: float
    y: float
    step: float
    columns: int
    rows: int

    @classmethod
    def covering(cls, low: tuple[float, float], high: tuple[float, float], *, most: int, finest: float) -> PlanGrid:
        """The grid over the rectangle with at most `most` cells a side, none smaller than `finest` metres."""
        size = max(high[0] - low[0], high[1] - low[1], 0.1)
        step = max(finest, size / most)
        columns, rows = (max(2, int(np.ceil((high[i] - low[i]) / step)) + 1) for i in (0, 1))
        return cls(low[0], low[1], step, columns, rows)

    def texture_coordinates(self, xy: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, 2) texture coordinates of points in plan."""
        cells = (xy - (self.x, self.y)) / self.step
        return ((cells + 0.5) / (self.columns, self.rows)).astype(np.float32)


def blur(grid: Grid, radius_m: float, plan_grid: PlanGrid, *, times: int = 3) -> Grid:
    """Box blur with a radius in metres; three passes approximate a Gaussian."""
    radius = max(1, round(radius_m / plan_grid.step))
    for _ in range(times):
        grid = _averaged(_averaged(grid, radius).T, radius).T
    return grid


def _averaged(grid: Grid, radius: int) -> Grid:
    """Mean of each row and `radius` rows on either side; edge rows are repeated outside."""
    rows, width = len(grid), 2 * radius + 1
    total = np.zeros((rows + width, grid.shape[1]), np.float32)
    total[1 : radius + 1], total[radius + 1 : -radius], total[-radius:] = grid[0], grid, grid[-1]
    np.cumsum(total, axis=0, out=total)
    return (total[width:] - total[:-width]) * np.float32(1 / width)


def rasterize(plan_grid: PlanGrid, triangles: NDArray[np.floating]) -> Grid:
    """Grid with 1 where the (n, 3, 2) triangles lie in plan, by even sampling; approximate."""
    grid = np.zeros((plan_grid.rows, plan_grid.columns), np.float32)
    if not len(triangles):
        return grid
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    u, v = b - a, c - a
    area = 0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    count = np.clip(np.ceil(area / plan_grid.step**2 * 2.5), 2, _SAMPLES_AT_MOST).astype(np.int64)
    which = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    # the R2 low-discrepancy sequence (Roberts 2018), folded into the triangle
    s, t = (0.5 + rank * 0.7548776662) % 1.0, (0.5 + rank * 0.5698402910) % 1.0
    over = s + t > 1
    s, t = np.where(over, 1 - s, s), np.where(over, 1 - t, t)
    xy = a[which] + u[which] * s[:, None] + v[which] * t[:, None]
    column = ((xy[:, 0] - plan_grid.x) / plan_grid.step).round().astype(np.int64)
    row = ((xy[:, 1] - plan_grid.y) / plan_grid.step).round().astype(np.int64)
    fine = (column >= 0) & (column < plan_grid.columns) & (row >= 0) & (row < plan_grid.rows)
    grid[row[fine], column[fine]] = 1.0
    return grid


def shadow_mask(grid: Grid, length_m: float, plan_grid: PlanGrid) -> Grid:
    """The mask extended along the sun's direction: shadows of objects that are `length_m` long on the floor."""
    steps = max(1, round(length_m / plan_grid.step))
    made = grid.copy()
    for i in range(1, steps + 1):
        dx, dy = round(SUN[0] * i), round(SUN[1] * i)
        np.maximum(made, _shifted(grid, dx, dy), out=made)
    return made


def floor_light(walls: Grid, things: Grid, plan_grid: PlanGrid) -> Grid:
    """Brightness of each cell, 0-1: contact shadows of walls and furniture, and a soft shadow of the sun."""
    close = 0.52 * np.clip(blur(walls, 0.20, plan_grid), 0, 1) + 0.34 * np.clip(blur(walls, 0.65, plan_grid), 0, 1)
    under = 0.42 * np.clip(blur(things, 0.12, plan_grid), 0, 1) + 0.14 * np.clip(blur(things, 0.40, plan_grid), 0, 1)
    cast = np.maximum(
        blur(shadow_mask(walls, 0.75, plan_grid), 0.07, plan_grid),
        blur(shadow_mask(things, 0.3, plan_grid), 0.06, plan_grid),
    )
    return np.clip((1 - close) * (1 - under) * (1 - 0.16 * np.clip(cast, 0, 1)), 0.2, 1).astype(np.float32)


def ground_shadow(footprint: Grid, plan_grid: PlanGrid, strength: float) -> NDArray[np.uint8]:
    """(rows, columns, 4) black with the alpha of the building's shadow on the ground."""
    cast = blur(shadow_mask(footprint, 1.6, plan_grid), 0.5, plan_grid)
    dark = 0.34 * blur(footprint, 1.5, plan_grid) + 0.30 * blur(footprint, 0.28, plan_grid) + 0.20 * cast
    made = np.zeros((plan_grid.rows, plan_grid.columns, 4), np.uint8)
    made[..., 3] = np.clip(dark * strength, 0, 0.86) * 255
    return made


def room_map(rooms: Sequence[Room], plan_grid: PlanGrid) -> NDArray[np.int32]:
    """Number of the room of each cell: index in `rooms` + 1; 0 outside every room."""
    image = QImage(plan_grid.columns, plan_grid.rows, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    for number, room in enumerate(rooms, 1):
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for ring in (room.outline, *room.holes):
            points = [
                QPointF((x - plan_grid.x) / plan_grid.step + 0.5, (y - plan_grid.y) / plan_grid.step + 0.5)
                for x, y in ring
            ]
            path.addPolygon(QPolygonF(points))
            path.closeSubpath()
        painter.setBrush(Qt.GlobalColor.black)
        brush = painter.brush()
        colour = brush.color()
        colour.setRgba(0xFF000000 | number)
        brush.setColor(colour)
        painter.fillPath(path, brush)
    painter.end()
    cells = np.frombuffer(image.constBits(), np.uint32).reshape(plan_grid.rows, image.bytesPerLine() // 4)
    return (cells[:, : plan_grid.columns] & 0xFFFFFF).astype(np.int32)


def hatch(plan_grid: PlanGrid) -> Grid:
    """Diagonal stripes, 0-1, for rooms without data; no finer than the grid can show."""
    period = max(0.42, plan_grid.step * 5)
    row, column = np.mgrid[0 : plan_grid.rows, 0 : plan_grid.columns].astype(np.float32) * plan_grid.step
    phase = ((row + column) / period) % 1.0
    return np.clip((np.abs(phase - 0.5) - 0.25) * 14 + 0.5, 0, 1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class LampLight:
    """A lamp that is on: position in plan in metres, number of its room in the room map, colour and strength 0-1."""

    x: float
    y: float
    room: int
    colour: tuple[float, float, float]
    strength: float


def lamplight(lamps: Sequence[LampLight], rooms: NDArray[np.int32], plan_grid: PlanGrid) -> NDArray[np.uint8]:
    """(rows, columns, 4) colour and alpha of lamplight on the floor; light does not pass from room to room."""
    light = np.zeros((plan_grid.rows, plan_grid.columns, 3), np.float32)
    reach = max(2, round(_REACH_M / plan_grid.step))
    for lamp in lamps:
        column, row = round((lamp.x - plan_grid.x) / plan_grid.step), round((lamp.y - plan_grid.y) / plan_grid.step)
        r0, r1 = max(0, row - reach), min(plan_grid.rows, row + reach + 1)
        c0, c1 = max(0, column - reach), min(plan_grid.columns, column + reach + 1)
        if r0 >= r1 or c0 >= c1:
            continue
        dy = (np.arange(r0, r1, dtype=np.float32) - row)[:, None] * plan_grid.step
        dx = (np.arange(c0, c1, dtype=np.float32) - column)[None, :] * plan_grid.step
        far = np.sqrt(dx * dx + dy * dy)
        fall = np.clip(1 - far / _REACH_M, 0, 1) ** 2 / (1 + (far / 1.1) ** 2) * lamp.strength
        fall *= rooms[r0:r1, c0:c1] == lamp.room
        light[r0:r1, c0:c1] += fall[..., None] * np.array(lamp.colour, np.float32)
    made = np.zeros((plan_grid.rows, plan_grid.columns, 4), np.uint8)
    peak = light.max(2)
    noise = np.random.default_rng(1).random(peak.shape, np.float32)  # below one step of 255, against bands
    made[..., 3] = np.clip((1 - np.exp(-1.5 * peak)) * 255 + noise * (peak > 0), 0, 255)
    made[..., :3] = np.clip(light / np.maximum(peak, 1e-6)[..., None], 0, 1) * 255
    return made


def _shifted(grid: Grid, dx: int, dy: int) -> Grid:
    made = np.zeros_like(grid)
    rows, columns = grid.shape
    if abs(dx) >= columns or abs(dy) >= rows:
        return made
    made[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)] = grid[
        max(0, -dy) : rows + min(0, -dy), max(0, -dx) : columns + min(0, -dx)
    ]
    return made
