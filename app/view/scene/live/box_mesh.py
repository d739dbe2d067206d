"""Triangles of boxes, for sashes, slats and blades."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

_QUADS = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
_FACES = np.concatenate([_QUADS[:, [0, 1, 2]], _QUADS[:, [0, 2, 3]]])
_SIGNS = np.array([[k & 1, k >> 1 & 1, k >> 2 & 1] for k in range(8)], np.float64) * 2 - 1


def boxes(middles: Floats, halves: Floats) -> Floats:
    """(n * 12, 3, 3) triangles of n boxes with (n, 3) centres and (n, 3) half sizes, facing outwards."""
    corner = middles[:, None, :] + halves[:, None, :] * _SIGNS
    return corner[:, _FACES].reshape(-1, 3, 3)


def turned(points: Floats, middle: tuple[float, float], along: tuple[float, float]) -> Floats:
    """Transforms points (…, 3) from a wall's (along, across, up) to building coordinates."""
    a, b = along
    made = points.copy()
    made[..., 0] = middle[0] + points[..., 0] * a - points[..., 1] * b
    made[..., 1] = middle[1] + points[..., 0] * b + points[..., 1] * a
    return made
