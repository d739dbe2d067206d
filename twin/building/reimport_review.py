# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Review of a re-import: assigns every room to one of five groups before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import shapely

from twin.building.merge_models import MergedModel, ProjectParts, merge_model, without_duplicate_rooms
from twin.building.room_matching import LEVEL_M, RoomMatch, polygon
from twin.model.building import Building
from twin.model.ids import RoomId
from twin.model.import_review import LostRoom, Recognised, Review
from twin.model.space import Room, still_named
from twin.model.twin import Twin

COVERED = 0.5
"""Least share of a lost room's area that another must cover to be suggested in its place."""


def review_reimport(building: Building, known: ProjectParts, twin: Twin) -> Review:
    """The review of importing a building: `known` are the project's building files, `twin` has its devices."""
    building = without_duplicate_rooms(building, known)
    found = merge_model(building, known)
    others = [room for part in known.others for room in part.rooms]
    taken = set(found.intake.keep.values())
    rooms = (*_placed(found), *(room for room in others if room.id not in taken))
    mine, ground = known.mine, _RoomIndex.of(rooms)
    return Review(
        path=building.source.path,
        source=known.source,
        files=tuple((id, Path(part.source.path).name) for id, part in sorted(known.parts.items())),
        building=building,
        pairs=_pairs(found.match),
        new=tuple(room for room in found.match.new if room.id not in found.theirs),
        lost=tuple(_lost(room, ground, twin) for room in found.match.lost if room.id not in taken),
        rooms=rooms,
        unchanged=mine is not None and mine.source.sha256 == building.source.sha256,
    )


def guess(building: Building, parts: Mapping[str, Building]) -> str | None:
    """Id of the project's file that this building most likely replaces: same path, same name, or most equal source
    ids; None for none.
    """
    here = Path(building.source.path)
    there = {id: Path(part.source.path) for id, part in parts.items()}
    exact = [id for id, path in there.items() if path.absolute() == here.absolute()]
    if named := exact or [id for id, path in there.items() if path.name == here.name]:
        return named[0]
    shared = {id: len(_guids(part) & _guids(building)) for id, part in parts.items()}
    best = max(shared, key=lambda part: shared[part], default=None)
    return best if best is not None and shared[best] else None


def _guids(building: Building) -> set[str]:
    return {thing.source_id for thing in (*building.rooms, *building.doors, *building.placeholders) if thing.source_id}


def _placed(found: MergedModel) -> list[Room]:
    return [replace(room, id=found.intake.keep.get(room.id, room.id)) for room in found.building.rooms]


def _pairs(match: RoomMatch) -> tuple[Recognised, ...]:
    return tuple(
        Recognised(
            old=pair.old,
            new=still_named(pair.new, pair.old),
            by=pair.reason.value,
            moved=pair.moved,
            renamed=pair.renamed,
        )
        for pair in match.pairs
    )


@dataclass(frozen=True, slots=True)
class _RoomIndex:
    """Spatial index of the rooms after the import."""

    rooms: tuple[Room, ...]
    shapes: tuple[shapely.Polygon, ...]
    tree: shapely.STRtree

    @classmethod
    def of(cls, rooms: Sequence[Room]) -> Self:
        known = [(room, shape) for room in rooms if (shape := polygon(room)) is not None]
        shapes = tuple(shape for _, shape in known)
        return cls(tuple(room for room, _ in known), shapes, shapely.STRtree(shapes))

    def instead(self, lost: Room) -> RoomId | None:
        """The room that covers most of a lost one."""
        shape = polygon(lost)
        if shape is None or not shape.area:
            return None
        covers = [
            (shape.intersection(self.shapes[i]).area / shape.area, self.rooms[i].id)
            for i in self.tree.query(shape, predicate="intersects")
            if abs(self.rooms[i].floor_m - lost.floor_m) < LEVEL_M
        ]
        share, best = max(covers, default=(0.0, None))
        return best if share >= COVERED else None


def _lost(room: Room, ground: _RoomIndex, twin: Twin) -> LostRoom:
    devices = tuple(device.id for device in twin.devices_in.get(room.id, ()))
    shown = twin.room_of.get(room.id, room)
    return LostRoom(room=shown, devices=devices, suggestion=ground.instead(room) if devices else None)
