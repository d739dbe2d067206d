"""Positions of devices for exports: their own, else one in their room."""

from __future__ import annotations

from twin.building.plan_outline import inside
from twin.model.device import Device
from twin.model.kind import KINDS
from twin.model.space import Position
from twin.model.twin import Twin


def device_positions(twin: Twin) -> dict[str, Position]:
    """Position in metres by device id; devices with neither room nor position are left out."""
    within = {room.id: inside(room.outline, room.holes) for room in twin.rooms}
    found: dict[str, Position] = {}
    for device in twin.devices:
        room = twin.room_of.get(device.room) if device.room else None
        if device.position_m is not None:
            found[device.id] = device.position_m
        elif room is not None:
            found[device.id] = (*within[room.id], min(room.floor_m + mounted(device), room.ceiling_m))
    return found


def mounted(device: Device) -> float:
    """Usual mounting height of the device's kind, metres above the floor."""
    return KINDS[device.kind].mounts_at_m if device.kind in KINDS else KINDS["device"].mounts_at_m
