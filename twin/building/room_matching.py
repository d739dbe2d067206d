# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Matches the rooms of a re-imported file to known rooms: by GlobalId, then unique name, then overlap in plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from shapely import affinity

from twin.model.ids import RoomId
from twin.model.space import Room, still_named

MOVED_M = 0.05
OVERLAP = 0.5
LEVEL_M = 1.0
SHARE = 0.6
"""Least share of rooms that must agree for the whole building to count as moved."""
VOTERS = 300
"""Most rooms, largest first, that are used to determine how far the building moved."""
VOTE_M = 0.25
"""Moves closer together than this, metres, count as one."""

type RoomTuples = list[tuple[Room, Room]]


class MatchReason(StrEnum):
    """Property by which two rooms were matched."""

    GUID = "guid"
    NAME = "name"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True)
class RoomPair:
    """A known room and the same room in the new file."""

    old: Room
    new: Room
    reason: MatchReason

    @property
    def moved(self) -> bool:
        """Whether the outline's centre has moved by more than MOVED_M."""
        a, b = polygon(self.old), polygon(self.new)
        return a is not None and b is not None and a.centroid.distance(b.centroid) > MOVED_M

    @property
    def renamed(self) -> bool:
        """Whether name or number has changed; a name that the new file merely lacks is kept."""
        now = still_named(self.new, self.old)
        return (now.name, now.number) != (self.old.name, self.old.number)


@dataclass(frozen=True, slots=True)
class RoomMatch:
    """Result of matching: every room is in exactly one of the three tuples."""

    pairs: tuple[RoomPair, ...]
    lost: tuple[Room, ...]
    new: tuple[Room, ...]

    @property
    def moved(self) -> tuple[RoomPair, ...]:
        """Matched pairs whose outline has moved."""
        return tuple(pair for pair in self.pairs if pair.moved)

    @property
    def renamed(self) -> tuple[RoomPair, ...]:
        """Matched rooms whose name differs."""
        return tuple(pair for pair in self.pairs if pair.renamed)

    @property
    def keep(self) -> dict[RoomId, RoomId]:
        """Id of the new room mapped to that of the known room, for every pair."""
        return {pair.new.id: pair.old.id for pair in self.pairs}


def polygon(room: Room) -> shapely.Polygon | None:
    """The room's polygon in plan, repaired where its outline crosses itself; None without an outline."""
    if len(room.outline) < 3:
        return None
    found = shapely.Polygon(room.outline, [hole for hole in room.holes if len(hole) >= 3])
    if found.is_valid:
        return found
    parts = shapely.get_parts(shapely.make_valid(found))
    return max((part for part in parts if isinstance(part, shapely.Polygon)), key=lambda p: p.area, default=None)


def match_rooms(old: Sequence[Room], new: Sequence[Room]) -> RoomMatch:
    """Matches each room at most once, by GUID, name, then shape; uncertain ones count as lost and new."""
    pairs: dict[RoomId, RoomPair] = {}
    left, right = list(old), list(new)
    for reason, step in ((MatchReason.GUID, _by_guid), (MatchReason.NAME, _by_name), (MatchReason.SHAPE, _by_shape)):
        found = [RoomPair(a, b, reason) for a, b in step(left, right)]
        pairs |= {pair.old.id: pair for pair in found}
        taken = {pair.new.id for pair in found}
        left = [room for room in left if room.id not in pairs]
        right = [room for room in right if room.id not in taken]
    ordered = tuple(pairs[room.id] for room in old if room.id in pairs)
    return RoomMatch(ordered, tuple(left), tuple(right))


def _once[T](things: Sequence[T], keys: Sequence[Hashable]) -> dict[Hashable, T]:
    """Things by their key, those whose key is unique only."""
    count = Counter(keys)
    return {key: thing for thing, key in zip(things, keys, strict=True) if count[key] == 1}


def _by_guid(old: Sequence[Room], new: Sequence[Room]) -> RoomTuples:
    theirs = _once(new, [room.source_id for room in new])
    ours = _once(old, [room.source_id for room in old])
    return [(room, theirs[guid]) for guid, room in ours.items() if guid and guid in theirs]


def _number_and_name(room: Room) -> tuple[str, str]:
    return " ".join(room.number.casefold().split()), " ".join(room.name.casefold().split())


