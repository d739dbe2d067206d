"""What a bake of one storey is given, made of the building's mesh. On any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.view.scene.structure.exterior import split_exterior
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet, sort_parts
from app.view.scene.structure.storey_shape import floor_grid, floor_shape
from app.view.theme import LIGHT
from twin.light.model import LightSource, PlanExtent, StoreyModel, Surface
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh
from twin.model.space import Room, Storey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LightRequest:
    """A storey of a building, its lamps, and the elements of leaves that others draw: those that stand open leave a hole."""

    mesh: Mesh
    storeys: tuple[Storey, ...]
    rooms: tuple[Room, ...]
    storey: StoreyId
    lamps: tuple[LightSource, ...]
    moved: frozenset[int] = frozenset()
    moved_glass: frozenset[int] = frozenset()
    ajar: frozenset[int] = frozenset()
    """Of `moved`, those that are open now."""


def storey_model(request: LightRequest) -> StoreyModel | None:
    """The values of a bake: the light theme's paint for both themes. None for a storey without rooms that have an area."""
    rooms = tuple(room for room in request.rooms if room.storey == request.storey and len(room.outline) > 2)
    floor = floor_shape(rooms)
    if floor is None:
        return None
    grid = floor_grid(floor.plan)
    sources = _sources(request)
    place = [storey.id for storey in request.storeys].index(request.storey)
    own = sources[place]
    moved = np.isin(own.frame.elements, list(request.moved))
    shut = moved & ~np.isin(own.frame.elements, list(request.ajar))
    others = [
        one.frame for i, one in enumerate(sources) if i != place
    ]  # what stands on other storeys is out of the way
    return StoreyModel(
        walls=_surface(own.frame.take(~moved)),
        things=_surface(own.soft),
        leaves=_surface(own.frame.take(shut)),
        beyond=_joined([*map(_surface, others), _surface(own.yard)]),
        panes=own.glass.positions[own.glass.triangles],
        rooms=rooms,
        extent=PlanExtent(
            (grid.x - grid.step / 2, grid.y - grid.step / 2), (grid.columns * grid.step, grid.rows * grid.step)
        ),
        lamps=request.lamps,
    )


def _sources(request: LightRequest) -> list[StoreyMesh]:
    by = [[room for room in request.rooms if room.storey == storey.id] for storey in request.storeys]
    parts = sort_parts(request.mesh, request.storeys, LIGHT)
    return [split_exterior(part, rooms) for part, rooms in zip(parts, by, strict=True)]


def _surface(triangles: TriangleSet) -> Surface:
    return Surface(
        triangles.positions,
        triangles.triangles.astype(np.int32),
        np.ascontiguousarray(triangles.colours[:, :3]) if len(triangles) else np.empty((0, 3), np.uint8),
        triangles.elements.astype(np.int32),
    ).take(np.ones(len(triangles), np.bool_))


def _joined(parts: Sequence[Surface]) -> Surface:
    first = np.cumsum([0, *(len(part.positions) for part in parts)])
    return Surface(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.triangles + np.int32(at) for part, at in zip(parts, first[:-1], strict=True)]),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.elements for part in parts]),
    )
