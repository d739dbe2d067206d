# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Imports SVG plans, mainly those of ha-floorplan: closed shapes named by an area become rooms, entity ids become
devices.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import svgelements
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from twin.building import plan_outline
from twin.building.limits import refuse, warn
from twin.building.outline_rooms import RISE_M, OutlinedDevice, OutlinedLevel, OutlinedRoom, build_outlined
from twin.building.svg.expansion import LoopError, expanded_count
from twin.building.svg.xml_entities import AREAS, entity, kind, title
from twin.model.building import Building, Source
from twin.model.problem import Problem

FILE_BYTES = 32 << 20
SHAPES = 20_000
ELEMENTS = 60_000
"""Most shapes and groups of the drawing with every `use` resolved."""
USUAL_M2 = 16.0
"""Assumed area in m² of the median room of a plan without a scale."""
_STEP = 12
"""Points per curve segment."""
_LEAST = 0.002
"""Least share of the drawing that a room covers."""
_FLOOR = re.compile(r"(floor|level|storey|stock|etage|basement|cellar|keller|attic)", re.IGNORECASE)
_ROOMLIKE = (*AREAS, "binary_sensor")
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"


@dataclass(slots=True)
class _Found:
    """A shape that names something: its outline in drawing units, y down."""

    domain: str
    object_id: str
    plan: shapely.Polygon | None
    spot: tuple[float, float]
    floor: str


def read_svg(path: Path, source: Source, on_progress: Callable[[str, float | None], None]) -> Building:
    """The building of an .svg file. Raises ProblemError where it has no rooms or is too large. The scale is estimated
    (USUAL_M2).
    """
    on_progress("job.reading", None)
    found, whole = _shapes(path)
    rooms = _rooms(found, whole)
    if not rooms:
        raise refuse("svg.no_rooms", str(path))
    scale = (USUAL_M2 / float(np.median([room.plan.area for room in rooms if room.plan is not None]))) ** 0.5
    on_progress("job.shapes", None)
    problems = [_guessed(path, scale)]
    return build_outlined(source, _levels(found, rooms, scale, whole), problems)


