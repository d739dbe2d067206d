"""An IFC file that is being written, and the GlobalIds of what goes into it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import ifcopenshell.guid

from twin.model.ids import derived


@dataclass(slots=True)
class IfcModel:
    """An open IFC file: its unit in metres, the context that bodies belong to, whose work it is (IFC 2x3)."""

    file: Any
    scale: float
    context: Any
    history: Any = None

    def make(self, kind: str, *values: object) -> Any:  # noqa: ANN401 - an IFC entity
        """Creates an entity of this IFC class."""
        return self.file.create_entity(kind, *values)

    def root(self, kind: str, id: str, name: str | None) -> Any:  # noqa: ANN401 - an IFC entity
        """A new rooted entity with this GlobalId, or another where the file has it already."""
        free = id if self.find(id) is None else ifcopenshell.guid.new()
        return self.make(kind, free, self.history, name)

    def find(self, id: str) -> Any:  # noqa: ANN401 - an IFC entity
        """The entity with this GlobalId, or None."""
        try:
            return self.file.by_guid(id) if id else None
        except RuntimeError:
            return None


def guid(id: str) -> str:
    """GlobalId made from an id; always the same for the same id."""
    try:
        return ifcopenshell.guid.compress(uuid.UUID(id).hex)
    except ValueError:
        return ifcopenshell.guid.compress(uuid.UUID(derived("ifc", id)).hex)
