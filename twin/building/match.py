"""Re-import: which room of the new file is which known room. By guid, then by unique name, then by overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import shapely

from twin.model.ident import RoomId
from twin.model.space import Room

MOVED_M = 0.05
OVERLAP = 0.5
LEVEL_M = 1.0


class Reason(StrEnum):
    """Why two rooms are taken for one."""

    GUID = "guid"
    NAME = "name"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True)
class Pair:
    """A known room and the same room in the new file."""

    old: Room
    new: Room
    reason: Reason

    @property
    def moved(self) -> bool:
        """Whether its outline lies elsewhere now."""
        a, b = _polygon(self.old), _polygon(self.new)
        return a is not None and b is not None and a.centroid.distance(b.centroid) > MOVED_M

    @property
    def renamed(self) -> bool:
        """Whether it is called otherwise now."""
        return (self.old.name, self.old.number) != (self.new.name, self.new.number)


@dataclass(frozen=True, slots=True)
class RoomMatch:
    """The whole comparison; nothing is lost silently."""

    pairs: tuple[Pair, ...]
    lost: tuple[Room, ...]
    new: tuple[Room, ...]

    @property
    def moved(self) -> tuple[Pair, ...]:
        """Pairs that lie elsewhere."""
        return tuple(pair for pair in self.pairs if pair.moved)

    @property
    def renamed(self) -> tuple[Pair, ...]:
        """Pairs with another name."""
        return tuple(pair for pair in self.pairs if pair.renamed)

    @property
    def keep(self) -> dict[RoomId, RoomId]:
        """New id to known id, for every pair."""
        return {pair.new.id: pair.old.id for pair in self.pairs}


def _polygon(room: Room) -> shapely.Polygon | None:
    return shapely.Polygon(room.outline, room.holes) if len(room.outline) >= 3 else None


def _key(room: Room) -> tuple[str, str]:
    return " ".join(room.number.casefold().split()), " ".join(room.name.casefold().split())


def match_rooms(old: Sequence[Room], new: Sequence[Room]) -> RoomMatch:
    """Pairs every room at most once; what is not sure is lost and new."""
    pairs: dict[RoomId, Pair] = {}
    taken: set[RoomId] = set()

    def pair(a: Room, b: Room, reason: Reason) -> None:
        pairs[a.id] = Pair(a, b, reason)
        taken.add(b.id)

    by_guid = {room.source_id: room for room in new if room.source_id}
    for room in old:
        if (found := by_guid.get(room.source_id)) is not None and found.id not in taken:
            pair(room, found, Reason.GUID)
    _by_name(old, new, pairs, taken, pair)
    for a, b in _by_shape([r for r in old if r.id not in pairs], [r for r in new if r.id not in taken]):
        if a.id not in pairs and b.id not in taken:
            pair(a, b, Reason.SHAPE)
    return RoomMatch(
        tuple(pairs.values()),
        tuple(room for room in old if room.id not in pairs),
        tuple(room for room in new if room.id not in taken),
    )


def _by_name(
    old: Sequence[Room], new: Sequence[Room], pairs: dict[RoomId, Pair], taken: set[RoomId], pair: object
) -> None:
    left = [room for room in old if room.id not in pairs]
    right = [room for room in new if room.id not in taken]
    seen_left, seen_right = Counter(_key(r) for r in left), Counter(_key(r) for r in right)
    by_key = {_key(room): room for room in right}
    for room in left:
        key = _key(room)
        if any(key) and seen_left[key] == seen_right[key] == 1 and _same_level(room, by_key[key]):
            pair(room, by_key[key], Reason.NAME)  # pyright: ignore[reportCallIssue]


def _same_level(a: Room, b: Room) -> bool:
    return abs(a.floor_m - b.floor_m) < LEVEL_M


def _by_shape(old: Sequence[Room], new: Sequence[Room]) -> list[tuple[Room, Room]]:
    """Pairs by overlap (intersection over union), best first."""
    shapes = [(room, polygon) for room in new if (polygon := _polygon(room)) is not None]
    tree = shapely.STRtree([polygon for _, polygon in shapes])
    found: list[tuple[float, Room, Room]] = []
    for room in old:
        polygon = _polygon(room)
        if polygon is None:
            continue
        for i in tree.query(polygon, predicate="intersects"):
            other, shape = shapes[i]
            common = polygon.intersection(shape).area / (polygon.union(shape).area or 1.0)
            if common >= OVERLAP and _same_level(room, other):
                found.append((common, room, other))
    return [(a, b) for _, a, b in sorted(found, key=lambda row: -row[0])]
