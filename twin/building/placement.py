# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Finds the room at a point, and the rooms that a door connects, by geometry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room

REACHES_M = (0.25, 0.45, 0.7)
"""Distances in metres to either side of a door's centre at which a room is looked for, nearest first."""
WALL_M = 0.35
"""Largest distance, metres, between a device in or on a wall and its room."""
BESIDE_M = 0.15
"""Distance, metres, within which a room of the device's own storey takes precedence over one of another storey."""
CLEAR_M = 0.03
"""Least difference of distances, metres, for the nearer of two rooms to be chosen: half the thickness of a thin wall.
"""
_STEPS_M = (0.1, 0.2, 0.3)

type Facing = tuple[float, float]
"""Direction in plan that a wall-mounted device faces; (0, 0) where unknown."""


class RoomIndex:
    """Spatial index of rooms by their polygons (None where a room has none)."""

    def __init__(self, rooms: Sequence[Room], polygons: Sequence[shapely.Polygon | None]) -> None:
        known = [(room, polygon) for room, polygon in zip(rooms, polygons, strict=True) if polygon is not None]
        self._rooms = [room for room, _ in known]
        self._polygons = [polygon for _, polygon in known]
        self._tree = shapely.STRtree(self._polygons)

    def at(
        self, point: NDArray[np.float64], storey: StoreyId | None = None, *, facing: Facing = (0.0, 0.0)
    ) -> tuple[RoomId, ...]:
        """Ids of the rooms that something at `point` (3,) belongs to: one, several where geometry does not decide, or
        none.

        `storey` is the one stated by its file: stairs and voids extend through storeys and overlap the rooms beside
        them.
        """
        spot, z = shapely.Point(point[:2]), float(point[2])
        inside = self._near(spot, z, 0.0)
        if inside:
            beside = [i for i in self._near(spot, z, BESIDE_M) if self._rooms[i].storey == storey]
            if beside and not any(self._rooms[i].storey == storey and i in inside for i in inside):
                inside = beside
            elif len(inside) > 1:
                inside = [i for i in inside if self._rooms[i].storey == storey] or inside
            return self._narrowest(inside, z)
        near = self._near(spot, z, WALL_M)
        if len(near) < 2:
            return tuple(self._rooms[i].id for i in near)
        away = sorted((self._polygons[i].distance(spot), i) for i in near)
        if away[1][0] - away[0][0] >= CLEAR_M:
            return (self._rooms[away[0][1]].id,)
        ahead = self._ahead(point, facing, near)
        return (self._rooms[ahead].id,) if ahead is not None else tuple(self._rooms[i].id for i in near)

    def _ahead(self, point: NDArray[np.float64], facing: Facing, near: Sequence[int]) -> int | None:
        """The room in front of a thing that faces this way; None where there is not exactly one."""
        length = float(np.hypot(*facing))
        for step in _STEPS_M if length > 0 else ():
            before = shapely.Point(point[0] + facing[0] / length * step, point[1] + facing[1] / length * step)
            hits = [i for i in near if self._polygons[i].contains(before)]
            if len(hits) == 1:
                return hits[0]
        return None

    def _narrowest(self, inside: Sequence[int], z: float) -> tuple[RoomId, ...]:
        """Of rooms that overlap in plan, those whose height range contains `z`; all of them where none does."""
        strict = [i for i in inside if self._rooms[i].floor_m <= z <= self._rooms[i].ceiling_m] or list(inside)
        return tuple(self._rooms[i].id for i in strict)

    def _near(self, spot: shapely.Point, z: float, reach_m: float) -> list[int]:
        hits = (
            self._tree.query(spot, predicate="within")
            if not reach_m
            else self._tree.query(spot, predicate="dwithin", distance=reach_m)
        )
        return [int(i) for i in hits if self._rooms[i].floor_m - 0.3 <= z <= self._rooms[i].ceiling_m + 0.6]

    def joined(self, centre: NDArray[np.float64], normal: NDArray[np.float64]) -> tuple[RoomId, ...]:
        """The rooms on both sides of a door at `centre` (x, y, threshold z), along `normal` in plan."""
        sides = [self._beside(centre, normal * side) for side in (1.0, -1.0)]
        return tuple(dict.fromkeys(room for room in sides if room is not None))

    def _beside(self, centre: NDArray[np.float64], direction: NDArray[np.float64]) -> RoomId | None:
        for reach in REACHES_M:
            for i in self._tree.query(shapely.Point(centre[:2] + direction * reach), predicate="within"):
                room = self._rooms[i]
                if room.floor_m - 0.3 <= centre[2] + 0.5 <= room.ceiling_m:
                    return room.id
        return None
