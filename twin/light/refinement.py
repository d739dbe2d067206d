"""Prepares a storey for baking: samples, ray tracer, and lamps moved out of their fixtures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.light.buried_samples import NearestRooms, nearest_rooms, split_by_room, unburied
from twin.light.doorways import Doorway, cut_at_doorways, floor_by_doorways
from twin.light.floor_sheet import FloorSheet, Upsampling, floor_sheet, rooms_at, sheet_samples, upsampling
from twin.light.grid_clip import clip_to_grid
from twin.light.light_samples import LightSamples, area_of, joined, samples_of, split_shells, split_twins
from twin.light.model import BakeQuality, LightSource, PlanExtent, Points, StoreyModel, Surface
from twin.light.ray_tracing import tracer_of
from twin.light.rays import RayTracer

_FIXTURE_M = 0.06
"""Margin of an object's box, metres, within which a lamp belongs to it; wider objects than _FIXTURE_WIDE_M are no
fixtures.
"""
_FIXTURE_WIDE_M = 0.75
_UNDER_M = 0.03
_HIGH_M = 2.0
"""Height above the floor, metres, from which lamps are moved below their fixture."""
_LOOK_M = 0.05
_PANE_SIDE_M = 0.45
_MOST_SHEET_CELLS, _MOST_FLOOR_CELLS = 100_000, 1_000_000
"""Most cells over the rectangle of a plan, of reflected light and of the floor's image."""
_ROOM_CELL_M = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class RefinedStorey:
    """A prepared storey; `samples` are in this order: walls, objects, leaves, floor, ceiling, shades; `ends` is where
    each part ends.
    """

    samples: LightSamples
    ends: NDArray[np.int64]
    lamps: tuple[LightSource, ...]
    shades: dict[int, int]
    """Index of the lamp in an element, by element."""
    panes: Points
    pane_blinds: NDArray[np.int32]
    """(p,) index of the blind before each pane, -1 for none."""
    blinds: tuple[str, ...]
    indoors: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    """(n,) floor and ceiling cells under walls, which have no light of their own."""
    sheet: FloorSheet
    detail: FloorSheet
    floor: LightSamples
    """Samples of the floor image, one per cell with a room."""
    upsampling: Upsampling
    extent: PlanExtent
    regions: NearestRooms
    doorways: tuple[Doorway, ...]

    @property
    def blocking(self) -> int:
        """Number of triangles, the first ones, that block light: all but those of shades, which come last."""
        return int(np.count_nonzero(self.samples.triangles[:, 0] < self.ends[-2]))


def refined(model: StoreyModel, quality: BakeQuality) -> RefinedStorey:
    """Prepares the storey for baking at this quality; the wall and object cells are enlarged to keep within
    `most_samples`.
    """
    shades = shades_of(model)
    own = np.isin(model.things.elements, list(shades))
    while _cells(model, quality) > quality.most_samples and quality.wall_m < model_size(model):
        quality = _coarser(quality)
    regions = nearest_rooms(model)
    parts = _surfaces(model, quality, own, regions)
    while sum(map(len, parts)) > quality.most_samples and quality.wall_m < model_size(model):
        quality = _coarser(quality)
        parts = _surfaces(model, quality, own, regions)
    plan_m2 = model.extent.size[0] * model.extent.size[1]
    sheet = floor_sheet(model.rooms, model.extent, max(quality.sheet_m, math.sqrt(plan_m2 / _MOST_SHEET_CELLS)))
    detail = floor_sheet(model.rooms, model.extent, max(quality.floor_m, math.sqrt(plan_m2 / _MOST_FLOOR_CELLS)))
    floor, detail = (floor_by_doorways(one, model.doorways) for one in (sheet, detail))
    parts += [sheet_samples(floor, model.rooms, ceiling=False), sheet_samples(sheet, model.rooms, ceiling=True)]
    parts.append(_refined(model.things.take(own), quality.thing_m))
    samples, ends = joined(parts), np.cumsum([len(part) for part in parts])
    outside = np.zeros(len(samples), np.bool_)
    under = ~sheet.real.ravel()[sheet.room.ravel() >= 0]
    outside[ends[2] : ends[4]] = np.concatenate([under, under])
    return RefinedStorey(
        samples, ends, _hung(model, shades), shades, *_windows(model), model.blinds, _indoors(model, samples), outside,
        sheet, detail,
        sheet_samples(detail, model.rooms, ceiling=False), upsampling(detail, floor),
        model.extent, regions, model.doorways,
    )  # fmt: skip


