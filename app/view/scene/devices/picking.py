# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Picking of devices and rooms with numpy; projections are cached per camera and size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkCamera

from twin.model.space import Room

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The camera as a matrix: world metres to logical pixels of a picture, y down."""

    matrix: Floats
    inverse: Floats
    width: int
    height: int

    @classmethod
    def of(cls, camera: vtkCamera, width: int, height: int) -> Projection:
        """The projection that VTK uses for a picture of this size."""
        found = camera.GetCompositeProjectionTransformMatrix(width / max(1, height), -1, 1)
        matrix = np.array([[found.GetElement(i, j) for j in range(4)] for i in range(4)])
        return cls(matrix, _inverse(matrix), width, height)

    def pixels(self, points: Floats) -> Floats:
        """(n, 3) metres to (n, 3): x and y in pixels and the depth along the view in metres (≤ 0 is behind)."""
        flat = points @ self.matrix[:, :3].T + self.matrix[:, 3]
        w = flat[:, 3]
        safe = np.where(np.abs(w) < 1e-9, 1e-9, w)
        made = np.empty((len(points), 3))
        made[:, 0] = (flat[:, 0] / safe + 1) * 0.5 * self.width
        made[:, 1] = (1 - flat[:, 1] / safe) * 0.5 * self.height
        made[:, 2] = w
        return made

    def ray(self, x: float, y: float) -> tuple[Floats, Floats]:
        """Origin and direction of the ray through a pixel."""
        near = np.array([x / self.width * 2 - 1, 1 - y / self.height * 2, -1.0, 1.0])
        far = near.copy()
        far[2] = 1.0
        a, b = self.inverse @ near, self.inverse @ far
        start, end = a[:3] / a[3], b[:3] / b[3]
        return start, end - start

    def on_plane(self, x: float, y: float, z: float) -> Floats | None:
        """(3,) point where the ray through a pixel meets the plane at height z; None if it does not."""
        start, way = self.ray(x, y)
        if abs(way[2]) < 1e-12:
            return None
        share = (z - start[2]) / way[2]
        return start + way * share if share > 0 else None

    def scale(self, point: Floats) -> float:
        """Pixels per metre at a point of the scene."""
        depth = float(self.pixels(point[None])[0, 2])
        return float(np.linalg.norm(self.matrix[1, :3])) * 0.5 * self.height / max(depth, 0.05)


def _inverse(matrix: Floats) -> Floats:
    """Inverse of a matrix; pseudo-inverse where it is singular, as with extremely large buildings."""
    sound = np.nan_to_num(matrix, nan=0.0, posinf=0.0, neginf=0.0)
    try:
        return np.linalg.inv(sound)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(sound)


class ProjectionCache:
    """Projection of one camera, recomputed only if the camera or the size changed."""

    def __init__(self, camera: vtkCamera) -> None:
        self._camera = camera
        self._key: tuple[int, int, int] = (0, 0, 0)
        self._made: Projection | None = None

    def at(self, width: int, height: int) -> Projection:
        """The projection for a picture of this size."""
        key = (self._camera.GetMTime(), width, height)
        if self._made is None or key != self._key:
            self._made, self._key = Projection.of(self._camera, width, height), key
        return self._made


class DevicePick:
    """Finds the nearest visible device; caches pixel positions per projection."""

    def __init__(self, positions: Floats) -> None:
        self.positions = positions
        self._for: Projection | None = None
        self._seen = np.empty((0, 3))

    def seen(self, projection: Projection) -> Floats:
        """(n, 3) pixels and depth of every device, cached per projection."""
        if self._for is not projection:
            self._seen, self._for = projection.pixels(self.positions), projection
        return self._seen

    def at(self, projection: Projection, spot: tuple[float, float], radius: float, shown: NDArray[np.bool_]) -> int:
        """Row of the device nearest to the spot within `radius` pixels, -1 for none."""
        if not len(self.positions):
            return -1
        seen = self.seen(projection)
        far = (seen[:, 0] - spot[0]) ** 2 + (seen[:, 1] - spot[1]) ** 2
        far = np.where(shown & (seen[:, 2] > 0), far, np.inf)
        best = int(far.argmin())
        return best if far[best] <= radius * radius else -1


class RoomPick:
    """Finds rooms of one storey by bounding box, then by outline."""

    def __init__(self, rooms: Sequence[Room]) -> None:
        self.rooms = tuple(rooms)
        boxes = [(*np.min(room.outline, 0), *np.max(room.outline, 0)) for room in self.rooms]
        self._boxes = np.array(boxes, np.float64).reshape(-1, 4)
        self.levels = sorted({room.floor_m for room in self.rooms}, reverse=True)

    def at(self, projection: Projection, spot: tuple[float, float], lift: float) -> tuple[int, Floats] | None:
        """(row of the room, point on its floor in metres) under a screen position; None where there is none."""
        for level in self.levels:
            hit = projection.on_plane(*spot, level + lift)
            if hit is None:
                continue
            x, y = hit[0], hit[1]
            box = self._boxes
            near = (box[:, 0] <= x) & (x <= box[:, 2]) & (box[:, 1] <= y) & (y <= box[:, 3])
            for i in np.flatnonzero(near):
                room = self.rooms[i]
                if room.floor_m == level and room.contains(float(x), float(y)):
                    return int(i), hit - (0, 0, lift)
        return None
