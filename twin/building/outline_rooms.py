"""Builds a model from room outlines without solids (SVG, IMDF, Home Assistant); walls are generated between rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from twin.building import plan_outline, wall_solids
from twin.building.mesh_merge import MeshMerger
from twin.building.placement import RoomIndex
from twin.building.stable_ids import StableIds
from twin.model.building import Building, Source
from twin.model.ids import DoorId, PlaceholderId, RoomId, StoreyId, clean_name
from twin.model.problem import Problem
from twin.model.space import Door, Placeholder, Room, Site, Storey

WALL_M = 0.14
HEIGHT_M = 2.6
RISE_M = 3.0
"""Floor-to-floor height in metres where the plan gives none."""
DOOR_M = 2.05
_SLAB_M = 0.2
_PLASTER, _FLOOR = (236, 233, 227, 255), (205, 180, 143, 255)


@dataclass(frozen=True, slots=True)
class OutlinedRoom:
    """A room of a plan: its polygon in metres, names and usage."""

    source_id: str
    name: str
    plan: shapely.Polygon
    number: str = ""
    usage: str = ""


@dataclass(frozen=True, slots=True)
class OutlinedDoor:
    """A gap in the walls: a line in plan, metres."""

    source_id: str
    line: shapely.LineString


@dataclass(frozen=True, slots=True)
class OutlinedDevice:
    """A device of a plan at (x, y), metres."""

    source_id: str
    kind: str
    name: str
    x: float
    y: float


@dataclass(slots=True)
class OutlinedLevel:
    """One storey of a plan."""

    source_id: str
    name: str
    elevation_m: float
    rooms: list[OutlinedRoom] = field(default_factory=list[OutlinedRoom])
    doors: list[OutlinedDoor] = field(default_factory=list[OutlinedDoor])
    devices: list[OutlinedDevice] = field(default_factory=list[OutlinedDevice])


def build_outlined(
    source: Source, levels: Sequence[OutlinedLevel], problems: Sequence[Problem], *, site: Site | None = None
) -> Building:
    """The building of these levels, ordered by elevation; each room stands on its level's floor."""
    return _Outlined(source.importer.split()[0]).built(source, levels, problems, site=site or Site())


class _Outlined:
    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._ids = StableIds()
        self._merger = MeshMerger()
        self._doors: list[Door] = []
        self._holders: list[Placeholder] = []
        self._rooms: list[Room] = []

    def built(
        self, source: Source, levels: Sequence[OutlinedLevel], problems: Sequence[Problem], *, site: Site
    ) -> Building:
        ordered = sorted(levels, key=lambda level: level.elevation_m)
        rises = [*(b.elevation_m - a.elevation_m for a, b in pairwise(ordered)), RISE_M]
        storeys = tuple(
            Storey(
                id=StoreyId(self._ids.of("storey", self._kind, level.source_id)),
                name=clean_name(level.name) or f"Level {number}", elevation_m=level.elevation_m,
                height_m=rise if rise > 1.0 else RISE_M, source_id=level.source_id,
            )
            for number, (level, rise) in enumerate(zip(ordered, rises, strict=True))
        )  # fmt: skip
        for storey, level in zip(storeys, ordered, strict=True):
            self._level(storey, level)
        return Building(
            source=source, site=site, storeys=storeys, rooms=tuple(self._rooms), doors=tuple(self._doors),
            placeholders=tuple(self._holders), mesh=self._merger.mesh(), problems=tuple(problems),
        )  # fmt: skip

    def _level(self, storey: Storey, level: OutlinedLevel) -> None:
        rooms = [self._room(storey, room) for room in level.rooms]
        places = RoomIndex(rooms, [room.plan for room in level.rooms])
        self._rooms += rooms
        gaps = [self._door(storey, door, places) for door in level.doors]
        self._walls(storey, level, gaps)
        for device in level.devices:
            spot = np.array([device.x, device.y, storey.elevation_m + 1.1])
            found = places.at(spot, storey.id)
            self._holders.append(
                Placeholder(
                    id=PlaceholderId(self._ids.of("placeholder", self._kind, device.source_id)), kind=device.kind,
                    name=clean_name(device.name), storey=storey.id, room=found[0] if len(found) == 1 else None,
                    candidates=found if len(found) > 1 else (), position_m=(device.x, device.y, float(spot[2])),
                    source_id=device.source_id,
                )
            )  # fmt: skip

    def _room(self, storey: Storey, room: OutlinedRoom) -> Room:
        outline, holes = plan_outline.rings(room.plan)
        height = min(HEIGHT_M, storey.height_m - 0.3)
        return Room(
            id=RoomId(self._ids.of("room", self._kind, room.source_id)), storey=storey.id, name=clean_name(room.name) or "Room",
            number=clean_name(room.number), outline=outline, holes=holes, floor_m=storey.elevation_m,
            ceiling_m=storey.elevation_m + height, area_m2=float(room.plan.area),
            volume_m3=float(room.plan.area) * height, source_id=room.source_id, usage=clean_name(room.usage),
        )  # fmt: skip

    def _door(self, storey: Storey, door: OutlinedDoor, places: RoomIndex) -> shapely.Polygon:
        (x0, y0), (x1, y1) = (np.asarray(door.line.coords[i], float)[:2] for i in (0, -1))
        along = np.array([x1 - x0, y1 - y0]) / (door.line.length or 1.0)
        normal = np.array([-along[1], along[0]])
        centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2, storey.elevation_m])
        self._doors.append(
            Door(
                id=DoorId(self._ids.of("door", self._kind, door.source_id)), storey=storey.id, name="Door",
                rooms=places.joined(centre, normal),
                position_m=(round(float(centre[0]), 4), round(float(centre[1]), 4), storey.elevation_m),
                width_m=round(float(door.line.length), 3), height_m=DOOR_M,
                angle_deg=round(float(np.degrees(np.arctan2(along[1], along[0]))), 2), source_id=door.source_id,
            )
        )  # fmt: skip
        return door.line.buffer(WALL_M * 1.5, cap_style="flat", join_style="mitre")

    def _walls(self, storey: Storey, level: OutlinedLevel, gaps: Sequence[shapely.Polygon]) -> None:
        plans = [room.plan for room in level.rooms]
        if not plans:
            return
        half = WALL_M / 2
        outer = shapely.union_all([plan.buffer(half, join_style="mitre") for plan in plans])
        inner = shapely.union_all([plan.buffer(-half, join_style="mitre") for plan in plans])
        walls = shapely.difference(outer, inner)
        low, top = storey.elevation_m, storey.elevation_m + min(HEIGHT_M, storey.height_m - 0.3)
        open_, above = (shapely.difference(walls, shapely.union_all(gaps)), shapely.intersection(walls, shapely.union_all(gaps))) if gaps else (walls, None)  # fmt: skip
        self._raise(storey, "wall", open_, low, top)
        if above is not None:
            self._raise(storey, "wall", above, low + DOOR_M, top)
        self._raise(storey, "slab", outer, low - _SLAB_M, low)

    def _raise(self, storey: Storey, category: str, plan: shapely.Geometry, low: float, high: float) -> None:
        colour = _PLASTER if category == "wall" else _FLOOR
        element = self._merger.element(storey.name, "IfcWall" if category == "wall" else "IfcSlab")
        for part in shapely.get_parts(plan):
            if isinstance(part, shapely.Polygon) and part.area > 1e-4 and high > low:
                positions, triangles = wall_solids.slab(part, low, high)
                self._merger.add(storey.id, category, element, positions, triangles, np.tile(np.array(colour, np.uint8), (len(triangles), 1)))  # fmt: skip
