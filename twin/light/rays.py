"""Interface of a ray tracer, and its hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.light.model import Points

type Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Hits of n rays: triangle (n,) or -1, distance (n,) metres, nearest corner (n,) 0 to 2, and whether the back was
    hit (n,).
    """

    triangle: NDArray[np.int32]
    distance: Floats
    corner: NDArray[np.intp]
    back: NDArray[np.bool_]


class RayTracer(Protocol):
    """Traces rays against a fixed set of triangles; directions are unit vectors."""

    def blocked(self, origins: Points, ways: Points, distances: Floats) -> NDArray[np.bool_]:
        """(n,) whether a triangle blocks each ray within its distance (metres)."""
        ...

    def nearest(self, origins: Points, ways: Points) -> Hits:
        """The nearest hit of each ray; triangle -1 for none."""
        ...


def corner_at(u: Floats, v: Floats) -> NDArray[np.intp]:
    """The nearest corner for barycentric coordinates."""
    return np.stack([1 - u - v, u, v], 1).argmax(1)
