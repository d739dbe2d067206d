"""Light at places where none was baked: on leaves of doors, blinds and fans, which stand elsewhere than when baked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry.materials import reflectance
from app.view.scene.light.ambient_light import AmbientLight
from app.view.scene.light.light_mix import LINEAR_GAMMA, Bytes, Floats, LightMix, toned, untoned
from twin.light.model import PlanExtent
from twin.light.storey_light import StoreyLight

type Points = NDArray[np.float32]

_BEFORE_M = 0.22, 0.45
"""Distances in metres before a surface at which the light of the floor and the ceiling is read."""
_OPENNESS = 0.5
"""Openness of a surface in a room, for light that comes from everywhere."""
_UPRIGHT = 0.3
_SHARE_LEAST, _SHARE_MOST = 0.25, 4.0
"""Bounds for the light on walls, relative to that on the floor and the ceiling before them."""
_SOME = 0.02


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The samples of the floor or of the ceiling: number of the first one, and rows and columns over the extent."""

    first: int
    shape: tuple[int, int]


class PlaceLight:
    """Estimates the light on a surface from that on the floor and the ceiling before it, which belong to the same room.

    How much of it walls get is taken from the walls that were baked. Made on any thread.
    """

    def __init__(self, light: StoreyLight, mix: LightMix, heights: tuple[float, float]) -> None:
        """`heights` are the z of the floor and of the ceilings in metres."""
        self._mix, self._extent, self._heights = mix, light.extent, heights
        self._sheets = _Sheet(light.floor_at, light.floor), _Sheet(light.ceiling_at, light.ceiling)
        self._in_room = light.openness > 0
        """(samples,) whether a cell of the floor or of the ceiling belongs to a room."""
        self._of_walls = self._share_of_walls(light)

    def colours(self, positions: Points, normals: Points, paint: Bytes, around: AmbientLight) -> Bytes:
        """(n, 3) sRGB colours of a surface by points, unit normals and (n, 3) paint, in the lamps' present light."""
        rows, weights = self._read_at(positions, normals)
        lamps = (self._mix.lamp_light(rows.ravel()).reshape(*rows.shape, 3) * weights[..., None]).sum(1)
        albedo = (paint / np.float32(255)) ** np.float32(LINEAR_GAMMA)
        glimmer = np.array(around.glimmer, np.float32) * np.float32(_OPENNESS)
        made = albedo * (lamps * self._of_walls + glimmer * np.float32(1 - around.day))
        if around.day:
            by_day = untoned(_unlit(normals, paint, around).clip(0, 255).astype(np.uint8))
            made += by_day * np.float32(around.day)
        return toned(made.astype(np.float32, copy=False))

    def _share_of_walls(self, light: StoreyLight) -> np.float32:
        """Light of all lamps on the upright surfaces of rooms, relative to that on floors and ceilings before them."""
        total = np.zeros((light.samples, 1), np.float32)
        for one in light.lamps:
            total[one.rows, 0] += one.light.mean(1, dtype=np.float32)
        upright = np.flatnonzero((np.abs(light.normals[:, 2]) < _UPRIGHT) & (total[: light.floor_at, 0] > _SOME))
        rows, weights = self._read_at(light.positions[upright], light.normals[upright])
        before = (total[rows.ravel(), 0].reshape(rows.shape) * weights).sum(1)
        seen = before > _SOME
        if not seen.any():
            return np.float32(1.0)
        share = np.median(total[upright[seen], 0] / before[seen])
        return np.float32(np.clip(share, _SHARE_LEAST, _SHARE_MOST))

    def _read_at(self, positions: Points, normals: Points) -> tuple[NDArray[np.intp], Floats]:
        """(n, 4) samples of floor and ceiling before each point, and their weights; all 0 outside of rooms."""
        low, high = self._heights
        up = np.clip((positions[:, 2] - low) / max(high - low, 0.1), 0, 1)
        rows: list[NDArray[np.intp]] = []
        weights: list[Floats] = []
        for far_m in _BEFORE_M:
            plan = (positions[:, :2] + normals[:, :2] * np.float32(far_m)).astype(np.float32)
            for sheet, share in zip(self._sheets, (1 - up, up), strict=True):
                row, inside = _cells(plan, self._extent, sheet)
                rows.append(row)
                weights.append(np.where(inside & self._in_room[row], share, 0).astype(np.float32))
        weight = np.stack(weights, 1)
        total = weight.sum(1, keepdims=True)
        return np.stack(rows, 1), np.where(total > 0, weight / np.maximum(total, 1e-6), 0).astype(np.float32)


def _cells(plan: Points, extent: PlanExtent, sheet: _Sheet) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """(n,) sample of the cell at each point in plan, and whether the point lies over the sheet at all."""
    rows, columns = sheet.shape
    if not rows * columns or min(extent.size) <= 0:
        return np.zeros(len(plan), np.intp), np.zeros(len(plan), np.bool_)
    cell = np.floor((plan - extent.low) / extent.size * (columns, rows)).astype(np.intp)
    inside = ((cell >= 0) & (cell < (columns, rows))).all(1)
    cell = np.where(inside[:, None], cell, 0)
    return sheet.first + cell[:, 1] * columns + cell[:, 0], inside


def _unlit(normals: Points, paint: Bytes, around: AmbientLight) -> Floats:
    """(n, 3) colours 0-255 of walls as VTK lights them by the day's beams."""
    fall = np.zeros((len(normals), 3), np.float32)
    for beam in around.beams:
        way = np.array(beam.way, np.float32) / np.float32(np.linalg.norm(beam.way))
        fall += np.maximum(normals @ way, 0)[:, None] * (np.array(beam.colour, np.float32) * np.float32(beam.strength))
    ambient, diffuse = reflectance("body", dark=False)
    return (paint * (ambient + diffuse * fall)).astype(np.float32)
