"""Rooms and storeys of an IFC file, derived from its shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from twin.building import plan_outline
from twin.building.ifc import spatial_structure
from twin.building.ifc.footprint import footprint
from twin.building.ifc.import_state import IfcImport
from twin.building.limits import ROOM_M2, WALL_M, warn
from twin.building.median import median
from twin.building.room_recovery import rooms_from_walls
from twin.model.ids import RoomId, StoreyId, clean_name, derived
from twin.model.problem import Problem
from twin.model.space import Room, Storey
from twin.model.text import Text

_OFF_M = 1.5
"""Largest distance between an outline and its storey's floor, metres; beyond it the storey's elevation is used."""
_USUAL_M = 2.5


def rooms_of(reading: IfcImport) -> tuple[tuple[Room, ...], list[shapely.Polygon | None]]:
    """The rooms of a file with their polygons (None for a room without a shape), without gross areas."""
    rooms: list[Room] = []
    polygons: list[shapely.Polygon | None] = []
    for space in spatial_structure.every(reading.file, "IfcSpace"):
        level = spatial_structure.above(space, reading.parents, "IfcBuildingStorey")
        known = reading.measured.get(space.id())
        room, polygon = known if known is not None else _room(reading, space, level)
        if space.id() in reading.placed:
            reading.measured[space.id()] = room, polygon
        rooms.append(room)
        polygons.append(polygon)
    return _without_gross(rooms, polygons)


def _room(reading: IfcImport, space: Any, level: Any) -> tuple[Room, shapely.Polygon | None]:
    guid = reading.guid(space)
    storey = StoreyId(derived("storey", reading.guid(level))) if level is not None else StoreyId("")
    long, short = (
        clean_name(spatial_structure.safe(space, "LongName") or ""),
        clean_name(spatial_structure.safe(space, "Name") or ""),
    )
    room = Room(
        id=RoomId(derived("room", guid)),
        storey=storey,
        name=long or short or "Room",
        number=short if long and short != long else "",
        source_id=guid,
        zones=reading.stated.zones.get(space.id(), ()),
        classes=reading.stated.classes_of(space),
        stated_sizes=reading.stated.stated_sizes(space),
    )
    parts = reading.placed.get(space.id())
    if not parts:
        return _flat(reading, room, space, level)
    positions = parts[0].world - reading.origin
    triangles = parts[0].shape.triangles
    polygon = plan_outline.outline(positions, triangles)
    if polygon is None:
        return room, None
    low, high = float(positions[:, 2].min()), float(positions[:, 2].max())
    ring, holes = plan_outline.rings(polygon)
    inside = (
        plan_outline.volume(positions, triangles) if plan_outline.is_closed(triangles) else polygon.area * (high - low)
    )
    return replace(
        room, outline=ring, holes=holes, floor_m=low, ceiling_m=high, area_m2=float(polygon.area), volume_m3=inside
    ), polygon


def _flat(reading: IfcImport, room: Room, space: Any, level: Any) -> tuple[Room, shapely.Polygon | None]:
    """The room of a space without a body, from its footprint, and its polygon; None without a footprint."""
    found = footprint(space, reading.unit)
    if found is None:
        return room, None
    polygon, low = shapely.affinity.translate(found[0], *-reading.origin[:2]), found[1] - float(reading.origin[2])
    known = next((one for one in reading.levels if level is not None and one.entity == level.id()), None)
    if known is not None and abs(low - (known.elevation_m - float(reading.origin[2]))) > _OFF_M:
        low = known.elevation_m - float(reading.origin[2])
    ring, holes = plan_outline.rings(polygon)
    reading.flat.add(space.id())
    return replace(room, outline=ring, holes=holes, floor_m=low, ceiling_m=low, area_m2=float(polygon.area)), polygon


def _raised(room: Room, storeys: tuple[Storey, ...]) -> Room:
    """A room that has a floor only, as high as its storey."""
    if not room.outline or room.ceiling_m > room.floor_m:
        return room
    height = next((storey.height_m for storey in storeys if storey.id == room.storey), _USUAL_M)
    return replace(room, ceiling_m=room.floor_m + height, volume_m3=room.area_m2 * height)


def flat_rooms(reading: IfcImport) -> list[Problem]:
    """A warning that names the rooms with an outline but no body; empty where there are none."""
    if not reading.flat:
        return []
    names = [spatial_structure.title_of(reading.file.by_id(id)) for id in sorted(reading.flat)]
    return [warn("ifc.flat_rooms", str(reading.opened.path), detail=", ".join(names[:20]), n=len(names))]


def _without_gross(
    rooms: list[Room], polygons: list[shapely.Polygon | None]
) -> tuple[tuple[Room, ...], list[shapely.Polygon | None]]:
    """Drops "gross area" spaces: those that hold more than three other rooms of their level."""
    known = [i for i, polygon in enumerate(polygons) if polygon is not None]
    shapes = [polygon for polygon in polygons if polygon is not None]
    inside = np.zeros(len(rooms), np.intp)
    if shapes:
        middles = [polygon.representative_point() for polygon in shapes]
        holders, held = shapely.STRtree(middles).query(shapes, predicate="contains")
        area, low, high = (
            np.array(part)
            for part in (
                [polygon.area for polygon in shapes],
                [rooms[i].floor_m for i in known],
                [rooms[i].ceiling_m for i in known],
            )
        )
        middle = (low + high) / 2
        level = (low[holders] - 0.5 <= middle[held]) & (middle[held] <= high[holders] + 0.5)
        counts = (holders != held) & (area[held] < area[holders] * 0.9) & level
        inside[known] = np.bincount(holders[counts], minlength=len(shapes))
    keep = np.flatnonzero(inside <= 3).tolist()
    return tuple(rooms[i] for i in keep), [polygons[i] for i in keep]


def storeys_of(reading: IfcImport, rooms: tuple[Room, ...]) -> tuple[tuple[Storey, ...], tuple[Room, ...]]:
    """Storeys with heights, and the rooms with their storeys.

    Elevations come from the rooms' floors where the file's differ from them by more than 1 m.
    """
    shift = float(reading.origin[2])
    levels = reading.levels or [
        spatial_structure.IfcStorey(0, StoreyId(derived("storey", "only")), "Ground", shift, "")
    ]
    floors: dict[StoreyId, list[float]] = defaultdict(list)
    for room in rooms:
        if room.outline:
            floors[room.storey].append(room.floor_m)
    elevation = {lv.id: _elevation(lv.elevation_m - shift, floors.get(lv.id)) for lv in levels}
    ordered = sorted(levels, key=lambda lv: elevation[lv.id])
    rises = [elevation[b.id] - elevation[a.id] for a, b in pairwise(ordered)]
    usual = float(median([r for r in rises if r > 1.5] or [3.0]))
    storeys = tuple(
        Storey(
            id=lv.id,
            name=lv.name,
            elevation_m=round(elevation[lv.id], 4),
            height_m=round(rises[i] if i < len(rises) and rises[i] > 0.3 else usual, 4),
            source_id=lv.guid,
        )
        for i, lv in enumerate(ordered)
    )
    known = {storey.id for storey in storeys}
    homeless = tuple(
        room if room.storey in known else replace(room, storey=nearest(storeys, room.floor_m)) for room in rooms
    )
    return storeys, tuple(_raised(room, storeys) for room in homeless)


def _elevation(stated_m: float, floors: list[float] | None) -> float:
    if not floors:
        return stated_m
    seen = float(median(floors))
    return seen if abs(seen - stated_m) > 1.0 else stated_m


def nearest(storeys: tuple[Storey, ...], z: float) -> StoreyId:
    """The highest storey whose floor is at most 0.5 m above z, else the lowest; storeys are ordered from bottom to
    top.
    """
    below = [storey for storey in storeys if storey.elevation_m <= z + 0.5]
    return (below[-1] if below else storeys[0]).id


def levels_of(reading: IfcImport, storeys: tuple[Storey, ...]) -> Callable[[Any], StoreyId]:
    """A function that returns a product's storey: by its parents, else by its height."""
    known = {storey.id for storey in storeys}

    def level_of(product: Any) -> StoreyId:
        level = spatial_structure.above(product, reading.parents, "IfcBuildingStorey")
        id = StoreyId(derived("storey", reading.guid(level))) if level is not None else None
        if id is not None and id in known:
            return id
        box = reading.box(product.id())
        return nearest(storeys, float(box[0][2]) if box else storeys[0].elevation_m)

    return level_of


