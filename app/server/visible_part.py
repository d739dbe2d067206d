"""The part of the twin that is visible with an access that is limited to rooms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from twin.model.capability import ValueType
from twin.model.grant import Grant
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.radio_map import RadioMap
from twin.model.space import Door
from twin.model.twin import Twin

WHOLE = frozenset({"name", "site"})
"""Fields of Twin that are shown as they are. Those that `part_of` does not name are left empty."""

_IN_TEXTS = (ValueType.TEXT, ValueType.ENUM, ValueType.EVENT)


@dataclass(frozen=True, slots=True)
class VisiblePart:
    """What is visible of one snapshot of the twin."""

    whole: Twin
    twin: Twin
    rooms: frozenset[RoomId]
    devices: frozenset[DeviceId]
    points: frozenset[PointId]
    texts: frozenset[PointId]
    """Points whose values may be codes of texts."""
    links: frozenset[LinkId]


def part_of(whole: Twin, grant: Grant) -> VisiblePart:
    """The part in the rooms of a grant: of the building these rooms, their storeys and doors."""
    rooms = grant.rooms_in(whole)
    devices = tuple(device for device in whole.devices if device.room in rooms)
    points = {point.id: point.capability.type for device in devices for point in device.points}
    links = frozenset(device.link for device in devices)
    ids = frozenset(device.id for device in devices)
    shown = tuple(room for room in whole.rooms if room.id in rooms)
    storeys, limit = {room.storey for room in shown}, ",".join(sorted(rooms))
    twin = replace(
        Twin(),
        **{name: getattr(whole, name) for name in WHOLE},
        storeys=tuple(storey for storey in whole.storeys if storey.id in storeys),
        rooms=shown,
        doors=tuple(_seen_from(door, rooms) for door in whole.doors if rooms.intersection(door.rooms)),
        meshes=tuple(f"{key} {limit}" for key in whole.meshes) if shown else (),
        devices=devices,
        placeholders=tuple(one for one in whole.placeholders if one.room in rooms),
        links=tuple(replace(link, address="", options=()) for link in whole.links if link.id in links),
        meter_changes=tuple(one for one in whole.meter_changes if one.point in points),
        checkouts=tuple(one for one in whole.checkouts if one.id in ids),
    )
    texts = frozenset(point for point, kind in points.items() if kind in _IN_TEXTS)
    return VisiblePart(whole, twin, rooms, ids, frozenset(points), texts, links)


def _seen_from(door: Door, rooms: Collection[RoomId]) -> Door:
    """A door without the rooms that are not visible."""
    return replace(door, rooms=_among(door.rooms, rooms), stated_rooms=_among(door.stated_rooms, rooms))


def _among(some: Sequence[RoomId], rooms: Collection[RoomId]) -> tuple[RoomId, ...]:
    return tuple(room for room in some if room in rooms)


def visible_radio(whole: RadioMap, devices: Collection[DeviceId]) -> RadioMap:
    """The part of a map of radio links that is between these devices; why others could not be asked is left out."""
    nodes = tuple(node for node in whole.nodes if node.device in devices)
    keys = {node.key for node in nodes}
    links = tuple(link for link in whole.links if link.start in keys and link.end in keys)
    return replace(whole, nodes=nodes, links=links, can_ask=False, problems=())


def visible_part(whole: Twin, grant: Grant) -> Twin:
    """The part of the twin that is visible with this grant."""
    return part_of(whole, grant).twin if grant.scoped else whole
