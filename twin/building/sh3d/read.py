"""Builds a Building from a Sweet Home 3D file."""

from __future__ import annotations

import math
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from twin.building import door_leaf
from twin.building.archive import Archive
from twin.building.limits import refuse
from twin.building.mesh_merge import MeshMerger
from twin.building.placement import RoomIndex
from twin.building.sh3d import door_swing, home_java, home_xml, lights
from twin.building.sh3d.doors import is_window, read_doors
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow, no_home, thing_of
from twin.building.sh3d.levels import Sh3dLevels
from twin.building.sh3d.model_fitting import ModelFitter
from twin.building.sh3d.number_checks import NumberChecks
from twin.building.sh3d.opening_hosts import turn_into_walls
from twin.building.sh3d.rooms import Sh3dRooms
from twin.building.sh3d.walls import Sh3dWall, read_walls
from twin.building.stable_ids import StableIds
from twin.model.building import Building, Source
from twin.model.ids import clean_name
from twin.model.problem import ProblemError
from twin.model.space import Placeholder, Site, Storey, leaf_source

MOST = {"levels": 300, "walls": 20_000, "rooms": 20_000, "pieces": 50_000, "labels": 20_000}
"""Most rows of each kind in one home."""
_FURNITURE = ("furniture", "IfcFurnishingElement")
_WORDS = (
    (r"stair|escalier|treppe|\bscal[ae]\b", ("stair", "IfcStair")),
    (r"railing|balust|balaust|garde-?corps|gel(ä|ae)nder", ("railing", "IfcRailing")),
    (r"\broof|_roof|toiture|\bdach\b", ("roof", "IfcRoof")),
)
"""Patterns of names of pieces that belong to the building, with category and class."""


@dataclass(slots=True)
class Sh3dImport:
    """State of one import of a Sweet Home 3D file."""

    home: Sh3dHome
    levels: Sh3dLevels
    ids: StableIds
    merger: MeshMerger
    rooms: Sh3dRooms
    lights: list[Placeholder] = field(default_factory=list[Placeholder])


def read_sh3d(path: Path, source: Source, on_progress: Callable[[str, float | None], None]) -> Building:
    """The building of a .sh3d file. Raises ProblemError.

    `on_progress` receives the step's code and its progress (0 to 1, None where unknown).
    """
    on_progress("job.reading", None)
    archive = Archive(path)
    try:
        home = open_home(archive)
        ids, merger = StableIds(), MeshMerger()
        levels = Sh3dLevels(home, ids)
        reading = Sh3dImport(home, levels, ids, merger, Sh3dRooms(home, levels, ids, merger))
        on_progress("job.walls", 0.1)
        walls = read_walls(home, levels)
        _wall_parts(reading, walls)
        reading.rooms.read(walls)
        on_progress("job.furniture", 0.4)
        _pieces(reading, on_progress)
        return _building(reading, source)
    finally:
        archive.close()


def open_home(archive: Archive) -> Sh3dHome:
    """The checked rows of an archive. Raises ProblemError where it contains no home, or too many rows."""
    home = _opened(archive)
    for what, most in MOST.items():
        if (count := len(getattr(home, what))) > most:
            raise refuse("sh3d.too_many", str(archive.path), count=count, things=what, most=most)
    NumberChecks(home).check()
    turn_into_walls(home)
    return home


def _opened(archive: Archive) -> Sh3dHome:
    """The home from Home.xml where that is intact, else from the older `Home`; files of 5.3 to 7 hold both."""
    if "Home.xml" not in archive.names:
        if "Home" not in archive.names:
            raise no_home(archive)
        return home_java.read(archive)
    try:
        return home_xml.read(archive)
    except ProblemError as error:
        if "Home" not in archive.names or error.problems[0].code != "sh3d.malformed":
            raise
        home = home_java.read(archive)
        home.warn("sh3d.older_form", "Home.xml")
        return home


