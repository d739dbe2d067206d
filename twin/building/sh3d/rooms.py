"""Rooms of a home: drawn ones, else the spaces between walls; with floors and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.building import plan_outline, wall_solids
from twin.building.mesh_merge import MeshMerger
from twin.building.room_recovery import rooms_from_walls
from twin.building.sh3d import svg_cutouts
from twin.building.sh3d.ceiling_heights import Ceilings
from twin.building.sh3d.covering import FloorCoverings
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow, thing_of
from twin.building.sh3d.levels import Sh3dLevels
from twin.building.sh3d.model_fitting import colour
from twin.building.sh3d.walls import Sh3dWall
from twin.building.stable_ids import StableIds
from twin.model.ids import RoomId, StoreyId, clean_name
from twin.model.space import Room, Storey

_FLOOR = (200, 196, 188, 255)
_SHY_M = 0.004
_NARROWEST_M = 0.25
"""Half the least width of a space between walls that counts as a room, metres."""
_WORTH_M2 = 2.0
"""Least area of a space that gets a floor, m²; smaller ones are shafts or hollow walls."""
_STEP_M = 0.5
"""Largest distance between the end of a stair and the floor that it reaches, metres."""
_MOST_WELLS = 100
"""Most stair openings cut out of one floor."""
_CROSSED = 0.98
"""Share of a crossed outline's area below which its largest part is reported."""


