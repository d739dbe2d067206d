"""The devices of an IFC file, located by their shape, their placement, or the room that contains them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.building.device_spots import HANGS_M, device_spots
from twin.building.ifc import ifc_classes, spatial_structure
from twin.building.ifc.footprint import location
from twin.building.ifc.import_state import IfcImport
from twin.building.limits import warn
from twin.building.placement import RoomIndex
from twin.model.ids import PlaceholderId, RoomId, StoreyId, clean_name, derived
from twin.model.space import Placeholder, Position, Room

type _Found = tuple[Any, str, str, Any]
"""Element, kind, name, type."""


def placeholders_of(
    reading: IfcImport, places: RoomIndex, rooms: Sequence[Room], level_of: Callable[[Any], StoreyId]
) -> tuple[Placeholder, ...]:
    """A placeholder for every device of the file, those without a shape last; adds a problem where there are some."""
    types = _type_names(reading.file)
    found: list[Placeholder] = []
    shapeless: list[_Found] = []
    for element in spatial_structure.every(reading.file, "IfcDistributionElement"):
        name = clean_name(spatial_structure.safe(element, "Name") or "")
        type_class, type_name, type_of = types.get(element.id(), ("", "", None))
        kind = ifc_classes.device_kind(
            element, type_class, f"{name} {spatial_structure.safe(element, 'ObjectType') or ''} {type_name}"
        )
        if kind is None:
            continue
        box = reading.box(element.id())
        if box is None:
            if not spatial_structure.safe(element, "IsDecomposedBy"):  # else its parts are the devices
                shapeless.append((element, kind, name, type_of))
            continue
        middle = (box[0] + box[1]) / 2
        facing = facing_of(reading.placed[element.id()][0].matrix)
        inside = places.at(middle, level_of(element), facing=facing)
        found.append(_placeholder(reading, (element, kind, name, type_of), level_of(element), inside, middle))
    if shapeless:
        found += _by_container(reading, shapeless, places, rooms, level_of)
    return tuple(found)


def _placeholder(
    reading: IfcImport, one: _Found, storey: StoreyId, inside: Sequence[RoomId], spot: NDArray[np.float64]
) -> Placeholder:
    element, kind, name, type_of = one
    guid = reading.guid(element)
    return Placeholder(
        id=PlaceholderId(derived("placeholder", guid)), kind=kind, name=name or kind, storey=storey,
        room=inside[0] if len(inside) == 1 else None, candidates=tuple(inside) if len(inside) != 1 else (),
        position_m=_position(spot), source_id=guid, systems=reading.stated.systems.get(element.id(), ()),
        classes=reading.stated.classes_of(element, type_of),
    )  # fmt: skip


def _by_container(
    reading: IfcImport,
    found: Sequence[_Found],
    places: RoomIndex,
    rooms: Sequence[Room],
    level_of: Callable[[Any], StoreyId],
) -> list[Placeholder]:
    """Devices without a shape: in the room that contains them, where they are placed if that lies in it."""
    known = {room.source_id: room for room in rooms}
    made: list[Placeholder] = []
    waiting: dict[str, list[_Found]] = defaultdict(list)
    for one in found:
        space = spatial_structure.above(one[0], reading.parents, "IfcSpace")
        room = known.get(reading.guid(space)) if space is not None else None
        spot = _placed(reading, one[0])
        if room is not None and (spot is None or not room.contains(*spot[:2])):
            waiting[room.source_id].append(one)
        elif room is not None and spot is not None:
            made.append(_placeholder(reading, one, room.storey, (room.id,), spot))
        else:
            storey = level_of(one[0])
            inside = places.at(spot, storey) if spot is not None else ()
            made.append(
                _placeholder(reading, one, storey, inside, spot if spot is not None else _centroid(rooms, storey))
            )
    for key, some in waiting.items():
        room = known[key]
        put = zip(some, device_spots(room, len(some)), strict=True)
        made += [_placeholder(reading, one, room.storey, (room.id,), np.array(spot)) for one, spot in put]
    reading.problems.append(
        warn(
            "ifc.devices_without_shape",
            str(reading.opened.path),
            detail=", ".join((name or kind for _, kind, name, _ in found[:20])),
            n=len(found),
        )
    )
    return made


def _placed(reading: IfcImport, element: Any) -> NDArray[np.float64] | None:
    """Where an element is placed, local metres; None where its placement is its container's own."""
    placement = spatial_structure.safe(element, "ObjectPlacement")
    parent = reading.parents.get(element.id())
    if placement is None or placement == spatial_structure.safe(parent, "ObjectPlacement"):
        return None
    point = location(element, reading.unit)
    return point - reading.origin if point is not None else None


def _centroid(rooms: Sequence[Room], storey: StoreyId) -> NDArray[np.float64]:
    """The middle of a storey's rooms; the origin where it has none."""
    corners = [(x, y, room.floor_m + HANGS_M) for room in rooms if room.storey == storey for x, y in room.outline]
    return np.mean(np.array(corners), axis=0) if corners else np.zeros(3)


def _position(point: NDArray[np.float64]) -> Position:
    return (round(float(point[0]), 4), round(float(point[1]), 4), round(float(point[2]), 4))


def facing_of(matrix: NDArray[np.float64]) -> tuple[float, float]:
    """Direction in plan that a wall-mounted device faces: its local z where that is horizontal, else (0, 0). `matrix`
    is (4, 4).
    """
    x, y, z = (float(part) for part in matrix[:3, 2])
    return (round(x, 4), round(y, 4)) if abs(z) < 0.5 else (0.0, 0.0)


def _type_names(file: Any) -> dict[int, tuple[str, str, Any]]:
    """Class and words of each element's type, and the type itself."""
    names: dict[int, tuple[str, str, Any]] = {}
    for relation in spatial_structure.every(file, "IfcRelDefinesByType"):
        kind = spatial_structure.safe(relation, "RelatingType")
        if kind is None:
            continue
        description = " ".join(str(spatial_structure.safe(kind, part) or "") for part in ("Name", "PredefinedType"))
        for element in spatial_structure.safe(relation, "RelatedObjects") or ():
            names[element.id()] = (kind.is_a(), description, kind)
    return names
