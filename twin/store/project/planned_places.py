"""Places of devices that are not there yet (placeholders): of the building files, and planned by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from twin.model.ids import DeviceId, PlaceholderId, RoomId, clean_name, derived
from twin.model.kind import KINDS
from twin.model.problem import Problem, ProblemError
from twin.model.room_centroid import room_centroid
from twin.model.room_spots import free_numbers, spot_around
from twin.model.space import Placeholder, Position, Room
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.project import refusals
from twin.store.project.building_rows import BY_HAND, FOUND
from twin.store.project.edit_labels import of_devices
from twin.store.project.project_database import ProjectDatabase
from twin.store.project.rows import Row, RowKey, row_of, thing_of


class PlannedPlaces(ProjectDatabase):
    """Edits of placeholders, each one undo step."""

    def plan(self, room: RoomId, kind: str, name: str) -> Twin:
        """Plans a device of a kind in a room, at its kind's usual height. Raises ProblemError for an unknown room or
        kind, or an empty name.
        """
        clean = clean_name(name)
        if not clean:
            raise ProblemError(refusals.nameless())
        if kind not in KINDS:
            raise ProblemError(refusals.unknown_thing("kind", kind))
        with self._lock:
            where = thing_of(Room, "room", self._known("room", room))
            holder = Placeholder(
                id=self._unused(room, clean),
                kind=kind,
                name=clean,
                storey=where.storey,
                room=room,
                position_m=free_spot(self._twin, where, KINDS[kind].mounts_at_m),
            )
            row = row_of("placeholder", holder, pos=self._next("placeholder"), source=BY_HAND, decided=1)
            return self._commit(Text("edit.plan", name=clean, room=where.title), {("placeholder", holder.id): row})

    def unplan(self, holder: PlaceholderId) -> Twin:
        """Removes what was planned by hand. Raises ProblemError for an unknown placeholder, or one of a building file."""
        with self._lock:
            row = self._known("placeholder", holder)
            if row["source"] != BY_HAND:
                raise ProblemError(Problem(code="plan.of_file", args={"name": row["name"]}))
            return self._commit(Text("edit.unplan", name=row["name"]), {("placeholder", str(holder)): None})

    def take_place(self, device: DeviceId, holder: PlaceholderId, also: Iterable[DeviceId] = ()) -> Twin:
        """Puts a device into a planned place: it gets the room and position, and the name of one that was planned by hand;
        a place that it had before is free again. Devices that came with it (`also`) go into the same room. Raises ProblemError where either is unknown, or the place is taken or in
        no room.
        """
        with self._lock:
            row, planned = self._known("device", device), self._known("placeholder", holder)
            if planned["device"] not in (None, device) and planned["device"] in self._rows["device"]:
                raise ProblemError(Problem(code="plan.taken", args={"name": planned["name"]}))
            if planned["room"] not in self._rows["room"]:
                raise ProblemError(Problem(code="plan.no_room", args={"name": planned["name"]}))
            todo: dict[RowKey, Row | None] = {
                ("placeholder", id): {**one, "device": None}
                for id, one in self._rows["placeholder"].items()
                if one["device"] == device
            }
            todo["placeholder", str(holder)] = {**planned, "device": str(device)}
            named = {"name": planned["name"]} if planned["source"] == BY_HAND else {}
            todo["device", str(device)] = {**row, **_spot(planned), **named, **FOUND}
            for other in also:
                beside = self._known("device", other)
                todo["device", str(other)] = {**beside, "room": planned["room"], "position_m": None, **FOUND}
            return self._commit(of_devices("edit.place", [named.get("name", row["name"])]), todo)

    def fill(self, places: Mapping[DeviceId, PlaceholderId]) -> Twin:
        """Devices replace placeholders: they get their room and position. Devices with a room and connected
        placeholders are skipped.
        """
        with self._lock:
            todo: dict[RowKey, Row | None] = {}
            names: list[str] = []
            for device, holder in places.items():
                row, planned = self._rows["device"].get(device), self._rows["placeholder"].get(holder)
                if row is None or planned is None or row["room"] or planned["device"] or not planned["room"]:
                    continue
                todo["device", str(device)] = {**row, **_spot(planned), **FOUND}
                todo["placeholder", str(holder)] = {**planned, "device": str(device)}
                names.append(row["name"])
            return self._commit(of_devices("edit.place", names), todo)

    def place(self, holder: PlaceholderId, room: RoomId) -> Twin:
        """Sets the room of a placeholder; re-imports keep it. Raises ProblemError for an unknown placeholder or room."""
        with self._lock:
            row = self._known("placeholder", holder)
            title = thing_of(Room, "room", self._known("room", room)).title
            place = {**row, "room": room, "candidates": "[]", "decided": 1}
            return self._commit(Text("edit.bind", name=row["name"], room=title), {("placeholder", str(holder)): place})

    def _unused(self, room: RoomId, name: str) -> PlaceholderId:
        number = 0
        while (id := derived("planned", room, name, str(number))) in self._rows["placeholder"]:
            number += 1
        return PlaceholderId(id)


def free_spot(twin: Twin, room: Room, height_m: float) -> Position:
    """The first position (metres) in a room that is clear of its devices and of what is planned there by hand."""
    z = round(room.floor_m + min(height_m, max(0.1, room.ceiling_m - room.floor_m)), 3)
    if not room.outline:
        return (0.0, 0.0, z)
    middle, devices = room_centroid(room), twin.devices_in.get(room.id, ())
    planned = [one.position_m[:2] for one in twin.placeholders if one.by_hand and one.room == room.id]
    placed = [one.position_m[:2] for one in devices if one.position_m is not None]
    start = next(islice(free_numbers(room, middle, planned), len(devices) - len(placed), None))
    x, y = spot_around(room, middle, next(free_numbers(room, middle, [*planned, *placed], start)))
    return (round(x, 3), round(y, 3), z)


def _spot(planned: Row) -> Row:
    return {"room": planned["room"], "position_m": planned["position_m"]}
