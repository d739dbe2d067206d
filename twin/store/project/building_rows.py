"""Merges a building into the rows of a project: matched rooms keep their id, the user's names and their devices."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from twin.model.building import Building, Intake, Source
from twin.model.ids import RoomId, derived
from twin.model.space import Door, Placeholder, Room, Site, Storey, still_named
from twin.store.project.edits import Rows
from twin.store.project.rows import Row, RowKey, row_of, thing_of

ONLY = "1"
"""Id of the only row of `site` and `drawing`."""
PARTS = ("room", "door", "placeholder")
"""Tables whose rows belong to one building file each."""
BY_HAND = ""
"""Source of placeholders that no building file has."""


def changed(rows: Rows, building: Building, intake: Intake) -> dict[RowKey, Row | None]:
    """Rows to write (None: delete) to import a building as `intake` states; rows of the project's other files stay."""
    mine = intake.source
    others = {id: row for id, row in rows["source"].items() if id != mine}
    out: dict[RowKey, Row | None] = {
        (table, id): None for table in PARTS for id, row in rows[table].items() if row["source"] == mine
    }
    ids = _room_ids(rows, building, intake)
    if all(int(mine) < int(id) for id in others):
        title = str(rows["site"][ONLY]["title"]) if ONLY in rows["site"] else ""
        out["site", ONLY] = row_of("site", building.site, id=ONLY, title=title)
    here = [storey.id for storey in building.storeys]
    out["source", mine] = row_of("source", building.source, id=mine, storeys=here, placed=intake.placed)
    out |= _storeys(rows, building, mine)
    for pos, room in enumerate(building.rooms):
        out["room", ids[room.id]] = _room(rows, replace(room, id=ids[room.id]), pos, source=mine)
    for pos, door in enumerate(building.doors):
        out["door", door.id] = row_of("door", _door(door, ids), pos=pos, source=mine)
    there = _there(rows, out)
    for pos, holder in enumerate(building.placeholders):
        out["placeholder", holder.id] = _holder(rows, _placeholder(holder, ids), pos, there=there, source=mine)
    out |= _others(rows, intake, ids) | _planned_by_hand(rows, there, intake)
    return out | _bindings(rows, there, intake)


def part(rows: Rows, source: str) -> Building:
    """The building of one file, with the project's ids and the file's own names; without its mesh."""
    row = rows["source"][source]
    things = {table: [r for r in _ordered(rows[table]) if r["source"] == source] for table in PARTS}
    levels: list[str] = json.loads(row["storeys"])
    site = rows["site"].get(ONLY)
    return Building(
        source=thing_of(Source, "source", row),
        site=thing_of(Site, "site", site) if site else Site(),
        storeys=tuple(thing_of(Storey, "storey", rows["storey"][id]) for id in levels if id in rows["storey"]),
        rooms=tuple(_filed(row) for row in things["room"]),
        doors=tuple(thing_of(Door, "door", row) for row in things["door"]),
        placeholders=tuple(thing_of(Placeholder, "placeholder", row) for row in things["placeholder"]),
    )


def _ordered(rows: Mapping[str, Row]) -> list[Row]:
    return sorted(rows.values(), key=lambda row: (row["pos"], row["id"]))


def _filed(row: Row) -> Room:
    """The room by the name that its file has for it, not by the user's."""
    room = thing_of(Room, "room", row)
    if row["filed_name"] is None:
        return room
    return replace(room, name=row["filed_name"], number=row["filed_number"] or "")


def _storeys(rows: Rows, building: Building, mine: str) -> dict[RowKey, Row | None]:
    """Storeys go where no file has a part in them; those that an earlier file brought stay as it has them."""
    uses: dict[str, list[str]] = {id: json.loads(row["storeys"]) for id, row in rows["source"].items() if id != mine}
    used = {storey for storeys in uses.values() for storey in storeys}
    earlier = {storey for id, storeys in uses.items() if int(id) < int(mine) for storey in storeys}
    out: dict[RowKey, Row | None] = {("storey", id): None for id in rows["storey"] if id not in used}
    for pos, storey in enumerate(building.storeys):
        known = rows["storey"].get(storey.id)
        if known and storey.id in earlier:
            continue
        named = bool(known and known["named"])
        name = str(known["name"]) if known and named else storey.name
        out["storey", storey.id] = row_of("storey", replace(storey, name=name), pos=pos, named=named)
    return out


def _room_ids(rows: Rows, building: Building, intake: Intake) -> dict[RoomId, RoomId]:
    """The id that each room of the file gets. A kept id is never given twice, whatever the file calls its rooms."""
    ids = {room.id: intake.keep[room.id] for room in building.rooms if intake.keep.get(room.id) in rows["room"]}
    taken = set(ids.values()) | {id for id, row in rows["room"].items() if row["source"] != intake.source}
    for room in building.rooms:
        if room.id in ids:
            continue
        id = room.id
        while id in taken:
            id = RoomId(derived("room", id))
        ids[room.id] = id
        taken.add(id)
    return ids


def _room(rows: Rows, room: Room, pos: int, *, source: str) -> Row:
    known = rows["room"].get(room.id)
    if known is not None:  # a name that the file lost is not lost here
        room = still_named(room, _filed(known))
    filed = {"source": source, "filed_name": room.name, "filed_number": room.number}
    if known is None or not known["named"]:
        return row_of("room", room, pos=pos, named=False, **filed)
    mine = thing_of(Room, "room", known)
    return row_of("room", replace(room, name=mine.name, number=mine.number), pos=pos, named=True, **filed)


