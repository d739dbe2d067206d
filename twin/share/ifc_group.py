"""Writes zones, classifications and sizes of rooms to an IFC 4 file made from the twin."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from twin.model.grouping import zones
from twin.model.space import SAID_AREA, SAID_VOLUME, Classified, Room
from twin.model.twin import Twin
from twin.share.ifc_model import IfcModel, guid


def grouped(model: IfcModel, twin: Twin) -> None:
    """Adds zones, sizes and classifications; rooms that are not in the file are skipped."""
    spaces = {room.id: space for room in twin.rooms if (space := model.find(guid(room.id))) is not None}
    for name, rooms in zones(twin.rooms).items():
        members = [spaces[room.id] for room in rooms if room.id in spaces]
        if members:
            zone = model.root("IfcZone", guid(f"zone {name}"), name)
            relation = model.root("IfcRelAssignsToGroup", guid(f"in zone {name}"), None)
            relation.RelatedObjects, relation.RelatingGroup = members, zone
    classes: dict[Classified, list[Any]] = defaultdict(list)
    for room in twin.rooms:
        if room.id in spaces:
            _sizes(model, room, spaces[room.id])
            for one in room.classes:
                classes[one].append(spaces[room.id])
    _classify(model, classes)


def _classify(model: IfcModel, classes: dict[Classified, list[Any]]) -> None:
    wholes: dict[str, Any] = {}
    for one, members in classes.items():
        if one.system and one.system not in wholes:
            wholes[one.system] = model.make("IfcClassification", None, None, None, one.system)
        whole = wholes.get(one.system)
        reference = model.make("IfcClassificationReference", None, one.code or None, one.name or None, whole)
        relation = model.root("IfcRelAssociatesClassification", guid(f"class {one.system} {one.code} {one.name}"), None)
        relation.RelatedObjects, relation.RelatingClassification = members, reference


def _sizes(model: IfcModel, room: Room, space: Any) -> None:  # noqa: ANN401 - an IFC entity
    """Qto_SpaceBaseQuantities computed from the shape, not taken from another file."""
    height = room.ceiling_m - room.floor_m
    made = [
        model.make(f"IfcQuantity{kind}", name, None, None, round(float(size), 4))
        for kind, name, size in (
            ("Area", SAID_AREA[0], room.area_m2), ("Volume", SAID_VOLUME[0], room.volume_m3), ("Length", "Height", height),
        )
        if size > 0
    ]  # fmt: skip
    if made:
        whole = model.root("IfcElementQuantity", guid(f"sizes {room.id}"), "Qto_SpaceBaseQuantities")
        whole.Quantities = made
        relation = model.root("IfcRelDefinesByProperties", guid(f"has sizes {room.id}"), None)
        relation.RelatedObjects, relation.RelatingPropertyDefinition = [space], whole
