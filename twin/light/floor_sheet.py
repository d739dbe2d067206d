"""Floors and ceilings as grids of cells, with the room of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light.light_samples import LightSamples
from twin.light.model import PlanExtent
from twin.model.space import Room

type Floats = NDArray[np.float64]

FLOOR_M = 0.012
_CEILING_M = 0.006
_RAISED_M = 0.004
UNDER_WALLS_M = 0.13
"""How far floors extend under walls, metres, so that doorways have a floor and no gap shows."""
LEAST_HEIGHT_M = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class FloorSheet:
    """Grid of cells in plan, rows from the lowest y; `room` (rows, columns) is the index of the cell's room, -1
    outside.

    `low` and `step` in metres; `real` marks cells inside rooms, others extend under walls.
    """

    low: tuple[float, float]
    step: tuple[float, float]
    room: NDArray[np.int32]
    real: NDArray[np.bool_]

    @property
    def cell_centres(self) -> Floats:
        """(rows, columns, 2) middle of each cell, metres."""
        rows, columns = self.room.shape
        row, column = np.mgrid[0:rows, 0:columns].astype(np.float64) + 0.5
        return np.stack([self.low[0] + column * self.step[0], self.low[1] + row * self.step[1]], -1)


def floor_sheet(rooms: Sequence[Room], extent: PlanExtent, cell_m: float) -> FloorSheet:
    """A grid over this extent with cells of at most `cell_m` metres."""
    columns, rows = (max(1, int(np.ceil(size / cell_m))) for size in extent.size)
    return sheet_of(rooms, extent, (rows, columns))


def sheet_of(rooms: Sequence[Room], extent: PlanExtent, shape: tuple[int, int]) -> FloorSheet:
    """A grid of `shape` (rows, columns) cells over this extent."""
    rows, columns = shape
    step = extent.size[0] / columns, extent.size[1] / rows
    room = rooms_at(rooms, extent.low, step, (rows, columns))
    real = room >= 0
    for _ in range(max(1, round(UNDER_WALLS_M / max(min(step), 1e-6)))):
        room = grown(room)
    return FloorSheet(extent.low, step, room, real)


def rooms_at(
    rooms: Sequence[Room], low: tuple[float, float], step: tuple[float, float], shape: tuple[int, int]
) -> NDArray[np.int32]:
    """(rows, columns) index of the room that contains each cell's middle, -1 for none; even-odd rule, later rooms win."""
    found = np.full(shape, -1, np.int32)
    x = low[0] + (np.arange(shape[1]) + 0.5) * step[0]
    y = low[1] + (np.arange(shape[0]) + 0.5) * step[1]
    for number, room in enumerate(rooms):
        rings = [np.asarray(ring, np.float64) for ring in (room.outline, *room.holes) if len(ring) > 2]
        if not rings:
            continue
        edges = np.concatenate([np.hstack([ring, np.roll(ring, -1, 0)]) for ring in rings])
        first, last = np.searchsorted(y, [edges[:, 1].min(), edges[:, 1].max()])
        for row in range(first, last):
            crosses = (edges[:, 1] <= y[row]) != (edges[:, 3] <= y[row])
            a = edges[crosses]
            at = np.sort(a[:, 0] + (y[row] - a[:, 1]) / (a[:, 3] - a[:, 1]) * (a[:, 2] - a[:, 0]))
            found[row, np.searchsorted(at, x) % 2 == 1] = number
    return found


def sheet_samples(sheet: FloorSheet, rooms: Sequence[Room], *, ceiling: bool) -> LightSamples:
    """Samples of floors (or ceilings): one per cell that has a room, in the cells' order."""
    cells = np.flatnonzero(sheet.room.ravel() >= 0)
    row = sheet.room.ravel()[cells]
    level = np.array([_ceiling(one) if ceiling else one.floor_m + FLOOR_M for one in rooms])
    place = np.full(sheet.room.size, -1, np.int64)
    place[cells] = np.arange(len(cells))
    grid = place.reshape(sheet.room.shape)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    whole = (a >= 0) & (b >= 0) & (c >= 0) & (d >= 0)
    a, b, c, d = a[whole], b[whole], c[whole], d[whole]
    positions = np.column_stack([sheet.cell_centres.reshape(-1, 2)[cells], level[row]])
    same = (row[a] == row[b]) & (row[a] == row[c]) & (row[a] == row[d])
    a, b, c, d = a[same], b[same], c[same], d[same]
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    up = -1.0 if ceiling else 1.0
    normals = np.tile(np.array([0.0, 0.0, up], np.float32), (len(cells), 1))
    count = len(cells)
    return LightSamples(
        positions.astype(np.float32),
        (positions + normals * _RAISED_M).astype(np.float32),
        normals,
        np.tile(np.array((237, 236, 232) if ceiling else (190, 170, 140), np.uint8), (count, 1)),
        (triangles[:, ::-1] if ceiling else triangles).astype(np.int32),
        np.zeros(count, np.bool_),
        np.full(count, -1, np.int32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Upsampling:
    """Interpolation from a coarse to a fine grid: `index` (n, 4) samples of the coarse one and `weight` (n, 4); cells
    of other rooms have weight 0.
    """

    index: NDArray[np.int64]
    weight: NDArray[np.float32]

    def of(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, c) values of the fine cells, from (k, c) values of the coarse grid's samples."""
        return np.einsum("ij,ijc->ic", self.weight, values[self.index])


def upsampling(fine: FloorSheet, coarse: FloorSheet) -> Upsampling:
    """The interpolation for the cells of the fine grid that have a room."""
    cells = np.flatnonzero(fine.room.ravel() >= 0)
    room = fine.room.ravel()[cells]
    at = (fine.cell_centres.reshape(-1, 2)[cells] - coarse.low) / coarse.step - 0.5
    base, sample = np.floor(at).astype(np.int64), np.cumsum(coarse.room.ravel() >= 0) - 1
    share = at - base
    index, weight = np.zeros((len(cells), 4), np.int64), np.zeros((len(cells), 4))
    for number, (dx, dy) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        column = np.clip(base[:, 0] + dx, 0, coarse.room.shape[1] - 1)
        row = np.clip(base[:, 1] + dy, 0, coarse.room.shape[0] - 1)
        flat = row * coarse.room.shape[1] + column
        part = np.abs(1 - dx - share[:, 0]) * np.abs(1 - dy - share[:, 1])
        weight[:, number] = np.where(coarse.room.ravel()[flat] == room, part + 1e-6, 0)
        index[:, number] = np.where(weight[:, number] > 0, sample[flat], 0)
    weight /= np.maximum(weight.sum(1, keepdims=True), 1e-9)
    return Upsampling(index, weight.astype(np.float32))


def _ceiling(room: Room) -> float:
    return max(room.ceiling_m, room.floor_m + LEAST_HEIGHT_M) - _CEILING_M


def grown(room: NDArray[np.int32]) -> NDArray[np.int32]:
    """The room numbers, grown by one cell into cells outside of rooms."""
    padded = np.pad(room, 1, constant_values=-1)
    near = np.maximum(np.maximum(padded[:-2, 1:-1], padded[2:, 1:-1]), np.maximum(padded[1:-1, :-2], padded[1:-1, 2:]))
    return np.where(room >= 0, room, near)
