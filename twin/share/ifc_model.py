"""An IFC file being written, and GlobalIds for its entities."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import ifcopenshell.guid

from twin.model.ids import derived


@dataclass(slots=True)
class IfcModel:
    """An open IFC file: metres per unit, the context of bodies, the owner history (IFC 2x3)."""

    file: Any
    scale: float
    context: Any
    history: Any = None

    def make(self, kind: str, *values: object) -> Any:  # noqa: ANN401 - an IFC entity
        """Creates an entity of this IFC class with these attributes."""
        return self.file.create_entity(kind, *values)

    def root(self, kind: str, id: str, name: str | None) -> Any:  # noqa: ANN401 - an IFC entity
        """Creates a rooted entity with this GlobalId, or a random one where that is taken."""
        free = id if self.find(id) is None else ifcopenshell.guid.new()
        return self.make(kind, free, self.history, name)

    def find(self, id: str) -> Any:  # noqa: ANN401 - an IFC entity
        """The entity with this GlobalId; None where there is none."""
        try:
            return self.file.by_guid(id) if id else None
        except RuntimeError:
            return None


def guid(id: str) -> str:
    """GlobalId derived from an id; the same id always gives the same."""
    try:
        return ifcopenshell.guid.compress(uuid.UUID(id).hex)
    except ValueError:
        return ifcopenshell.guid.compress(uuid.UUID(derived("ifc", id)).hex)
