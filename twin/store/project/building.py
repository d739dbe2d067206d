"""A building into the rows of a project: matched rooms keep their id, the user's names and what is bound to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from twin.model.building import Building
from twin.model.ident import RoomId, derived
from twin.model.space import Door, Placeholder, Room
from twin.store.project.edits import Rows
from twin.store.project.rows import KEPT_AT_RE_IMPORT, Key, Row, row_of, thing_of

ONLY = "1"
"""The id of the one row of site and source."""


def changed(rows: Rows, building: Building, keep: Mapping[RoomId, RoomId]) -> dict[Key, Row | None]:
    """The rows that a building brings or takes; `keep` maps its room ids to ids of the project."""
    out: dict[Key, Row | None] = {
        (table, id): None for table in KEPT_AT_RE_IMPORT if table != "site" for id in rows[table]
    }
    ids = _room_ids(rows, building, keep)
    title = str(rows["site"][ONLY]["title"]) if ONLY in rows["site"] else ""
    out["site", ONLY] = row_of("site", building.site, id=ONLY, title=title)
    out["source", ONLY] = row_of("source", building.source, id=ONLY)
    for pos, storey in enumerate(building.storeys):
        known = rows["storey"].get(storey.id)
        named = bool(known and known["named"])
        name = str(known["name"]) if known and named else storey.name
        out["storey", storey.id] = row_of("storey", replace(storey, name=name), pos=pos, named=named)
    for pos, room in enumerate(building.rooms):
        out["room", ids[room.id]] = _room(rows, replace(room, id=ids[room.id]), pos)
    for pos, door in enumerate(building.doors):
        out["door", door.id] = row_of("door", _door(door, ids), pos=pos)
    for pos, holder in enumerate(building.placeholders):
        known = rows["placeholder"].get(holder.id)
        device = known["device"] if known else None
        out["placeholder", holder.id] = row_of("placeholder", _placeholder(holder, ids), pos=pos, device=device)
    there = {id for (table, id), row in out.items() if table == "room" and row is not None}
    return out | _bindings(rows, there)


def _room_ids(rows: Rows, building: Building, keep: Mapping[RoomId, RoomId]) -> dict[RoomId, RoomId]:
    """The id that each room of the file gets. A kept id is never given twice, whatever the file calls its rooms."""
    ids = {room.id: keep[room.id] for room in building.rooms if keep.get(room.id) in rows["room"]}
    taken = set(ids.values())
    for room in building.rooms:
        if room.id in ids:
            continue
        id = room.id
        while id in taken:
            id = RoomId(derived("room", id))
        ids[room.id] = id
        taken.add(id)
    return ids


def _room(rows: Rows, room: Room, pos: int) -> Row:
    known = rows["room"].get(room.id)
    if known is None or not known["named"]:
        return row_of("room", room, pos=pos, named=False)
    mine = thing_of(Room, "room", known)
    return row_of("room", replace(room, name=mine.name, number=mine.number), pos=pos, named=True)


def _door(door: Door, ids: Mapping[RoomId, RoomId]) -> Door:
    return replace(door, rooms=tuple(ids.get(room, room) for room in door.rooms))


def _placeholder(holder: Placeholder, ids: Mapping[RoomId, RoomId]) -> Placeholder:
    return replace(
        holder,
        room=ids.get(holder.room, holder.room) if holder.room else None,
        candidates=tuple(ids.get(room, room) for room in holder.candidates),
    )


def _bindings(rows: Rows, there: set[str]) -> dict[Key, Row | None]:
    """Devices whose room went remember it; devices whose lost room is back are in it again."""
    out: dict[Key, Row | None] = {}
    for id, row in rows["device"].items():
        if row["room"] is not None and row["room"] not in there:
            lost = rows["room"].get(row["room"])
            title = thing_of(Room, "room", lost).title if lost else ""
            gone = {"lost_room": row["room"], "lost_title": title, "lost_position_m": row["position_m"]}
            out["device", id] = {**row, **gone, "room": None, "position_m": None}
        elif row["room"] is None and row["lost_room"] in there:
            back = {"room": row["lost_room"], "position_m": row["lost_position_m"]}
            out["device", id] = {**row, **back, **FOUND}
    return out


FOUND: Row = {"lost_room": None, "lost_title": None, "lost_position_m": None}
"""The columns of a device that lost no room."""
