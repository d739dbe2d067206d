"""Rooms of boxes, as a bake is given them."""

from __future__ import annotations

import numpy as np

from twin.light.model import BakeQuality, LightSource, PlanExtent, StoreyModel, Surface
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room

QUICK = BakeQuality(wall_m=0.4, thing_m=0.4, floor_m=0.2, sheet_m=0.4, rays=32, shadow_rays=(4, 8), pane_rays=8)
HIGH_M = 2.6
THICK_M = 0.2
GREY = (200, 200, 200)
_FACES = np.array(
    [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4], [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6],
     [3, 0, 4], [3, 4, 7]], np.int32
)  # fmt: skip


def box(low: tuple[float, float, float], high: tuple[float, float, float], element: int = 0) -> Surface:
    """A closed box whose faces look outwards."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    positions = np.array([(x, y, z0) for x, y in corners] + [(x, y, z1) for x, y in corners], np.float32)
    return Surface(positions, _FACES, np.tile(np.array(GREY, np.uint8), (12, 1)), np.full(12, element, np.int32))


def joined(*parts: Surface) -> Surface:
    """Several as one, each an element of its own."""
    first = np.cumsum([0, *(len(part.positions) for part in parts)])
    return Surface(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.triangles + at for part, at in zip(parts, first[:-1], strict=True)]).astype(np.int32),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([np.full(len(part), number, np.int32) for number, part in enumerate(parts)]),
    )


def room(id: str, x0: float, y0: float, x1: float, y1: float) -> Room:
    """A rectangular room on the ground."""
    return Room(
        id=RoomId(id), name=id, storey=StoreyId("s"), outline=((x0, y0), (x1, y0), (x1, y1), (x0, y1)), ceiling_m=HIGH_M
    )


def shell(x0: float, y0: float, x1: float, y1: float) -> list[Surface]:
    """Four walls, a floor slab and a lid around a rectangle."""
    t, h = THICK_M, HIGH_M
    return [
        box((x0 - t, y0 - t, -0.2), (x1 + t, y1 + t, 0.0)),
        box((x0 - t, y0 - t, h), (x1 + t, y1 + t, h + 0.2)),
        box((x0 - t, y0 - t, 0.0), (x0, y1 + t, h)),
        box((x1, y0 - t, 0.0), (x1 + t, y1 + t, h)),
        box((x0, y0 - t, 0.0), (x1, y0, h)),
        box((x0, y1, 0.0), (x1, y1 + t, h)),
    ]


def lamp(id: str, x: float, y: float, z: float = 2.0) -> LightSource:
    """A lamp of the usual size."""
    return LightSource(id, (x, y, z))


def one_room(*lamps: LightSource, things: Surface | None = None) -> StoreyModel:
    """A room of 4 by 3 metres."""
    return StoreyModel(
        walls=joined(*shell(0, 0, 4, 3)), things=things or Surface(), rooms=(room("a", 0, 0, 4, 3),),
        extent=PlanExtent((-0.1, -0.1), (4.2, 3.2)), lamps=lamps,
    )  # fmt: skip


def two_rooms(*lamps: LightSource, shut: bool) -> StoreyModel:
    """Two rooms of 3 by 3 metres beside each other; the wall between them, from x = 3 to 3.2, has a doorway from y = 1 to 2."""
    t = THICK_M
    walls = [
        *shell(0, 0, 6 + t, 3),
        box((3, 0, 0), (3 + t, 1, HIGH_M)),
        box((3, 2, 0), (3 + t, 3, HIGH_M)),
        box((3, 1, 2.1), (3 + t, 2, HIGH_M)),
    ]
    leaf = box((3.08, 1.0, 0.0), (3.12, 2.0, 2.1)) if shut else Surface()
    return StoreyModel(
        walls=joined(*walls), things=Surface(), leaves=leaf,
        rooms=(room("a", 0, 0, 3, 3), room("b", 3 + t, 0, 6 + t, 3)),
        extent=PlanExtent((-0.1, -0.1), (6.4, 3.2)), lamps=lamps,
    )  # fmt: skip
