# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""The outline of a space without a body: from its FootPrint (curves in plan) or its Box."""

from __future__ import annotations

from functools import cache
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.placement
import numpy as np
import shapely
from numpy.typing import NDArray

from twin.building import plan_outline
from twin.building.ifc import spatial_structure

_IDENTIFIERS = ("FootPrint", "Plan", "Annotation", "Box")
"""Representations that give the outline of a space, preferred ones first (IFC4 4.1.7, shape representation
identifiers).
"""
_LEAST_M2 = 0.05


def footprint(product: Any, unit: float) -> tuple[shapely.Polygon, float] | None:
    """Polygon in plan and floor height in the file's world coordinates, metres; None without a closed outline. `unit`
    is metres per unit.
    """
    shape = spatial_structure.safe(product, "Representation")
    representations = spatial_structure.safe(shape, "Representations") or ()
    for wanted in _IDENTIFIERS:
        for representation in representations:
            if spatial_structure.safe(representation, "RepresentationIdentifier") != wanted:
                continue
            try:
                found = _plan(representation, _matrix(product, unit), unit)
            except (
                RuntimeError,
                RecursionError,
                ValueError,
                TypeError,
                AttributeError,
                IndexError,
                shapely.errors.GEOSException,
            ):
                continue  # the library reads no such curve  # fmt: skip
            if found is not None:
                return found
    return None


def location(product: Any, unit: float) -> NDArray[np.float64] | None:
    """(3,) metres in the file's world coordinates of a product's placement; None where it has no valid one."""
    if spatial_structure.safe(product, "ObjectPlacement") is None:
        return None
    try:
        point = _matrix(product, unit)[:3, 3]
    except (RuntimeError, RecursionError, ValueError, TypeError, AttributeError, IndexError):
        return None
    return point if np.isfinite(point).all() else None


def _matrix(product: Any, unit: float) -> NDArray[np.float64]:
    matrix = np.array(ifcopenshell.util.placement.get_local_placement(product.ObjectPlacement), np.float64)
    matrix[:3, 3] *= unit
    return matrix


@cache
def _settings() -> Any:
    made: Any = ifcopenshell.geom.settings()
    made.set("dimensionality", ifcopenshell.ifcopenshell_wrapper.CURVES_SURFACES_AND_SOLIDS)  # pyright: ignore[reportAttributeAccessIssue]
    return made


def _plan(representation: Any, matrix: NDArray[np.float64], unit: float) -> tuple[shapely.Polygon, float] | None:
    points, pairs = _box(representation.Items[0], unit) or _curves(representation)
    world = points @ matrix[:3, :3].T + matrix[:3, 3]
    if not np.isfinite(world).all() or not len(pairs):
        return None
    ends = np.round(world[pairs][:, :, :2], 4)
    lines = shapely.linestrings(ends[(ends[:, 0] != ends[:, 1]).any(1)])
    areas = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(shapely.union_all(lines)))))
    found = plan_outline.largest(shapely.union_all(areas)) if len(areas) else None
    return (found, float(world[:, 2].min())) if found is not None and found.area > _LEAST_M2 else None


def _curves(representation: Any) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    made: Any = ifcopenshell.geom.create_shape(_settings(), representation)
    geometry = getattr(made, "geometry", made)
    points = np.array(geometry.verts, np.float64).reshape(-1, 3)
    return points, np.array(geometry.edges, np.int32).reshape(-1, 2)


def _box(item: Any, unit: float) -> tuple[NDArray[np.float64], NDArray[np.int32]] | None:
    """An IfcBoundingBox, which the library does not read."""
    if not item.is_a("IfcBoundingBox"):
        return None
    x, y, z = (float(part) * unit for part in item.Corner.Coordinates)
    wide, deep = float(item.XDim) * unit, float(item.YDim) * unit
    points = np.array([(x, y, z), (x + wide, y, z), (x + wide, y + deep, z), (x, y + deep, z)])
    return points, np.array([(0, 1), (1, 2), (2, 3), (3, 0)], np.int32)
