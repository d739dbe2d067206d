"""A scheme (rooms whose shapes nobody knows, as of Home Assistant) beside a building that has them: only its devices come
in, into the rooms that are called like theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from twin.building import plan_outline
from twin.building.limits import warn
from twin.model.building import Building, Source
from twin.model.ident import RoomId
from twin.model.mesh import Mesh
from twin.model.problem import Problem
from twin.model.space import Placeholder, Position, Room

_OF_SHAPES = ("hass.scheme", "hass.no_floor")
"""What the reader says of the shapes, which are not taken."""
_HANGS_M = 1.1
_WALL_M = 0.4
_STEPS_M = (2.0, 1.5, 1.0, 0.7, 0.5, 0.3)


def is_scheme(source: Source) -> bool:
    """Whether this file knows rooms by name alone."""
    return source.importer.startswith("hass")


def devices_only(building: Building, others: Sequence[Building]) -> Building:
    """A scheme's devices in the rooms of the other files. Areas that are no room there are said."""
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
            put = zip(some, _spots(room, len(some)), strict=True)
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


def _spots(room: Room, count: int) -> list[Position]:
    """Spots for that many devices, spread over the room and off its walls where it is wide enough."""
    z = round(room.floor_m + _HANGS_M, 4)
    plan = plan_outline.polygon_of(room.outline, room.holes)
    free = plan_outline.largest(plan.buffer(-_WALL_M)) if plan is not None else None
    x, y = plan_outline.inside(room.outline, room.holes)
    if count < 2 or free is None:
        return [(round(x, 4), round(y, 4), z)] * count
    points = np.zeros((0, 2))
    for step in _STEPS_M:
        x0, y0, x1, y1 = free.bounds
        grid = np.stack(np.meshgrid(_across(x0, x1, step), _across(y0, y1, step)), -1).reshape(-1, 2)
        points = grid[shapely.contains_xy(free, grid[:, 0], grid[:, 1])]
        if len(points) >= count:
            break
    if not len(points):
        return [(round(x, 4), round(y, 4), z)] * count
    chosen = points[np.linspace(0, len(points) - 1, count).round().astype(int)]
    return [(round(float(px), 4), round(float(py), 4), z) for px, py in chosen]


def _across(low: float, high: float, step: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Evenly spread numbers between two, about a step apart, at most 100."""
    number = int(min(max((high - low) / step, 1), 100))
    return low + (np.arange(number) + 0.5) * (high - low) / number


def _strange(building: Building, names: Sequence[str]) -> Problem:
    return warn(
        "hass.no_room",
        f"Areas that no room is called like were left out: {', '.join(names[:12])}{'…' if len(names) > 12 else ''}",
        building.source.path,
        "Name the rooms like the areas, then import it again",
    )
