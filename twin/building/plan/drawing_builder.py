"""Builds a model from a drawing: finds rooms between walls, connects doors, makes solids."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.building import door_leaf, plan_outline, wall_solids
from twin.building.mesh_merge import MeshMerger
from twin.building.placement import RoomIndex
from twin.building.plan.door_sashes import DOUBLE_M, FRAMES
from twin.building.plan.furniture_models import MODELS
from twin.building.stable_ids import StableIds
from twin.building.wall_solids import WallHole
from twin.model.building import Building, Source
from twin.model.drawing import Drawing, DrawnOpening, DrawnStorey, DrawnWall, OpeningKind, as_json
from twin.model.ids import DoorId, RoomId, StoreyId, derived
from twin.model.problem import Problem, Severity
from twin.model.space import Door, DoorLeaf, Room, Site, Storey, leaf_source

IMPORTER = "drawing 1"
SMALLEST_M2 = 0.3
NARROWEST_M = 0.15
"""Least area (m²) and width (m) of a room; smaller spaces between walls are cavities."""
SLAB_M = 0.2
GRID_M = 1e-4
OPEN_DEG = 90.0
_KEPT = 4_000
_PLASTER, _FLOOR = (236, 233, 227, 255), (205, 180, 143, 255)

type Solid = tuple[NDArray[np.float64], NDArray[np.int32]]
type ColouredMesh = tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class FoundSpace:
    """A room found between walls: its polygon and the id of its name label (0 for none)."""

    polygon: shapely.Polygon
    label: int
    name: str


@dataclass(slots=True)
class DrawingBuilder:
    """Builds drawings; solids of unchanged walls are reused from the last build. Not thread-safe."""

    _solids: dict[tuple[object, ...], Solid] = field(default_factory=dict[tuple[object, ...], Solid])

    def build(self, drawing: Drawing, *, only: int | None = None) -> Building:
        """The building of a drawing, or of one of its storeys (`only`: its id)."""
        if len(self._solids) > _KEPT:
            self._solids.clear()
        work = _Work(drawing.site, self._solids)
        for storey in drawing.storeys:
            if only is None or storey.id == only:
                work.storey(storey)
        text = as_json(drawing).encode() if only is None else b""  # one storey is only looked at, never kept
        sha256 = hashlib.sha256(text).hexdigest()
        source = Source(path="drawing", sha256=sha256, importer=IMPORTER, size=len(text))
        return Building(
            source=source, site=Site(name=drawing.name), storeys=tuple(work.storeys), rooms=tuple(work.rooms),
            doors=tuple(work.doors), mesh=work.merger.mesh(), problems=tuple(work.problems),
        )  # fmt: skip


def storey_id(drawing: str, storey: int) -> StoreyId:
    """The id of a drawing's storey in the twin."""
    return StoreyId(derived("drawn storey", drawing, str(storey)))


def outlines(storey: DrawnStorey) -> list[shapely.Polygon]:
    """Mitred outlines of a storey's walls."""
    if not storey.walls:
        return []
    start = np.array([wall.a for wall in storey.walls])
    end = np.array([wall.b for wall in storey.walls])
    return wall_solids.footprints(start, end, np.array([wall.thickness_m for wall in storey.walls]))


def spaces(storey: DrawnStorey, walls: list[shapely.Polygon]) -> tuple[list[FoundSpace], list[str]]:
    """Rooms between walls, largest first, and the names outside every room or in a room that has a name already."""
    if not walls:
        return [], [label.name for label in storey.names]
    solid = shapely.union_all(walls, grid_size=GRID_M)
    west, south, east, north = solid.bounds
    around = shapely.box(west - 1, south - 1, east + 1, north + 1)
    free = shapely.get_parts(around.difference(solid, grid_size=GRID_M))
    found = [
        part
        for part in free
        if isinstance(part, shapely.Polygon)
        and part.bounds[0] > west - 0.5
        and part.area >= SMALLEST_M2
        and not part.buffer(-NARROWEST_M).is_empty
    ]
    found.sort(key=lambda part: -part.area)
    named: dict[int, tuple[int, str]] = {}
    left: list[str] = []
    tree = shapely.STRtree(found)
    for label in storey.names:
        hits = [int(i) for i in tree.query(shapely.Point(label.at), predicate="intersects")]
        if hits and hits[0] not in named:
            named[hits[0]] = (label.id, label.name)
        else:
            left.append(label.name)
    return [FoundSpace(part, *named.get(i, (0, ""))) for i, part in enumerate(found)], left


