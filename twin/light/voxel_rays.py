"""Ray tracing through a voxel grid (numpy only): sphere tracing in a distance field. A few rays in a hundred leak at
edges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.light.model import Corners, Points
from twin.light.rays import Floats, Hits

_MOST_CELLS = 24_000_000
_MARGIN_M = 0.2
_STAMPS = 1_000_000
_FAR_CELLS = 24
_START, _END = 2.4, 2.0
"""Voxels ignored at the start and the end of a ray, because they contain its own surfaces."""
_STEPS = 96


class VoxelRays:
    """A distance field over the triangles' voxels of at least `cell_m` metres."""

    def __init__(self, positions: Points, triangles: Corners, cell_m: float = 0.05) -> None:
        corners = positions[triangles].astype(np.float64)
        self._low = corners.reshape(-1, 3).min(0, initial=0.0 if not len(corners) else np.inf) - _MARGIN_M
        size = corners.reshape(-1, 3).max(0, initial=0.0 if not len(corners) else -np.inf) + _MARGIN_M - self._low
        self._cell = max(cell_m, float(np.prod(size) / _MOST_CELLS) ** (1 / 3))
        self._shape = np.ceil(size / self._cell).astype(np.int64) + 1
        self._strides = np.array([self._shape[1] * self._shape[2], self._shape[2], 1])
        self._triangles, self._corners = triangles, corners
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        self._normals = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        self._owner = self._stamped()
        self._field = distance_field((self._owner >= 0).reshape(self._shape), _FAR_CELLS).ravel()

    def blocked(self, origins: Points, ways: Points, distances: Floats) -> NDArray[np.bool_]:
        """(n,) whether a triangle blocks each ray within its distance (metres)."""
        hit, _, _ = self._march(origins, ways, distances / np.float32(self._cell) - np.float32(_END))
        return hit

    def nearest(self, origins: Points, ways: Points) -> Hits:
        """The nearest hit of each ray; triangle -1 for none."""
        far = np.full(len(origins), float(self._shape.sum()), np.float32)
        hit, cell, travelled = self._march(origins, ways, far)
        triangle = np.where(hit, self._near_owner(cell), -1).astype(np.int32)
        place = origins + ways * (travelled * self._cell)[:, None]
        away = np.linalg.norm(self._corners[triangle] - place[:, None], axis=2)
        back = hit & (np.einsum("ij,ij->i", self._normals[triangle], ways) > 0)
        return Hits(triangle, (travelled * self._cell).astype(np.float32), away.argmin(1), back)

    def _stamped(self) -> NDArray[np.int32]:
        """Per voxel a triangle that lies in it, -1 for none; triangles are sampled evenly."""
        a, b, c = self._corners[:, 0], self._corners[:, 1], self._corners[:, 2]
        area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
        count = np.maximum(np.ceil(area / self._cell**2 * 4), 3).astype(np.int64)
        owner, ends = np.full(int(self._shape.prod()), -1, np.int32), np.cumsum(count)
        for first in range(0, int(ends[-1]) if len(ends) else 0, _STAMPS):
            number = np.arange(first, min(first + _STAMPS, int(ends[-1])))
            which = np.searchsorted(ends, number, side="right")
            rank = number - (ends - count)[which]
            # the R2 low-discrepancy sequence (Roberts 2018), folded into the triangle
            s, t = (0.5 + rank * 0.7548776662) % 1.0, (0.5 + rank * 0.5698402910) % 1.0
            over = s + t > 1
            s, t = np.where(over, 1 - s, s)[:, None], np.where(over, 1 - t, t)[:, None]
            place = a[which] + s * (b - a)[which] + t * (c - a)[which]
            owner[((place - self._low) / self._cell).astype(np.int64) @ self._strides] = which
        return owner

    def _near_owner(self, cell: NDArray[np.int64]) -> NDArray[np.int32]:
        """The triangle in a voxel, or in one of its neighbours."""
        found = self._owner[cell]
        for step in (*self._strides.tolist(), *(-self._strides).tolist()):
            found = np.where(found >= 0, found, self._owner[np.clip(cell + step, 0, len(self._owner) - 1)])
        return np.maximum(found, 0)

    def _march(self, origins: Points, ways: Points, far: Floats) -> tuple[NDArray[np.bool_], NDArray[np.int64], Floats]:
        start = ((origins - self._low) / self._cell).astype(np.float32)
        travelled = np.maximum(np.float32(_START), self._entered(start, ways))
        hit, cells = np.zeros(len(start), np.bool_), np.zeros(len(start), np.int64)
        live = np.flatnonzero(travelled < far)
        for _ in range(_STEPS):
            if not len(live):
                break
            at = (start[live] + ways[live] * travelled[live, None]).astype(np.int64)
            inside = ((at >= 0) & (at < self._shape)).all(1)
            index = np.where(inside[:, None], at, 0) @ self._strides
            away = self._field[index]
            here = inside & (away < 0.5)
            hit[live[here]], cells[live[here]] = True, index[here]
            travelled[live[~here]] += np.maximum(away[~here] - 0.4, 0.7).astype(np.float32)
            live = live[inside & ~here & (travelled[live] < far[live])]
        return hit, cells, travelled

    def _entered(self, start: Floats, ways: Points) -> Floats:
        """Voxels until a ray is in the grid; 0 where it begins there."""
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = -start / ways, (self._shape - start) / ways
        first = np.nanmax(np.minimum(one, other), axis=1, initial=0.0)
        return np.where(((start > 0) & (start < self._shape)).all(1), 0, first + 0.01).astype(np.float32)


def distance_field(solid: NDArray[np.bool_], most: int) -> NDArray[np.float32]:
    """(x, y, z) Euclidean distance to the next solid voxel, in voxels, at most `most` (Saito and Toriwaki 1994, axis
    by axis).
    """
    squared = np.where(solid, np.float32(0), np.float32(most * most))
    for axis in range(3):
        best, field = squared.copy(), np.moveaxis(squared, axis, 0)
        target = np.moveaxis(best, axis, 0)
        for step in range(1, min(most, len(field))):
            if step * step >= most * most:
                break
            cost = np.float32(step * step)
            np.minimum(target[step:], field[:-step] + cost, out=target[step:])
            np.minimum(target[:-step], field[step:] + cost, out=target[:-step])
        squared = best
    return np.sqrt(squared)
