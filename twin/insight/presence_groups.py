"""Rooms joined along their storey until they are meant for several people, so that their presence tells of no single one.

What counts is for how many people a room is meant, not how many are there: a small number of people would itself be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from twin.model.capability import Reveals
from twin.model.device import Point
from twin.model.ids import PointId, RoomId
from twin.model.privacy import LEAST_PLACES, SEES_PEOPLE, PresenceGroup
from twin.model.space import Room
from twin.model.twin import Twin


def presence_points(twin: Twin) -> tuple[tuple[RoomId | None, Point], ...]:
    """Points whose values tell whether people are there, each with the room of its device."""
    return tuple(
        (device.room, point)
        for device in twin.devices
        for point in device.points
        if point.capability.reveals is Reveals.PRESENCE
    )


def room_places(twin: Twin, places: Mapping[RoomId, int]) -> dict[RoomId, int]:
    """For how many people each room with presence points is meant: as set, else the number of devices that have some."""
    sensors = Counter(
        device.room
        for device in twin.devices
        if device.room is not None and any(point.capability.reveals is Reveals.PRESENCE for point in device.points)
    )
    return {room: places.get(room, count) for room, count in sensors.items()}


def presence_groups(twin: Twin, places: Mapping[RoomId, int]) -> tuple[PresenceGroup, ...]:
    """The groups of all rooms with presence points. A room for LEAST_PLACES people or more is one by itself; what is left on a
    storey joins the last group there, or stays too small to be shown."""
    meant = room_places(twin, places)
    seen = {room for room, point in presence_points(twin) if point.capability.id in SEES_PEOPLE}
    made = partial(_group, meant, seen)
    groups: list[PresenceGroup] = []
    for storey in twin.storeys:
        rooms = [room.id for room in twin.rooms if room.storey == storey.id and room.id in meant]
        groups += [made((room,)) for room in rooms if meant[room] >= LEAST_PLACES]
        groups += _joined([room for room in rooms if meant[room] < LEAST_PLACES], made)
    return tuple(groups)


def _joined(rooms: Iterable[RoomId], group_of: Callable[[tuple[RoomId, ...]], PresenceGroup]) -> list[PresenceGroup]:
    """Groups until each is for enough people, and so are the rooms in it in which people are seen, if there are any."""
    made: list[PresenceGroup] = []
    waiting: tuple[RoomId, ...] = ()
    for room in rooms:
        waiting = (*waiting, room)
        if (group := group_of(waiting)).counted or (group.shown and not group.seen_places):
            made.append(group)
            waiting = ()
    if waiting and made:
        made[-1] = group_of((*made[-1].rooms, *waiting))
    elif waiting:
        made.append(group_of(waiting))
    return made


def _group(meant: Mapping[RoomId, int], seen: Collection[RoomId | None], rooms: tuple[RoomId, ...]) -> PresenceGroup:
    return PresenceGroup(
        rooms=rooms, places=sum(meant[room] for room in rooms),
        seen_places=sum(meant[room] for room in rooms if room in seen),
    )  # fmt: skip


def untold_points(twin: Twin, places: Mapping[RoomId, int]) -> frozenset[PointId]:
    """Presence points that are not to be joined with those of their group either: the rooms of it that have some of the same
    capability are together meant for too few people, or the group is."""
    meant = room_places(twin, places)
    group_of = {room: group.rooms for group in presence_groups(twin, places) for room in group.rooms}
    rooms_of = dict[tuple[tuple[RoomId, ...], str], set[RoomId]]()
    found = [
        (point.id, rooms_of.setdefault((group_of.get(room, ()), point.capability.id), set()), room)
        for room, point in presence_points(twin)
        if room is not None
    ]
    for _, rooms, room in found:
        rooms.add(room)
    return frozenset(point for point, rooms, _ in found if sum(meant[room] for room in rooms) < LEAST_PLACES)


def grouped_twin(twin: Twin, places: Mapping[RoomId, int]) -> Twin:
    """The twin in which the rooms of a group are one, with the id of its first room and all their names. Devices of rooms that
    are together meant for too few people are in none."""
    groups = presence_groups(twin, places)
    place = {room: group.rooms[0] if group.shown else None for group in groups for room in group.rooms}
    joined = {group.rooms[0]: group.rooms for group in groups if group.shown}
    rooms = tuple(
        _as_one([twin.room_of[one] for one in joined[room.id]]) if room.id in joined else room
        for room in twin.rooms
        if room.id in joined or room.id not in place
    )
    devices = tuple(
        replace(device, room=place[device.room]) if device.room is not None and device.room in place else device
        for device in twin.devices
    )
    return replace(twin, rooms=rooms, devices=devices)


def _as_one(rooms: Sequence[Room]) -> Room:
    if len(rooms) == 1:
        return rooms[0]
    return replace(
        rooms[0], number="", name=", ".join(room.title for room in rooms), outline=(), holes=(),
        area_m2=sum(room.area_m2 for room in rooms), volume_m3=sum(room.volume_m3 for room in rooms),
    )  # fmt: skip


def single_rooms_hidden(twin: Twin, withheld: Collection[PointId]) -> frozenset[RoomId]:
    """Rooms of points that are not shown one by one."""
    return frozenset(
        device.room
        for device in twin.devices
        if device.room is not None and any(point.id in withheld for point in device.points)
    )


PERSONAL = frozenset({Reveals.PRESENCE, Reveals.IDENTITY, Reveals.HEALTH})
"""What values tell of persons themselves."""


def withheld_points(twin: Twin, places: Mapping[RoomId, int]) -> frozenset[PointId]:
    """Points that tell of persons and are not shown one by one: all but those of rooms that are a group by themselves. Those in
    no room are withheld, too."""
    alone = {group.rooms[0] for group in presence_groups(twin, places) if len(group.rooms) == 1 and group.shown}
    return frozenset(
        point.id
        for device in twin.devices
        for point in device.points
        if point.capability.reveals in PERSONAL and device.room not in alone
    )
