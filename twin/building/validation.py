"""Validates a building file: stated sizes and doors against its own geometry, overlapping rooms."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from twin.building.limits import warn
from twin.model.problem import Problem
from twin.model.space import SAID_AREA, SAID_VOLUME, Door, Room

TOLERANCE = 0.05
"""Largest relative difference between a stated size and that of the geometry."""
_FLOOR = tuple(name for name in SAID_AREA if name.endswith("FloorArea"))
"""Names of stated floor areas. GSA BIM areas are left out: they are measured to the middle of walls."""
_MOST = 20
_HIGH_M, _SHARED_M2, _SHARED = 0.5, 0.5, 0.1
"""Rooms overlap from this shared height in m, shared area in m², and share of the smaller room's area."""


def validate_model(rooms: Sequence[Room], doors: Sequence[Door], where: str) -> list[Problem]:
    """Warnings about room sizes and doors that differ from the geometry."""
    return [*_sizes(rooms, where), *_doors(rooms, doors, where)]


def overlaps(rooms: Sequence[Room], polygons: Sequence[shapely.Polygon | None], where: str) -> list[Problem]:
    """Warnings about overlapping rooms; `polygons` are those of the rooms, None where a room has none."""
    known = [(room, polygon) for room, polygon in zip(rooms, polygons, strict=True) if polygon is not None]
    tree = shapely.STRtree([polygon for _, polygon in known])
    found: list[tuple[float, str]] = []
    for i, (room, polygon) in enumerate(known):
        for j in tree.query(polygon):
            other, beside = known[int(j)]
            height = min(room.ceiling_m, other.ceiling_m) - max(room.floor_m, other.floor_m)
            if int(j) <= i or height < _HIGH_M:
                continue
            shared = float(polygon.intersection(beside).area)
            if shared > max(_SHARED_M2, _SHARED * min(room.area_m2, other.area_m2)):
                found.append((shared, f"{room.title} | {other.title}: {shared:.1f} m²"))
    if not found:
        return []
    return [
        warn(
            "building.overlap",
            where,
            detail="\n".join((line for _, line in sorted(found, reverse=True)[:_MOST])),
            n=len(found),
        )
    ]


def differing(room: Room) -> list[str]:
    """Lines for the stated sizes that differ from the geometry: `room: computed, stated`. Net and gross must both
    differ.
    """
    found: list[str] = []
    for names, mine, unit in ((_FLOOR, room.area_m2, "m²"), (SAID_VOLUME, room.volume_m3, "m³")):
        stated = [size for name, size in room.stated_sizes if name in names]
        if stated and mine > 0 and all(abs(size - mine) > TOLERANCE * mine for size in stated):
            found.append(f"{room.title}: {mine:,.1f} {unit}, {stated[0]:,.1f} {unit}")
    return found


def _sizes(rooms: Sequence[Room], where: str) -> list[Problem]:
    wrong = [lines for room in rooms if (lines := differing(room))]
    if not wrong:
        return []
    return [
        warn(
            "building.sizes",
            where,
            detail="\n".join(line for lines in wrong[:_MOST] for line in lines),
            n=len(wrong),
            all=len(rooms),
        )
    ]


def _doors(rooms: Sequence[Room], doors: Sequence[Door], where: str) -> list[Problem]:
    disputed = [door for door in doors if door.disputed]
    if not disputed:
        return []
    name = {room.id: room.title for room in rooms}

    def disputed_line(door: Door) -> str:
        joined, stated = (
            " | ".join(name.get(room, "?") for room in some) or "-" for some in (door.rooms, door.stated_rooms)
        )
        return f"{door.name}: {joined}; {stated}"

    stated_doors = sum(bool(door.stated_rooms) for door in doors)
    return [
        warn(
            "building.doors",
            where,
            detail="\n".join(disputed_line(door) for door in disputed[:_MOST]),
            n=len(disputed),
            all=stated_doors,
        )
    ]
