# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
"""Ray tracing by Embree 4 (embreex), robust mode; single-threaded."""

from __future__ import annotations

import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from numpy.typing import NDArray

from twin.light.model import Corners, Points
from twin.light.rays import Floats, Hits, corner_at


class EmbreeRays:
    """Ray tracer with a bounding volume hierarchy: positions (n, 3), triangles (m, 3)."""

    def __init__(self, positions: Points, triangles: Corners) -> None:
        self._scene = rtcore_scene.EmbreeScene()
        self._mesh = TriangleMesh(
            self._scene, np.ascontiguousarray(positions, np.float32), np.ascontiguousarray(triangles, np.int32)
        )

    def blocked(self, origins: Points, ways: Points, distances: Floats) -> NDArray[np.bool_]:
        """(n,) whether a triangle blocks each ray within its distance (metres)."""
        if not len(origins):
            return np.empty(0, np.bool_)
        answer = self._scene.run(_plain(origins), _plain(ways), dists=_plain(distances), query="OCCLUDED")
        return answer == 0

    def nearest(self, origins: Points, ways: Points) -> Hits:
        """The nearest hit of each ray; triangle -1 for none."""
        found = self._scene.run(_plain(origins), _plain(ways), output=1)
        hit = found["geomID"] >= 0
        back = hit & (np.einsum("ij,ij->i", found["Ng"], ways) > 0)
        triangle = np.where(hit, found["primID"], -1).astype(np.int32)
        return Hits(triangle, found["tfar"], corner_at(found["u"], found["v"]), back)


def _plain(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)
