"""Clips triangles to the cells of a world grid in their own plane, which gives even pieces of long, thin triangles.

Bisecting edges instead makes three times as many pieces of slivers, and streaks of light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light.model import Surface

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

_OFF_GRID = 0.5
"""Offset of the grid lines from round numbers, where files put their surfaces, in cells: a line right beside an edge
makes slivers."""
_SMALL = 1.5
"""Size of a triangle in cells up to which it is not cut."""
_LEAST_M2 = 5e-8
_WELD_PER_M = 2000


def clip_to_grid(surface: Surface, step_m: float) -> Surface:
    """The surface cut into pieces of at most one cell of `step_m` metres."""
    if not len(surface):
        return surface
    corners = surface.positions[surface.triangles].astype(np.float64)
    large = (corners.max(1) - corners.min(1)).max(1) > _SMALL * step_m
    pieces, sources = [corners[~large]], [np.flatnonzero(~large)]
    axis = np.abs(_across(corners)).argmax(1)
    for drop in range(3):
        rows = np.flatnonzero(large & (axis == drop))
        if len(rows):
            found, of = _clipped(corners[rows], [i for i in range(3) if i != drop], step_m)
            pieces.append(found)
            sources.append(rows[of])
    triangles, source = np.concatenate(pieces), np.concatenate(sources)
    positions, place = _welded(triangles.reshape(-1, 3))
    return Surface(
        positions.astype(np.float32),
        place.reshape(-1, 3).astype(np.int32),
        surface.colours[source],
        surface.elements[source],
    )


@dataclass(slots=True)
class _Polygons:
    """(m, k, 3) corners, padded, (m,) how many there are, (m,) the triangle that each is a piece of."""

    corners: Floats
    count: Ints
    source: Ints


def _clipped(triangles: Floats, axes: list[int], step_m: float) -> tuple[Floats, Ints]:
    """Pieces of triangles, and the triangle of each; cut across two axes of the world."""
    flat = triangles[:, :, axes]
    low = np.floor(flat.min(1) / step_m - _OFF_GRID).astype(np.int64)
    wide = np.floor(flat.max(1) / step_m - _OFF_GRID).astype(np.int64) - low + 1
    source = np.arange(len(triangles))
    work = _Polygons(triangles, np.full(len(triangles), 3), source)
    for number, axis in enumerate(axes):
        # one axis after the other: strips first, so that a triangle costs its cells and not its bounding box
        count = wide[work.source, number]
        which = np.repeat(np.arange(len(count)), count)
        rank = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        cell = low[work.source[which], number] + rank
        work = _Polygons(work.corners[which], work.count[which], work.source[which])
        work, kept = _half(work, _line(cell, step_m), axis, below=False)
        work, _ = _half(work, _line(cell[kept] + 1, step_m), axis, below=True)
    fans: list[Floats] = [np.empty((0, 3, 3))]
    of: list[Ints] = [np.empty(0, np.int64)]
    most = int(work.count.max(initial=3))
    for i in range(1, most - 1):
        rows = np.flatnonzero(i + 1 < work.count)
        fan = work.corners[rows][:, [0, i, i + 1]]
        real = 0.5 * np.linalg.norm(_across(fan), axis=1) > _LEAST_M2
        fans.append(fan[real])
        of.append(work.source[rows[real]])
    return np.concatenate(fans), np.concatenate(of)


def _line(cell: Ints, step_m: float) -> Floats:
    """(n,) coordinates of the cell edges along one axis, metres."""
    return (cell.astype(np.float64) + _OFF_GRID) * step_m


def _half(work: _Polygons, value: Floats, axis: int, *, below: bool) -> tuple[_Polygons, Ints]:
    """What lies on one side of a plane each (Sutherland and Hodgman, all polygons at once), and the rows that are left."""
    count, wide = len(work.corners), int(work.count.max(initial=3))
    corners, filled = np.zeros((count, wide + 1, 3)), np.zeros(count, np.int64)
    height = work.corners[:, :, axis] - value[:, None]
    height = -height if below else height
    rows: Ints = np.arange(count)
    for i in range(wide):
        after = np.where(i + 1 < work.count, i + 1, 0)
        a, b, high, low = work.corners[:, i], work.corners[rows, after], height[:, i], height[rows, after]
        inside = (i < work.count) & (high >= 0)
        at = np.flatnonzero(inside)
        corners[at, filled[at]] = a[at]
        filled[at] += 1
        at = np.flatnonzero((i < work.count) & ((high >= 0) != (low >= 0)))
        share = (high[at] / (high[at] - low[at]))[:, None]
        corners[at, filled[at]] = a[at] + share * (b[at] - a[at])
        filled[at] += 1
    kept = np.flatnonzero(filled >= 3)
    most = int(filled.max(initial=3))
    return _Polygons(corners[kept, :most], filled[kept], work.source[kept]), kept


def _welded(corners: Floats) -> tuple[Floats, Ints]:
    """Corners that agree to half a millimetre as one, and the place of each."""
    key = np.round((corners - corners.min(0, initial=0.0)) * _WELD_PER_M).astype(np.int64)
    _, first, place = np.unique(
        (key[:, 0] << 42) + (key[:, 1] << 21) + key[:, 2], return_index=True, return_inverse=True
    )
    return corners[first], place


def _across(triangles: Floats) -> Floats:
    """(m, 3) normals, twice the area long."""
    return np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
