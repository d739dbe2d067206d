"""Which room holds a spot, and which rooms a door joins: by geometry, for files contradict themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.model.ident import RoomId
from twin.model.space import Room

REACHES_M = (0.25, 0.45, 0.7)
"""How far either side of a door's middle a room may begin."""


class Places:
    """An index of rooms by their polygons (None where a room has none)."""

    def __init__(self, rooms: Sequence[Room], polygons: Sequence[shapely.Polygon | None]) -> None:
        known = [(room, polygon) for room, polygon in zip(rooms, polygons, strict=True) if polygon is not None]
        self._rooms = [room for room, _ in known]
        self._polygons = [polygon for _, polygon in known]
        self._tree = shapely.STRtree(self._polygons)

    def at(self, point: NDArray[np.float64]) -> tuple[RoomId, ...]:
        """Rooms that hold a spot; where none does, those within 0.35 m in plan (things hang on and in walls)."""
        spot, z = shapely.Point(point[:2]), float(point[2])
        inside = self._near(spot, z, 0.0)
        return inside or self._near(spot, z, 0.35)

    def _near(self, spot: shapely.Point, z: float, reach_m: float) -> tuple[RoomId, ...]:
        hits = (
            self._tree.query(spot, predicate="within")
            if not reach_m
            else self._tree.query(spot, predicate="dwithin", distance=reach_m)
        )
        found = [self._rooms[i] for i in hits if self._rooms[i].floor_m - 0.3 <= z <= self._rooms[i].ceiling_m + 0.6]
        return tuple(room.id for room in found)

    def joined(self, centre: NDArray[np.float64], normal: NDArray[np.float64]) -> tuple[RoomId, ...]:
        """The rooms on the two sides of a door at `centre` (x, y, threshold z)."""
        sides = [self._beside(centre, normal * side) for side in (1.0, -1.0)]
        return tuple(dict.fromkeys(room for room in sides if room is not None))

    def _beside(self, centre: NDArray[np.float64], direction: NDArray[np.float64]) -> RoomId | None:
        for reach in REACHES_M:
            for i in self._tree.query(shapely.Point(centre[:2] + direction * reach), predicate="within"):
                room = self._rooms[i]
                if room.floor_m - 0.3 <= centre[2] + 0.5 <= room.ceiling_m:
                    return room.id
        return None