@dataclass(slots=True)
class _Work:
    """A building in construction from its drawing."""

    site: str
    solids: dict[tuple[object, ...], Solid]
    merger: MeshMerger = field(default_factory=MeshMerger)
    ids: StableIds = field(default_factory=StableIds)
    storeys: list[Storey] = field(default_factory=list[Storey])
    rooms: list[Room] = field(default_factory=list[Room])
    doors: list[Door] = field(default_factory=list[Door])
    problems: list[Problem] = field(default_factory=list[Problem])

    def storey(self, drawn: DrawnStorey) -> None:
        """Builds walls, openings, rooms and slab of one storey."""
        id = storey_id(self.site, drawn.id)
        self.storeys.append(
            Storey(
                id=id, name=drawn.name, elevation_m=drawn.elevation_m, height_m=drawn.height_m, source_id=str(drawn.id)
            )
        )
        walls = outlines(drawn)
        found, left = spaces(drawn, walls)
        rooms = [self._room(drawn, id, space, n) for n, space in enumerate(found, len(self.rooms) + 1)]
        self.rooms += rooms
        if left:
            self.problems.append(_nowhere(drawn, left))
        self._walls(drawn, id, walls)
        self._floor(drawn, id, walls, [space.polygon for space in found])
        self._openings(drawn, id, RoomIndex(rooms, [space.polygon for space in found]))

    def _room(self, drawn: DrawnStorey, storey: StoreyId, space: FoundSpace, number: int) -> Room:
        ring, holes = plan_outline.rings(space.polygon)
        at = space.polygon.representative_point()
        key = f"{drawn.id}/{space.label}" if space.label else f"{drawn.id} {at.x:.1f} {at.y:.1f}"
        low = drawn.elevation_m
        return Room(
            id=RoomId(self.ids.of("drawn room", self.site, key)), storey=storey, name=space.name or f"Room {number}",
            outline=ring, holes=holes, floor_m=low, ceiling_m=low + drawn.height_m, area_m2=float(space.polygon.area),
            volume_m3=float(space.polygon.area) * drawn.height_m, source_id=key if space.label else "",
        )  # fmt: skip

    def _walls(self, drawn: DrawnStorey, storey: StoreyId, walls: list[shapely.Polygon]) -> None:
        holes: dict[int, list[DrawnOpening]] = {}
        for opening in drawn.openings:
            holes.setdefault(opening.wall, []).append(opening)
        low = drawn.elevation_m
        for wall, outline in zip(drawn.walls, walls, strict=True):
            top = low + drawn.height_of(wall)
            key = (
                wall.a, wall.b, outline.wkb, low, top,
                *((one.offset_m, one.width_m, one.sill_m, one.height_m) for one in holes.get(wall.id, ())),
            )  # fmt: skip
            solid = self.solids.get(key)
            if solid is None:
                cuts = tuple(_hole(wall, opening, low) for opening in holes.get(wall.id, ()))
                solid = self.solids[key] = wall_solids.mesh_of(wall_solids.wall(outline, low, top, cuts))
            self._add(storey, "wall", "Wall", "IfcWall", f"{drawn.id}/{wall.id}", _painted(solid, _PLASTER))

    def _floor(
        self, drawn: DrawnStorey, storey: StoreyId, walls: list[shapely.Polygon], rooms: list[shapely.Polygon]
    ) -> None:
        if not rooms:
            return
        low = drawn.elevation_m
        for i, room in enumerate(rooms):
            self._add(
                storey, "slab", "Floor", "IfcSlab", f"{drawn.id} floor {i}", _painted(self._slab(room, low), _FLOOR)
            )
        if any(one.elevation_m < low for one in self.storeys):
            return  # the walls below reach up to here
        tree = shapely.STRtree(walls)
        under = {int(i) for room in rooms for i in tree.query(room, predicate="dwithin", distance=0.01)}
        for i in sorted(under):
            sill = _painted(self._slab(walls[i], low), _PLASTER)
            self._add(storey, "slab", "Floor", "IfcSlab", f"{drawn.id} sill {i}", sill)

    def _slab(self, plan: shapely.Polygon, top_m: float) -> Solid:
        key = ("slab", plan.wkb, top_m)
        if key not in self.solids:
            self.solids[key] = wall_solids.slab(plan, top_m - SLAB_M, top_m)
        return self.solids[key]

    def _openings(self, drawn: DrawnStorey, storey: StoreyId, places: RoomIndex) -> None:
        for opening in drawn.openings:
            wall = drawn.wall(opening.wall)
            if wall is None:
                continue
            joined = places.joined(np.array([*wall.at(opening.offset_m), drawn.elevation_m]), _across(wall))
            key = f"{drawn.id}/{opening.id}"
            outside = len(joined) == 1
            dressed, part = _piece(wall, opening, drawn.elevation_m + opening.sill_m, outside=outside)
            if opening.kind is OpeningKind.WINDOW:
                self._add(storey, "window", "Window", "IfcWindow", key, dressed)
                continue
            name = "Passage" if opening.kind is OpeningKind.PASSAGE else "Door"
            positions, triangles, colours = dressed
            for number in range(-1, int(part.max()) + 1):
                mine, own = part == number, key if number < 0 else leaf_source(key, number)
                self._add(storey, "door", name, "IfcDoor", own, (positions, triangles[mine], colours[mine]))
            x, y = wall.at(opening.offset_m)
            self.doors.append(
                Door(
                    id=DoorId(self.ids.of("drawn door", self.site, key)), storey=storey, name=name, rooms=joined,
                    position_m=(round(x, 4), round(y, 4), drawn.elevation_m), width_m=opening.width_m,
                    height_m=opening.height_m, angle_deg=round(_angle_deg(wall), 2), source_id=key,
                    swing=_leaves(wall, opening, outside=outside),
                )
            )  # fmt: skip

    def _add(self, storey: StoreyId, category: str, name: str, kind: str, key: str, dressed: ColouredMesh) -> None:
        self.merger.add(storey, category, self.merger.element(name, kind, key), *dressed)


