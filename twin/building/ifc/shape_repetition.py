"""Finds shapes that repeat themselves without bound (IfcMappedItem cycles)."""

from __future__ import annotations

from typing import Any

from twin.building.ifc import spatial_structure

MOST = 20_000
"""Most items of one representation with all mapped items resolved; curtain walls and trees have a few thousand."""


def endless(file: Any) -> list[Any]:
    """The products whose shape repeats itself more than MOST times, or without end."""
    counts: dict[int, int] = {}
    maps = spatial_structure.every(file, "IfcRepresentationMap")
    heavy = {one.id() for one in maps if _count(one, counts) > MOST}
    if not heavy:
        return []
    found: dict[int, Any] = {}
    for item in spatial_structure.every(file, "IfcMappedItem"):
        source = spatial_structure.safe(item, "MappingSource")
        if source is not None and source.id() in heavy:
            for product in _products(file, item):
                found[product.id()] = product
    return list(found.values())


def _count(map: Any, counts: dict[int, int]) -> int:
    """Items of a map; more than MOST where it holds itself."""
    stack = [map]
    open_: set[int] = set()
    while stack:
        one = stack[-1]
        inside = [] if one.id() in counts else _mapped(one)
        if one.id() not in counts and (new := [m for m in inside if m.id() not in counts]) and one.id() not in open_:
            open_.add(one.id())
            stack += new
            continue
        stack.pop()
        items = spatial_structure.safe(spatial_structure.safe(one, "MappedRepresentation"), "Items") or ()
        if one.id() not in counts:
            total = len(items) + sum(
                counts.get(m.id(), MOST + 1) for m in inside
            )  # one without a count is open: a circle
            counts[one.id()] = min(total, MOST + 1)
    return counts[map.id()]


def _mapped(map: Any) -> list[Any]:
    """The maps that a map's items draw, as often as they do."""
    items = spatial_structure.safe(spatial_structure.safe(map, "MappedRepresentation"), "Items") or ()
    sources = [spatial_structure.safe(item, "MappingSource") for item in items if item.is_a("IfcMappedItem")]
    return [source for source in sources if source is not None]


def _products(file: Any, item: Any) -> list[Any]:
    """The products whose own representation holds this item."""
    found: list[Any] = []
    for representation in file.get_inverse(item):
        for shape in file.get_inverse(representation):
            found += [one for one in file.get_inverse(shape) if one.is_a("IfcProduct")]
    return found
