"""Which triangles of a door are its leaves, so that they can move: connected parts that lie where a sash lies when shut."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.model.space import DoorLeaf

_SIDE_M = 0.02
"""A leaf may reach that far past its hinge and its free edge."""
_DEEP_M = 0.16
"""Half of the depth in which a leaf and its handles lie."""
_ROUNDS = 200


def parts(
    positions: NDArray[np.float64], triangles: NDArray[np.int32], leaves: Sequence[DoorLeaf]
) -> NDArray[np.int32]:
    """(m,) number of the leaf that each triangle belongs to, -1 for the frame. Corners at one spot hold parts together."""
    found = np.full(len(triangles), -1, np.int32)
    if not leaves or not len(triangles):
        return found
    component = _components(positions, triangles)
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


def _components(positions: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.intp]:
    """(m,) the connected part of each triangle."""
    _, same = np.unique(np.round(positions * 1e4).astype(np.int64), axis=0, return_inverse=True)
    corners = same.ravel()[triangles]
    label = np.arange(corners.max() + 1)
    for _ in range(_ROUNDS):
        lowest = label[corners].min(1)
        before = label.copy()
        for column in range(3):
            np.minimum.at(label, corners[:, column], lowest)
        label = label[label]
        if (label == before).all():
            break
    return np.unique(label[corners[:, 0]], return_inverse=True)[1]
