"""Rooms under a roof that is lower than their ceiling: a ceiling above the roof would keep the sky off it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.light.rays import RayTracer
from twin.light.refinement import RefinedStorey

_TRIED = 32
"""Places of each room from which its cover is looked for."""
_LEAST_COVERED, _LEAST_OPEN = 0.75, 0.5
"""Share of a room's floor that is covered below its ceiling, and share of its ceiling under the open sky, for a roof."""
_ABOVE_M = 0.02


def without_ceilings_over_roofs(storey: RefinedStorey, rays: RayTracer) -> RefinedStorey:
    """The storey without the ceilings that lie above the roof of their room; the same one where there are none.

    `rays` traces the storey with all its ceilings.
    """
    over = _rooms_below_roofs(storey, rays)
    if not len(over):
        return storey
    room = storey.sheet.room.ravel()
    gone = np.zeros(len(storey.samples), np.bool_)
    gone[storey.ends[3] : storey.ends[4]] = np.isin(room[room >= 0], over)
    samples = storey.samples
    return replace(storey, samples=replace(samples, triangles=samples.triangles[~gone[samples.triangles].any(1)]))


def _rooms_below_roofs(storey: RefinedStorey, rays: RayTracer) -> NDArray[np.intp]:
    """Rooms whose floor is covered by the building itself below their ceiling, with nothing above that."""
    floor, ceiling = storey.ends[2:4]
    cells = np.flatnonzero(storey.sheet.room.ravel() >= 0)
    real = np.flatnonzero(storey.sheet.real.ravel()[cells])
    room = storey.sheet.room.ravel()[cells[real]]
    some = _some_of_each(room)
    if not len(some):
        return np.empty(0, np.intp)
    samples, room = storey.samples, room[some]
    below, above = samples.origins[floor + real[some]], samples.positions[ceiling + real[some]]
    up = np.tile(np.array([0, 0, 1], np.float32), (len(some), 1))
    hits = rays.nearest(below, up)
    walls = np.searchsorted(samples.triangles[: storey.blocking, 0] >= storey.ends[0], True)
    of_building = (hits.triangle >= 0) & ((hits.triangle < walls) | (hits.triangle >= storey.blocking))
    covered = of_building & (hits.distance < above[:, 2] - below[:, 2] - _ABOVE_M)
    free = rays.nearest(above + np.array([0, 0, _ABOVE_M], np.float32), up).triangle < 0
    count = np.maximum(np.bincount(room), 1)
    roofed = np.bincount(room, covered) >= _LEAST_COVERED * count
    return np.flatnonzero(roofed & (np.bincount(room, free) >= _LEAST_OPEN * count) & (np.bincount(room) > 0))


def _some_of_each(room: NDArray[np.int32]) -> NDArray[np.intp]:
    """Indices of some cells of each room, evenly spread over them."""
    order = np.argsort(room, kind="stable")
    count = np.bincount(room)[room[order]] if len(room) else np.empty(0, np.intp)
    rank = np.arange(len(order)) - np.searchsorted(room[order], room[order])
    step = np.maximum(count // _TRIED, 1)
    return order[(rank % step == 0) & (rank // step < _TRIED)]
