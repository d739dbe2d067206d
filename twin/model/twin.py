"""The whole structure of a project at one moment: an immutable snapshot with look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from twin.model.checkout import DeviceCheckout
from twin.model.definition import NO_DEFINITIONS, Definitions
from twin.model.device import Device, Link, Orphan, Point
from twin.model.ids import DeviceId, PointId, RoomId, StoreyId
from twin.model.meter import MeterChange
from twin.model.meter_register import Exchange
from twin.model.space import Door, Placeholder, Room, Site, Storey


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Immutable snapshot: storeys from bottom to top; devices carry their binding (room, position). Values are in
    State.
    """

    name: str = ""
    site: Site = field(default_factory=Site)
    storeys: tuple[Storey, ...] = ()
    rooms: tuple[Room, ...] = ()
    doors: tuple[Door, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    links: tuple[Link, ...] = ()
    devices: tuple[Device, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    """Devices whose room a re-import removed, until the user decides."""
    meter_changes: tuple[MeterChange, ...] = ()
    """Marked meter replacements in time order."""
    checkouts: tuple[DeviceCheckout, ...] = ()
    """What was tested of the devices, ordered by device id."""
    definitions: Definitions = NO_DEFINITIONS
    """Alarms, automations, schedules, scenes and calendars of the project."""
    persons: tuple[tuple[str, str], ...] = ()
    """Key of the consent and name of each person in care."""
    meshes: tuple[str, ...] = ()
    """Keys of the building's meshes: equal keys mean equal meshes."""

    def has_spaces_of(self, other: Twin) -> bool:
        """Whether storeys and rooms have the same ids, outlines and heights as the other's; names are ignored."""
        if len(self.storeys) != len(other.storeys) or len(self.rooms) != len(other.rooms):
            return False
        storeys = zip(self.storeys, other.storeys, strict=True)
        rooms = zip(self.rooms, other.rooms, strict=True)
        return all(a is b or a.extent == b.extent for a, b in (*storeys, *rooms))

    def has_shape_of(self, other: Twin) -> bool:
        """Whether the building has the same spaces and meshes as the other's, so that its picture is still valid."""
        return self.meshes == other.meshes and self.has_spaces_of(other)

    def person_of(self, key: str) -> str:
        """Name of the person in care by the key of the consent; empty where it is not known."""
        return next((name for known, name in self.persons if known == key), "")

    @cached_property
    def storey_of(self) -> dict[StoreyId, Storey]:
        """Storeys by id."""
        return {storey.id: storey for storey in self.storeys}

    @cached_property
    def room_of(self) -> dict[RoomId, Room]:
        """Rooms by id."""
        return {room.id: room for room in self.rooms}

    @cached_property
    def device_of(self) -> dict[DeviceId, Device]:
        """Devices by id."""
        return {device.id: device for device in self.devices}

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """All points, device by device. The order is not that of State's rows."""
        return tuple(point for device in self.devices for point in device.points)

    @cached_property
    def point_of(self) -> dict[PointId, Point]:
        """Points by id."""
        return {point.id: point for point in self.points}

    @cached_property
    def exchanges_of(self) -> dict[PointId, tuple[Exchange, ...]]:
        """Marked exchanges of each point that has any, in time order."""
        grouped: dict[PointId, list[Exchange]] = {}
        for mark in self.meter_changes:
            grouped.setdefault(mark.point, []).append(mark.exchange)
        return {point: tuple(exchanges) for point, exchanges in grouped.items()}

    @cached_property
    def devices_in(self) -> dict[RoomId | None, tuple[Device, ...]]:
        """Devices by room; None holds the unbound ones."""
        grouped: dict[RoomId | None, list[Device]] = {}
        for device in self.devices:
            grouped.setdefault(device.room, []).append(device)
        return {room: tuple(devices) for room, devices in grouped.items()}

    def find_device(self, text: str) -> Device | None:
        """The device with this id, else the only one with this name (case ignored)."""
        return self.device_of.get(DeviceId(text)) or _only(self.devices, text, _device_names)

    def find_room(self, text: str) -> Room | None:
        """The room with this id, else the only one with this number, name or title (case ignored)."""
        return self.room_of.get(RoomId(text)) or _only(self.rooms, text, _room_names)

    def find_placeholder(self, text: str) -> Placeholder | None:
        """The placeholder with this id, else the only one with this name (case ignored); those that a device has taken
        count where no free one has the name.
        """
        by_id = next((holder for holder in self.placeholders if holder.id == text), None)
        found = self._placeholders_named(text)
        return by_id or (found[0] if len(found) == 1 else None)

    def _placeholders_named(self, text: str) -> list[Placeholder]:
        found = _named(self.placeholders, text, lambda holder: (holder.name,))
        return [holder for holder in found if holder.device is None] or found

    def waiting(self, entities: Iterable[str]) -> Placeholder | None:
        """The unconnected placeholder, with a room, whose `source_id` is one of these Home Assistant entity ids; None
        where there is none.
        """
        return next((self._waiting[id] for id in entities if id in self._waiting), None)

    @cached_property
    def _waiting(self) -> dict[str, Placeholder]:
        free = (p for p in self.placeholders if p.device is None and p.room in self.room_of and "." in p.source_id)
        return {holder.source_id: holder for holder in free}

    def suggested_room(self, device: Device) -> Room | None:
        """The room whose name equals the device's `area`, where the device is in no room; None without exactly one
        such room.
        """
        return self._room_by_area.get(device.area) if device.area and device.room not in self.room_of else None

    def suggested_rooms(self, devices: Iterable[DeviceId] | None = None) -> dict[DeviceId, RoomId]:
        """Suggested room by device, for these devices or all; devices without a suggestion are left out."""
        some = self.devices if devices is None else (self.device_of[id] for id in devices if id in self.device_of)
        return {device.id: room.id for device in some if (room := self.suggested_room(device)) is not None}

    @cached_property
    def _room_by_area(self) -> dict[str, Room | None]:
        """Per area that devices' systems name, the room that is called so: thousands of devices share a few."""
        return {area: self.find_room(area) for area in {device.area for device in self.devices if device.area}}

    def find_point(self, text: str) -> Point | None:
        """The only point of `points_called`; None where there is none or there are several."""
        found = self.points_called(text)
        return found[0] if len(found) == 1 else None

    def points_called(self, text: str) -> tuple[Point, ...]:
        """The point with this id, or all that `device/key` may mean, with a device's name or id and a point's key or
        capability, else with this title (case ignored).
        """
        if found := self.point_of.get(PointId(text)):
            return (found,)
        name, _, key = text.rpartition("/")
        device = self.find_device(name) if name else None
        if device is None:
            return ()
        return device.points_called(key) or tuple(_named(device.points, key, _point_names))

    def called(self, what: str, text: str) -> tuple[str, ...]:
        """Ids of everything with this name, to list the choices of an ambiguous name.

        Rooms where `what` is `room`, placeholders where it is `placeholder`, else devices and placeholders; the part before `/` counts as well.
        """
        if what == "placeholder":
            return tuple(holder.id for holder in self._placeholders_named(text))
        if what == "room":
            return tuple(room.id for room in _named(self.rooms, text, _room_names))
        for name in (text, text.rpartition("/")[0]):
            planned = _named(self.placeholders, name, lambda holder: (holder.name,))
            if found := [device.id for device in _named(self.devices, name, _device_names)] + [p.id for p in planned]:
                return tuple(found)
        return ()


def _device_names(device: Device) -> tuple[str, ...]:
    return (device.name,)


def _point_names(point: Point) -> tuple[str, ...]:
    return (point.title,)


def _room_names(room: Room) -> tuple[str, ...]:
    return room.number, room.name, room.title


def _named[T](things: tuple[T, ...], text: str, names: Callable[[T], tuple[str, ...]]) -> list[T]:
    wanted = text.strip().casefold()
    return [thing for thing in things if wanted in (name.casefold() for name in names(thing) if name)]


def _only[T](things: tuple[T, ...], text: str, names: Callable[[T], tuple[str, ...]]) -> T | None:
    found = _named(things, text, names)
    return found[0] if len(found) == 1 else None
