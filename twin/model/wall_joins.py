"""Outlines of walls in plan, with mitred joins where ends meet; metres."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

MITRE_LIMIT = 4.0
"""A mitre longer than this times half the thickness is drawn square."""
SNAP_M = 1e-3

type Points = NDArray[np.float64]


def mitred_outlines(start: Points, end: Points, thickness: NDArray[np.float64]) -> tuple[Points, Points]:
    """Outlines of n walls from start (n, 2), end (n, 2) and thickness (n,): mitred rings (n, 6, 2) and rings with
    square ends (n, 4, 2).
    """
    n = len(start)
    half = np.tile(thickness / 2, 2)
    ends = np.vstack([start, end])
    _, node = np.unique(np.round(ends / SNAP_M).astype(np.int64), axis=0, return_inverse=True)
    along = (end - start) / np.maximum(np.hypot(*(end - start).T), 1e-9)[:, None]
    out = np.vstack([along, -along])
    normal = np.column_stack([-out[:, 1], out[:, 0]]) * half[:, None]
    left, right = ends + normal, ends - normal
    new_left, new_right = _corners(ends, out, left, right, node.ravel(), half)
    ring = np.stack([new_right[:n], new_left[n:], end, new_right[n:], new_left[:n], start], 1)
    square = np.stack([right[:n], left[n:], right[n:], left[:n]], 1)
    return ring, square


def _corners(
    ends: Points, out: Points, left: Points, right: Points, node: NDArray[np.intp], half: NDArray[np.float64]
) -> tuple[Points, Points]:
    """Left and right corner of every wall end, moved to where they meet the neighbour's side."""
    angle = np.arctan2(out[:, 1], out[:, 0])
    new_left, new_right = left.copy(), right.copy()
    at_node: dict[int, list[int]] = defaultdict(list)
    for i in np.lexsort((angle, node)):
        at_node[int(node[i])].append(int(i))
    for wheel in at_node.values():
        if len(wheel) < 2:
            continue
        for i, j in zip(wheel, [*wheel[1:], wheel[0]], strict=True):
            cross = out[i, 0] * out[j, 1] - out[i, 1] * out[j, 0]
            if abs(cross) < 1e-6:
                continue
            gap = right[j] - left[i]
            corner = left[i] + out[i] * (gap[0] * out[j, 1] - gap[1] * out[j, 0]) / cross
            if np.hypot(*(corner - ends[i])) <= MITRE_LIMIT * max(half[i], half[j]):
                new_left[i], new_right[j] = corner, corner
    return new_left, new_right
