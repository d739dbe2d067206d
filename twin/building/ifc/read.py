"""Builds a Building from an opened IFC file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.building.ifc import ifc_classes, spaces, spatial_structure
from twin.building.ifc.damage import lacking, odd_ids, plain, reasons, repeated
from twin.building.ifc.geometry_workers import UNSEEN, GeometryWorkers
from twin.building.ifc.identifiers import Identifiers
from twin.building.ifc.ifc_file import IfcFile, open_ifc, rescued
from twin.building.ifc.import_state import IfcImport, origin_for
from twin.building.ifc.placeholders import placeholders_of
from twin.building.ifc.preview import BuildingPreview
from twin.building.ifc.stated_properties import bounded, stated_properties
from twin.building.limits import refuse, warn
from twin.building.median import median
from twin.building.mesh_merge import MeshMerger
from twin.building.placement import RoomIndex
from twin.building.validation import overlaps, validate_model
from twin.model.building import Building, Source
from twin.model.ids import DoorId, RoomId, StoreyId, clean_name, derived
from twin.model.problem import ProblemError
from twin.model.space import Door, Position, leaf_source

IMPORTER = "ifc 1"
_MENDED = ("ifc.legacy", "ifc.repaired", "ifc.truncated")
"""Codes of problems with files that were repaired or are truncated."""
_LINES = (
    "Point",
    "PointCloud",
    "Curve",
    "Curve2D",
    "Curve3D",
    "Segment",
    "GeometricCurveSet",
    "GeometricSet",
    "Annotation2D",
)
"""Types of representations with points and lines only (IFC4 IfcShapeRepresentation, table 235): they give no
triangles.
"""
WILD_M = 1e6
"""Distance from the far origin, metres, beyond which coordinates count as damaged."""


def read_ifc(
    path: Path,
    source: Source,
    on_progress: Callable[[str, float | None], None],
    *,
    on_preview: Callable[[Building], None] | None = None,
) -> Building:
    """The building of an .ifc, .ifczip or .ifcxml file. Raises ProblemError.

    `on_progress` receives the step's code and its progress (0 to 1, None where unknown); `on_preview` partial buildings
    meanwhile (`BuildingPreview`).
    """
    on_progress("job.reading", None)
    opened = open_ifc(path)
    try:
        reading = _understood(opened)
        if on_preview is not None:
            reading.preview = BuildingPreview(reading, on_preview)
        on_progress("job.shapes", 0.0)
        _shapes(reading, on_progress)
    except ProblemError as error:
        raise ProblemError(*reasons(opened.problems), *error.problems) from error
    on_progress("job.rooms", None)
    return _building(reading, source)


def _understood(ifc_file: IfcFile) -> IfcImport:
    file, where = ifc_file.file, str(ifc_file.path)
    if not spatial_structure.every(file, "IfcProject") or not spatial_structure.every(file, "IfcProduct"):
        raise refuse("ifc.no_project", where)
    unit = spatial_structure.unit_m(file)
    problems = list(ifc_file.problems)
    if unit is None:
        unit = 1.0
        _assume_metres(ifc_file)
        problems.append(warn("ifc.no_unit", where))
    identifiers = Identifiers(file)
    problems += odd_ids(identifiers.odd, where)
    levels = spatial_structure.levels(file, unit, identifiers.of)
    return IfcImport(
        ifc_file,
        unit,
        spatial_structure.parents(file),
        levels,
        identifiers,
        problems=problems,
        stated=stated_properties(file, unit),
    )


def _assume_metres(ifc_file: IfcFile) -> None:
    """Lets the library read shapes without a unit; does nothing if lines of the file are lost, as one may hold the unit."""
    if not any(problem.code == "ifc.lost_lines" for problem in ifc_file.problems):
        spatial_structure.assume_metres(ifc_file.file)


def _shapes(reading: IfcImport, on_progress: Callable[[str, float | None], None]) -> None:
    try:
        _run(reading, lambda part: on_progress("job.shapes", part))
        refused = _lacks_shapes(reading)
    except RuntimeError:
        refused = True  # the library stops at a reference to nothing, or at an entity of the wrong kind
    if refused:
        _run_mended(reading, on_progress)
    _settle_origin(reading)


def _run(reading: IfcImport, on_progress: Callable[[float], None], *, safe: bool = False) -> None:
    reading.placed.clear()
    reading.measured.clear()
    preview = reading.preview
    if preview is not None:
        preview.restart()
    workers = GeometryWorkers(reading.file, safe=safe, on_progress=on_progress, rooms_first=preview is not None)
    for placed in workers.run():
        if len(placed.shape.triangles):
            reading.placed[placed.product].append(placed)
            if preview is not None:
                preview.take(placed)
    if preview is not None:
        preview.flush()
    reading.plain, reading.endless = workers.plain, [product.id() for product in workers.endless]


def _lacks_shapes(reading: IfcImport) -> bool:
    """Whether over a fifth of the elements lack their shape in a file that was neither repaired nor cut off."""
    expected = [
        p for p in spatial_structure.every(reading.file, "IfcProduct") if _has_body(p) and p.id() not in reading.endless
    ]
    built = sum(p.id() in reading.placed for p in expected)
    reading.shapeless = len(expected) - built
    return built < 0.8 * len(expected) and not any(p.code in _MENDED for p in reading.opened.problems)


def _run_mended(reading: IfcImport, on_progress: Callable[[str, float | None], None]) -> None:
    """Once more from mended text; raises ProblemError where that does not help."""
    known = len(reading.opened.problems)
    reading.opened.file = rescued(reading.opened)
    if spatial_structure.unit_m(reading.file) is None:
        _assume_metres(reading.opened)
    reading.parents = spatial_structure.parents(reading.file)
    reading.identifiers = Identifiers(reading.file)
    reading.levels = spatial_structure.levels(reading.file, reading.unit, reading.guid)
    reading.stated = stated_properties(reading.file, reading.unit)
    reading.problems += reading.opened.problems[known:]
    for safe in (False, True):
        try:
            _run(reading, lambda part: on_progress("job.shapes", part), safe=safe)
            _lacks_shapes(reading)
            return
        except RuntimeError as error:
            detail = str(error)
    raise refuse("ifc.shapes", str(reading.opened.path), detail=detail)


def _has_body(product: Any) -> bool:
    """Whether a product is one that is seen, and its file has a solid or a surface for it."""
    if any(ifc_classes.is_a(product, kind) for kind in UNSEEN):
        return False
    shape = spatial_structure.safe(product, "Representation")
    bodies = ("Body", "Facetation", None)
    parts = spatial_structure.safe(shape, "Representations") or ()
    return any(
        spatial_structure.safe(part, "RepresentationIdentifier") in bodies
        and spatial_structure.safe(part, "RepresentationType") not in _LINES
        for part in parts
    )


_EARTH_M, _EARTH_MM = 1e8, 1e11
"""Largest plausible coordinates: of grids on earth in metres, and of files that have millimetres but declare metres."""


def centre_of(middles: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """(3,) median of the elements' middles, metres; the origin where none is plausible."""
    finite = [middle for middle in middles if np.isfinite(middle).all()]
    near = ([middle for middle in finite if np.abs(middle).max() < limit] for limit in (_EARTH_M, _EARTH_MM))
    return median(next(filter(None, near), [np.zeros(3)]))


