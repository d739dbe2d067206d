"""State of an IFC import in progress."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.building.ifc import spatial_structure
from twin.building.ifc.doors import DoorSwings
from twin.building.ifc.geometry_process import PlacedShape
from twin.building.ifc.identifiers import Identifiers
from twin.building.ifc.ifc_file import IfcFile
from twin.building.ifc.stated_properties import StatedProperties
from twin.model.problem import Problem
from twin.model.space import Room

FAR_M = 5_000.0
"""Distance from the origin, metres, beyond which float32 loses millimetres and a local origin is subtracted."""


class PreviewSink(Protocol):
    """Receives shapes while they are built, for the preview."""

    def restart(self) -> None:
        """Discards the preview shown so far: shapes are built again from the start."""
        ...

    def take(self, placed: PlacedShape) -> None:
        """Takes one more shape; spaces come first."""
        ...

    def flush(self) -> None:
        """Called after the last shape."""
        ...


def origin_for(centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) offset to subtract from coordinates around `centre`, in whole metres; zero within FAR_M of the origin."""
    return np.round(centre) if np.abs(centre).max() > FAR_M else np.zeros(3)


@dataclass(slots=True)
class IfcImport:
    """State of one IFC import."""

    opened: IfcFile
    unit: float
    parents: dict[int, Any]
    levels: list[spatial_structure.IfcStorey]
    identifiers: Identifiers
    placed: dict[int, list[PlacedShape]] = field(default_factory=lambda: defaultdict(list))
    origin: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    swings: DoorSwings = field(default_factory=DoorSwings)
    problems: list[Problem] = field(default_factory=list[Problem])
    preview: PreviewSink | None = None
    measured: dict[int, tuple[Room, Any]] = field(default_factory=dict[int, tuple[Room, Any]])
    """Rooms and polygons computed so far, by the id of their space."""
    shapeless: int = 0
    """Number of products with a shape in the file that could not be built."""
    plain: list[int] = field(default_factory=list[int])
    """Products built without openings and boolean operations."""
    endless: list[int] = field(default_factory=list[int])
    """Products not built because they repeat a shape too often."""
    flat: set[int] = field(default_factory=set[int])
    """Ids of spaces with an outline but no body."""
    stated: StatedProperties = field(default_factory=StatedProperties)

    @property
    def file(self) -> Any:
        """The parsed model."""
        return self.opened.file

    def guid(self, product: Any) -> str:
        """The unique identifier of a product within the file."""
        return self.identifiers.of(product)

    def box(self, product: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Lowest and highest corner (3,) of a product, metres relative to the local origin; None without a shape."""
        parts = [p.world for p in self.placed.get(product, ()) if len(p.shape.positions)]
        if not parts:
            return None
        points = np.concatenate(parts) - self.origin
        return points.min(0), points.max(0)
