"""Identifiers of an IFC file's elements: their GlobalIds where valid and unique, else a stable substitute."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from uuid import UUID

import ifcopenshell.guid

from twin.building.ifc import spatial_structure
from twin.model.ids import clean_name, derived

_RIGHT = re.compile(r"[0-9A-Za-z_$]{22}")
"""IfcGloballyUniqueId: a 128-bit number in base 64 (ISO 16739-1, 5.2.3.2)."""


class Identifiers:
    """A unique identifier for every product of a file.

    The first product with a GlobalId keeps it; others get one derived from GlobalId, class and name, without a GlobalId
    from class and name alone.
    """

    def __init__(self, file: Any) -> None:
        self._of: dict[int, str] = {}
        self.odd: list[str] = []
        """Names of products without a GlobalId, or with an invalid one."""
        taken: Counter[str] = Counter()
        again: list[tuple[Any, str]] = []
        for product in sorted(spatial_structure.every(file, "IfcProduct"), key=lambda product: product.id()):
            guid = spatial_structure.safe(product, "GlobalId") or ""
            if not _RIGHT.fullmatch(guid):
                guid = clean_name(guid)
                self.odd.append(spatial_structure.title_of(product))
            if guid and guid not in taken:
                taken[guid] += 1
                self._of[product.id()] = guid
            else:
                again.append((product, guid))
        for product, guid in again:
            names = [str(spatial_structure.safe(product, name) or "") for name in ("Name", "LongName", "Tag")]
            stem = f"{guid}~{derived('again', guid, product.is_a(), *names)[:12]}"
            taken[stem] += 1
            self._of[product.id()] = id = stem if taken[stem] == 1 else f"{stem} {taken[stem]}"
            if spatial_structure.safe(product, "GlobalId") is None:  # the library's geometry crashes without one
                product.GlobalId = ifcopenshell.guid.compress(UUID(derived(id)).hex)

    def of(self, entity: Any) -> str:
        """The identifier of a product of the file."""
        return self._of.get(entity.id()) or str(spatial_structure.safe(entity, "GlobalId") or f"#{entity.id()}")