def _across(wall: DrawnWall) -> NDArray[np.float64]:
    x, y = wall.along
    return np.array([-y, x])


def _angle_deg(wall: DrawnWall) -> float:
    return math.degrees(math.atan2(wall.b[1] - wall.a[1], wall.b[0] - wall.a[0]))


def _hole(wall: DrawnWall, opening: DrawnOpening, floor_m: float) -> WallHole:
    along, across = np.array(wall.along), _across(wall)
    middle = np.array(wall.at(opening.offset_m))
    long, wide = along * opening.width_m / 2, across * (wall.thickness_m / 2 + 0.05)
    plan = shapely.Polygon([middle - long - wide, middle + long - wide, middle + long + wide, middle - long + wide])
    low = floor_m + opening.sill_m
    return WallHole(plan, low - 0.001 if opening.sill_m < 1e-4 else low, low + opening.height_m)


def _leaves(wall: DrawnWall, opening: DrawnOpening, *, outside: bool) -> tuple[DoorLeaf, ...]:
    """Leaves hang in their frames; `swings_right` and the hinge's side give the way they turn."""
    if opening.kind is OpeningKind.PASSAGE:
        return ()
    ends = (False, True) if opening.leaves > 1 else (opening.hinge_at_end,)
    frame = FRAMES[_word(opening, outside=outside)]
    return tuple(_leaf(wall, opening, frame, at_end=at_end) for at_end in ends)


