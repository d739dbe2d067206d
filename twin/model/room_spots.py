"""Spots in plan for the things of a room that have no position of their own: a sunflower pattern around its middle."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from twin.model.space import Room

type PlanSpot = tuple[float, float]
"""Position in plan, metres."""

_APART_M, _GOLDEN_ANGLE = 0.55, 2.39996
_CLEAR_M, _TRIES = 0.3, 60
"""Least distance in metres to what has a position, and most spots that are tried for it."""


def spot_around(room: Room, middle: PlanSpot, number: int) -> PlanSpot:
    """The spot of the `number`th thing, drawn towards the middle until it is inside the outline."""
    x, y = middle
    angle, far = number * _GOLDEN_ANGLE, _APART_M * math.sqrt(number + 0.6)
    for shrink in (1.0, 0.7, 0.4, 0.15):
        at = x + math.cos(angle) * far * shrink, y + math.sin(angle) * far * shrink
        if room.contains(*at):
            return at
    return middle


def free_numbers(room: Room, middle: PlanSpot, taken: Collection[PlanSpot], start: int = 0) -> Iterator[int]:
    """Numbers from `start` on whose spots are clear of the taken ones; without end. In a room that is full, the next number
    whether its spot is clear or not.
    """
    number = start
    while True:
        tried = range(number, number + _TRIES)
        number = (
            next((one for one in tried if _is_clear(spot_around(room, middle, one), taken)), number)
            if taken
            else number
        )
        yield number
        number += 1


def _is_clear(spot: PlanSpot, taken: Collection[PlanSpot]) -> bool:
    return all(math.dist(spot, one) >= _CLEAR_M for one in taken)
