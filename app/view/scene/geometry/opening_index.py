"""Spatial index of the doors and windows in the mesh, to find the one a device belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.model.mesh import Mesh, MeshPart
from twin.model.space import Room, Storey, leaf_door

type Floats = NDArray[np.float64]

_WALL_M = 0.45
"""Largest distance in metres from the middle of a door or window to the rooms beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class OpeningIndex:
    """Row i is one door or window, its leaves included: (n, 3) corners, (n,) level, whether it is a door, its elements."""

    low: Floats = field(default_factory=lambda: np.empty((0, 3)))
    high: Floats = field(default_factory=lambda: np.empty((0, 3)))
    level: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    door: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    source: tuple[str, ...] = ()
    elements: tuple[tuple[int, ...], ...] = ()

    def near(self, level: int, spot: Sequence[float], reach_m: float) -> list[int]:
        """Rows of that level no farther than `reach_m` from (x, y), the nearest first."""
        at = np.asarray(spot[:2], np.float64)
        off = np.maximum(np.maximum(self.low[:, :2] - at, at - self.high[:, :2]), 0.0)
        far = np.hypot(off[:, 0], off[:, 1])
        middle = np.hypot(*((self.low + self.high)[:, :2] / 2 - at).T) if len(far) else far
        rows = np.flatnonzero((self.level == level) & (far <= reach_m))
        return rows[np.lexsort((middle[rows], far[rows].round(2)))].tolist()

    def of_room(self, level: int, room: Room, *, door: bool) -> list[int]:
        """Rows of the doors or windows in a room's walls, the nearest to its middle first."""
        if len(room.outline) < 3:
            return []
        ring = np.asarray(room.outline)
        low, high = ring.min(0), ring.max(0)
        rows = self.near(level, ((low + high) / 2).tolist(), float(np.hypot(*(high - low))) / 2 + _WALL_M)
        return [row for row in rows if bool(self.door[row]) is door and self._beside(row, room)]

    def _beside(self, row: int, room: Room) -> bool:
        x, y = ((self.low[row] + self.high[row])[:2] / 2).tolist()
        angles = (np.pi / 4 * turn for turn in range(8))
        return any(room.contains(x + _WALL_M * float(np.cos(a)), y + _WALL_M * float(np.sin(a))) for a in angles)


def find_openings(mesh: Mesh, storeys: Sequence[Storey]) -> OpeningIndex:
    """Every door and window of the mesh that belongs to a storey."""
    place = {storey.id: i for i, storey in enumerate(storeys)}
    grouped: dict[tuple[int, str], list[tuple[int, Floats, Floats, bool]]] = {}
    for part in mesh.parts:
        level = place.get(part.storey) if part.storey is not None else None
        if part.category not in ("door", "window") or level is None or not len(part.triangles):
            continue
        for element, low, high in _boxes(part):
            source_id = mesh.elements[element].source_id
            key = leaf_door(source_id) or source_id or f"#{element}"
            row = (element, low, high, part.category == "door")
            grouped.setdefault((level, key), []).append(row)
    if not grouped:
        return OpeningIndex()
    rows = list(grouped.values())
    return OpeningIndex(
        np.array([np.min([one[1] for one in group], axis=0) for group in rows]),
        np.array([np.max([one[2] for one in group], axis=0) for group in rows]),
        np.array([level for level, _ in grouped], np.intp),
        np.array([group[0][3] for group in rows], np.bool_),
        tuple(key for _, key in grouped),
        tuple(tuple(one[0] for one in group) for group in rows),
    )


def _boxes(part: MeshPart) -> list[tuple[int, Floats, Floats]]:
    """(element, lowest corner, highest corner) of each element of a part."""
    owners, place = np.unique(part.elements, return_inverse=True)
    corners = np.asarray(part.positions, np.float64)[part.triangles]
    low, high = np.full((len(owners), 3), np.inf), np.full((len(owners), 3), -np.inf)
    np.minimum.at(low, place.ravel(), corners.min(1))
    np.maximum.at(high, place.ravel(), corners.max(1))
    return [(int(owner), low[i], high[i]) for i, owner in enumerate(owners.tolist())]
