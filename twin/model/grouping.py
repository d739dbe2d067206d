"""Zones of rooms and systems of devices, as named in the building files."""

from __future__ import annotations

from collections.abc import Iterable

from twin.model.device import Device
from twin.model.ids import DeviceId
from twin.model.space import Placeholder, Room
from twin.model.twin import Twin


def zones(rooms: Iterable[Room]) -> dict[str, tuple[Room, ...]]:
    """Rooms of every zone, sorted by the zone's name."""
    found: dict[str, list[Room]] = {}
    for room in rooms:
        for zone in room.zones:
            found.setdefault(zone, []).append(room)
    return {zone: tuple(found[zone]) for zone in sorted(found, key=str.casefold)}


def systems(holders: Iterable[Placeholder]) -> dict[str, tuple[Placeholder, ...]]:
    """Placeholders of every system, sorted by the system's name."""
    found: dict[str, list[Placeholder]] = {}
    for holder in holders:
        for system in holder.systems:
            found.setdefault(system, []).append(holder)
    return {system: tuple(found[system]) for system in sorted(found, key=str.casefold)}


def devices_in_system(twin: Twin, system: str) -> frozenset[DeviceId]:
    """The connected devices that replaced placeholders of a system."""
    return frozenset(
        holder.device for holder in twin.placeholders if holder.device is not None and system in holder.systems
    )


def place_of(twin: Twin, device: Device) -> Placeholder | None:
    """The placeholder that the device replaced; None where it replaced none."""
    return next((holder for holder in twin.placeholders if holder.device == device.id), None)
