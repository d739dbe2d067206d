"""Merges a building model into a project: re-import of the same file, or an additional file.

All files share the coordinates of the first. Things that are in the project already keep their ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import dist, floor, isfinite

import numpy as np

from twin.building.outline_import import devices_of_outline, is_scheme
from twin.building.placement import RoomIndex
from twin.building.room_matching import RoomMatch, match_rooms, polygon
from twin.model.building import Building, Intake
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Door, Placeholder, Position, Ring, Room, Storey

LEVEL_M = 0.5
"""Largest difference between floors of one storey, metres."""
RECOVERED, ROOMLESS = "ifc.rooms_recovered", "ifc.no_rooms"
"""Problem codes of the reader: rooms were derived from walls, and the building has no rooms."""
NEAR_M = 1.0
"""Largest distance, metres, by which a door or device without a matching id may have moved between two versions of a
file.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectParts:
    """The building files of the project, by file id; `source` is the one that is replaced or added."""

    source: str = "1"
    parts: Mapping[str, Building] = field(default_factory=dict[str, Building])

    @property
    def mine(self) -> Building | None:
        """The part that is replaced; None where the file is added."""
        return self.parts.get(self.source)

    @property
    def others(self) -> list[Building]:
        """The parts that stay, the leading one first."""
        return [self.parts[id] for id in sorted(self.parts, key=int) if id != self.source]

    @property
    def leads(self) -> bool:
        """Whether the new building is the leading part, which gives the site and its coordinates."""
        return all(int(self.source) < int(id) for id in self.parts if id != self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedModel:
    """Result of a merge: the building in the project's coordinates and ids, and the rooms that were matched."""

    building: Building
    intake: Intake
    match: RoomMatch
    theirs: Mapping[RoomId, RoomId]
    """Rooms of the file mapped to the same rooms of another file of the project."""


def merge_model(building: Building, known: ProjectParts) -> MergedModel:
    """Merges a building into the known parts of a project. Pure function: the same input gives the same ids."""
    building = without_duplicate_rooms(building, known)
    by = _shift(building, known)
    levels = _levels(_moved(building, by), known)
    moved = _on(_moved(building, by), levels, known)
    before = known.mine.rooms if known.mine else ()
    match = match_rooms(before, moved.rooms)
    keep, theirs = dict(match.keep), _theirs(moved, match, known)
    rooms = tuple(room for room in moved.rooms if room.id not in theirs or known.leads)
    keep |= theirs if known.leads else {}
    moved = replace(
        moved,
        rooms=rooms,
        doors=_doors(moved, theirs, known),
        placeholders=_placeholders(moved, theirs, known, keep),
    )
    intake = Intake(source=known.source, keep=keep, others=_others(moved, match, keep, known), placed=_mark(by, levels))
    return MergedModel(building=moved, intake=intake, match=match, theirs=theirs)


def without_duplicate_rooms(building: Building, known: ProjectParts) -> Building:
    """The building without rooms derived from its walls where other files of the project have rooms; the problems
    about missing rooms are dropped.
    """
    if known.leads or not any(part.rooms for part in known.others):
        return building
    if is_scheme(building.source):
        return devices_of_outline(building, known.others)
    guessed = any(problem.code == RECOVERED for problem in building.problems)
    kept = tuple(problem for problem in building.problems if problem.code not in (RECOVERED, ROOMLESS))
    if not guessed:
        return replace(building, problems=kept)
    holders = tuple(replace(holder, room=None, candidates=()) for holder in building.placeholders)
    doors = tuple(replace(door, rooms=()) for door in building.doors)
    return replace(building, rooms=(), doors=doors, placeholders=holders, problems=kept)


def _shift(building: Building, known: ProjectParts) -> Position:
    """Shift in metres from the file's coordinates to the project's; zero where the building is a different one."""
    there = next((part.site.origin_m for part in known.parts.values()), building.site.origin_m)
    x, y, z = (b - a for a, b in zip(there, building.site.origin_m, strict=True))
    if not any((x, y, z)) or known.others or known.mine is None:
        return x, y, z
    return (x, y, z) if match_rooms(known.mine.rooms, _moved(building, (x, y, z)).rooms).pairs else (0.0, 0.0, 0.0)


def _levels(building: Building, known: ProjectParts) -> dict[StoreyId, StoreyId]:
    """The project's id for each storey of the file: by its own id, by its height, or a new one."""
    there = {storey.id: storey for part in (*known.others, known.mine) if part for storey in part.storeys}
    level = {storey.id: storey.id for storey in building.storeys if storey.id in there}
    free = [storey for storey in there.values() if storey.id not in level]
    for storey in building.storeys:
        if storey.id in level:
            continue
        near = min(free, key=lambda one: abs(one.elevation_m - storey.elevation_m), default=None)
        if near is None or abs(near.elevation_m - storey.elevation_m) > LEVEL_M:
            level[storey.id] = storey.id
            continue
        level[storey.id] = near.id
        free.remove(near)
    return level


def _on(building: Building, level: Mapping[StoreyId, StoreyId], known: ProjectParts) -> Building:
    """The building on the project's storeys; storeys of an added file with nothing on them are dropped."""
    parts = building.mesh.parts
    used = {thing.storey for thing in (*building.rooms, *building.doors, *building.placeholders, *parts)}
    storeys = [s for s in building.storeys if not known.others or known.leads or s.id in used]
    if all(old == new for old, new in level.items()) and len(storeys) == len(building.storeys):
        return building

    def on(storey: StoreyId) -> StoreyId:
        return level.get(storey, storey)

    return replace(
        building,
        storeys=_once(replace(storey, id=on(storey.id)) for storey in storeys),
        rooms=tuple(replace(room, storey=on(room.storey)) for room in building.rooms),
        doors=tuple(replace(door, storey=on(door.storey)) for door in building.doors),
        placeholders=tuple(replace(p, storey=on(p.storey) if p.storey else None) for p in building.placeholders),
        mesh=replace(
            building.mesh,
            parts=tuple(replace(part, storey=on(part.storey) if part.storey else None) for part in parts),
        ),
    )


def _once(storeys: Iterable[Storey]) -> tuple[Storey, ...]:
    return tuple({storey.id: storey for storey in storeys}.values())


def _theirs(building: Building, match: RoomMatch, known: ProjectParts) -> dict[RoomId, RoomId]:
    """New id to known id of the file's rooms that another file of the project has."""
    return match_rooms([room for part in known.others for room in part.rooms], match.new).keep


def _through(rooms: Iterable[RoomId], ids: Mapping[RoomId, RoomId]) -> tuple[RoomId, ...]:
    return tuple(dict.fromkeys(ids.get(room, room) for room in rooms))


def _doors(building: Building, theirs: Mapping[RoomId, RoomId], known: ProjectParts) -> tuple[Door, ...]:
    before = known.mine.doors if known.mine else ()
    elsewhere = (door for part in known.others for door in part.doors)
    found = _again(building.doors, before, elsewhere, lambda door: door.name)
    return tuple(
        replace(door, rooms=_through(door.rooms, theirs), stated_rooms=_through(door.stated_rooms, theirs))
        for door in found
    )


def _placeholders(
    building: Building, theirs: Mapping[RoomId, RoomId], known: ProjectParts, keep: Mapping[RoomId, RoomId]
) -> tuple[Placeholder, ...]:
    """The file's devices assigned to rooms: to a room of the file, else to one of the project's other files."""
    here = [replace(room, id=keep.get(room.id, room.id)) for room in building.rooms]
    ours = {room.id for room in here}
    rooms = [*here, *(room for part in known.others for room in part.rooms if room.id not in ours)]
    places = RoomIndex(rooms, [polygon(room) for room in rooms])
    before = known.mine.placeholders if known.mine else ()
    elsewhere = (holder for part in known.others for holder in part.placeholders)
    out: list[Placeholder] = []
    for holder in _again(building.placeholders, before, elsewhere, lambda one: (one.kind, one.name)):
        if holder.room is None and known.others:
            out.append(_put(holder, places))
        else:
            room = theirs.get(holder.room, holder.room) if holder.room else None
            out.append(replace(holder, room=room, candidates=_through(holder.candidates, theirs)))
    return tuple(out)


def _put(holder: Placeholder, places: RoomIndex) -> Placeholder:
    """The device in the room that holds it by geometry; candidates where more than one does, or none."""
    found = places.at(np.asarray(holder.position_m, np.float64), holder.storey)
    one = found[0] if len(found) == 1 else None
    return replace(holder, room=one, candidates=found if one is None else ())


def _others(
    building: Building, match: RoomMatch, keep: Mapping[RoomId, RoomId], known: ProjectParts
) -> tuple[Door | Placeholder, ...]:
    """The other files' devices placed in rooms anew and their doors without lost rooms, where these change."""
    lost = {room.id for room in match.lost} - set(keep.values())
    if not known.others or not (lost or match.new):
        return ()
    here = [replace(room, id=keep.get(room.id, room.id)) for room in building.rooms]
    rooms = [*here, *(room for part in known.others for room in part.rooms)]
    places = RoomIndex(rooms, [polygon(room) for room in rooms])
    out: list[Door | Placeholder] = []
    for part in known.others:
        holders = (p for p in part.placeholders if p.room is None or p.room in lost)
        out += [fresh for p in holders if (fresh := _put(p, places)) != p]
        out += [replace(d, rooms=tuple(r for r in d.rooms if r not in lost)) for d in part.doors if lost & {*d.rooms}]
    return tuple(out)


def _again[T: (Door, Placeholder)](
    things: Sequence[T], before: Sequence[T], elsewhere: Iterable[T], like: Callable[[T], Hashable]
) -> list[T]:
    """The things by the ids that the project has for them: by their own id, else the nearest of like kind and name.
    What another file has brought already is left out."""
    taken, there = {thing.id for thing in elsewhere}, {thing.id for thing in before}
    fresh = {thing.id: thing for thing in things if thing.id not in taken}
    gone: dict[Hashable, list[T]] = {}
    for thing in before:
        if thing.id not in fresh:
            gone.setdefault((like(thing), _cell(thing.position_m)), []).append(thing)
    near = sorted(
        (far, thing.id, old.id)
        for thing in fresh.values()
        if thing.id not in there
        for cell in _around(_cell(thing.position_m))
        for old in gone.get((like(thing), cell), ())
        if (far := dist(thing.position_m, old.position_m)) <= NEAR_M
    )
    ids: dict[str, T] = {}
    used: set[str] = set()
    known = {thing.id: thing for thing in before}
    for _, new, old in near:
        if new not in ids and old not in used:
            ids[new] = known[old]
            used.add(old)
    return [replace(thing, id=ids[thing.id].id) if thing.id in ids else thing for thing in fresh.values()]


def _cell(position: Position) -> tuple[int, ...]:
    """The grid cell of edge NEAR_M that holds a position; coordinates that are not finite count as cell 0."""
    return tuple(floor(part / NEAR_M) if isfinite(part) else 0 for part in position)


def _around(cell: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    return product(*((part - 1, part, part + 1) for part in cell))


def _mark(by: Position, level: Mapping[StoreyId, StoreyId]) -> str:
    """Hash of the mesh's shift and storey changes; empty where it lies as in its file."""
    numbers = [f"{part:.4f}" for part in by if abs(part) > 1e-6] + [
        f"{old} {new}" for old, new in sorted(level.items()) if old != new
    ]
    return hashlib.sha256("\n".join(numbers).encode()).hexdigest()[:16] if numbers else ""


def _moved(building: Building, by: Position) -> Building:
    """The building in coordinates that are `by` metres away."""
    if not any(by):
        return building
    x, y, z = by
    origin = building.site.origin_m

    def spot(position: Position) -> Position:
        return position[0] + x, position[1] + y, position[2] + z

    def ring(corners: Ring) -> Ring:
        return tuple((cx + x, cy + y) for cx, cy in corners)

    def room(one: Room) -> Room:
        holes = tuple(ring(hole) for hole in one.holes)
        floor, ceiling = one.floor_m + z, one.ceiling_m + z
        return replace(one, outline=ring(one.outline), holes=holes, floor_m=floor, ceiling_m=ceiling)

    def leaves(door: Door) -> Door:
        swing = tuple(replace(leaf, hinge=(leaf.hinge[0] + x, leaf.hinge[1] + y)) for leaf in door.swing)
        return replace(door, position_m=spot(door.position_m), swing=swing)

    step = np.array(by, np.float32)
    parts = tuple(replace(part, positions=part.positions + step) for part in building.mesh.parts)
    return replace(
        building,
        site=replace(building.site, origin_m=(origin[0] - x, origin[1] - y, origin[2] - z)),
        storeys=tuple(replace(storey, elevation_m=storey.elevation_m + z) for storey in building.storeys),
        rooms=tuple(room(one) for one in building.rooms),
        doors=tuple(leaves(door) for door in building.doors),
        placeholders=tuple(replace(one, position_m=spot(one.position_m)) for one in building.placeholders),
        mesh=replace(building.mesh, parts=parts, coverings=tuple(one.moved(x, y) for one in building.mesh.coverings)),
    )