def unburied_storey(storey: RefinedStorey, rays: RayTracer) -> RefinedStorey:
    """The storey with its samples inside of walls and objects apart for each room, and moved out of these where that
    is possible."""
    samples, take = unburied(storey.samples, int(storey.ends[2]), storey.regions, rays)
    return replace(
        storey,
        samples=samples,
        ends=np.searchsorted(take, storey.ends),
        indoors=storey.indoors[take],
        outside=storey.outside[take],
    )


def storey_tracer(storey: RefinedStorey, model: StoreyModel, embree: bool | None) -> RayTracer:
    """A tracer for all that blocks light: the storey but for the shades of its lamps, and what lies beyond it."""
    samples, beyond = storey.samples, model.beyond
    blocking = samples.triangles[: storey.blocking]
    return tracer_of(
        np.concatenate([samples.positions, beyond.positions]),
        np.concatenate([blocking, beyond.triangles + np.int32(len(samples))]),
        embree=embree,
    )


def shades_of(model: StoreyModel) -> dict[int, int]:
    """Index of the lamp in an element, by element, so that a fixture does not block its own lamp."""
    found: dict[int, int] = {}
    things = model.things
    if not len(things) or not model.lamps:
        return found
    elements, low, high = _boxes(model)
    narrow = (high - low)[:, :2].max(1) < _FIXTURE_WIDE_M
    for number, lamp in enumerate(model.lamps):
        at = np.array(lamp.position_m)
        inside = narrow & ((at > low - _FIXTURE_M) & (at < high + _FIXTURE_M)).all(1)
        found |= {int(element): number for element in elements[inside]}
    return found


def model_size(model: StoreyModel) -> float:
    """Longest side of the plan, metres; at least 1."""
    return max(*model.extent.size, 1.0)


def _coarser(quality: BakeQuality) -> BakeQuality:
    return replace(quality, wall_m=quality.wall_m * 1.5, thing_m=quality.thing_m * 1.5)


def _cells(model: StoreyModel, quality: BakeQuality) -> float:
    """The least number of cells in which the surfaces can be cut: a building in a wrong unit would take all memory."""
    sizes = (model.walls, quality.wall_m), (model.things, quality.thing_m), (model.leaves, quality.wall_m)
    return sum(area_of(surface) / step_m**2 for surface, step_m in sizes)


def _surfaces(
    model: StoreyModel, quality: BakeQuality, own: NDArray[np.bool_], regions: NearestRooms
) -> list[LightSamples]:
    return [
        _refined(
            model.walls, quality.wall_m, lambda cells: split_by_room(cut_at_doorways(cells, model.doorways), regions)
        ),
        _refined(model.things.take(~own), quality.thing_m),
        _refined(model.leaves, quality.wall_m),
    ]


def _refined(surface: Surface, step_m: float, split: Callable[[Surface], Surface] | None = None) -> LightSamples:
    """Samples of a surface; `split` divides the cells of walls, which rooms share."""

    def pieces(part: Surface) -> Surface:
        cells = clip_to_grid(part, step_m)
        return cells if split is None else split(cells)

    walls = split is not None
    solids, shells = split_shells(surface)
    alone, touching = split_twins(solids)  # which way a solid looks is known by then
    both_sides = (touching, *split_twins(shells))
    return joined([
        samples_of(pieces(alone), walls=walls),
        *(samples_of(pieces(part), sheets=True, walls=walls) for part in both_sides),
    ])  # fmt: skip