def _settle_origin(reading: IfcImport) -> None:
    """Finds the local origin and drops shapes that lie absurdly far from all others."""
    middles = {id: np.concatenate([p.world for p in parts]).mean(0) for id, parts in reading.placed.items()}
    if not middles:
        return
    centre = centre_of(list(middles.values()))
    wild = [id for id, m in middles.items() if not np.isfinite(m).all() or np.abs(m - centre).max() > WILD_M]
    for id in wild:
        del reading.placed[id]
    if wild:
        reading.problems.append(warn("ifc.wild_coordinates", str(reading.opened.path), n=len(wild)))
    origin = origin_for(centre)
    if wild or not np.array_equal(origin, reading.origin):
        reading.measured.clear()
    reading.origin = origin


def _building(reading: IfcImport, source: Source) -> Building:
    rooms, polygons = spaces.rooms_of(reading)
    storeys, rooms = spaces.storeys_of(reading, rooms)
    if not rooms:
        rooms, polygons = spaces.recovered(reading, storeys)
    places = RoomIndex(rooms, polygons)
    spaces.check_size(reading, rooms)
    level_of = spaces.levels_of(reading, storeys)
    doors = _doors(reading, places, level_of, {room.id for room in rooms})
    placeholders = placeholders_of(reading, places, rooms, level_of)
    reading.problems += [
        *lacking(reading.shapeless, str(reading.opened.path)),
        *plain(_names(reading, reading.plain), str(reading.opened.path)),
        *repeated(_names(reading, reading.endless), str(reading.opened.path)),
        *validate_model(rooms, doors, str(reading.opened.path)),
        *spaces.left_out(reading, rooms),
        *spaces.flat_rooms(reading),
        *overlaps(rooms, polygons, str(reading.opened.path)),
    ]
    site = replace(spatial_structure.site(reading.file, reading.unit), origin_m=tuple(float(v) for v in reading.origin))  # pyright: ignore[reportArgumentType]
    return Building(
        source=source, site=site, storeys=storeys, rooms=rooms, doors=doors, placeholders=placeholders,
        mesh=_mesh(reading, level_of), problems=tuple(reading.problems),
    )  # fmt: skip


