"""Input of a bake of one storey, made from the building's mesh. Any thread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.view.array_sets import is_among
from app.view.scene.structure.exterior import split_exterior
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet, sort_parts
from app.view.scene.structure.storey_shape import floor_grid, floor_shape
from app.view.scene.structure.storey_shapes import HungRectangle, panes_behind
from app.view.theme import LIGHT
from twin.light.model import LightSource, PlanExtent, StoreyModel, Surface
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh
from twin.model.space import Door, DoorLeaf, Room, Storey


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LightRequest:
    """A storey, its lamps, and the mesh elements of leaves drawn by layers; open leaves (`ajar`) leave a hole."""

    mesh: Mesh
    storeys: tuple[Storey, ...]
    rooms: tuple[Room, ...]
    storey: StoreyId
    lamps: tuple[LightSource, ...]
    moved: frozenset[int] = frozenset()
    ajar: frozenset[int] = frozenset()
    """The elements of `moved` that are open now."""
    blinds: Mapping[str, HungRectangle] = field(default_factory=dict[str, HungRectangle])
    """Rectangles of the blinds in front of windows, by device."""
    doors: tuple[Door, ...] = ()


def storey_model(request: LightRequest) -> StoreyModel | None:
    """The model to bake, with the light theme's paint for both themes; None for a storey without rooms with an area."""
    rooms = tuple(room for room in request.rooms if room.storey == request.storey and len(room.outline) > 2)
    floor = floor_shape(rooms)
    if floor is None:
        return None
    grid = floor_grid(floor.plan)
    sources = _sources(request)
    place = [storey.id for storey in request.storeys].index(request.storey)
    own = sources[place]
    moved = is_among(own.frame.elements, request.moved)
    shut = moved & ~is_among(own.frame.elements, request.ajar)
    others = [
        one.frame for i, one in enumerate(sources) if i != place
    ]  # what stands on other storeys is out of the way
    panes = own.glass.positions[own.glass.triangles]
    return StoreyModel(
        walls=_surface(own.frame.take(~moved)),
        things=_surface(own.soft),
        leaves=_surface(own.frame.take(shut)),
        beyond=_joined([*map(_surface, others), _surface(own.exterior)]),
        panes=panes,
        pane_blinds=panes_behind(panes, list(request.blinds.values())),
        blinds=tuple(request.blinds),
        rooms=rooms,
        extent=PlanExtent(
            (grid.x - grid.step / 2, grid.y - grid.step / 2), (grid.columns * grid.step, grid.rows * grid.step)
        ),
        lamps=request.lamps,
        doorways=tuple(_doorway(leaf) for one in request.doors if one.storey == request.storey for leaf in one.swing),
    )


def _doorway(leaf: DoorLeaf) -> tuple[float, float, float, float]:
    """Where a leaf stands in plan when it is closed."""
    turn = math.radians(leaf.closed_deg)
    (x, y), width = leaf.hinge, leaf.width_m
    x0, y0, x1, y1 = (round(float(part), 4) for part in (x, y, x + width * math.cos(turn), y + width * math.sin(turn)))
    return x0, y0, x1, y1


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
