"""Finds the triangles of a door's leaves, so that they can be rotated."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.model.space import DoorLeaf

_SIDE_M = 0.02
"""How far a leaf may extend beyond its hinge and free edge, metres."""
_DEEP_M = 0.16
"""Half of the depth that contains a leaf with its handles, metres."""
_ROUNDS = 200


def leaf_of_triangles(
    positions: NDArray[np.float64],
    triangles: NDArray[np.int32],
    leaves: Sequence[DoorLeaf],
    component: NDArray[np.intp] | None = None,
) -> NDArray[np.int32]:
    """(m,) number of the leaf that each triangle belongs to, -1 for the frame.

    `positions` (n, 3) metres, `triangles` (m, 3); `component` (m,) as from `components`, computed where it is None.
    """
    found = np.full(len(triangles), -1, np.int32)
    if not leaves or not len(triangles):
        return found
    component = components(positions, triangles) if component is None else component
    for number, leaf in enumerate(leaves):
        angle = math.radians(leaf.closed_deg)
        along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
        from_hinge = positions[:, :2] - leaf.hinge
        u, v = from_hinge @ along, from_hinge @ across
        inside = (u > -_SIDE_M) & (u < leaf.width_m + _SIDE_M) & (np.abs(v) < _DEEP_M)
        whole = np.ones(component.max() + 1, np.bool_)
        np.logical_and.at(whole, component, inside[triangles].all(1))
        found[whole[component] & (found < 0)] = number
    return found


def components(positions: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.intp]:
    """(m,) number of the solid of each triangle.

    Two triangles belong together where exactly they share an edge, so that solids which only touch stay apart.
    """
    _, same = np.unique(np.round(positions * 1e4).astype(np.int64), axis=0, return_inverse=True)
    corners = same.ravel()[triangles].astype(np.int64)
    edges = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], 2), axis=2).reshape(-1, 2)
    _, edge, counts = np.unique(
        edges[:, 0] * (corners.max() + 1) + edges[:, 1], return_inverse=True, return_counts=True
    )
    edge = edge.ravel().reshape(-1, 3)
    label = np.arange(len(triangles))
    for _ in range(_ROUNDS):
        lowest = np.full(len(counts), len(triangles))
        np.minimum.at(lowest, edge, label[:, None])
        lowest[counts != 2] = len(triangles)
        better = np.minimum(label, lowest[edge].min(1))
        better = better[better]
        if (better == label).all():
            break
        label = better
    return np.unique(label, return_inverse=True)[1].ravel()
