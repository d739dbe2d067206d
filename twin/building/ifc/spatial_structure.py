"""Spatial structure of an IFC file: parents, units, site, storeys, names."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ifcopenshell.util.unit

from twin.model.ids import StoreyId, clean_name, derived
from twin.model.space import Site


@dataclass(frozen=True, slots=True)
class IfcStorey:
    """A storey as stated in the file; elevation in metres."""

    entity: int
    id: StoreyId
    name: str
    elevation_m: float
    guid: str


def safe(entity: Any, name: str) -> Any:
    """The value of an attribute; None where the schema lacks it or it is unreadable."""
    try:
        return getattr(entity, name, None)
    except Exception:
        return None


def every(file: Any, kind: str) -> list[Any]:
    """All entities of a class; empty where the schema lacks it."""
    try:
        return list(file.by_type(kind))
    except RuntimeError:
        return []


def unit_m(file: Any) -> float | None:
    """Metres per length unit; None where the file states none."""
    units = [safe(safe(project, "UnitsInContext"), "Units") or () for project in every(file, "IfcProject")]
    if not any(safe(unit, "UnitType") == "LENGTHUNIT" for some in units for unit in some):
        return None
    try:
        return float(ifcopenshell.util.unit.calculate_unit_scale(file)) or None
    except Exception:
        return None


def assume_metres(file: Any) -> None:
    """Adds metres as the length unit: the library reads no shapes of IFC 2x3 files without units."""
    for project in every(file, "IfcProject"):
        metre = file.create_entity("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE")
        units = safe(safe(project, "UnitsInContext"), "Units") or ()
        project.UnitsInContext = file.create_entity("IfcUnitAssignment", Units=[*units, metre])


def parents(file: Any) -> dict[int, Any]:
    """The parent of every product by its id: whole, container, or the element whose opening it fills."""
    found: dict[int, Any] = {}
    for kind, above, below in (
        ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
        ("IfcRelNests", "RelatingObject", "RelatedObjects"),
        ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ):
        for relation in every(file, kind):
            for child in safe(relation, below) or ():
                found.setdefault(child.id(), safe(relation, above))
    for relation in every(file, "IfcRelFillsElement"):
        voids = safe(safe(relation, "RelatingOpeningElement"), "VoidsElements")
        filler = safe(relation, "RelatedBuildingElement")
        if voids and filler is not None:
            found.setdefault(filler.id(), safe(voids[0], "RelatingBuildingElement"))
    return found


def above(entity: Any, parent_of: dict[int, Any], kind: str) -> Any:
    """The nearest ancestor of a class, including the entity itself; None where there is none."""
    for _ in range(40):  # a cycle is no hierarchy
        if entity is None or entity.is_a(kind):
            return entity
        entity = parent_of.get(entity.id())
    return None


def title_of(entity: Any) -> str:
    """The long name of an entity, else its name; empty where it has neither."""
    return clean_name(safe(entity, "LongName") or safe(entity, "Name") or "")


def levels(file: Any, unit: float, guid_of: Callable[[Any], str]) -> list[IfcStorey]:
    """The storeys by elevation; `unit` is metres per unit, `guid_of` returns the identifier of an entity."""
    found = [
        IfcStorey(
            storey.id(),
            StoreyId(derived("storey", guid_of(storey))),
            clean_name(safe(storey, "Name") or safe(storey, "LongName") or f"Level {i + 1}"),
            float(safe(storey, "Elevation") or 0.0) * unit,
            guid_of(storey),
        )
        for i, storey in enumerate(every(file, "IfcBuildingStorey"))
    ]
    return sorted(found, key=lambda level: level.elevation_m)


def site(file: Any, unit: float) -> Site:
    """The site: name, position, elevation and true north; `unit` is metres per unit."""
    places = every(file, "IfcSite")
    place = places[0] if places else None
    buildings = every(file, "IfcBuilding")
    name = title_of(buildings[0]) if buildings else ""
    return Site(
        name=name or (title_of(place) if place is not None else ""),
        latitude=_degrees(safe(place, "RefLatitude")),
        longitude=_degrees(safe(place, "RefLongitude")),
        elevation_m=float(safe(place, "RefElevation") or 0.0) * unit if place is not None else 0.0,
        north_deg=_north(file),
    )


def _degrees(parts: Any) -> float | None:
    """IfcCompoundPlaneAngleMeasure: degrees, minutes, seconds, millionths of a second."""
    if not parts:
        return None
    scale = (1.0, 60.0, 3600.0, 3.6e9)
    value = sum(part / scale[i] for i, part in enumerate(parts[:4]))
    return round(value, 7) if math.isfinite(value) and abs(value) <= 180 else None


def _north(file: Any) -> float:
    for context in every(file, "IfcGeometricRepresentationContext"):
        north = safe(context, "TrueNorth") if not context.is_a("IfcGeometricRepresentationSubContext") else None
        if north is not None:
            x, y = north.DirectionRatios[:2]
            return round(math.degrees(math.atan2(x, y)), 4)
    for conversion in every(file, "IfcMapConversion"):  # the grid's north, a degree or two off at most
        x, y = safe(conversion, "XAxisAbscissa"), safe(conversion, "XAxisOrdinate")
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y) and (x or y):
            return round(math.degrees(math.atan2(y, x)), 4)
    return 0.0