def recovered(reading: IfcImport, storeys: tuple[Storey, ...]) -> tuple[tuple[Room, ...], list[shapely.Polygon | None]]:
    """Rooms derived from wall outlines, with their polygons, for a file without spaces; adds a problem."""
    level_of = levels_of(reading, storeys)
    walls: dict[StoreyId, list[shapely.Polygon]] = defaultdict(list)
    for wall in spatial_structure.every(reading.file, "IfcWall"):
        for placed in reading.placed.get(wall.id(), ()):
            found = plan_outline.outline(placed.world - reading.origin, placed.shape.triangles)
            if found is not None:
                walls[level_of(wall)].append(found)
    pairs = [pair for storey in storeys for pair in rooms_from_walls(storey, walls.get(storey.id, []))]
    if pairs:
        reading.problems.append(warn("ifc.rooms_recovered", str(reading.opened.path), n=len(pairs)))
    elif spatial_structure.every(reading.file, "IfcWall"):
        reading.problems.append(warn("ifc.no_rooms", str(reading.opened.path)))
    return tuple(room for room, _ in pairs), [polygon for _, polygon in pairs]


def left_out(reading: IfcImport, rooms: tuple[Room, ...]) -> list[Problem]:
    """A warning that names the spaces left out because they enclose all rooms; empty where there are none."""
    there = {room.source_id for room in rooms}
    every = spatial_structure.every(reading.file, "IfcSpace")
    names = [spatial_structure.title_of(space) for space in every if reading.guid(space) not in there]
    if not names:
        return []
    return [
        warn("building.gross", str(reading.opened.path), detail=", ".join(names[:20]), n=len(names), all=len(every))
    ]


def check_size(reading: IfcImport, rooms: tuple[Room, ...]) -> None:
    """Adds a problem where the median size of rooms, or without rooms the height of walls, is implausible."""
    areas = [room.area_m2 for room in rooms if room.area_m2 > 0]
    if areas:
        size, usual, kind = float(median(areas)), ROOM_M2, "building.median_room"
    else:
        boxes = [
            box
            for wall in spatial_structure.every(reading.file, "IfcWall")
            if (box := reading.box(wall.id())) is not None
        ]
        if not boxes:
            return
        size, usual = float(median([high[2] - low[2] for low, high in boxes])), WALL_M
        kind = "building.median_wall"
    if not usual[0] <= size <= usual[1]:
        reading.problems.append(warn("building.size", str(reading.opened.path), median=Text(kind, size=size)))
