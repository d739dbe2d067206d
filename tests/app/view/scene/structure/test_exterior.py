"""What stands around the house stays in the picture when a storey above it is in focus."""

from __future__ import annotations

import numpy as np

from app.view.scene.structure.exterior import split_exterior
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room

ROOM = Room(
    id=RoomId("a"), storey=StoreyId("s"), name="a", outline=((0, 0), (4, 0), (4, 4), (0, 4)), floor_m=0.0,
    ceiling_m=2.5, area_m2=16.0, holes=(((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)),),
)  # fmt: skip


def things(*spots: tuple[float, float]) -> TriangleSet:
    """A small triangle at each spot, every one an element of its own."""
    corners = np.array([[-0.1, -0.1, 0.0], [0.1, -0.1, 0.0], [0.0, 0.1, 0.5]], np.float32)
    positions = np.concatenate([corners + np.array([x, y, 0.0], np.float32) for x, y in spots])
    count = len(spots)
    return TriangleSet(
        positions, np.arange(3 * count).reshape(-1, 3), np.full((count, 4), 200, np.uint8), np.arange(count) * 7 + 3,
        np.zeros(count, np.bool_), np.zeros(count, np.bool_),
    )  # fmt: skip


def test_what_is_outside_and_not_beside_a_wall_is_the_exterior() -> None:
    chair, car, curtain = (0.5, 0.5), (9.0, 2.0), (4.3, 2.0)
    found = split_exterior(StoreyMesh(soft=things(chair, car, curtain)), [ROOM])
    assert sorted(found.soft.elements.tolist()) == [3, 17]
    assert found.exterior.elements.tolist() == [10]


def test_without_rooms_nothing_is_known_to_be_outside() -> None:
    source = StoreyMesh(soft=things((0.0, 0.0)))
    assert split_exterior(source, []) is source
