"""Rooms joined along their storey until they are meant for several people, so that their presence tells of no single one.

What counts is for how many people a room is meant, not how many are there: a small number of people would itself be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from twin.model.capability import Reveals
from twin.model.device import Point
from twin.model.ids import PointId, RoomId
from twin.model.privacy import LEAST_PLACES, PresenceGroup
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
    groups: list[PresenceGroup] = []
    for storey in twin.storeys:
        rooms = [room.id for room in twin.rooms if room.storey == storey.id and room.id in meant]
        groups += [_group((room,), meant) for room in rooms if meant[room] >= LEAST_PLACES]
        groups += _joined([room for room in rooms if meant[room] < LEAST_PLACES], meant)
    return tuple(groups)


def _joined(rooms: Iterable[RoomId], meant: Mapping[RoomId, int]) -> list[PresenceGroup]:
    made: list[PresenceGroup] = []
    waiting: tuple[RoomId, ...] = ()
    for room in rooms:
        waiting = (*waiting, room)
        if (group := _group(waiting, meant)).shown:
            made.append(group)
            waiting = ()
    if waiting and made:
        made[-1] = _group((*made[-1].rooms, *waiting), meant)
    elif waiting:
        made.append(_group(waiting, meant))
    return made


def _group(rooms: tuple[RoomId, ...], meant: Mapping[RoomId, int]) -> PresenceGroup:
    return PresenceGroup(rooms=rooms, places=sum(meant[room] for room in rooms))


def withheld_points(twin: Twin, places: Mapping[RoomId, int]) -> frozenset[PointId]:
    """Presence points that are not shown one by one: all but those of rooms that are a group by themselves. Those in no room
    are withheld, too."""
    alone = {group.rooms[0] for group in presence_groups(twin, places) if len(group.rooms) == 1 and group.shown}
    return frozenset(point.id for room, point in presence_points(twin) if room not in alone)
