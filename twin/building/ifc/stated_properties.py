"""Properties stated in an IFC file besides geometry: zones, systems, classifications, quantities, space boundaries."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ifcopenshell.util.unit

from twin.building.ifc import spatial_structure
from twin.model.ids import clean_name
from twin.model.space import SAID_AREA, SAID_HEIGHT, SAID_VOLUME, Classified

_KINDS = (
    *((name, "AreaValue", 2) for name in SAID_AREA),
    *((name, "VolumeValue", 3) for name in SAID_VOLUME),
    *((name, "LengthValue", 1) for name in SAID_HEIGHT),
)
_VALUE = {name: (value, power) for name, value, power in _KINDS}
_UNITS = {1: "LENGTHUNIT", 2: "AREAUNIT", 3: "VOLUMEUNIT"}
_MOST = 12
"""Most zones, systems or classifications of one entity."""
_DEEP = 20
_LARGEST = 1e9


@dataclass(slots=True)
class StatedProperties:
    """Stated properties by entity id; `scales` converts lengths, areas and volumes (1, 2, 3) to metres."""

    zones: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    systems: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    classes: dict[int, tuple[Classified, ...]] = field(default_factory=dict[int, tuple[Classified, ...]])
    scales: dict[int, float] = field(default_factory=dict[int, float])

    def classes_of(self, entity: Any, kind: Any = None) -> tuple[Classified, ...]:
        """The classifications of an element and of its type."""
        mine = self.classes.get(entity.id(), ())
        more = self.classes.get(kind.id(), ()) if kind is not None else ()
        return tuple(dict.fromkeys((*mine, *more)))[:_MOST]

    def stated_sizes(self, space: Any) -> tuple[tuple[str, float], ...]:
        """The stated sizes of a space in metres, m² and m³; quantities with a unit of their own are left out."""
        found: dict[str, float] = {}
        for relation in spatial_structure.safe(space, "IsDefinedBy") or ():
            if not relation.is_a("IfcRelDefinesByProperties"):
                continue
            given = spatial_structure.safe(relation, "RelatingPropertyDefinition")
            if given is None or not given.is_a("IfcElementQuantity"):
                continue
            for quantity in spatial_structure.safe(given, "Quantities") or ():
                name = spatial_structure.safe(quantity, "Name")
                if name not in _VALUE or spatial_structure.safe(quantity, "Unit") is not None:
                    continue
                attribute, power = _VALUE[name]
                value = spatial_structure.safe(quantity, attribute)
                if isinstance(value, float) and 0 < value * self.scales[power] < _LARGEST:
                    found.setdefault(name, round(value * self.scales[power], 4))
        return tuple((name, found[name]) for name in _VALUE if name in found)


def stated_properties(file: Any, unit: float) -> StatedProperties:
    """Reads zones, systems, classifications and unit scales; `unit` is metres per unit of length."""
    zones, systems = _groups(file)
    _spatial(file, zones)
    scales = {power: _scale(file, name, unit**power) for power, name in _UNITS.items()}
    return StatedProperties(_closed(zones), _closed(systems), _classes(file), scales)


def bounded(door: Any) -> list[Any]:
    """The spaces that the file's space boundaries relate a door to; empty where it has none."""
    found: dict[int, Any] = {}
    for boundary in spatial_structure.safe(door, "ProvidesBoundaries") or ():
        space = spatial_structure.safe(boundary, "RelatingSpace")
        if space is not None and space.is_a("IfcSpace"):
            found[space.id()] = space
    return list(found.values())


def _groups(file: Any) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """(zones, systems) by member. A zone is a system to IFC4, so that zones are asked for first; groups may hold groups."""
    members: dict[int, list[Any]] = defaultdict(list)
    groups: dict[int, Any] = {}
    for relation in spatial_structure.every(file, "IfcRelAssignsToGroup"):
        group = spatial_structure.safe(relation, "RelatingGroup")
        if group is not None:
            groups[group.id()] = group
            members[group.id()] += spatial_structure.safe(relation, "RelatedObjects") or ()
    zones: dict[int, list[str]] = defaultdict(list)
    systems: dict[int, list[str]] = defaultdict(list)
    for id, group in groups.items():
        into = zones if group.is_a("IfcZone") else systems if group.is_a("IfcSystem") else None
        if into is None or not (name := clean_name(spatial_structure.safe(group, "Name") or "")):
            continue
        for member in _leaves(id, members, groups):
            into[member].append(name)
    return zones, systems


def _leaves(group: int, members: dict[int, list[Any]], groups: dict[int, Any]) -> Iterable[int]:
    """Everything in a group and in the groups in it; a circle ends."""
    seen, level = {group}, [group]
    for _ in range(_DEEP):
        below = [member.id() for id in level for member in members.get(id, ())]
        yield from (id for id in below if id not in groups)
        level = [id for id in dict.fromkeys(below) if id in groups and id not in seen]
        seen |= set(level)
        if not level:
            return


def _spatial(file: Any, zones: dict[int, list[str]]) -> None:
    """Adds the members of each IfcSpatialZone (IFC4): its references, contents and parts."""
    for kind, above, below in (
        ("IfcRelReferencedInSpatialStructure", "RelatingStructure", "RelatedElements"),
        ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
        ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
    ):
        for relation in spatial_structure.every(file, kind) if spatial_structure.every(file, "IfcSpatialZone") else ():
            zone = spatial_structure.safe(relation, above)
            if zone is None or not zone.is_a("IfcSpatialZone") or not (name := spatial_structure.title_of(zone)):
                continue
            for member in spatial_structure.safe(relation, below) or ():
                zones.setdefault(member.id(), []).append(name)


def _classes(file: Any) -> dict[int, tuple[Classified, ...]]:
    found: dict[int, list[Classified]] = defaultdict(list)
    for relation in spatial_structure.every(file, "IfcRelAssociatesClassification"):
        reference = spatial_structure.safe(relation, "RelatingClassification")
        one = _classified(reference) if reference is not None else None
        if one is not None:
            for thing in spatial_structure.safe(relation, "RelatedObjects") or ():
                found[thing.id()].append(one)
    return {id: tuple(dict.fromkeys(many))[:_MOST] for id, many in found.items()}


def _classified(reference: Any) -> Classified | None:
    """An IfcClassificationReference; None for an empty one."""
    if not reference.is_a("IfcClassificationReference"):
        return None
    # ItemReference in IFC2x3, Identification since IFC4; asking for the one that is not there takes 70 ms
    code, name = clean_name(reference[1] or ""), clean_name(spatial_structure.safe(reference, "Name") or "")
    if not (code or name):
        return None
    source = spatial_structure.safe(reference, "ReferencedSource")
    for _ in range(_DEEP):
        if source is None or source.is_a("IfcClassification"):
            break
        source = (
            spatial_structure.safe(source, "ReferencedSource") if source.is_a("IfcClassificationReference") else None
        )
    system = clean_name(spatial_structure.safe(source, "Name") or "") if source is not None else ""
    return Classified(system, code, name)


def _closed(names: dict[int, list[str]]) -> dict[int, tuple[str, ...]]:
    return {id: tuple(sorted(set(some)))[:_MOST] for id, some in names.items()}


def _scale(file: Any, unit: str, usual: float) -> float:
    """The file's own units of area and volume are separate from that of length, and may be missing."""
    try:
        scale = float(ifcopenshell.util.unit.calculate_unit_scale(file, unit))
    except Exception:
        return usual
    return scale if math.isfinite(scale) and scale > 0 else usual
