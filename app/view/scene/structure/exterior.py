"""Separates a storey's exterior (terraces, cars, hedges) from its rooms' contents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry.mesh_cut import ring_lines
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from twin.model.space import Room

_BESIDE_M = 0.6
"""Objects within this many metres of a room count as inside it."""


def split_exterior(source: StoreyMesh, rooms: Sequence[Room]) -> StoreyMesh:
    """The source with outdoor objects moved from `soft` to `exterior`."""
    lines = ring_lines([ring for room in rooms for ring in (room.outline, *room.holes)])
    if not len(source.soft) or not len(lines):
        return source
    outside = _outside(source.soft, lines)
    return replace(source, soft=source.soft.take(~outside), exterior=source.soft.take(outside))


def _outside(triangles: TriangleSet, lines: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(m,) whether a triangle's element has its middle outside all rooms and not beside one."""
    order = np.sort(triangles.elements)
    elements = order[np.concatenate([[True], order[1:] != order[:-1]])]
    owner = np.searchsorted(elements, triangles.elements)
    middle = triangles.positions[triangles.triangles, :2].mean(1)
    count = np.bincount(owner)
    spots = np.stack([np.bincount(owner, middle[:, axis]) / count for axis in (0, 1)], 1)
    away = np.array([(0, 0), (_BESIDE_M, 0), (-_BESIDE_M, 0), (0, _BESIDE_M), (0, -_BESIDE_M)])
    inside = np.stack([_within(spots + step, lines) for step in away])
    return ~inside.any(0)[owner]


def _within(spots: NDArray[np.float64], lines: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether each point is inside rings with the (k, 4) edges, which do not overlap; by even-odd crossings."""
    x0, y0, x1, y1 = lines.T
    x, y = spots[:, :1], spots[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        crosses = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return crosses.sum(1) % 2 == 1