def _shapes(path: Path) -> tuple[list[_Found], shapely.Polygon]:
    """Everything that names an area or an entity, and the drawing's bounds."""
    data = path.read_bytes()
    if len(data) > FILE_BYTES:
        raise refuse("svg.large", str(path))
    try:
        root: Any = ElementTree.fromstring(data, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        _bounded(root, path)
        drawing: Any = svgelements.SVG.parse(io.BytesIO(ElementTree.tostring(root)), reify=True)
    except DefusedXmlException as error:
        raise refuse('svg.entities', str(path)) from error  # fmt: skip
    except (ElementTree.ParseError, ValueError, TypeError, KeyError, AttributeError, IndexError, OSError) as error:
        raise refuse('svg.unreadable', str(path), detail=str(error)[:200]) from error  # fmt: skip
    if not str(root.tag).endswith("svg"):
        raise refuse("svg.foreign", str(path))
    found: list[_Found] = []
    boxes: list[shapely.Polygon] = []
    for number, (shape, names, floor) in enumerate(_walk(drawing, (), "")):
        if number > SHAPES:
            raise refuse("svg.huge", str(path), most=SHAPES)
        plan = _outline(shape)
        if plan is None:
            continue
        boxes.append(shapely.box(*plan.bounds))
        if (named := next((known for name in names if (known := entity(name))), None)) is not None:
            middle = shapely.box(*plan.bounds).centroid
            found.append(_Found(*named, plan, (middle.x, middle.y), floor))
    if not boxes:
        raise refuse("svg.empty", str(path))
    return found, shapely.box(*shapely.total_bounds(np.array(boxes)))


def _bounded(root: Any, path: Path) -> None:
    """Refuses a drawing that grows beyond all plans where its copies are drawn, before they are."""
    try:
        count = expanded_count(root, ELEMENTS)
    except LoopError as error:
        raise refuse('svg.loop', str(path)) from error  # fmt: skip
    if count > ELEMENTS:
        raise refuse('svg.many_copies', str(path), most=ELEMENTS)  # fmt: skip


def _walk(group: Any, names: tuple[str, ...], floor: str) -> Iterator[tuple[Any, tuple[str, ...], str]]:
    """Every shape with the ids on the way to it, its own first, and the floor that it is on."""
    stack: list[tuple[Any, tuple[str, ...], str]] = [(group, names, floor)]
    while stack:
        thing, above, level = stack.pop()
        values: dict[str, Any] = getattr(thing, "values", None) or {}
        own = [str(name)[:200] for name in (getattr(thing, "id", None), values.get(_LABEL)) if name]
        if isinstance(thing, list):
            label = next((name for name in own if _FLOOR.search(name) and entity(name) is None and "." not in name), "")
            inner = tuple(own) if any(entity(name) for name in own) else above
            stack += [(child, inner, label or level) for child in reversed(thing)]
        else:
            yield thing, (*own, *above), level


def _outline(shape: Any) -> shapely.Polygon | None:
    """The largest closed outline of a shape; its box where it is open or text."""
    try:
        if isinstance(shape, svgelements.Shape):
            path: Any = svgelements.Path(shape)
            rings = [_ring(part) for part in path.as_subpaths()]
            plans = [shapely.make_valid(shapely.Polygon(ring)) for ring in rings if len(ring) > 3]
            flat = [one for plan in plans if (one := plan_outline.largest(plan)) is not None and one.area > 0]
            if flat:
                return max(flat, key=lambda one: one.area)
        box: Any = shape.bbox() if hasattr(shape, "bbox") else None
    except (
        ValueError,
        TypeError,
        ZeroDivisionError,
        AttributeError,
        IndexError,
        OverflowError,
        shapely.errors.GEOSException,
    ):
        return None
    if box is None or not np.isfinite(box).all() or np.abs(box).max() > 1e7:
        return None
    return shapely.box(*box).buffer(1e-6) if box[2] > box[0] or box[3] > box[1] else None


def _ring(part: Any) -> list[tuple[float, float]]:
    """A subpath as points; curves in steps."""
    points: list[tuple[float, float]] = []
    for segment in part:
        steps: list[Any]
        if isinstance(segment, (svgelements.Move, svgelements.Line, svgelements.Close)):
            steps = [segment.end] if segment.end is not None else []
        else:
            steps = [segment.point(i / _STEP) for i in range(1, _STEP + 1)]
        points += [(float(step.x), float(step.y)) for step in steps]
    finite = [point for point in points if np.isfinite(point).all() and max(map(abs, point)) < 1e7]
    return finite if len(finite) == len(points) else []


def _rooms(found: list[_Found], whole: shapely.Polygon) -> list[_Found]:
    """The shapes that are rooms: named areas, else the large shapes of presence sensors; the largest of each name."""
    large = [one for one in found if one.plan is not None and one.plan.area > _LEAST * whole.area]
    for domains in (AREAS, _ROOMLIKE):
        best: dict[tuple[str, str], _Found] = {}
        for one in large:
            if one.domain not in domains or one.plan is None:
                continue
            known = best.get((one.floor, one.object_id))
            if known is None or known.plan is None or known.plan.area < one.plan.area:
                best[one.floor, one.object_id] = one
        if best:
            return list(best.values())
    return []


def _levels(found: list[_Found], rooms: list[_Found], scale: float, whole: shapely.Polygon) -> list[OutlinedLevel]:
    """Storeys in the order of the file, the ground below; y turned up, the drawing's corner at the origin."""
    x0, _, _, y1 = whole.bounds
    matrix = (scale, 0, 0, -scale, -x0 * scale, y1 * scale)
    names = list(dict.fromkeys(room.floor for room in rooms))
    order = sorted(names, key=_height)
    levels = {
        name: OutlinedLevel(name or "ground", title(name) or "Ground floor", i * RISE_M) for i, name in enumerate(order)
    }
    for room in rooms:
        plan = shapely.affinity.affine_transform(room.plan, matrix) if room.plan is not None else None
        if plan is not None:
            key = f"{room.domain}.{room.object_id}"
            levels[room.floor].rooms.append(OutlinedRoom(key, title(room.object_id), plan))
    seen: dict[str, list[_Found]] = defaultdict(list)
    for one in found:
        if one.domain not in AREAS:
            seen[f"{one.domain}.{one.object_id}"].append(one)
    for id, shapes in seen.items():
        first = shapes[0]
        level = levels.get(first.floor) or levels[order[0]]
        x, y = (first.spot[0] - x0) * scale, (y1 - first.spot[1]) * scale
        level.devices.append(OutlinedDevice(id, kind(first.domain, first.object_id), title(first.object_id), x, y))
    return list(levels.values())


_HEIGHTS = (("basement", -1), ("cellar", -1), ("keller", -1), ("ground", 0), ("erdgeschoss", 0), ("first", 1), ("second", 2), ("third", 3), ("attic", 9))  # fmt: skip


def _height(name: str) -> float:
    """Height of a storey in storeys above ground, guessed from its name."""
    low = name.casefold()
    number = re.search(r"-?\d+", low)
    return next((float(value) for word, value in _HEIGHTS if word in low), float(number[0]) if number else 0.5)


def _guessed(path: Path, scale: float) -> Problem:
    return warn("svg.scale", str(path), scale=scale)
