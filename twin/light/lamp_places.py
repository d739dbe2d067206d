"""Lamps where their light reaches the floor of their room: files and users place some above a slab or a false ceiling."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.light.floor_sheet import FloorSheet
from twin.light.light_samples import LightSamples
from twin.light.model import LightSource
from twin.light.rays import Floats, RayTracer

_TRIED = 48
"""Places of a room's floor from which its lamp is looked for."""
_UNDER_M = 0.15, 0.45, 0.9
"""Distances under what covers a room at which its lamp is tried, metres; at most half the way down to the floor."""
_USUAL_M = 2.0
"""Height above the floor, metres, above which a lamp is stronger, as high rooms are lit."""
_REACH = 2.5
"""Least reach of a lamp relative to its height above the floor."""
_LEAST_M = 1.0
"""Height of a space, metres, below which no lamp lights it from above."""
_POOL_M, _POOL_NEAR_M, _POOL_LIGHT, _POOL_BROAD = 3.8, 1.1, 1.6, 1.5
"""Radius of a pool of light and the distance at which it falls off, metres; its light in the middle, and how broad that
is."""
_MOST_COVERED = 0.75
"""Share of a floor that may stand under furniture, which is lower than what covers the room."""
_SHORT = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class LampPlace:
    """Where a lamp shines from, None where its space is too low for one, and its pool of light on the floor, where no
    rays reach that."""

    source: LightSource | None
    pool: Floats | None = None
    """(floor samples,)."""


class LampFloors:
    """The floor under each lamp: cells of the floor's image that belong to the room in which the lamp stands."""

    def __init__(self, detail: FloorSheet, floor: LightSamples) -> None:
        """`floor` are the samples of the cells of `detail` that have a room, in the cells' order."""
        self._detail, self._floor = detail, floor
        self._room = detail.room.ravel()[detail.room.ravel() >= 0]

    def place(self, lamp: LightSource, rays: RayTracer) -> LampPlace:
        """Where the lamp shines from: under what covers its room, where none of its light would reach the floor else; as
        strong and as far as its height needs."""
        cells = self.cells(lamp)
        if not len(cells):
            return LampPlace(lamp)
        some = self._floor.origins[cells[np.linspace(0, len(cells) - 1, min(_TRIED, len(cells))).astype(np.intp)]]
        floor_m, pool = float(some[:, 2].mean()), None
        if not _is_seen(lamp, some, rays):
            cover_m = _cover(some, rays)
            if cover_m is not None and cover_m < _LEAST_M:
                return LampPlace(None, self._pool(lamp, cells))
            lowered = [] if cover_m is None else _lowered(lamp, floor_m, cover_m)
            found = next((one for one in lowered if _is_seen(one, some, rays)), None)
            lamp, pool = found or lamp, None if found else self._pool(lamp, cells)
        height_m = lamp.position_m[2] - floor_m
        reach_m, more = max(lamp.reach_m, _REACH * height_m), max(1.0, height_m / _USUAL_M) ** 2
        return LampPlace(replace(lamp, reach_m=reach_m, strength=lamp.strength * more), pool)

    def cells(self, lamp: LightSource) -> NDArray[np.intp]:
        """Floor samples of the lamp's room, none for a lamp outside of rooms."""
        low, step, (rows, columns) = self._detail.low, self._detail.step, self._detail.room.shape
        column, row = (math.floor((lamp.position_m[axis] - low[axis]) / max(step[axis], 1e-9)) for axis in (0, 1))
        if not (0 <= row < rows and 0 <= column < columns) or (room := self._detail.room[row, column]) < 0:
            return np.empty(0, np.intp)
        return np.flatnonzero(self._room == room)

    def _pool(self, lamp: LightSource, cells: NDArray[np.intp]) -> Floats:
        """A round pool of light on these floor samples, as it is drawn without baked light."""
        away = np.linalg.norm(self._floor.positions[cells, :2] - np.array(lamp.position_m[:2]), axis=1)
        made = np.zeros(len(self._floor), np.float32)
        fall = np.clip(1 - away / _POOL_M, 0, 1) ** 2 / (1 + (away / _POOL_NEAR_M) ** 2)
        made[cells] = _POOL_LIGHT * (1 - np.exp(-_POOL_BROAD * fall))
        return made


def _is_seen(lamp: LightSource, origins: Floats, rays: RayTracer) -> bool:
    """Whether nothing is between the lamp's middle and any of these places below it."""
    ways = (np.array(lamp.position_m) - origins).astype(np.float32)
    far = np.linalg.norm(ways, axis=1)
    ways /= np.maximum(far, 1e-6)[:, None]
    free = ~rays.blocked(origins, ways, far * np.float32(_SHORT)) & (ways[:, 2] > 0)
    return bool(free.any())


def _cover(origins: Floats, rays: RayTracer) -> float | None:
    """Height of what covers these places of the floor, metres; None where that is nothing."""
    hits = rays.nearest(origins, np.tile(np.array([0, 0, 1], np.float32), (len(origins), 1)))
    covered = hits.triangle >= 0
    return float(np.quantile(hits.distance[covered], _MOST_COVERED)) if covered.any() else None


def _lowered(lamp: LightSource, floor_m: float, cover_m: float) -> list[LightSource]:
    """The lamp at some heights under what covers the floor."""
    x, y, _ = lamp.position_m
    heights = [max(cover_m - under_m, cover_m / 2) for under_m in _UNDER_M]
    return [replace(lamp, position_m=(x, y, floor_m + height_m)) for height_m in heights]