def _door(door: Door, ids: Mapping[RoomId, RoomId]) -> Door:
    rooms, stated_rooms = (tuple(ids.get(room, room) for room in some) for some in (door.rooms, door.stated_rooms))
    return replace(door, rooms=rooms, stated_rooms=stated_rooms)


def _placeholder(holder: Placeholder, ids: Mapping[RoomId, RoomId]) -> Placeholder:
    return replace(
        holder,
        room=ids.get(holder.room, holder.room) if holder.room else None,
        candidates=tuple(ids.get(room, room) for room in holder.candidates),
    )


def _holder(rows: Rows, holder: Placeholder, pos: int, *, there: Mapping[str, Row], source: str) -> Row:
    """The row of a placeholder; the device in its place and a room that the user decided are kept."""
    known = rows["placeholder"].get(holder.id)
    if known is None:
        return row_of("placeholder", holder, pos=pos, source=source, decided=0)
    if known["decided"] and known["room"] in there:
        holder = replace(holder, room=RoomId(known["room"]), candidates=())
        return row_of("placeholder", holder, pos=pos, device=known["device"], source=source, decided=1)
    return row_of("placeholder", holder, pos=pos, device=known["device"], source=source, decided=0)


def _others(rows: Rows, intake: Intake, ids: Mapping[RoomId, RoomId]) -> dict[RowKey, Row | None]:
    """Rows of doors and placeholders of other files whose rooms change with this one."""
    out: dict[RowKey, Row | None] = {}
    for thing in intake.others:
        table = "door" if isinstance(thing, Door) else "placeholder"
        mapped = _door(thing, ids) if isinstance(thing, Door) else _placeholder(thing, ids)
        if (known := rows[table].get(thing.id)) is not None:
            more = {"decided": 0, "device": known["device"]} if table == "placeholder" else {}
            out[table, thing.id] = row_of(table, mapped, pos=known["pos"], source=known["source"], **more)
    return out


def _planned_by_hand(rows: Rows, there: Mapping[str, Row], intake: Intake) -> dict[RowKey, Row | None]:
    """Rows of placeholders planned by hand whose room goes: they move as decided, or wait without a room."""
    lost = {
        id: intake.moves.get(RoomId(row["room"]))
        for id, row in rows["placeholder"].items()
        if row["source"] == BY_HAND and row["room"] is not None and row["room"] not in there
    }
    return {
        ("placeholder", id): {**rows["placeholder"][id], "room": target if target in there else None}
        for id, target in lost.items()
    }


def _there(rows: Rows, out: Mapping[RowKey, Row | None]) -> dict[str, Row]:
    """Rows of all rooms after the import, by id."""
    kept = {id: row for id, row in rows["room"].items() if ("room", id) not in out}
    return kept | {id: row for (table, id), row in out.items() if table == "room" and row is not None}


def _bindings(rows: Rows, there: Mapping[str, Row], intake: Intake) -> dict[RowKey, Row | None]:
    """Rows of devices whose room changed: those of removed rooms move as decided or keep it as `lost_room`, those whose lost
    room is back return to it, and positions move with their room."""
    out: dict[RowKey, Row | None] = {}
    for id, row in rows["device"].items():
        if row["room"] is not None and row["room"] not in there:
            out["device", id] = _homeless(rows, row, there, intake)
        elif row["room"] is not None and row["position_m"] is not None:
            before, after = rows["room"].get(row["room"]), there[row["room"]]
            if before is not None and (before["outline"], before["floor_m"]) != (after["outline"], after["floor_m"]):
                spot = _carried(
                    json.loads(row["position_m"]), thing_of(Room, "room", before), thing_of(Room, "room", after)
                )
                out["device", id] = {**row, "position_m": json.dumps(spot, separators=(",", ":"))}
        elif row["room"] is None and row["lost_room"] in there:
            back = {"room": row["lost_room"], "position_m": row["lost_position_m"]}
            out["device", id] = {**row, **back, **FOUND}
    return out


def _carried(spot: Sequence[float], before: Room, after: Room) -> list[float]:
    """Where a device is after its room moved: as high over the floor, and along with the room where it would be left
    outside."""
    x, y, z = spot
    z += after.floor_m - before.floor_m
    if before.contains(x, y) and not after.contains(x, y) and after.outline:
        (x0, y0), (x1, y1) = _centroid(before), _centroid(after)
        x, y = x + x1 - x0, y + y1 - y0
    return [round(part, 6) for part in (x, y, z)]


def _centroid(room: Room) -> tuple[float, float]:
    xs, ys = zip(*room.outline, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _homeless(rows: Rows, row: Row, there: Mapping[str, Row], intake: Intake) -> Row:
    target, spot = intake.moves.get(RoomId(row["room"])), row["position_m"]
    if target is not None and target in there:
        inside = spot is not None and thing_of(Room, "room", there[target]).contains(*json.loads(spot)[:2])
        return {**row, "room": target, "position_m": spot if inside else None, **FOUND}
    lost = rows["room"].get(row["room"])
    title = thing_of(Room, "room", lost).title if lost else ""
    gone = {"lost_room": row["room"], "lost_title": title, "lost_position_m": row["position_m"]}
    return {**row, **gone, "room": None, "position_m": None}


FOUND: Row = {"lost_room": None, "lost_title": None, "lost_position_m": None}
"""The columns of a device that lost no room."""
