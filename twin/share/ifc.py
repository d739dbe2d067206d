# pyright: reportUnknownMemberType=false
"""Export of the twin as IFC: adds devices to the file that the building came from, or to a new IFC 4 file.

The building's own file is never changed. GlobalIds are derived from the twin's ids, so every export has the same.
"""

from __future__ import annotations

import errno
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit

from twin.files import atomic
from twin.model.device import Device
from twin.model.mesh import Mesh
from twin.model.problem import Problem, ProblemError
from twin.model.space import Position
from twin.model.twin import Twin
from twin.share.device_positions import device_positions
from twin.share.ifc_building import drawn
from twin.share.ifc_class import CONTROLLER, DEVICES, SENSOR, IfcClass
from twin.share.ifc_group import grouped
from twin.share.ifc_model import IfcModel, guid

PSET = "Oikos_Binding"
_EDGE_M = 0.06
_LITTLE = 1_000_000
"""Free bytes below which a failed write counts as a full disk."""


def write(
    twin: Twin,
    mesh: Mesh | None,
    out: Path,
    original: Path | None = None,
    *,
    force: bool = False,
    never: Iterable[Path] = (),
) -> int:
    """Writes the file; returns the number of devices in it. Raises ProblemError where `original` cannot be read.

    `force`, `never` and other errors: see `atomic.replacing`.
    """
    atomic.check_target(out, atomic.IFC, force=force, never=never)  # before minutes of work
    if original:
        model = opened(original)
    else:
        model = drawn(twin, mesh)
        grouped(model, twin)
    count = _IfcWriter(model, twin).devices()
    with atomic.replacing(out, atomic.IFC, force=force, never=never) as part:
        try:
            model.file.write(str(part), format=".ifc")
        except (RuntimeError, ifcopenshell.Error) as error:  # the library does not say why
            free = shutil.disk_usage(part.parent).free
            raise OSError(errno.ENOSPC if free < _LITTLE else errno.EIO, str(error)) from error
    return count


def opened(original: Path) -> IfcModel:
    """The building's own file, parsed for adding devices in memory. Raises ProblemError where it cannot be read."""
    try:
        file: Any = ifcopenshell.open(str(original))
        scale = float(ifcopenshell.util.unit.calculate_unit_scale(file))
        contexts = file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
    except (OSError, RuntimeError, ifcopenshell.Error) as error:
        raise ProblemError(_unreadable(original, error)) from error
    context = next((one for one in contexts if one.ContextType == "Model"), contexts[0] if contexts else None)
    if context is None:
        raise ProblemError(_unreadable(original, "it has no representation context"))
    history = next(iter(file.by_type("IfcOwnerHistory")), None)
    return IfcModel(file, scale, context, history)


