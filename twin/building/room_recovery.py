"""Derives rooms from walls, for IFC files without IfcSpace."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from twin.building import plan_outline
from twin.model.ids import RoomId, derived
from twin.model.space import Room, Storey

GAP_M = 0.02
"""Gap between walls that still counts as closed, metres."""
SMALLEST_M2 = 0.8
NARROWEST_M = 0.35


def rooms_from_walls(
    storey: Storey, walls: Sequence[shapely.Polygon], *, narrowest_m: float = NARROWEST_M
) -> list[tuple[Room, shapely.Polygon]]:
    """Rooms between the wall outlines of a storey with their polygons, largest first, numbered.

    Spaces narrower than twice `narrowest_m` (metres) are the inside of hollow walls and left out.
    """
    if not walls:
        return []
    solid = shapely.union_all([wall.buffer(GAP_M, join_style="mitre") for wall in walls])
    holes = [
        shapely.Polygon(ring).buffer(GAP_M, join_style="mitre")
        for part in shapely.get_parts(solid)
        for ring in getattr(part, "interiors", ())
    ]
    found = [
        hole
        for hole in holes
        if hole.geom_type == "Polygon" and hole.area >= SMALLEST_M2 and not hole.buffer(-narrowest_m).is_empty
    ]
    found.sort(key=lambda hole: -hole.area)
    return [(_room(storey, i, hole), hole) for i, hole in enumerate(found, 1)]


def _room(storey: Storey, number: int, polygon: shapely.Polygon) -> Room:
    ring, holes = plan_outline.rings(polygon)
    at = polygon.representative_point()
    key = f"{storey.source_id} {at.x:.1f} {at.y:.1f}"
    height = min(storey.height_m, 3.0)
    return Room(
        id=RoomId(derived("recovered", key)), storey=storey.id, name=f"Room {number}", outline=ring, holes=holes,
        floor_m=storey.elevation_m, ceiling_m=storey.elevation_m + height, area_m2=float(polygon.area),
        volume_m3=float(polygon.area) * height,
    )  # fmt: skip
