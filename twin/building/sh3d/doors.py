"""Doors and windows of a home: wall openings, adjoining rooms, leaves."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely

from twin.building.placement import RoomIndex
from twin.building.sh3d import door_swing
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.building.sh3d.levels import Sh3dLevels
from twin.building.stable_ids import StableIds
from twin.model.ids import DoorId, StoreyId, clean_name
from twin.model.space import Door, Room

_SILL_M = 0.3
"""Height above the floor, metres, from which an opening is a window."""
_LOW_M = 1.5
"""Height in metres below which an opening is a window, too."""


def is_window(home: Sh3dHome, row: Sh3dRow) -> bool:
    """Whether an opening is a window: its sill is too high or it is too low to walk through. Names are not used,
    because tall "windows" on the floor may lead to balconies.
    """
    return home.number(row, "elevation") / 100 > _SILL_M or home.number(row, "height", 200) / 100 < _LOW_M


def read_doors(
    home: Sh3dHome,
    levels: Sh3dLevels,
    rooms: Sequence[Room],
    polygons: Sequence[shapely.Polygon | None],
    ids: StableIds,
) -> tuple[Door, ...]:
    """Every opening that can be walked through, with the rooms on both sides and its leaves."""
    places, doors = _places(rooms, polygons), list[Door]()
    for i, row in enumerate(home.pieces):
        storey = levels.of(row)
        if row["tag"] != "doorOrWindow" or storey is None or is_window(home, row):
            continue
        angle, x, y = -home.number(row, "angle"), home.number(row, "x") / 100, -home.number(row, "y") / 100
        here = places.get(storey.id)
        normal = np.array([-math.sin(angle), math.cos(angle)])
        at = np.array([x, y, storey.elevation_m])
        doors.append(
            Door(
                id=DoorId(ids.of("sh3d door", str(row.get("id") or i), f"{x:.2f} {y:.2f}")), storey=storey.id,
                name=clean_name(row.get("name") or "Door"), rooms=here.joined(at, normal) if here else (),
                position_m=(round(x, 4), round(y, 4), storey.elevation_m), width_m=home.number(row, "width", 90) / 100,
                height_m=home.number(row, "height", 200) / 100, angle_deg=round(math.degrees(angle), 2),
                source_id=str(row.get("id") or i), swing=door_swing.leaves(home, row),
            )
        )  # fmt: skip
    return tuple(doors)


def _places(rooms: Sequence[Room], polygons: Sequence[shapely.Polygon | None]) -> dict[StoreyId, RoomIndex]:
    groups: dict[StoreyId, list[int]] = defaultdict(list)
    for i, room in enumerate(rooms):
        groups[room.storey].append(i)
    return {id: RoomIndex([rooms[i] for i in group], [polygons[i] for i in group]) for id, group in groups.items()}
