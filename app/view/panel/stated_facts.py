"""Inspector facts that the building file states about a room or device."""

from __future__ import annotations

from collections.abc import Sequence

from app.i18n import tr
from twin.model.device import Device
from twin.model.grouping import place_of
from twin.model.space import SAID_AREA, SAID_HEIGHT, SAID_VOLUME, Classified, Room
from twin.model.twin import Twin

type InspectorFact = tuple[str, str]
"""Name and value of a fact, as text."""

_NOTHING = 0.05
_DOORS = 8


def size_facts(room: Room) -> list[InspectorFact]:
    """Area, volume and height of a room, each with the file's own value if stated; unknown sizes are left out."""
    found: list[InspectorFact] = []
    for name, mine, names, unit, digits in (
        (tr("Area"), room.area_m2, SAID_AREA, "m²", 1),
        (tr("Air volume"), room.volume_m3, SAID_VOLUME, "m³", 1),
        (tr("Height"), room.ceiling_m - room.floor_m, SAID_HEIGHT, "m", 2),
    ):
        if mine < _NOTHING:
            continue
        said, value = room.stated_size(names), f"{mine:.{digits}f} {unit}"
        found.append(
            (name, value if said is None else tr("{size} (file: {said})", size=value, said=f"{said:,.{digits}f}"))
        )
    return found


def room_facts(twin: Twin, room: Room) -> list[InspectorFact]:
    """Zones and classifications of a room, and doors whose rooms differ from those in the file."""
    found = [(tr("Zones"), ", ".join(room.zones))] if room.zones else []
    return [*found, *_class_facts(room.classes), *_door_facts(twin, room)]


def device_facts(twin: Twin, device: Device) -> list[InspectorFact]:
    """Systems and classifications of the placeholder whose place the device took."""
    holder = place_of(twin, device)
    if holder is None:
        return []
    found = [(tr("System"), ", ".join(holder.systems))] if holder.systems else []
    return [*found, *_class_facts(holder.classes)]


def _class_facts(classes: Sequence[Classified]) -> list[InspectorFact]:
    """Facts of classifications: the system's name (`Class` if it has none), and code and name."""
    return [(one.system or tr("Class"), " ".join(part for part in (one.code, one.name) if part)) for one in classes]


def _door_facts(twin: Twin, room: Room) -> list[InspectorFact]:
    found: list[InspectorFact] = []
    for door in twin.doors:
        if door.disputed and room.id in (*door.rooms, *door.stated_rooms):
            joined, said = (
                ", ".join(twin.room_of[id].title for id in some if id in twin.room_of)
                for some in (door.rooms, door.stated_rooms)
            )
            joins = tr("joins {rooms}; the file says {said}", rooms=joined or tr("nothing"), said=said)
            found.append((tr("Door"), joins))
    return found[:_DOORS]
