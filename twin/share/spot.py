"""Where a device stands when it is written into a file: its own spot, else one in its room."""

from __future__ import annotations

import shapely

from twin.model.device import Device
from twin.model.kind import KINDS
from twin.model.space import Position, Room
from twin.model.twin import Twin


def spots(twin: Twin) -> dict[str, Position]:
    """Metres of the twin by device id; a device without room or spot is not in it."""
    within = {room.id: _inside(room) for room in twin.rooms}
    found: dict[str, Position] = {}
    for device in twin.devices:
        room = twin.room_of.get(device.room) if device.room else None
        if device.position_m is not None:
            found[device.id] = device.position_m
        elif room is not None:
            found[device.id] = (*within[room.id], min(room.floor_m + mounted(device), room.ceiling_m))
    return found


def mounted(device: Device) -> float:
    """Metres above the floor at which its kind usually hangs."""
    return KINDS[device.kind].mounts_at_m if device.kind in KINDS else KINDS["device"].mounts_at_m


def _inside(room: Room) -> tuple[float, float]:
    if len(room.outline) < 3:
        return room.outline[0] if room.outline else (0.0, 0.0)
    point = shapely.make_valid(shapely.Polygon(room.outline, room.holes)).representative_point()
    return point.x, point.y
