"""Builds a new IFC 4 file from the twin: site, storeys, rooms as extruded outlines, the mesh as triangles."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import ifcopenshell
import numpy as np
from numpy.typing import NDArray

from twin.model.ids import StoreyId, derived
from twin.model.mesh import Mesh, MeshPart
from twin.model.space import Ring, Room, leaf_door
from twin.model.twin import Twin
from twin.share.ifc_class import ELEMENTS
from twin.share.ifc_model import IfcModel, guid


def drawn(twin: Twin, mesh: Mesh | None) -> IfcModel:
    """The IFC model of storeys, rooms and shapes, without devices."""
    return _Drawing(twin).building(mesh)


class _Drawing:
    def __init__(self, twin: Twin) -> None:
        file: Any = ifcopenshell.file(schema="IFC4")
        self._twin = twin
        self._colours: dict[tuple[int, ...], Any] = {}
        self._whole = np.zeros(0, np.int64)
        self.model = IfcModel(file, 1.0, None)
        make = self.model.make
        self._origin = make("IfcAxis2Placement3D", make("IfcCartesianPoint", [0.0, 0.0, 0.0]))
        self._up = make("IfcDirection", [0.0, 0.0, 1.0])
        angle = np.radians(twin.site.north_deg)
        north = make("IfcDirection", [float(np.sin(angle)), float(np.cos(angle))])
        self.model.context = make("IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, self._origin, north)

    def building(self, mesh: Mesh | None) -> IfcModel:
        model, twin = self.model, self._twin
        self._whole = doors_of_leaves(mesh) if mesh is not None else self._whole
        units = [
            model.make("IfcSIUnit", None, kind, None, name)
            for kind, name in (("LENGTHUNIT", "METRE"), ("AREAUNIT", "SQUARE_METRE"), ("VOLUMEUNIT", "CUBIC_METRE"))
        ]
        name = twin.name or "Building"
        project = self._root("IfcProject", "project", name)
        project.RepresentationContexts = [model.context]
        project.UnitsInContext = model.make("IfcUnitAssignment", units)
        site = self._spatial("IfcSite", "site", twin.site.name or name)
        if twin.site.latitude is not None and twin.site.longitude is not None:
            site.RefLatitude, site.RefLongitude = compound(twin.site.latitude), compound(twin.site.longitude)
        site.RefElevation = twin.site.elevation_m
        house = self._spatial("IfcBuilding", "building", name)
        self._part_of(project, [site])
        self._part_of(site, [house])
        levels = {storey.id: self._spatial("IfcBuildingStorey", storey.id, storey.name) for storey in twin.storeys}
        for storey in twin.storeys:
            levels[storey.id].Elevation = storey.elevation_m
        if levels:
            self._part_of(house, list(levels.values()))
        spaces: dict[StoreyId, list[Any]] = defaultdict(list)
        for room in twin.rooms:
            if len(room.outline) > 2:
                spaces[room.storey].append(self._space(room))
        for storey, rooms in spaces.items():
            self._part_of(levels[storey], rooms)
        if mesh is not None:
            for part in mesh.parts:
                if part.category != "space" and len(part.triangles):
                    self._elements(part, mesh, levels.get(part.storey, house) if part.storey else house)
        return model

    def _root(self, kind: str, key: str, name: str | None) -> Any:  # noqa: ANN401 - an IFC entity
        return self.model.root(kind, guid(key), name)

    def _spatial(self, kind: str, key: str, name: str) -> Any:  # noqa: ANN401 - an IFC entity
        made = self._root(kind, key, name)
        made.ObjectPlacement = self.model.make("IfcLocalPlacement", None, self._origin)
        made.CompositionType = "ELEMENT"
        return made

    def _part_of(self, whole: Any, parts: list[Any]) -> None:  # noqa: ANN401 - an IFC entity
        relation = self._root("IfcRelAggregates", f"parts {whole.GlobalId}", None)
        relation.RelatingObject, relation.RelatedObjects = whole, parts

    def _space(self, room: Room) -> Any:  # noqa: ANN401 - an IFC entity
        model = self.model
        profile: Any
        if room.holes:
            holes = [self._curve(hole) for hole in room.holes]
            profile = model.make("IfcArbitraryProfileDefWithVoids", "AREA", None, self._curve(room.outline), holes)
        else:
            profile = model.make("IfcArbitraryClosedProfileDef", "AREA", None, self._curve(room.outline))
        x, y, z = self._twin.site.origin_m
        foot = model.make("IfcAxis2Placement3D", model.make("IfcCartesianPoint", [x, y, z + room.floor_m]))
        height = max(0.01, room.ceiling_m - room.floor_m)
        solid = model.make("IfcExtrudedAreaSolid", profile, foot, self._up, height)
        space = self._spatial("IfcSpace", room.id, room.number or room.name)
        space.LongName = room.name
        space.Representation = self._body("SweptSolid", solid)
        return space

    def _curve(self, ring: Ring) -> Any:  # noqa: ANN401 - an IFC entity
        points = [self.model.make("IfcCartesianPoint", [float(x), float(y)]) for x, y in (*ring, ring[0])]
        return self.model.make("IfcPolyline", points)

    def _body(self, kind: str, item: Any) -> Any:  # noqa: ANN401 - an IFC entity
        body = self.model.make("IfcShapeRepresentation", self.model.context, "Body", kind, [item])
        return self.model.make("IfcProductDefinitionShape", None, None, [body])

    def _elements(self, part: MeshPart, mesh: Mesh, level: Any) -> None:  # noqa: ANN401 - an IFC entity
        whole = self._whole[part.elements]
        order = np.argsort(whole, kind="stable")
        starts = np.flatnonzero(np.diff(whole[order], prepend=-1))
        made: list[Any] = []
        for run in np.split(order, starts[1:]):
            number = int(whole[run[0]])
            element = mesh.elements[number]
            vertices, local = np.unique(part.triangles[run], return_inverse=True)
            points = part.positions[vertices].astype(float) + np.array(self._twin.site.origin_m)
            place = self.model.make("IfcCartesianPointList3D", points.round(5).tolist())
            faces = (local.reshape(-1, 3) + 1).tolist()
            body = self.model.make("IfcTriangulatedFaceSet", place, None, None, faces)
            rgba, uses = np.unique(part.colours[run], axis=0, return_counts=True)
            self._paint(body, tuple(int(value) for value in rgba[uses.argmax()]))
            key = element.source_id or derived("element", f"{part.storey} {part.category} {number}")
            one = self._root(ELEMENTS.get(part.category, "IfcBuildingElementProxy"), key, element.name)
            one.ObjectPlacement = self.model.make("IfcLocalPlacement", None, self._origin)
            one.Representation = self._body("Tessellation", body)
            made.append(one)
        relation = self._root("IfcRelContainedInSpatialStructure", f"{part.category} in {level.GlobalId}", None)
        relation.RelatedElements, relation.RelatingStructure = made, level

    def _paint(self, body: Any, rgba: tuple[int, ...]) -> None:  # noqa: ANN401 - an IFC entity
        if not rgba[3]:
            return
        make = self.model.make
        if rgba not in self._colours:
            colour = make("IfcColourRgb", None, *(round(value / 255, 4) for value in rgba[:3]))
            shading = make("IfcSurfaceStyleShading", colour, round(1 - rgba[3] / 255, 4))
            self._colours[rgba] = make("IfcSurfaceStyle", None, "BOTH", [shading])
        make("IfcStyledItem", body, [self._colours[rgba]], None)


def doors_of_leaves(mesh: Mesh) -> NDArray[np.int64]:
    """(n,) for every element its own index, but for a door's leaf that of the door, because IFC has them as one
    element.
    """
    known = {element.source_id: number for number, element in enumerate(mesh.elements) if element.source_id}
    doors = [known.get(leaf_door(element.source_id), number) for number, element in enumerate(mesh.elements)]
    return np.array(doors, np.int64)


def compound(degrees: float) -> tuple[int, int, int, int]:
    """Degrees, minutes, seconds, millionths of a second, all of the same sign (IfcCompoundPlaneAngleMeasure)."""
    millionths = round(abs(degrees) * 3_600_000_000)
    seconds, rest = divmod(millionths, 1_000_000)
    minutes, s = divmod(seconds, 60)
    d, m = divmod(minutes, 60)
    sign = -1 if degrees < 0 else 1
    return sign * d, sign * m, sign * s, sign * rest
