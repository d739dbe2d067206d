"""Preview of a building while it is read: rooms first, then walls in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from twin.building.ifc import ifc_classes, spaces, spatial_structure
from twin.building.ifc.geometry_process import PlacedShape
from twin.building.ifc.import_state import FAR_M, IfcImport, origin_for
from twin.building.median import median
from twin.building.mesh_merge import MeshMerger
from twin.model.building import Building, Source
from twin.model.ids import StoreyId
from twin.model.space import Storey

BATCH_S = 0.3
FIRST_S = 0.1
"""Delay of the first batch of elements after the rooms, seconds."""
_SOURCE = Source(path="", sha256="", importer="")


class BuildingPreview:
    """Sends a building with storeys and rooms, then buildings with a mesh only, in the same coordinates.

    One with storeys starts a new preview. Previews are for display only; the final building is returned by the reader.
    """

    def __init__(self, reading: IfcImport, send: Callable[[Building], None]) -> None:
        self._reading, self._send = reading, send
        self._storeys: tuple[Storey, ...] = ()
        self._level_of: Callable[[Any], StoreyId] | None = None
        self._batch: list[PlacedShape] = []
        self._due = 0.0

    def restart(self) -> None:
        """Discards the preview shown so far: shapes are built again from repaired text."""
        self._level_of = None
        self._batch.clear()

    def take(self, placed: PlacedShape) -> None:
        """Takes one more shape; spaces come first."""
        product = self._reading.file.by_id(placed.product)
        if product.is_a("IfcSpace") or product.is_a("IfcSite"):
            return
        if self._level_of is None:
            self._send_rooms()
        self._batch.append(placed)
        if time.monotonic() > self._due:
            self.flush()

    def flush(self) -> None:
        """Sends the elements collected since the last batch."""
        if self._batch and self._level_of is not None:
            mesh = _mesh(self._reading, self._batch, self._level_of)
            self._send(Building(source=_SOURCE, mesh=mesh))
        self._batch = []
        self._due = time.monotonic() + BATCH_S

    def _send_rooms(self) -> None:
        reading = self._reading
        middles = np.array([parts[0].world.mean(0) for parts in reading.placed.values()])
        middles = middles[np.isfinite(middles).all(1)]
        reading.origin = origin_for(median(middles)) if len(middles) else np.zeros(3)
        rooms, _ = spaces.rooms_of(reading)
        storeys, rooms = spaces.storeys_of(reading, rooms)
        self._level_of = spaces.levels_of(reading, storeys)
        site = replace(spatial_structure.site(reading.file, reading.unit), origin_m=(0.0, 0.0, 0.0))
        self._send(Building(source=_SOURCE, site=site, storeys=storeys, rooms=rooms))
        self._due = time.monotonic() + FIRST_S


def _mesh(reading: IfcImport, batch: Sequence[PlacedShape], level_of: Callable[[Any], StoreyId]) -> Any:
    """The shapes with one colour each, without names: they are looked at for a moment."""
    merger = MeshMerger()
    for placed in batch:
        product = reading.file.by_id(placed.product)
        category = ifc_classes.category(product, reading.parents.get(placed.product))
        world = placed.world - reading.origin
        if not np.isfinite(world).all() or np.abs(world).max() > FAR_M:
            continue
        colours = placed.shape.colours
        colours = np.where(colours[:, 3:] == 0, np.array(ifc_classes.COLOUR[category], np.uint8), colours)
        merger.add(level_of(product), category, 0, world, placed.shape.triangles, colours)
    return merger.mesh()