def _leaf(wall: DrawnWall, opening: DrawnOpening, frame_m: float, *, at_end: bool) -> DoorLeaf:
    inner = opening.width_m - 2 * frame_m
    x, y = wall.at(opening.offset_m + (1 if at_end else -1) * inner / 2)
    closed = _angle_deg(wall) + (180.0 if at_end else 0.0)
    turn = OPEN_DEG if opening.swings_right == at_end else -OPEN_DEG
    return DoorLeaf((round(x, 4), round(y, 4)), round(closed, 2), turn, round(inner / opening.leaves, 4))


def _painted(solid: Solid, colour: tuple[int, int, int, int]) -> ColouredMesh:
    return (*solid, np.tile(np.array(colour, np.uint8), (len(solid[1]), 1)))


def _word(opening: DrawnOpening, *, outside: bool) -> str:
    """The word for an opening among our furniture."""
    door = "front_door" if outside else "door"
    return {OpeningKind.WINDOW: "window", OpeningKind.PASSAGE: "opening"}.get(opening.kind, door)


def _piece(
    wall: DrawnWall, opening: DrawnOpening, low_m: float, *, outside: bool
) -> tuple[ColouredMesh, NDArray[np.int32]]:
    """Frame, leaf and glass: the shapes of our own furniture, turned into the wall; and which leaf each triangle is of."""
    word = _word(opening, outside=outside)
    depth = wall.thickness_m + (0.0 if word == "window" else 0.02)
    (positions, triangles, colours), part = _shape(word, opening.width_m, depth, opening.height_m)
    turn = np.array([wall.along, _across(wall)])
    if opening.swings_right:
        turn = -turn
    leaves = int(part.max()) + 1
    if leaves == 1 and opening.hinge_at_end is not opening.swings_right:
        positions, triangles = positions * (-1.0, 1.0, 1.0), triangles[:, ::-1]  # its handle is opposite its hinge
    if leaves > 1 and opening.swings_right:
        part = np.where(part < 0, part, leaves - 1 - part)
    if leaves not in (0, opening.leaves):
        part = np.full_like(part, -1)  # it swings otherwise than it looks
    plan = positions[:, :2] @ turn + np.array(wall.at(opening.offset_m))
    return (np.column_stack([plan, positions[:, 2] + low_m]), triangles, colours), part


@lru_cache(maxsize=512)
def _shape(word: str, width_m: float, depth_m: float, height_m: float) -> tuple[ColouredMesh, NDArray[np.int32]]:
    """A piece of our furniture around the origin, and which leaf each triangle is of (-1: of none)."""
    blocks = MODELS[word]((width_m, depth_m, height_m)).blocks
    starts = np.cumsum([0, *(len(block.positions) for block in blocks)])
    rgba = [np.frombuffer(bytes.fromhex(block.colour[1:].ljust(8, "f")), np.uint8) for block in blocks]
    positions = np.concatenate([block.positions for block in blocks])
    triangles = np.concatenate([block.triangles + starts[i] for i, block in enumerate(blocks)]).astype(np.int32)
    colours = np.concatenate([np.tile(rgba[i], (len(block.triangles), 1)) for i, block in enumerate(blocks)])
    half = width_m / 2 - FRAMES.get(word, 0.0)
    double = width_m > DOUBLE_M
    hung = [DoorLeaf((-half, 0.0), 0.0, OPEN_DEG, half if double else 2 * half)]
    if double:
        hung.append(DoorLeaf((half, 0.0), 180.0, -OPEN_DEG, half))
    return (positions, triangles, colours), door_leaf.leaf_of_triangles(
        positions, triangles, hung if word in FRAMES else ()
    )


def _nowhere(storey: DrawnStorey, names: Iterable[str]) -> Problem:
    return Problem(code="drawing.name_nowhere", args={"names": list(names)}, where=storey.name, severity=Severity.NOTE)
