"""Extent of a storey (plan outline and heights), used to fit the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import distinct, quantile
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from twin.model.space import Room

type Points = NDArray[np.float64]

_DIRECTIONS = 32
_STRAY = 6.0
"""Triangles farther away than this multiple of the other triangles' size are strays and are ignored."""
_MOST = 0.995


@dataclass(frozen=True, slots=True, eq=False)
class StoreyExtent:
    """(n, 2) outermost points in plan, metres, and the lowest and highest z."""

    plan: Points
    low_m: float
    high_m: float


@dataclass(frozen=True, slots=True, eq=False)
class StoreyCorners:
    """Outermost points of all parts of a storey as columns, for fitting the camera without a loop."""

    plan: Points
    """(n, 2) plan coordinates in metres."""
    low: Points
    high: Points
    ends: NDArray[np.bool_]
    """(n,) whether the cut ends the part at this corner; otherwise the part is drawn whole."""

    @classmethod
    def of(cls, cut: Sequence[StoreyExtent], standing: Sequence[StoreyExtent]) -> StoreyCorners:
        """Corners of the parts that a cut ends and of the parts drawn whole."""
        every = [*cut, *standing]
        size = np.array([len(one.plan) for one in every], np.intp)
        return cls(
            np.concatenate([one.plan for one in every]) if every else np.empty((0, 2)),
            np.repeat(np.array([one.low_m for one in every], np.float64), size),
            np.repeat(np.array([one.high_m for one in every], np.float64), size),
            np.repeat(np.arange(len(every)) < len(cut), size),
        )

    def under(self, top_m: float | None = None) -> Points:
        """(n, 3) points of everything that begins below `top_m`; cut parts end there."""
        there = np.ones(len(self.low), np.bool_) if top_m is None else self.low < top_m
        plan, low, high = self.plan[there], self.low[there], self.high[there]
        if top_m is not None:
            high = np.where(self.ends[there], np.maximum(low, np.minimum(high, top_m)), high)
        return np.column_stack([np.tile(plan, (2, 1)), np.concatenate([low, high])])


def extents_of(source: StoreyMesh, rooms: Sequence[Room]) -> tuple[list[StoreyExtent], list[StoreyExtent]]:
    """Extents of (parts that a cut ends: walls, slabs, glass, rooms; parts drawn whole: furniture, exterior)."""
    cut = [found for triangle_set in (source.frame, source.glass) if (found := _extent(triangle_set)) is not None]
    cut += [
        StoreyExtent(np.asarray(room.outline, np.float64), room.floor_m, max(room.floor_m, room.ceiling_m))
        for room in rooms
        if len(room.outline) > 2
    ]
    whole = [found for triangle_set in (source.soft, source.exterior) if (found := _extent(triangle_set)) is not None]
    return cut, whole


def _extent(triangles: TriangleSet) -> StoreyExtent | None:
    if not len(triangles):
        return None
    used = np.zeros(len(triangles.positions), np.bool_)
    used[triangles.triangles.ravel()] = True
    points = _without_strays(triangles.positions[used].astype(np.float64))
    angles = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
    away = points[:, :2] @ np.stack([np.cos(angles), np.sin(angles)])
    outermost = distinct(away.argmax(0))
    return StoreyExtent(points[outermost, :2], float(points[:, 2].min()), float(points[:, 2].max()))


def _without_strays(points: Points) -> Points:
    low, high = quantile(points, 1 - _MOST), quantile(points, _MOST)
    size = float(np.linalg.norm(high - low))
    if float(np.linalg.norm(np.ptp(points, axis=0))) <= _STRAY * size:
        return points
    near = (np.abs(points - (low + high) / 2) <= size).all(1)
    return points[near] if near.any() else points
