"""Cuts walls at the faces of closed doors, so that no triangle of a jamb or threshold lies on both sides of a door."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.light.floor_sheet import FloorSheet
from twin.light.model import Points, Surface

type Doorway = tuple[float, float, float, float]
"""Where a leaf stands in plan when it is closed: from x, y to x, y, metres."""

_FACE_M = 0.045
"""Distance of the cuts from the middle of a leaf, metres: its faces lie between them."""
_BESIDE_M = 0.15
"""How far jambs reach beside a leaf, metres."""
_LEAF_M = 0.04
"""Usual thickness of a leaf, metres."""
_INTO_M = 0.4
"""Distance from a leaf at which its room is looked up, metres."""
_ACROSS_M = 0.5
"""Greatest distance from a leaf of triangles that are cut, metres: walls are no thicker."""


def cut_at_doorways(surface: Surface, doorways: tuple[Doorway, ...]) -> Surface:
    """The surface with its triangles in doorways cut at both faces of the closed leaf."""
    if not doorways or not len(surface):
        return surface
    corners = surface.positions[surface.triangles][..., :2]
    low, high = corners.min(1), corners.max(1)
    near = np.zeros(len(surface), np.bool_)
    for x0, y0, x1, y1 in doorways:
        first = np.array((min(x0, x1), min(y0, y1))) - _BESIDE_M
        last = np.array((max(x0, x1), max(y0, y1))) + _BESIDE_M
        near |= ((low < last) & (high > first)).all(1)
    if not near.any():
        return surface
    some = surface.take(near)
    for one in doorways:
        for side in (-_FACE_M, _FACE_M):
            some = _cut(some, one, side)
    rest = surface.take(~near)
    return Surface(
        np.concatenate([rest.positions, some.positions]),
        np.concatenate([rest.triangles, some.triangles + np.int32(len(rest.positions))]),
        np.concatenate([rest.colours, some.colours]),
        np.concatenate([rest.elements, some.elements]),
    )


def sides_of_doorways(positions: NDArray[np.floating], doorways: tuple[Doorway, ...]) -> NDArray[np.int32]:
    """(n,) a number for each side of each doorway, for places in it; 0 elsewhere."""
    made = np.zeros(len(positions), np.int32)
    plan = positions[:, :2]
    order = np.argsort(plan[:, 0], kind="stable")
    sorted_x = plan[order, 0]
    reach = _BESIDE_M + _ACROSS_M
    for number, one in enumerate(doorways):
        x0, y0, x1, y1 = one
        first, end = np.searchsorted(sorted_x, (min(x0, x1) - reach, max(x0, x1) + reach))
        rows = order[first:end]
        rows = rows[(plan[rows, 1] > min(y0, y1) - reach) & (plan[rows, 1] < max(y0, y1) + reach)]
        across, place, length = _placed(plan[rows], one)
        inside = (place > -_BESIDE_M) & (place < length + _BESIDE_M) & (np.abs(across) < _ACROSS_M)
        made[rows[inside]] = 2 * number + 1 + (across[inside] > 0)
    return made


def floor_by_doorways(sheet: FloorSheet, doorways: tuple[Doorway, ...]) -> FloorSheet:
    """The sheet with each cell of a doorway in the room on its own side of the leaf, which hangs seldom in the middle."""
    room = sheet.room.copy()
    plan = sheet.cell_centres.reshape(-1, 2)
    sides = np.where((sheet.room >= 0) & ~sheet.real, sides_of_doorways(plan, doorways).reshape(room.shape), 0)
    for number, one in enumerate(doorways):
        for beyond in (0, 1):
            column, row = _cell_beside(sheet, one, 1.0 if beyond else -1.0)
            if 0 <= row < room.shape[0] and 0 <= column < room.shape[1] and sheet.real[row, column]:
                room[sides == 2 * number + 1 + beyond] = sheet.room[row, column]
    return replace(sheet, room=room)


@dataclass(frozen=True, slots=True, eq=False)
class FloorUnderLeaves:
    """Floor cells that lie under a closed leaf or so near to it that they are seen on both its sides, and the next cell
    beyond them on each side; indices of the sheet's cells that have a room."""

    cells: NDArray[np.intp]
    beside: tuple[NDArray[np.intp], NDArray[np.intp]]

    def shade(self, light: NDArray[np.float32]) -> None:
        """Gives these cells the darker of both sides' light, of each column of (n, c): leaves are thinner than cells, so that a lit room would
        shine under the door into a dark one."""
        light[self.cells] = np.minimum(*(light[some] for some in self.beside))