class _IfcWriter:
    """Adds the devices of a twin to a model."""

    def __init__(self, model: IfcModel, twin: Twin) -> None:
        self._model, self._twin = model, twin
        self._old = model.file.schema == "IFC2X3"
        self._solid: Any = None
        self._types: dict[tuple[str, str], Any] = {}
        self._typed: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._contained: dict[int, list[Any]] = defaultdict(list)
        self._taken = {holder.device: holder.source_id for holder in twin.placeholders if holder.device}

    def devices(self) -> int:
        """Writes the devices; how many were written."""
        places, count = device_positions(self._twin), 0
        for device in self._twin.devices:
            known = self._known(device)
            if known is None and device.id not in places:
                continue
            element = known or self._new(device, places[device.id])
            self._bind(element, device)
            count += 1
        for space, elements in self._contained.items():
            self._relate(
                "IfcRelContainedInSpatialStructure", f"contained {space}", elements, self._model.file.by_id(space)
            )
        for key, elements in self._typed.items():
            self._relate("IfcRelDefinesByType", f"typed {key}", elements, self._types[key])
        return count

    def _known(self, device: Device) -> Any:  # noqa: ANN401 - an IFC entity
        """The element of the building's own file that this device is, or its own from an earlier export."""
        for id in (self._taken.get(device.id, ""), guid(device.id)):
            if (element := self._model.find(id)) is not None:
                return element
        return None

    def _new(self, device: Device, place: Position) -> Any:  # noqa: ANN401 - an IFC entity
        model, known = self._model, device_class(device)
        x, y, z = (a + b for a, b in zip(place, self._twin.site.origin_m, strict=True))
        spot = model.make("IfcCartesianPoint", [float(value) / model.scale for value in (x, y, z)])
        axes = model.make("IfcAxis2Placement3D", spot)
        element = model.root(known.occurrence_2x3 if self._old else known.name, guid(device.id), device.name)
        element.ObjectPlacement = model.make("IfcLocalPlacement", None, axes)
        element.Representation = self._shape()
        if self._old:
            self._type(element, known)
        elif hasattr(element, "PredefinedType"):
            element.PredefinedType = known.predefined
        self._contained[self._container(device).id()].append(element)
        return element

    def _type(self, element: Any, known: IfcClass) -> None:  # noqa: ANN401 - an IFC entity
        key = (known.type_2x3, known.predefined_2x3 or known.predefined)
        if key not in self._types:
            made = self._model.root(key[0], guid(f"type {key}"), f"{key[0][3:-4]} {key[1].lower()}")
            made.PredefinedType = key[1] if key[0] != "IfcControllerType" else "NOTDEFINED"
            self._types[key] = made
        self._typed[key].append(element)

    def _container(self, device: Device) -> Any:  # noqa: ANN401 - an IFC entity
        file = self._model.file
        room = self._twin.room_of.get(device.room) if device.room else None
        storey = self._twin.storey_of.get(room.storey) if room else None
        for thing in (room, storey):
            for id in (thing.source_id, guid(thing.id)) if thing else ():
                if (found := self._model.find(id)) is not None:
                    return found
        for kind in ("IfcBuildingStorey", "IfcBuilding", "IfcSite"):
            if there := file.by_type(kind):
                return there[0]
        raise ProblemError(_unreadable(Path(self._twin.name), "it has no building"))

    def _bind(self, element: Any, device: Device) -> None:  # noqa: ANN401 - an IFC entity
        """Attaches a property set with the device's ids, protocol, kind, maker, model and points."""
        model = self._model
        facts = {
            "DeviceId": device.id,
            "Protocol": device.protocol,
            "Uid": device.uid,
            "Kind": device.kind,
            "Maker": device.maker,
            "Model": device.model,
            "Points": ", ".join(f"{point.info.key}={point.info.capability}" for point in device.points),
        }
        properties = [
            model.make("IfcPropertySingleValue", name, None, model.make("IfcText", value))
            for name, value in facts.items()
            if value
        ]
        set_of = model.root("IfcPropertySet", guid(f"pset {device.id}"), PSET)
        set_of.HasProperties = properties
        self._relate("IfcRelDefinesByProperties", f"bound {device.id}", [element], set_of)

    def _relate(self, kind: str, key: str, elements: list[Any], relating: Any) -> None:  # noqa: ANN401 - an IFC entity
        relation = self._model.root(kind, guid(key), None)
        setattr(relation, _MANY[kind], elements)
        setattr(relation, _ONE[kind], relating)

    def _shape(self) -> Any:  # noqa: ANN401 - an IFC entity
        """A small cube around the spot: viewers show nothing of an element without a shape."""
        model = self._model
        if self._solid is None:
            edge = _EDGE_M / model.scale
            flat = model.make("IfcAxis2Placement2D", model.make("IfcCartesianPoint", [0.0, 0.0]))
            profile = model.make("IfcRectangleProfileDef", "AREA", None, flat, edge, edge)
            foot = model.make("IfcAxis2Placement3D", model.make("IfcCartesianPoint", [0.0, 0.0, -edge / 2]))
            up = model.make("IfcDirection", [0.0, 0.0, 1.0])
            self._solid = model.make("IfcExtrudedAreaSolid", profile, foot, up, edge)
        body = model.make("IfcShapeRepresentation", model.context, "Body", "SweptSolid", [self._solid])
        return model.make("IfcProductDefinitionShape", None, None, [body])


_MANY = {
    "IfcRelContainedInSpatialStructure": "RelatedElements",
    "IfcRelDefinesByType": "RelatedObjects",
    "IfcRelDefinesByProperties": "RelatedObjects",
}
_ONE = {
    "IfcRelContainedInSpatialStructure": "RelatingStructure",
    "IfcRelDefinesByType": "RelatingType",
    "IfcRelDefinesByProperties": "RelatingPropertyDefinition",
}


def device_class(device: Device) -> IfcClass:
    """IFC class of a device: by its kind, else a controller where it takes commands, else a sensor."""
    if device.kind in DEVICES:
        return DEVICES[device.kind]
    return CONTROLLER if any(point.writable for point in device.points) else SENSOR


def _unreadable(path: Path, error: object) -> Problem:
    return Problem(code="export.original", where=str(path), detail=str(error))
