"""Floors go on under walls without a gap beside their rooms."""

from __future__ import annotations

import numpy as np

from app.view.scene.structure.storey_shape import floor_shape
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room


def inside(spot: tuple[float, float], corners: np.ndarray) -> np.ndarray:
    """(t,) whether a place lies within each triangle."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    turns = [
        (q[:, 0] - p[:, 0]) * (spot[1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (spot[0] - p[:, 0])
        for p, q in ((a, b), (b, c), (c, a))
    ]
    signs = np.sign(np.stack(turns, 1))
    return (signs >= 0).all(1) | (signs <= 0).all(1)


def test_a_threshold_reaches_below_the_floor_of_its_room_and_under_its_wall() -> None:
    room = Room(
        id=RoomId("a"), name="a", storey=StoreyId("s"), outline=((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    )
    shape = floor_shape((room,))
    assert shape is not None
    corners, height = shape.plan.reshape(-1, 3, 2), shape.positions[:, 2].reshape(-1, 3).max(1)
    for spot in ((2.0, 0.015), (0.015, 1.5), (3.985, 1.5), (2.0, 2.985)):
        there = height[inside(spot, corners)]
        assert len(np.unique(there.round(4))) == 2  # the floor, and a threshold below it
    for spot in ((2.0, -0.1), (-0.1, 1.5), (4.1, 1.5), (2.0, 3.1)):
        assert inside(spot, corners).any()
