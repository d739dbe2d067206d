"""Imports Home Assistant's devices beside a building with shapes: its areas serve only to find the rooms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from twin.building.device_spots import device_spots
from twin.building.limits import warn
from twin.model.building import Building, Source
from twin.model.ids import RoomId
from twin.model.mesh import Mesh
from twin.model.problem import Problem
from twin.model.space import Placeholder, Room

_OF_SHAPES = ("hass.scheme", "hass.no_floor")
"""Problem codes of the reader about shapes, dropped because only devices are imported."""


def is_scheme(source: Source) -> bool:
    """Whether the source gives rooms by name only, without shapes (Home Assistant's registries)."""
    return source.importer.startswith("hass")


def devices_of_outline(building: Building, others: Sequence[Building]) -> Building:
    """The devices of Home Assistant's areas in the rooms of the other files with the same name; adds a problem for
    areas without a room.
    """
    if not building.rooms:
        return building
    there = [room for part in others for room in part.rooms]
    rooms = {room.id: _called_like(room, there) for room in building.rooms}
    waiting: dict[RoomId, list[Placeholder]] = defaultdict(list)
    for holder in building.placeholders:
        if holder.room is not None:
            waiting[holder.room].append(holder)
    holders: list[Placeholder] = []
    for area, some in waiting.items():
        if (room := rooms[area]) is not None:
            put = zip(some, device_spots(room, len(some)), strict=True)
            holders += [replace(one, room=room.id, storey=room.storey, position_m=spot) for one, spot in put]
    strangers = [room.name for room in building.rooms if rooms[room.id] is None]
    kept = tuple(problem for problem in building.problems if problem.code not in _OF_SHAPES)
    return replace(
        building, site=replace(building.site, origin_m=others[0].site.origin_m), storeys=(), rooms=(), doors=(), mesh=Mesh(),
        placeholders=tuple(holders), problems=(*kept, *([_strange(building, strangers)] if strangers else ())),
    )  # fmt: skip


def _called_like(area: Room, rooms: Sequence[Room]) -> Room | None:
    """The room of the same name, of several the one nearest in height; None where that does not decide."""
    wanted = area.name.casefold()
    found = [room for room in rooms if wanted in (room.name.casefold(), room.title.casefold())]
    found.sort(key=lambda room: abs(room.floor_m - area.floor_m))
    if len(found) > 1 and abs(found[0].floor_m - area.floor_m) + 1.0 > abs(found[1].floor_m - area.floor_m):
        return None
    return found[0] if found else None


def _strange(building: Building, names: Sequence[str]) -> Problem:
    return warn(
        "hass.no_room",
        building.source.path,
        names=[*names[:12], *(["…"] if len(names) > 12 else [])],
    )
