"""Groups of rooms by which use is told where presence is: what a room for few people uses, or switches, tells of who is there.

No group is for fewer than LEAST_PLACES people, and neither is what is left when the groups are taken from the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from twin.insight.meter_tree import AREA_KINDS
from twin.insight.presence_groups import presence_groups, room_places
from twin.model.capability import Reveals
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.privacy import LEAST_PLACES
from twin.model.twin import Twin

type Rooms = tuple[RoomId, ...]

GENERATION = "solar"
"""Kind of devices whose values tell of the sun alone."""


@dataclass(frozen=True, slots=True)
class UseGroups:
    """Rooms of which something is measured, by how it is told: each of the groups as one, the `rest` as one without a name."""

    groups: tuple[Rooms, ...] = ()
    rest: Rooms = ()
    rest_told: bool = True
    """False where even all of them are for too few people."""

    @property
    def alone(self) -> frozenset[RoomId]:
        """Rooms for many people, which are told one by one."""
        return frozenset(rooms[0] for rooms in self.groups if len(rooms) == 1)


def use_places(twin: Twin, places: Mapping[RoomId, int]) -> dict[RoomId, int]:
    """For how many people each room is meant: as set, else the number of its presence sensors, 0 without one."""
    return dict.fromkeys(twin.room_of, 0) | dict(places) | room_places(twin, places)


def use_groups(twin: Twin, places: Mapping[RoomId, int], measured: Collection[RoomId]) -> UseGroups:
    """The groups of the rooms in which something is measured: those of presence, without the rooms in which nothing is. What is
    too small joins the smallest group of its storey; what is left in the end, the smallest of all until it is for enough."""
    meant, groups, rest = use_places(twin, places), list[Rooms](), list[RoomId]()

    def size(rooms: Iterable[RoomId]) -> int:
        return sum(meant[room] for room in rooms)

    for mine in _by_storey(twin, places, measured):
        enough = [rooms for rooms in mine if size(rooms) >= LEAST_PLACES]
        few = [room for rooms in mine if rooms not in enough for room in rooms]
        if few and enough:
            least = min(range(len(enough)), key=lambda at: size(enough[at]))
            enough[least] = (*enough[least], *few)
        elif size(few) >= LEAST_PLACES:
            enough = [tuple(few)]
        else:
            rest += few
        groups += enough
    _fill(rest, groups, size)
    return UseGroups(tuple(groups), tuple(rest), not rest or size(rest) >= LEAST_PLACES)


def _by_storey(twin: Twin, places: Mapping[RoomId, int], measured: Collection[RoomId]) -> Iterable[list[Rooms]]:
    """The measured rooms of each storey, by groups of presence; a room in none is one by itself."""
    of = {room: group.rooms for group in presence_groups(twin, places) for room in group.rooms}
    for storey in twin.storeys:
        found = dict[Rooms, list[RoomId]]()
        for room in twin.rooms:
            if room.storey == storey.id and room.id in measured:
                found.setdefault(of.get(room.id, (room.id,)), []).append(room.id)
        yield [tuple(rooms) for rooms in found.values()]


def _fill(rest: list[RoomId], groups: list[Rooms], size: Callable[[Sequence[RoomId]], int]) -> None:
    """Moves the smallest groups to the rest until that is for enough people."""
    while rest and groups and size(rest) < LEAST_PLACES:
        least = min(groups, key=size)
        groups.remove(least)
        rest += least


def withheld_use(twin: Twin, places: Mapping[RoomId, int], mains: Collection[DeviceId]) -> frozenset[PointId]:
    """Points whose values tell what is used or switched in rooms for few people. Meters of an area are among them, but the
    main ones, `mains`."""
    found = [(device, point) for device in twin.devices for point in device.points if _tells(device, point)]
    measured = {device.room for device, _ in found if device.room is not None and device.kind not in AREA_KINDS}
    alone = use_groups(twin, places, measured).alone
    return frozenset(
        point.id
        for device, point in found
        if device.id not in mains and (device.kind in AREA_KINDS or device.room not in alone)
    )


def _tells(device: Device, point: Point) -> bool:
    return point.capability.reveals is Reveals.HABITS and device.kind != GENERATION