def _names(reading: IfcImport, products: Sequence[int]) -> list[str]:
    return [spatial_structure.title_of(reading.file.by_id(id)) for id in products]


def _doors(
    reading: IfcImport, places: RoomIndex, level_of: Callable[[Any], StoreyId], there: Collection[RoomId]
) -> tuple[Door, ...]:
    doors: list[Door] = []
    for door in spatial_structure.every(reading.file, "IfcDoor"):
        box, parts, guid = reading.box(door.id()), reading.placed.get(door.id()), reading.guid(door)
        if box is None or not parts:
            centre, normal, width, height = np.zeros(3), np.array([0.0, 1.0]), 0.9, 2.0
            rooms: tuple[RoomId, ...] = ()
        else:
            low, high = box
            centre = np.array([*(low[:2] + high[:2]) / 2, low[2]])
            axis = parts[0].matrix[:2, 1]  # a door's local y is the wall's normal (IfcDoor, IFC4 ADD2 6.1.3.9)
            normal = axis / (np.linalg.norm(axis) or 1.0)
            along = np.array([normal[1], -normal[0]])
            width, height = float(abs(along) @ (high - low)[:2]), float(high[2] - low[2])
            rooms = places.joined(centre, normal)
        angle = float(np.degrees(np.arctan2(-normal[0], normal[1])))
        doors.append(
            Door(
                id=DoorId(derived("door", guid)), storey=level_of(door), name=clean_name(spatial_structure.safe(door, "Name") or "Door"),
                rooms=rooms, position_m=_position(centre), width_m=round(width, 3), height_m=round(height, 3),
                angle_deg=round(angle, 2), source_id=guid, swing=reading.swings.leaves(door, parts or (), reading.origin),
                stated_rooms=_bounded(reading, door, there),
            )
        )  # fmt: skip
    return tuple(doors)


def _bounded(reading: IfcImport, door: Any, there: Collection[RoomId]) -> tuple[RoomId, ...]:
    """The rooms adjoining a door by the file's space boundaries."""
    rooms = (RoomId(derived("room", reading.guid(space))) for space in bounded(door))
    return tuple(room for room in rooms if room in there)


def _position(point: NDArray[np.float64]) -> Position:
    return (round(float(point[0]), 4), round(float(point[1]), 4), round(float(point[2]), 4))


def _mesh(reading: IfcImport, level_of: Callable[[Any], StoreyId]) -> Any:
    merger = MeshMerger()
    for id, parts in reading.placed.items():
        product = reading.file.by_id(id)
        clear = min(
            (int(part.shape.colours[:, 3].min()) or 255 for part in parts if len(part.shape.colours)), default=255
        )
        category = ifc_classes.category(product, reading.parents.get(id), alpha=clear)
        if category == "space":
            continue
        name, guid = clean_name(spatial_structure.safe(product, "Name") or ""), reading.guid(product)
        element = merger.element(name, product.is_a(), guid)
        leaves = reading.swings.leaves(product, parts, reading.origin) if category == "door" else ()
        storey = level_of(product)
        for placed in parts:
            colours = placed.shape.colours
            blank = colours[:, 3] == 0
            colours = np.where(blank[:, None], np.array(ifc_classes.COLOUR[category], np.uint8), colours)
            world, triangles = placed.world - reading.origin, placed.shape.triangles
            for number, rows in reading.swings.apart(placed, world, leaves):
                owner = element if number < 0 else merger.element(name, product.is_a(), leaf_source(guid, number))
                merger.add(storey, category, owner, world, triangles[rows], colours[rows])
    return merger.mesh()
