"""The upright pane of a door or window, found in its triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.structure.storey_mesh import TriangleSet

_UPRIGHT = 0.3
"""Largest vertical component of an upright pane's unit normal."""
_FLAT_M = 0.09
"""Maximum distance in metres from a pane's face for a vertex to belong to it."""


@dataclass(frozen=True, slots=True)
class OpeningPane:
    """An upright rectangle, metres: centre and direction in plan, half width and depth, lower and upper edge."""

    middle: tuple[float, float]
    along: tuple[float, float]
    half_m: float
    deep_m: float
    low: float
    high: float

    @property
    def across(self) -> tuple[float, float]:
        """Unit normal of the pane in plan, a quarter turn to the left of `along`."""
        return -self.along[1], self.along[0]


def pane_of(triangles: TriangleSet) -> tuple[OpeningPane, NDArray[np.bool_]] | None:
    """(rectangle around the largest triangle, (m,) which triangles lie in it); None where it is not upright. Sills and
    boxes before
    or behind it are excluded.
    """
    if not len(triangles):
        return None
    corner = triangles.positions[triangles.triangles].astype(np.float64)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    length = np.linalg.norm(normal, axis=1)
    largest = int(length.argmax())
    if length[largest] <= 0 or abs(normal[largest, 2]) > _UPRIGHT * length[largest]:
        return None
    out = normal[largest, :2] / np.hypot(*normal[largest, :2])
    along = np.array([out[1], -out[0]])
    deep = corner[..., :2] @ out
    near = np.abs(deep - deep[largest].mean()).max(1) < _FLAT_M
    points = corner[near].reshape(-1, 3)
    u, v = points[:, :2] @ along, points[:, :2] @ out
    middle = along * (u.min() + u.max()) / 2 + out * (v.min() + v.max()) / 2
    pane = OpeningPane(
        (float(middle[0]), float(middle[1])),
        (float(along[0]), float(along[1])),
        float(u.max() - u.min()) / 2,
        float(v.max() - v.min()) / 2,
        float(points[:, 2].min()),
        float(points[:, 2].max()),
    )
    return pane, near