def _wall_parts(reading: Sh3dImport, walls: list[Sh3dWall]) -> None:
    for wall in walls:
        element = reading.merger.element("Wall", "IfcWall", wall.source_id)
        for positions, triangles, colours in wall.meshes():
            reading.merger.add(wall.storey.id, "wall", element, positions, triangles, colours)


def _pieces(reading: Sh3dImport, on_progress: Callable[[str, float | None], None]) -> None:
    home, fitter = reading.home, ModelFitter(reading.home)
    places = RoomIndex(reading.rooms.rooms, reading.rooms.polygons)
    for i, row in enumerate(home.pieces):
        storey = reading.levels.of(row)
        if row["hidden"] or storey is None:
            continue
        try:
            _piece(reading, fitter, row, i, storey)
        except (ValueError, IndexError, ArithmeticError, RuntimeError) as error:
            home.warn_of("sh3d.piece", thing_of("Piece", row, i), error=type(error).__name__)
        if row["tag"] == "light":
            reading.lights.append(lights.placeholder(home, row, i, storey=storey, places=places, ids=reading.ids))
        on_progress("job.furniture", 0.4 + 0.6 * i / len(home.pieces))
    fitter.report_problems()


def _piece(reading: Sh3dImport, fitter: ModelFitter, row: Sh3dRow, index: int, storey: Storey) -> None:
    category, kind = _category(reading.home, row)
    positions, triangles, colours = fitter.mesh(row, storey.elevation_m, window=category == "window")
    name = clean_name(row.get("name") or kind)
    key = str(row.get("id") or index)
    leaves = door_swing.leaves(reading.home, row) if category == "door" else ()
    part = door_leaf.leaf_of_triangles(positions, triangles, leaves)
    for number in range(-1, len(leaves)):
        mine = part == number
        if mine.any() or number < 0:
            source_id = key if number < 0 else leaf_source(key, number)
            element = reading.merger.element(name, kind, source_id)
            reading.merger.add(storey.id, category, element, positions, triangles[mine], colours[mine])


def _category(home: Sh3dHome, row: Sh3dRow) -> tuple[str, str]:
    if row["tag"] == "light":
        return "fixture", "IfcLightFixture"
    if row["tag"] != "doorOrWindow":
        description = f"{row.get('name') or ''} {row.get('catalogId') or ''}".casefold()
        return next((found for pattern, found in _WORDS if re.search(pattern, description)), _FURNITURE)
    return ("window", "IfcWindow") if is_window(home, row) else ("door", "IfcDoor")


def _building(reading: Sh3dImport, source: Source) -> Building:
    home, rooms = reading.home, reading.rooms
    doors = read_doors(home, reading.levels, rooms.rooms, rooms.polygons, reading.ids)
    if not rooms.rooms and not home.walls:
        home.warn("sh3d.bare")
    site = Site(
        name=clean_name(Path(home.title.replace("\\", "/")).stem or home.archive.path.stem), latitude=_degrees(home, "latitude", 90),
        longitude=_degrees(home, "longitude", 180), north_deg=math.degrees(home.number(home.compass, "northDirection")),
        time_zone=_time_zone(home),
    )  # fmt: skip
    floors = rooms.coverings
    mesh = replace(reading.merger.mesh(), textures=tuple(floors.textures), coverings=tuple(floors.coverings))
    return Building(
        source=source, site=site, storeys=tuple(reading.levels.storeys), rooms=tuple(rooms.rooms), doors=doors,
        placeholders=tuple(reading.lights), mesh=mesh, problems=tuple(home.problems),
    )  # fmt: skip


def _degrees(home: Sh3dHome, name: str, most: float) -> float | None:
    """An angle of the compass, kept in radians, in degrees; None where it is out of range."""
    value = math.degrees(home.number(home.compass, name)) if name in home.compass else None
    return value if value is not None and abs(value) <= most else None


def _time_zone(home: Sh3dHome) -> str:
    """The compass's time zone where it is one that exists."""
    name = str(home.compass.get("timeZone") or "")
    try:
        return zoneinfo.ZoneInfo(name).key
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return ""
