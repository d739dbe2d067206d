"""The devices, points and counters that a question is about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from twin.insight.question import Question
from twin.model.aggregation import counted_points
from twin.model.device import Device, Point
from twin.model.ids import PointId
from twin.model.kind import KINDS
from twin.model.text import Text
from twin.model.twin import Twin


def asked_devices(question: Question, twin: Twin) -> list[Device]:
    """Devices in the places that are named; all where none is."""
    rooms = set(question.rooms) | {room.id for room in twin.rooms if room.storey in question.storeys}
    if question.rooms and question.storeys:
        rooms = {room.id for room in twin.rooms if room.id in question.rooms and room.storey in question.storeys}
    if not rooms and not question.devices and not question.storeys:
        return list(twin.devices)
    return [one for one in twin.devices if one.id in question.devices or (one.room in rooms and not question.devices)]


def asked_states(question: Question, twin: Twin) -> list[tuple[Device, Point]]:
    """Devices of the asked kinds with the point that is their state."""
    found: list[tuple[Device, Point]] = []
    for device in asked_devices(question, twin):
        kind = KINDS.get(device.kind)
        capability = question.capability or (kind.primary if kind is not None else "")
        wanted = {"occupancy", "presence", "motion"} if capability == "occupancy" else {capability}
        if question.kinds and device.kind not in question.kinds:
            continue
        if question.named and not _is_named(device, question.named, twin):
            continue
        point = next((one for one in device.points if one.info.capability in wanted), None)
        if point is not None:
            found.append((device, point))
    return found


def _is_named(device: Device, pattern: str, twin: Twin) -> bool:
    """Whether the name fits; a contact whose name tells neither door nor window counts as both."""
    name = device.name.casefold()
    return re.search(pattern, name) is not None or re.search(r"door|window|门|窗", name) is None


def asked_counters(question: Question, twin: Twin, mains: Iterable[PointId]) -> list[PointId]:
    """Counters of the asked places or devices; a meter of the whole building is none of the room in which it is."""
    capability, main = question.capability or "energy_import", list(mains)
    is_everywhere = not question.rooms and not question.devices and not question.storeys
    if is_everywhere and capability == "energy_import":
        return main
    return [
        point.id for device in asked_devices(question, twin) for point in counted_points(device, capability)
        if is_everywhere or device.id in question.devices or point.id not in main
    ]  # fmt: skip


def _room_name(twin: Twin, device: Device) -> str:
    room = twin.room_of.get(device.room) if device.room is not None else None
    return room.name if room is not None else ""


def in_room(device: Device, twin: Twin) -> Text | None:
    """The room of a device; None where it has none."""
    name = _room_name(twin, device)
    return Text("ask.in_room", room=name) if name else None