@dataclass(slots=True)
class Sh3dRooms:
    """Rooms and their polygons, in the order of the file."""

    home: Sh3dHome
    levels: Sh3dLevels
    ids: StableIds
    merger: MeshMerger
    rooms: list[Room] = field(default_factory=list[Room])
    polygons: list[shapely.Polygon | None] = field(default_factory=list["shapely.Polygon | None"])
    coverings: FloorCoverings = field(init=False)
    _nameless: set[RoomId] = field(default_factory=set[RoomId])
    _ceilings: dict[StoreyId, Ceilings] = field(default_factory=dict[StoreyId, Ceilings])
    _holes: dict[StoreyId, list[shapely.Polygon]] = field(default_factory=dict[StoreyId, "list[shapely.Polygon]"])

    def __post_init__(self) -> None:
        self.coverings = FloorCoverings(self.home)

    def read(self, walls: Sequence[Sh3dWall]) -> None:
        """Reads every drawn room, and derives rooms from walls on storeys without any."""
        for storey in self.levels.storeys:
            self._ceilings[storey.id] = Ceilings(storey, walls if self.levels.is_last(storey) else ())
            self._holes[storey.id] = self._wells(storey)
        for i, row in enumerate(self.home.rooms):
            storey = self.levels.of(row)
            polygon = self._polygon(row, i) if storey is not None else None
            if storey is not None and polygon is not None:
                self._keep(storey, polygon, row, key=str(row.get("id") or i))
        drawn = {room.storey for room in self.rooms}
        for storey in self.levels.storeys:
            outlines = [part for wall in walls if wall.storey.id == storey.id for part in wall.outlines]
            found = rooms_from_walls(storey, outlines, narrowest_m=_NARROWEST_M)
            if storey.id in drawn:
                self._bare(storey, [polygon for _, polygon in found])
                continue
            for room, polygon in found:
                self._keep(storey, polygon, {"name": room.name}, key=f"found {room.id}")
                self._nameless.add(self.rooms[-1].id)
        self._name_by_labels()

    def _bare(self, storey: Storey, found: Sequence[shapely.Polygon]) -> None:
        """Adds a floor to each space between walls where no room is drawn, on a storey that has rooms; notes them."""
        known = shapely.union_all(
            [p for p, room in zip(self.polygons, self.rooms, strict=True) if p is not None and room.storey == storey.id]
        )
        bare = [p for p in found if p.area >= _WORTH_M2 and p.intersection(known).area < 0.2 * p.area]
        for polygon in bare:
            self._floor(storey, polygon, {}, "Floor", f"bare {polygon.representative_point().x:.1f}")
        if bare:
            area = sum(polygon.area for polygon in bare)
            self.home.warn("sh3d.no_room", storey.name, storey=storey.name, n=len(bare), area=area)

    def _polygon(self, row: Sh3dRow, index: int) -> shapely.Polygon | None:
        ring = [(point["x"] / 100, -point["y"] / 100) for point in row["points"]]
        whole = shapely.make_valid(shapely.Polygon(ring))
        polygon = plan_outline.largest(whole)
        if polygon is None or polygon.area < 0.01:
            return None
        if polygon.area < _CROSSED * whole.area:
            thing = thing_of("Room", row, index)
            self.home.warn_of("sh3d.crossed", thing)
        return polygon

    def _keep(self, storey: Storey, polygon: shapely.Polygon, row: Sh3dRow, *, key: str) -> None:
        ring, holes = plan_outline.rings(polygon)
        height, mean = self._ceilings[storey.id].heights(polygon)
        low, high = storey.elevation_m, storey.elevation_m + height
        name = clean_name(row.get("name") or "")
        room = Room(
            id=RoomId(self.ids.of("sh3d room", str(storey.id), key)), storey=storey.id,
            name=name or f"Room {len(self.rooms) + 1}", outline=ring, holes=holes, floor_m=low, ceiling_m=high,
            area_m2=float(polygon.area), volume_m3=float(polygon.area) * mean, source_id=key,
        )  # fmt: skip
        if not name:
            self._nameless.add(room.id)
        self.rooms.append(room)
        self.polygons.append(polygon)
        if row.get("floorVisible") != "false":
            self._floor(storey, polygon, row, f"Floor of {room.name}", room.source_id)
            self.coverings.add(row, polygon, room.source_id)

    def _floor(self, storey: Storey, polygon: shapely.Polygon, row: Sh3dRow, name: str, key: str) -> None:
        low = storey.elevation_m
        # rooms are often drawn up to the outside of their walls; the floor's edge must not lie in the same plane
        inside = plan_outline.largest(polygon.buffer(-_SHY_M, join_style="mitre")) or polygon
        for well in self._holes[storey.id]:
            inside = shapely.difference(inside, well)
        painted = self.home.picture(row.get("floorTexture")) or colour(row.get("floorColor"))
        # a floor that the file paints is found by its room's id; one that it does not is no colour of the room's
        element = self.merger.element(name, "IfcSlab", key if painted else f"{key} floor")
        rgba = painted or _FLOOR
        for part in shapely.get_parts(inside):
            if isinstance(part, shapely.Polygon) and part.area > 1e-3:
                positions, triangles = wall_solids.slab(part, low - self.levels.slab_m(storey), low)
                colours = np.tile(np.array(rgba, np.uint8), (len(triangles), 1))
                self.merger.add(storey.id, "slab", element, positions, triangles, colours)

    def _wells(self, storey: Storey) -> list[shapely.Polygon]:
        """Openings in a storey's floor for the stairs that come up from below."""
        found: list[shapely.Polygon] = []
        for row in self.home.pieces:
            own = self.levels.of(row)
            if row["hidden"] or own is None or not row.get("staircaseCutOutShape"):
                continue
            base = own.elevation_m + self.home.number(row, "elevation") / 100
            top = base + self.home.number(row, "height", 250) / 100
            if base + _STEP_M < storey.elevation_m <= top + _STEP_M:
                found.append(_well(self.home, row))
        return found[:_MOST_WELLS]

    def _name_by_labels(self) -> None:
        """A label inside a room without a name is its name; of several the first."""
        labels = [(self.levels.of(row), clean_name(row["text"]), row) for row in self.home.labels]
        known = [(storey.id, name, row) for storey, name, row in labels if storey is not None and name]
        tree = shapely.STRtree([shapely.Point(row["x"] / 100, -row["y"] / 100) for _, _, row in known])
        for i, room in enumerate(self.rooms):
            polygon = self.polygons[i]
            if room.id in self._nameless and polygon is not None:
                inside = sorted(int(n) for n in tree.query(polygon, predicate="contains"))
                name = next((known[n][1] for n in inside if known[n][0] == room.storey), "")
                self.rooms[i] = replace(room, name=name or room.name)


def _well(home: Sh3dHome, row: Sh3dRow) -> shapely.Polygon:
    """The plan of a stair's opening, in metres."""
    shape = svg_cutouts.outline(str(row["staircaseCutOutShape"])) or shapely.box(0, 0, 1, 1)
    width, depth = home.number(row, "width", 100) / 100, home.number(row, "depth", 100) / 100
    side = -1.0 if row.get("modelMirrored") == "true" else 1.0
    cos, sin = math.cos(-home.number(row, "angle")), math.sin(-home.number(row, "angle"))
    x, y = row["x"] / 100, -row["y"] / 100

    def placed(at: NDArray[np.float64]) -> NDArray[np.float64]:
        u, v = (at[:, 0] - 0.5) * width * side, (0.5 - at[:, 1]) * depth
        return np.column_stack([x + u * cos - v * sin, y + u * sin + v * cos])

    return shapely.transform(shape, placed)
