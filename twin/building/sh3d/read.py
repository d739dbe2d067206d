"""From a Sweet Home 3D file to a Building."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from twin.building import kernel, plan_outline
from twin.building.archive import Archive
from twin.building.identity import Ids
from twin.building.limits import refuse, warn
from twin.building.merge import Merger
from twin.building.place import Places
from twin.building.recover import rooms_from_walls
from twin.building.sh3d.furniture import Fitter, colour
from twin.building.sh3d.home import MOST_CORNERS, Home, Row, open_home
from twin.building.sh3d.walls import Wall, read_walls
from twin.model.building import Building, Source
from twin.model.ident import DoorId, PlaceholderId, RoomId, StoreyId, clean_name
from twin.model.space import Door, Placeholder, Room, Site, Storey

MOST_WALLS = 20_000
_WALL = (232, 229, 223, 255)
_SLAB_M = 0.12
_SILL_M = 0.3
"""An opening that begins higher than this above the floor is a window."""
_LOW_M = 1.5
"""An opening lower than this is one too."""


@dataclass(slots=True)
class Reading:
    """Everything known while a home is read."""

    home: Home
    storeys: list[Storey]
    ids: Ids
    merger: Merger = field(default_factory=Merger)
    rooms: list[Room] = field(default_factory=list[Room])
    polygons: list[shapely.Polygon | None] = field(default_factory=list["shapely.Polygon | None"])

    def storey(self, row: Row) -> Storey:
        """The storey of a row; the first where it names none."""
        level = str(row.get("level") or "")
        return next((storey for storey in self.storeys if storey.source_id == level), self.storeys[0])


def read_sh3d(path: Path, source: Source, told: Callable[[str, float | None], None]) -> Building:
    """The building of a .sh3d file; raises ProblemError."""
    told("Reading the file", None)
    archive = Archive(path)
    try:
        home = open_home(archive)
        if len(home.walls) > MOST_WALLS:
            raise refuse(
                "sh3d.too_many",
                f"The home has {len(home.walls)} walls",
                str(path),
                f"Split it: up to {MOST_WALLS} can be read",
            )
        ids = Ids()
        reading = Reading(home, _storeys(home, ids), ids)
        told("Building walls", 0.1)
        walls = read_walls(reading.home, reading.storey)
        _wall_parts(reading, walls)
        _rooms(reading, walls)
        told("Placing furniture", 0.4)
        placeholders = _pieces(reading, told)
        return _building(reading, source, placeholders)
    finally:
        archive.close()


def _storeys(home: Home, ids: Ids) -> list[Storey]:
    if not home.levels:
        return [
            Storey(
                id=StoreyId(ids.of("sh3d level", "only")),
                name="Ground floor",
                elevation_m=0.0,
                height_m=home.wall_height / 100,
            )
        ]
    found = [
        Storey(
            id=StoreyId(ids.of("sh3d level", str(row.get("id") or "only"))), name=clean_name(row.get("name") or f"Level {i + 1}"),
            elevation_m=home.number(row, "elevation") / 100, height_m=max(home.size(row, "height", 250) / 100, 0.1),
            source_id=str(row.get("id") or ""),
        )
        for i, row in enumerate(home.levels)
    ]  # fmt: skip
    return sorted(found, key=lambda storey: storey.elevation_m)


def _wall_parts(reading: Reading, walls: list[Wall]) -> None:
    for wall in walls:
        element = reading.merger.element("Wall", "IfcWall", wall.source_id)
        rgba = np.array(wall.colour or _WALL, np.uint8)
        for solid in wall.solids():
            positions, triangles = kernel.mesh_of(solid)
            reading.merger.add(
                wall.storey.id, "wall", element, positions, triangles, np.tile(rgba, (len(triangles), 1))
            )


def _rooms(reading: Reading, walls: list[Wall]) -> None:
    home = reading.home
    for i, row in enumerate(home.rooms):
        if len(row["points"]) > MOST_CORNERS:
            home.swallowed += 1
            continue
        ring = [(home.number(p, "x", math.nan) / 100, -home.number(p, "y", math.nan) / 100) for p in row["points"]]
        if len(ring) < 3 or not np.isfinite(np.array(ring)).all():
            home.swallowed += 1
            continue
        polygon = plan_outline.largest(shapely.make_valid(shapely.Polygon(ring)))
        if polygon is None or polygon.area < 0.01:
            continue
        _keep_room(
            reading,
            reading.storey(row),
            polygon,
            name=clean_name(row.get("name") or ""),
            key=str(row.get("id") or i),
            rgba=colour(row.get("floorColor")) or home.picture(str(row.get("floorTexture") or "")),
        )
    for storey in reading.storeys:
        if not any(room.storey == storey.id for room in reading.rooms):
            outlines = [part for wall in walls if wall.storey.id == storey.id for part in wall.outlines]
            for room, polygon in rooms_from_walls(storey, outlines):
                _keep_room(reading, storey, polygon, name=room.name, key=f"found {room.id}", rgba=None)
    _name_by_labels(reading)


def _keep_room(
    reading: Reading,
    storey: Storey,
    polygon: shapely.Polygon,
    *,
    name: str,
    key: str,
    rgba: tuple[int, int, int, int] | None,
) -> None:
    ring, holes = plan_outline.rings(polygon)
    low, high = storey.elevation_m, storey.elevation_m + storey.height_m
    room = Room(
        id=RoomId(reading.ids.of("sh3d room", str(storey.id), key)), storey=storey.id, name=name or f"Room {len(reading.rooms) + 1}",
        outline=ring, holes=holes, floor_m=low, ceiling_m=high, area_m2=float(polygon.area),
        volume_m3=float(polygon.area) * storey.height_m, source_id=key,
    )  # fmt: skip
    reading.rooms.append(room)
    reading.polygons.append(polygon)
    positions, triangles = kernel.slab(polygon, low - _SLAB_M, low)
    element = reading.merger.element(f"Floor of {room.name}", "IfcSlab", key)
    floor = np.array(rgba or (200, 196, 188, 255), np.uint8)
    reading.merger.add(storey.id, "slab", element, positions, triangles, np.tile(floor, (len(triangles), 1)))


def _name_by_labels(reading: Reading) -> None:
    """A label inside a room without a name is its name."""
    from dataclasses import replace

    for i, room in enumerate(reading.rooms):
        if not room.name.startswith("Room "):
            continue
        for row in reading.home.labels:
            x, y = reading.home.number(row, "x") / 100, -reading.home.number(row, "y") / 100
            if reading.storey(row).id == room.storey and room.contains(x, y) and (name := clean_name(row["text"])):
                reading.rooms[i] = replace(room, name=name)
                break


def _pieces(reading: Reading, told: Callable[[str, float | None], None]) -> tuple[Placeholder, ...]:
    fitter, lights = Fitter(reading.home), list[Placeholder]()
    places = Places(reading.rooms, reading.polygons)
    for i, row in enumerate(reading.home.pieces):
        if row["hidden"]:
            continue
        storey = reading.storey(row)
        positions, triangles, colours = fitter.mesh(row, storey.elevation_m)
        category, kind = _category(reading, row)
        name = clean_name(row.get("name") or kind)
        element = reading.merger.element(name, kind, str(row.get("id") or i))
        reading.merger.add(storey.id, category, element, positions, triangles, colours)
        if row["tag"] == "light":
            middle = (positions.min(0) + positions.max(0)) / 2
            inside = places.at(middle)
            lights.append(
                Placeholder(
                    id=PlaceholderId(reading.ids.of("sh3d light", str(row.get("id") or i), f"{middle[0]:.2f} {middle[1]:.2f}")),
                    kind="light" if middle[2] - storey.elevation_m > 1.8 else "lamp", name=name, storey=storey.id,
                    room=inside[0] if len(inside) == 1 else None, candidates=inside if len(inside) != 1 else (),
                    position_m=(round(float(middle[0]), 4), round(float(middle[1]), 4), round(float(middle[2]), 4)),
                    source_id=str(row.get("id") or i),
                )
            )  # fmt: skip
        told("Placing furniture", 0.4 + 0.6 * i / len(reading.home.pieces))
    return tuple(lights)


def _category(reading: Reading, row: Row) -> tuple[str, str]:
    if row["tag"] == "light":
        return "fixture", "IfcLightFixture"
    if row["tag"] != "doorOrWindow":
        words = f"{row.get('name') or ''} {row.get('catalogId') or ''}".casefold()
        if "stair" in words or "escalier" in words or "treppe" in words:
            return "stair", "IfcStair"
        return "furniture", "IfcFurnishingElement"
    return ("window", "IfcWindow") if _is_window(reading.home, row) else ("door", "IfcDoor")


def _is_window(home: Home, row: Row) -> bool:
    """Whether nobody can walk through an opening. Names do not tell: tall "windows" on the floor lead to balconies."""
    return home.number(row, "elevation") / 100 > _SILL_M or home.size(row, "height", 200) / 100 < _LOW_M


def _doors(reading: Reading) -> tuple[Door, ...]:
    home, doors = reading.home, list[Door]()
    by_storey: dict[StoreyId, Places] = {}
    groups: dict[StoreyId, list[int]] = defaultdict(list)
    for i, room in enumerate(reading.rooms):
        groups[room.storey].append(i)
    for storey, indices in groups.items():
        by_storey[storey] = Places([reading.rooms[i] for i in indices], [reading.polygons[i] for i in indices])
    for i, row in enumerate(home.pieces):
        if row["tag"] != "doorOrWindow" or _is_window(home, row):
            continue
        storey = reading.storey(row)
        angle = -home.number(row, "angle")
        centre = np.array([home.number(row, "x") / 100, -home.number(row, "y") / 100, storey.elevation_m])
        places = by_storey.get(storey.id)
        normal = np.array([-math.sin(angle), math.cos(angle)])
        doors.append(
            Door(
                id=DoorId(reading.ids.of("sh3d door", str(row.get("id") or i), f"{centre[0]:.2f} {centre[1]:.2f}")), storey=storey.id,
                name=clean_name(row.get("name") or "Door"), rooms=places.joined(centre, normal) if places else (),
                position_m=(float(centre[0]), float(centre[1]), float(centre[2])), width_m=home.size(row, "width", 90) / 100,
                height_m=home.size(row, "height", 200) / 100, angle_deg=round(math.degrees(angle), 2),
                source_id=str(row.get("id") or i),
            )
        )  # fmt: skip
    return tuple(doors)


def _building(reading: Reading, source: Source, placeholders: tuple[Placeholder, ...]) -> Building:
    home = reading.home
    doors = _doors(reading)
    if home.swallowed:
        home.problems.append(
            warn(
                "sh3d.swallowed",
                f"{home.swallowed} numbers in the file are unreadable or absurd; usual ones were taken",
                str(home.archive.path),
                "Open and save it again in Sweet Home 3D, and check the walls",
            )
        )
    if not reading.rooms and not home.walls:
        home.problems.append(
            warn(
                "sh3d.bare",
                "The home has neither walls nor rooms",
                str(home.archive.path),
                "Draw walls in Sweet Home 3D first",
            )
        )
    compass = home.compass
    site = Site(
        name=clean_name(Path(home.title.replace("\\", "/")).stem or home.archive.path.stem), latitude=_degrees(home, "latitude"), longitude=_degrees(home, "longitude"),
        north_deg=math.degrees(home.number(compass, "northDirection")),
    )  # fmt: skip
    return Building(
        source=source, site=site, storeys=tuple(reading.storeys), rooms=tuple(reading.rooms), doors=doors,
        placeholders=placeholders, mesh=reading.merger.mesh(), problems=tuple(home.problems),
    )  # fmt: skip


def _degrees(home: Home, name: str) -> float | None:
    """The compass keeps radians."""
    return math.degrees(home.number(home.compass, name)) if name in home.compass else None
