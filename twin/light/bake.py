"""Bakes the light of one storey: direct and reflected light as sparse layers, one per lamp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light import direct
from twin.light.bounce import Gathered, gather, thrown_back
from twin.light.doorways import floor_under_leaves, sides_of_doorways
from twin.light.lamp_places import LampFloors
from twin.light.light_smoothing import BURIED_SHARE, INSIDE_SHARE, Neighbours
from twin.light.model import NORMAL, BakeQuality, StoreyModel
from twin.light.rays import Floats, RayTracer
from twin.light.refinement import RefinedStorey, refined, storey_tracer, unburied_storey
from twin.light.roofed_rooms import without_ceilings_over_roofs
from twin.light.storey_light import OPEN, LightLayer, StoreyLight

_LAMPS_AT_ONCE = 3
"""Lamps (or skies) baked together, which bounds the memory."""
_LAMPS_OF_PASSES = 16
"""The same where rays are cast anew for each pass."""
_LEAST = 0.002
"""Light below which a sample is left out of a layer."""
_MOST = 12.0
"""Light above which a sample of one lamp is white anyway; layers are stored as shares of their brightest sample."""
_TRUSTED = 0.6
"""An element with a larger share of samples inside others is treated as not buried."""
_LOW_OPEN = 0.8
"""Least openness of floors in spaces too low for a lamp."""
_OUTDOORS = 0.8
"""The sky's radiance outdoors relative to that through panes."""


def _silent(_share: float) -> None:
    pass


