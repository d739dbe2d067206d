"""Places of devices that are not there yet (placeholders): of the building files, and planned by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping

from twin.model.ids import DeviceId, PlaceholderId, RoomId, clean_name, derived
from twin.model.kind import KINDS
from twin.model.problem import Problem, ProblemError
from twin.model.space import Placeholder, Position, Room
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.project import refusals
from twin.store.project.building_rows import BY_HAND, FOUND
from twin.store.project.edit_labels import of_devices
from twin.store.project.project_database import ProjectDatabase
from twin.store.project.rows import Row, RowKey, row_of, thing_of

_APART_M, _GOLDEN_ANGLE, _TRIES = 0.55, 2.39996, 60


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
            there = self._rows["placeholder"]
            number = sum(row["room"] == room and row["source"] == BY_HAND for row in there.values())
            number += sum(row["room"] == room and row["position_m"] is None for row in self._rows["device"].values())
            holder = Placeholder(
                id=self._unused(room, clean),
                kind=kind,
                name=clean,
                storey=where.storey,
                room=room,
                position_m=free_spot(where, number, KINDS[kind].mounts_at_m),
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

    def take_place(self, device: DeviceId, holder: PlaceholderId) -> Twin:
        """Puts a device into a planned place: it gets the room and position, and the name of one that was planned by hand;
        a place that it had before is free again. Raises ProblemError where either is unknown, or the place is taken or in
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


def free_spot(room: Room, number: int, height_m: float) -> Position:
    """The position (metres) of the `number`th thing without one of its own, on a sunflower pattern around the room's middle
    and inside its outline.
    """
    z = round(room.floor_m + min(height_m, max(0.1, room.ceiling_m - room.floor_m)), 3)
    if not room.outline:
        return (0.0, 0.0, z)
    xs, ys = zip(*room.outline, strict=True)
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    for turn in range(number, number + _TRIES):
        far = _APART_M * math.sqrt(turn)
        x, y = middle[0] + math.cos(turn * _GOLDEN_ANGLE) * far, middle[1] + math.sin(turn * _GOLDEN_ANGLE) * far
        if room.contains(x, y):
            return (round(x, 3), round(y, 3), z)
    return (round(middle[0], 3), round(middle[1], 3), z)


def _spot(planned: Row) -> Row:
    return {"room": planned["room"], "position_m": planned["position_m"]}