def _by_name(old: Sequence[Room], new: Sequence[Room]) -> RoomTuples:
    """Pairs whose number and name are unique in the building, or at least on their level."""
    found: RoomTuples = []
    levels = _levels([*old, *new])
    for with_level in (False, True):
        taken = {id(room) for pair in found for room in pair}
        left, right = ([room for room in rooms if id(room) not in taken] for rooms in (old, new))
        ours, theirs = (
            _once(
                rooms, [(_number_and_name(room), levels[round(room.floor_m, 2)] if with_level else 0) for room in rooms]
            )
            for rooms in (left, right)
        )
        for key, room in ours.items():
            other = theirs.get(key)
            if other is not None and any(_number_and_name(room)) and _same_level(room, other):
                found.append((room, other))
    return found


def _levels(rooms: Sequence[Room]) -> dict[float, int]:
    """A number per floor height; heights that follow each other closely are one level."""
    out: dict[float, int] = {}
    last, number = -np.inf, 0
    for height in sorted({round(room.floor_m, 2) for room in rooms}):
        number += height - last > LEVEL_M
        out[height] = number
        last = height
    return out


def _same_level(a: Room, b: Room) -> bool:
    return abs(a.floor_m - b.floor_m) < LEVEL_M


def _by_shape(old: Sequence[Room], new: Sequence[Room]) -> RoomTuples:
    """Pairs by overlap, as they lie or, where that explains more, with the whole building moved."""
    left = [(room, shape) for room in old if (shape := polygon(room)) is not None]
    right = [(room, shape) for room in new if (shape := polygon(room)) is not None]
    if not left or not right:
        return []
    best: list[tuple[float, Room, Room]] = []
    for dx, dy in _moves(left, right):
        found = _overlaps([(room, affinity.translate(shape, dx, dy)) for room, shape in left], right)
        enough = max(3.0, SHARE * min(len(left), len(right)))
        if len(found) < enough and (dx or dy):
            continue  # a few rooms of like size prove nothing
        if sum(row[0] for row in found) > sum(row[0] for row in best) + 1e-6:
            best = found
    return [(a, b) for _, a, b in best]


def _overlaps(
    left: Sequence[tuple[Room, shapely.Polygon]], right: Sequence[tuple[Room, shapely.Polygon]]
) -> list[tuple[float, Room, Room]]:
    """(intersection over union, old, new), every room once, best first."""
    tree = shapely.STRtree([shape for _, shape in right])
    rows: list[tuple[float, Room, Room]] = []
    for room, shape in left:
        for i in tree.query(shape, predicate="intersects"):
            other, theirs = right[i]
            if _same_level(room, other):
                common = shape.intersection(theirs).area
                rows.append((common / ((shape.area + theirs.area - common) or 1.0), room, other))
    rows.sort(key=lambda row: -row[0])
    taken: set[str] = set()
    out: list[tuple[float, Room, Room]] = []
    for row in rows:
        if row[0] >= OVERLAP and not {f"old {row[1].id}", f"new {row[2].id}"} & taken:
            taken |= {f"old {row[1].id}", f"new {row[2].id}"}
            out.append(row)
    return out


def _moves(
    left: Sequence[tuple[Room, shapely.Polygon]], right: Sequence[tuple[Room, shapely.Polygon]]
) -> Iterator[tuple[float, float]]:
    """Possible shifts (x, y) of the whole building in metres: none, then the three most frequent between rooms of like size and level."""
    yield 0.0, 0.0
    spots = [_largest(side) for side in (left, right)]
    area = abs(spots[0][:, None, 2] - spots[1][None, :, 2]) <= 0.01 * spots[0][:, None, 2] + 0.01
    level = abs(spots[0][:, None, 3] - spots[1][None, :, 3]) < LEVEL_M
    votes = (spots[1][None, :, :2] - spots[0][:, None, :2])[area & level]
    if len(votes) < 2:
        return
    cells, count = np.unique(np.round(votes / VOTE_M).astype(int), axis=0, return_counts=True)
    for cell in cells[np.argsort(-count, kind="stable")[:3]]:
        near = votes[(abs(votes - cell * VOTE_M) <= VOTE_M).all(axis=1)]
        x, y = np.median(near, axis=0)
        yield float(x), float(y)


def _largest(side: Sequence[tuple[Room, shapely.Polygon]]) -> np.ndarray:
    """(n, 4): centre x, y, area, floor height of the largest rooms."""
    chosen = sorted(side, key=lambda row: -row[1].area)[:VOTERS]
    return np.array([(s.centroid.x, s.centroid.y, s.area, room.floor_m) for room, s in chosen])