def _boxes(model: StoreyModel) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Elements of things, and the low and high corners of each."""
    things = model.things
    elements, of = np.unique(things.elements, return_inverse=True)
    low, high = np.full((len(elements), 3), np.inf), np.full((len(elements), 3), -np.inf)
    corners = things.positions[things.triangles]
    np.minimum.at(low, of, corners.min(1))
    np.maximum.at(high, of, corners.max(1))
    return elements, low, high


def _hung(model: StoreyModel, shades: dict[int, int]) -> tuple[LightSource, ...]:
    """Lamps of ceilings shine from under their fixture."""
    if not shades:
        return model.lamps
    elements, low, _ = _boxes(model)
    lowest: dict[int, float] = {}
    for element, z in zip(elements.tolist(), low[:, 2].tolist(), strict=True):
        if (number := shades.get(element)) is not None:
            lowest[number] = min(z, lowest.get(number, np.inf))
    floor = min((room.floor_m for room in model.rooms), default=0.0)
    made: list[LightSource] = []
    for number, lamp in enumerate(model.lamps):
        x, y, z = lamp.position_m
        under = number in lowest and z > floor + _HIGH_M
        made.append(replace(lamp, position_m=(x, y, min(z, lowest[number]) - _UNDER_M)) if under else lamp)
    return tuple(made)


def _windows(model: StoreyModel) -> tuple[Points, NDArray[np.int32]]:
    """Upright glass between a room and the open air, and the blind before each; of a pane's two faces the one that looks
    in."""
    panes, behind = model.panes, model.pane_blinds
    if len(behind) != len(panes):
        behind = np.full(len(panes), -1, np.int32)
    if not len(panes):
        return panes, behind
    across = np.cross(panes[:, 1] - panes[:, 0], panes[:, 2] - panes[:, 0])
    size = np.linalg.norm(across, axis=1)
    upright = (size > 0.02) & (np.abs(across[:, 2]) < 0.3 * size)
    panes, behind, normal = panes[upright], behind[upright], across[upright] / size[upright, None]
    middle = panes.mean(1)
    ahead, beyond = (_in_rooms(model, (middle + normal * way)[:, :2]) for way in (_PANE_SIDE_M, -_PANE_SIDE_M))
    inward = ahead & ~beyond
    return panes[inward], behind[inward]


def _indoors(model: StoreyModel, samples: LightSamples) -> NDArray[np.bool_]:
    """(n,) whether a sample looks into a room of this storey."""
    top = max((max(room.ceiling_m, room.floor_m) for room in model.rooms), default=-np.inf)
    plan = samples.positions[:, :2] + samples.normals[:, :2] * _LOOK_M
    return _in_rooms(model, plan) & (samples.positions[:, 2] < top + _LOOK_M)


def _in_rooms(model: StoreyModel, plan: NDArray[np.floating]) -> NDArray[np.bool_]:
    extent: PlanExtent = model.extent
    cell_m = max(_ROOM_CELL_M, math.sqrt(extent.size[0] * extent.size[1] / _MOST_FLOOR_CELLS))
    shape = tuple(max(1, int(np.ceil(size / cell_m))) for size in extent.size[::-1])
    step = extent.size[0] / shape[1], extent.size[1] / shape[0]
    if min(step) <= 0:
        return np.zeros(len(plan), np.bool_)
    room = rooms_at(model.rooms, extent.low, step, (shape[0], shape[1]))
    cell = np.floor((plan - extent.low) / step).astype(np.int64)
    inside = ((cell >= 0) & (cell < shape[::-1])).all(1)
    cell = np.where(inside[:, None], cell, 0)
    return inside & (room[cell[:, 1], cell[:, 0]] >= 0)