def bake(
    model: StoreyModel,
    quality: BakeQuality = NORMAL,
    *,
    tick: Callable[[float], None] = _silent,
    embree: bool | None = None,
) -> StoreyLight:
    """The baked light of a storey; deterministic.

    `tick` is called with the share done (0 to 1) and may raise to cancel; `embree` False selects the voxel tracer, None
    the best one available.
    """
    work, rng = refined(model, quality), np.random.default_rng(1)
    rays = storey_tracer(work, model, embree)
    if (bare := without_ceilings_over_roofs(work, rays)) is not work:
        work, rays = bare, storey_tracer(bare, model, embree)
    work = unburied_storey(work, rays)
    tick(0.1)
    at_once = _LAMPS_AT_ONCE if quality.passes == 1 else _LAMPS_OF_PASSES
    groups = -(-len(work.lamps) // at_once) + -(-(1 + len(work.blinds)) // at_once)
    casting = 0.8 if quality.passes == 1 else 0.1 + 0.5 / (groups * quality.passes)
    spread, straight = _cast(work, rays, quality, rng, lambda share: tick(0.1 + (casting - 0.1) * share))
    del rays
    spread.tick = _steps(tick, casting, groups * quality.passes)
    lamps: list[LightLayer] = []
    for first in range(0, len(work.lamps), at_once):
        lamps += spread.layers(straight.lamps[first : first + at_once])
    skies: list[LightLayer] = []
    for first in range(0, straight.sky.shape[1], at_once):
        some = slice(first, first + at_once)
        skies += spread.skies(("", *work.blinds)[some], straight.sky[:, some])
    return spread.result(tuple(skies), tuple(lamps), straight.low)


def _steps(tick: Callable[[float], None], first: float, count: int) -> Callable[[], None]:
    """Function that ticks `count` times from the share `first` to 1."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        tick(first + (1 - first) * min(1.0, done / count))

    return step


@dataclass(frozen=True, slots=True, eq=False)
class _LampLight:
    """The light that a lamp throws straight onto samples `rows` and floor cells `cells`, where there is any."""

    id: str
    rows: NDArray[np.intp]
    light: Floats
    cells: NDArray[np.intp]
    fine: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Straight:
    """All direct light of a storey: (n, 1 + blinds) of the sky, and that of each lamp; floor cells in spaces that are too
    low for one."""

    sky: Floats
    lamps: list[_LampLight]
    low: NDArray[np.intp]


def _cast(
    work: RefinedStorey,
    rays: RayTracer,
    quality: BakeQuality,
    rng: np.random.Generator,
    tick: Callable[[float], None],
) -> tuple[_Spread, _Straight]:
    """Casts the rays of a bake. The tracer's tree needs as much memory as the bounces, and is gone before them where no
    further passes need it."""
    samples = work.samples

    def cast(report: Callable[[float], None] = _silent) -> Gathered:
        return gather(rays, samples, work.blocking, (quality.rays, work.indoors), rng, report)

    spread = _Spread(work, cast(lambda share: tick(0.7 * share)), quality, cast if quality.passes > 1 else None)
    windows = work.panes, work.pane_blinds, len(work.blinds)
    sky = direct.sky_light(rays, samples, work.indoors & ~spread.bad, windows, quality, rng)
    sky[:, 0] = np.where(work.indoors, sky[:, 0], spread.free * _OUTDOORS)
    lamps: list[_LampLight] = []
    floors, low = LampFloors(work.detail, work.floor), [np.empty(0, np.intp)]
    for lamp in work.lamps:
        place = floors.place(lamp, rays)
        light, fine = np.zeros(len(samples), np.float32), np.zeros(len(work.floor), np.float32)
        if place.source is not None:
            light = direct.lamp_light(rays, samples, place.source, quality, rng, skipped=spread.bad)
            fine = direct.lamp_light(rays, work.floor, place.source, quality, rng)
        else:
            low.append(floors.cells(lamp))
        if place.pool is not None:
            fine += place.pool
        rows, cells = np.flatnonzero(light), np.flatnonzero(fine)
        lamps.append(_LampLight(lamp.id, rows, light[rows], cells, fine[cells]))
        tick(0.7 + 0.3 * len(lamps) / len(work.lamps))
    return spread, _Straight(sky, lamps, np.concatenate(low))


def _inside(work: RefinedStorey, gathered: Gathered) -> NDArray[np.bool_]:
    """(n,) samples inside of other solids; of an element that would be buried nearly whole, none: its faces, or its
    neighbours', look the wrong way."""
    found = (gathered.back > INSIDE_SHARE) & ~work.samples.two_sided
    elements = work.samples.elements
    whole, buried = (np.bincount(elements + 1, weights) for weights in (None, found))
    return found & (buried <= _TRUSTED * whole)[elements + 1]


class _Spread:
    """Turns light on samples into layers over what is drawn: vertices, the floor's picture, the ceiling's."""

    def __init__(
        self, work: RefinedStorey, gathered: Gathered, quality: BakeQuality, cast: Callable[[], Gathered] | None
    ) -> None:
        """`cast` gives what the rays of a further pass met; None where there is one pass."""
        self._work, self._gathered, self._quality, self._cast = work, gathered, quality, cast
        self.tick: Callable[[], None] = lambda: None
        """Called after each pass of a group of layers."""
        inside = _inside(work, gathered)
        self.bad: NDArray[np.bool_] = work.outside | inside
        """(n,) samples without light of their own, which take that of their neighbours."""
        gathered.drop(self.bad)
        self._near = Neighbours(work.samples, self.bad, sides_of_doorways(work.samples.positions, work.doorways))
        self._leaves = floor_under_leaves(work.detail, work.doorways)
        # what nobody sees is not drawn: triangles inside of other things, leaves that others draw, floors and ceilings
        triangles, ends = work.samples.triangles, work.ends
        first = triangles[:, 0]
        hidden = work.outside | (inside & (gathered.back > BURIED_SHARE))
        drawn = ~hidden[triangles].all(1) & ((first < ends[1]) | (first >= ends[4]))
        self._triangles = triangles[drawn]
        used = np.zeros(len(work.samples), np.bool_)
        used[self._triangles] = True
        self._kept, self._number = np.flatnonzero(used), np.cumsum(used) - 1

    @property
    def free(self) -> Floats:
        """(n,) share of rays that met nothing."""
        return self._gathered.free

    def skies(self, ids: tuple[str, ...], sky: Floats) -> list[LightLayer]:
        """The sky's layers, smooth all over: panes are large."""
        straight = self._near.smooth(self._near.mend(sky.copy()), 2)
        back = self._back(straight)
        return [self._layer(id, back[:, i] + straight[:, i : i + 1]) for i, id in enumerate(ids)]

    def layers(self, lamps: list[_LampLight]) -> list[LightLayer]:
        """The layers of lamps: their direct light and what is thrown back of it."""
        given = np.zeros((len(self._work.samples), len(lamps)), np.float32)
        for i, lamp in enumerate(lamps):
            given[lamp.rows, i] = lamp.light
        straight = self._near.mend(given)
        back = self._back(straight)
        made: list[LightLayer] = []
        for i, lamp in enumerate(lamps):
            fine = np.zeros(len(self._work.floor), np.float32)
            fine[lamp.cells] = lamp.fine
            made.append(self._layer(lamp.id, back[:, i], straight[:, i : i + 1], fine))
        return made

    def result(
        self, skies: tuple[LightLayer, ...], lamps: tuple[LightLayer, ...], low: NDArray[np.intp]
    ) -> StoreyLight:
        """The baked light of the storey with all its layers; the floor cells `low` are seen without their ceiling only."""
        work, samples, kept = self._work, self._work.samples, self._kept
        open_ = self._near.smooth(self._near.mend(self._gathered.openness[:, None].copy()), 2)
        openness = self._over(open_, None)[:, 0]
        low = len(kept) + np.flatnonzero(work.detail.room.ravel() >= 0)[low]
        openness[low] = np.maximum(openness[low], _LOW_OPEN)
        first = self._triangles[:, 0]
        glows = np.full(len(kept), -1, np.int16)
        for at in np.flatnonzero(kept >= work.ends[4]):
            glows[at] = work.shades.get(int(samples.elements[kept[at]]), -1)
        return StoreyLight(
            positions=samples.positions[kept],
            normals=samples.normals[kept],
            colours=samples.colours[kept],
            triangles=self._number[self._triangles].astype(np.int32),
            part=(np.digitize(first, [work.ends[0], work.ends[4]]) + OPEN * samples.two_sided[first]).astype(np.uint8),
            elements=samples.elements[first],
            glows=glows,
            extent=work.extent,
            floor=work.detail.room.shape,
            ceiling=work.sheet.room.shape,
            openness=openness,
            skies=skies,
            lamps=lamps,
        )

    def _back(self, given: Floats) -> Floats:
        """(n, lamps, 3) light thrown back, mended and smoothed."""
        samples, bounces = self._work.samples, self._quality.bounces
        thrown = thrown_back(given, samples, self._gathered, bounces, self.bad)
        self.tick()
        for _ in range(1, self._quality.passes):
            gathered = self._gathered if self._cast is None else self._cast()
            thrown += thrown_back(given, samples, gathered, bounces, self.bad)
            self.tick()
        thrown /= self._quality.passes
        self._near.smooth(self._near.mend(thrown.reshape(len(given), 3 * given.shape[1])), self._quality.smooth)
        return thrown

    def _layer(self, id: str, back: Floats, straight: Floats | None = None, fine: Floats | None = None) -> LightLayer:
        light = self._over(back, None)
        if straight is not None:
            light += self._over(straight, fine)
        rows = np.flatnonzero(light.max(1) > _LEAST)
        return LightLayer(id, rows.astype(np.int32), np.minimum(light[rows], _MOST))

    def _over(self, values: Floats, fine: Floats | None) -> Floats:
        """(n, c) values of samples over everything that is drawn; `fine` are those of the floor's own cells."""
        work, columns = self._work, values.shape[1]
        floor = np.zeros((work.detail.room.size, columns), np.float32)
        cells = work.detail.room.ravel() >= 0
        own = values[work.ends[2] : work.ends[3]]
        shown = work.upsampling.of(own) if fine is None else fine[:, None]
        self._leaves.shade(shown)
        floor[cells] = shown
        ceiling = np.zeros((work.sheet.room.size, columns), np.float32)
        ceiling[work.sheet.room.ravel() >= 0] = values[work.ends[3] : work.ends[4]]
        return np.concatenate([values[self._kept], floor, ceiling])