def floor_under_leaves(sheet: FloorSheet, doorways: tuple[Doorway, ...]) -> FloorUnderLeaves:
    """The cells under leaves with floor on both sides."""
    step = max(sheet.step)
    band = max(step - _LEAF_M / 2, _LEAF_M / 2) + 0.005
    number = np.where(sheet.room.ravel() >= 0, np.cumsum(sheet.room.ravel() >= 0, dtype=np.int32) - 1, np.int32(-1))
    height, width = sheet.room.shape
    number = number.reshape(height, width)
    made = [np.empty((3, 0), np.intp)]
    for one in doorways:
        (left, right), (low, high) = (
            _range(one[axis::2], sheet.low[axis], sheet.step[axis], band + step, (width, height)[axis])
            for axis in (0, 1)
        )
        some = np.mgrid[low : high + 1, left : right + 1].reshape(2, -1)
        plan = np.array(sheet.low) + (some[::-1].T + 0.5) * sheet.step
        across, place, length = _placed(plan, one)
        under = np.flatnonzero((np.abs(across) < band) & (place > -step) & (place < length + step))
        out = np.array((one[1] - one[3], one[2] - one[0])) / max(length, 1e-9)
        rows = [number[some[0, under], some[1, under]].astype(np.intp)]
        for way in (-1.0, 1.0):
            beyond = plan[under] + (way * (band + step / 2) - across[under])[:, None] * out
            column, row = np.floor((beyond - sheet.low) / sheet.step).astype(np.intp).T
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            rows.append(np.where(inside, number[row * inside, column * inside], -1))
        found = np.stack(rows)
        made.append(found[:, (found >= 0).all(0)])
    cells, one_side, other = np.concatenate(made, 1)
    return FloorUnderLeaves(cells, (one_side, other))


def _range(ends: tuple[float, ...], first: float, step: float, around: float, count: int) -> tuple[int, int]:
    """First and last of the `count` cells from `first` on within `around` of these places, all along one axis."""
    found = [math.floor((place - first) / step) for place in (min(ends) - around, max(ends) + around)]
    return min(max(found[0], 0), count - 1), min(max(found[1], 0), count - 1)


def _cell_beside(sheet: FloorSheet, doorway: Doorway, way: float) -> tuple[int, int]:
    """Column and row of the cell on one side of a leaf, before its middle."""
    x0, y0, x1, y1 = doorway
    out = way * _INTO_M / max(math.hypot(x1 - x0, y1 - y0), 1e-9)
    x, y = (x0 + x1) / 2 - (y1 - y0) * out, (y0 + y1) / 2 + (x1 - x0) * out
    return math.floor((x - sheet.low[0]) / sheet.step[0]), math.floor((y - sheet.low[1]) / sheet.step[1])


def _placed(plan: NDArray[np.floating], doorway: Doorway) -> tuple[NDArray[np.floating], NDArray[np.floating], float]:
    """(n,) distances of places from the plane of a leaf, and along it from its beginning; its length."""
    start, way = np.array(doorway[:2]), np.array(doorway[2:]) - np.array(doorway[:2])
    length = max(float(np.hypot(*way)), 1e-9)
    along, apart = way / length, plan - start
    return apart @ np.array((-along[1], along[0])), apart @ along, length


def _cut(surface: Surface, doorway: Doorway, side: float) -> Surface:
    """The surface cut at the upright plane beside a leaf, where it lies in the doorway."""
    across, place, length = _placed(surface.positions[:, :2], doorway)
    across = across - side
    beyond = (across > 0)[surface.triangles]
    reach, far = place[surface.triangles], np.abs(across[surface.triangles]).max(1)
    inside = (reach.min(1) < length + _BESIDE_M) & (reach.max(1) > -_BESIDE_M) & (far < _ACROSS_M)
    cut = np.flatnonzero(inside & beyond.any(1) & ~beyond.all(1))
    if not len(cut):
        return surface
    lone = np.where(beyond[cut].sum(1, keepdims=True) == 1, beyond[cut], ~beyond[cut])
    turned = np.take_along_axis(surface.triangles[cut], (lone.argmax(1)[:, None] + np.arange(3)) % 3, 1)
    a, b, c = turned.T
    made = [_between(surface.positions, across, a, other) for other in (b, c)]
    n = len(surface.positions)
    d, e = n + np.arange(len(cut)), n + len(cut) + np.arange(len(cut))
    pieces = np.stack([np.stack([a, d, e], 1), np.stack([d, b, c], 1), np.stack([d, c, e], 1)], 1)
    whole = np.ones(len(surface), np.bool_)
    whole[cut] = False
    return Surface(
        np.concatenate([surface.positions, *made]),
        np.concatenate([surface.triangles[whole], pieces.reshape(-1, 3).astype(np.int32)]),
        np.concatenate([surface.colours[whole], np.repeat(surface.colours[cut], 3, 0)]),
        np.concatenate([surface.elements[whole], np.repeat(surface.elements[cut], 3)]),
    )


def _between(
    positions: Points, across: NDArray[np.floating], one: NDArray[np.int32], other: NDArray[np.int32]
) -> Points:
    """(k, 3) places on edges where their distance from the plane is 0."""
    share = (across[one] / (across[one] - across[other]))[:, None]
    return (positions[one] + share * (positions[other] - positions[one])).astype(np.float32)
