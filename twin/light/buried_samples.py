"""Samples of walls that lie inside of other solids: each room that such a sample is drawn in gets its own, seen from a
triangle that is free where there is one.

A wall's face runs on behind the partitions, jambs and cupboards that meet it. One sample there would take its light from
both sides of a partition, and throw the light of one room onto the wall of the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light.floor_sheet import grown, rooms_at
from twin.light.light_samples import OFF_FACE_M, LightSamples
from twin.light.model import PlanExtent, Points, StoreyModel, Surface
from twin.light.rays import RayTracer

_CELL_M, _GROWN_M, _MOST_CELLS = 0.05, 0.35, 1_000_000
"""Cell of the plan in which the room next to a face is looked up; how far rooms reach into walls, metres."""
_LOOK_M = 0.05
"""How far before a face its room is looked up, metres."""
_HALVINGS = 5
_RAYS, _MOST_BACK = 8, 0.3
"""Rays that tell whether a place is inside of a solid, and the share of back faces that they may meet."""
_NEAR_M, _MOST_NEAR = 0.25, 0.55
"""Distance of what covers a place, metres, and the share of rays that it may stop: a gap behind a cupboard is no better
than the inside of it, and no better is a place outdoors, from which as many rays meet nothing."""
_PULLED_M = 0.02, 0.004
"""Moves towards the middle of a triangle at which a sample is looked for, metres."""
_SEEN_M2 = 0.002
"""Area of a triangle, square metres, from which its inside is looked at, too."""
_WITHIN = np.array([[1, 1, 1], [1.4, 1.4, 0.2], [1.4, 0.2, 1.4], [0.2, 1.4, 1.4]]) / 3
"""Places within a triangle as weights of its corners."""
_TRIED = 2
"""Triangles around a sample next to which it is looked for."""
_BATCH = 8_000
"""Places looked at together, which bounds the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class NearestRooms:
    """The nearest room of each place of a plan, up to a part of a wall's thickness: -1 elsewhere."""

    low: tuple[float, float]
    step_m: float
    room: NDArray[np.int32]

    def at(self, plan: NDArray[np.floating]) -> NDArray[np.int32]:
        """(n,) index of the room at each of (n, 2) places."""
        cell = np.floor((plan - self.low) / self.step_m).astype(np.int64)
        rows, columns = self.room.shape
        inside = ((cell >= 0) & (cell < (columns, rows))).all(1)
        cell = np.where(inside[:, None], cell, 0)
        return np.where(inside, self.room[cell[:, 1], cell[:, 0]], -1).astype(np.int32)


def nearest_rooms(model: StoreyModel) -> NearestRooms:
    """The rooms of a storey, grown into its walls until they meet."""
    extent: PlanExtent = model.extent
    step_m = max(_CELL_M, math.sqrt(extent.size[0] * extent.size[1] / _MOST_CELLS))
    shape = max(1, math.ceil(extent.size[1] / step_m)), max(1, math.ceil(extent.size[0] / step_m))
    room = rooms_at(model.rooms, extent.low, (step_m, step_m), shape)
    for _ in range(round(_GROWN_M / step_m)):
        room = grown(room)
    return NearestRooms(extent.low, step_m, room)


def split_by_room(surface: Surface, regions: NearestRooms) -> Surface:
    """The surface with those triangles split that lie before two rooms, in the middle between these."""
    corners = surface.positions[surface.triangles].astype(np.float64)
    ahead = _ahead(corners)
    rooms = np.stack([regions.at(corners[:, i, :2] + ahead) for i in range(3)], 1)
    alone = (rooms != np.roll(rooms, -1, 1)) & (rooms != np.roll(rooms, 1, 1))
    split = np.flatnonzero((alone.sum(1) == 1) & (rooms >= 0).all(1))
    if not len(split):
        return surface
    first = alone[split].argmax(1)[:, None]
    turned = np.take_along_axis(surface.triangles[split], (first + np.arange(3)) % 3, 1)
    a, b, c = turned.T
    edges, which = np.unique(np.sort(np.concatenate([turned[:, [0, 1]], turned[:, [0, 2]]]), 1), axis=0, return_inverse=True)  # fmt: skip
    way = np.concatenate([ahead[split], ahead[split]])[np.unique(which, return_index=True)[1]]
    made = _borders(surface.positions, edges, way, regions)
    n = len(surface.positions)
    d, e = n + which[: len(split)].ravel(), n + which[len(split) :].ravel()
    pieces = np.stack([np.stack([a, d, e], 1), np.stack([d, b, c], 1), np.stack([d, c, e], 1)], 1)
    whole = np.ones(len(surface), np.bool_)
    whole[split] = False
    return Surface(
        np.concatenate([surface.positions, made]),
        np.concatenate([surface.triangles[whole], pieces.reshape(-1, 3).astype(np.int32)]),
        np.concatenate([surface.colours[whole], np.repeat(surface.colours[split], 3, 0)]),
        np.concatenate([surface.elements[whole], np.repeat(surface.elements[split], 3)]),
    )


def unburied(
    samples: LightSamples, some: int, regions: NearestRooms, rays: RayTracer
) -> tuple[LightSamples, NDArray[np.intp]]:
    """The samples with the buried ones among the first `some` apart for each room, and (n,) the earlier number of each."""
    same = np.arange(len(samples))
    buried = np.zeros(len(samples), np.bool_)
    solid = np.flatnonzero(~samples.two_sided[:some])
    buried[solid] = _met(samples.origins[solid], samples.normals[solid], rays)[0] > _MOST_BACK
    rows, corner = np.nonzero(buried[samples.triangles])
    if not len(rows):
        return samples, same
    triangles = samples.triangles[rows]
    owner = triangles[np.arange(len(rows)), corner].astype(np.int64)
    places = samples.positions[triangles].astype(np.float64)
    middle = places.mean(1)
    room = regions.at(middle[:, :2] + _LOOK_M * samples.normals[owner, :2])
    group, of = np.unique(owner * (room.max() + 2) + room + 1, return_inverse=True)
    origins, free = _best_origins(samples, owner, middle, (of.ravel(), len(group)), rays)
    # the first group of a sample stays in its place, further ones come after it
    mine = group // (room.max() + 2)
    further = np.append(False, mine[1:] == mine[:-1])
    take = np.sort(np.concatenate([same, mine[further]]), kind="stable")
    place = np.searchsorted(take, mine) + _ranks(mine)
    made = samples.triangles.copy()
    whole = np.searchsorted(take, np.arange(len(samples)))
    made = whole[made]
    made[rows, corner] = place[of.ravel()]
    moved = samples.origins[take]
    moved[place[free]] = origins[free]
    still = buried[take]
    still[place[free]] = False
    apart, again = _seen_parts(_taken(samples, take, moved, made), still, rays)
    return apart, take[again]


def _taken(
    samples: LightSamples, take: NDArray[np.intp], origins: Points, triangles: NDArray[np.integer]
) -> LightSamples:
    """The samples of these numbers, with other origins and triangles."""
    return LightSamples(
        samples.positions[take], origins, samples.normals[take], samples.colours[take], triangles.astype(np.int32),
        samples.two_sided[take], samples.elements[take],
    )  # fmt: skip


def _seen_parts(
    samples: LightSamples, buried: NDArray[np.bool_], rays: RayTracer
) -> tuple[LightSamples, NDArray[np.intp]]:
    """The samples with own ones for each triangle whose corners are all buried although a part of it is seen, and (n,) the
    earlier number of each.

    One corner of a threshold lies under the floor, the next one in a jamb: what is between them would be left out.
    """
    some = np.flatnonzero(buried[samples.triangles].all(1))
    corners = samples.positions[samples.triangles[some]].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    twice = np.linalg.norm(across, axis=1)
    large = twice > 2 * _SEEN_M2
    some, corners, normals = some[large], corners[large], (across[large] / twice[large, None]).astype(np.float32)
    found, places = np.full(len(some), np.inf), np.zeros((len(some), 3), np.float32)
    for weights in _WITHIN:
        tried = (np.einsum("j,ijk->ik", weights, corners) + normals * OFF_FACE_M).astype(np.float32)
        back, near = _met(tried, normals, rays)
        better = (back <= _MOST_BACK) & (back + near < found)
        found[better], places[better] = (back + near)[better], tried[better]
    seen = np.isfinite(found)
    some, places = some[seen], places[seen]
    owner = samples.triangles[some].ravel()
    order = np.argsort(owner, kind="stable")
    same = np.arange(len(samples))
    take: NDArray[np.intp] = np.sort(np.concatenate([same, owner[order]]), kind="stable").astype(np.intp)
    whole = np.searchsorted(take, same)
    triangles, origins = whole[samples.triangles], samples.origins[take]
    own = np.empty(len(owner), np.int64)
    own[order] = whole[owner[order]] + 1 + _ranks(owner[order])
    triangles[some] = own.reshape(-1, 3)
    origins[own] = np.repeat(places, 3, 0)
    return _taken(samples, take, origins, triangles), take


def _best_origins(
    samples: LightSamples, owner: NDArray[np.int64], middle: NDArray[np.float64], groups: tuple[NDArray[np.intp], int], rays: RayTracer
) -> tuple[Points, NDArray[np.bool_]]:  # fmt: skip
    """For each group of corners, the freest place next to one of them, and whether that is outside of solids."""
    of, count = groups
    pull = middle - samples.positions[owner]
    far = np.maximum(np.linalg.norm(pull, axis=1, keepdims=True), 1e-9)
    best, found, free = np.full(count, np.inf), np.zeros((count, 3), np.float32), np.zeros(count, np.bool_)
    # the triangles that reach farthest, one of each group after the other, as long as none is free
    order = np.lexsort((-far[:, 0], of))
    rank = _ranks(of[order])
    for number in range(_TRIED):
        for pulled in _PULLED_M:
            some = order[rank == number]
            some = some[~free[of[some]]]
            share = np.minimum(pulled, far[some] * 0.5) / far[some]
            normals = samples.normals[owner[some]]
            tried = (samples.positions[owner[some]] + pull[some] * share + normals * OFF_FACE_M).astype(np.float32)
            back, near = _met(tried, normals, rays)
            better = back + near < best[of[some]]
            rows = of[some][better]
            best[rows], found[rows] = (back + near)[better], tried[better]
            free[rows] = ((back <= _MOST_BACK) & (near <= _MOST_NEAR))[better]
    return found, free


def _ranks(values: NDArray[np.integer]) -> NDArray[np.int64]:
    """(n,) how many equal values come before each of these sorted ones."""
    return np.arange(len(values)) - np.searchsorted(values, values)


def _met(origins: Points, normals: Points, rays: RayTracer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) shares of a few rays of the hemisphere that meet a back face, and that meet nothing or something close by."""
    index = (np.arange(_RAYS) + 0.5) / _RAYS
    angle = 2 * np.pi * index * 2.618
    ways = np.stack([np.sqrt(index) * np.cos(angle), np.sqrt(index) * np.sin(angle), np.sqrt(1 - index)], 1).astype(
        np.float32
    )
    back, near = np.empty(len(origins)), np.empty(len(origins))
    for first in range(0, len(origins), _BATCH):
        some = slice(first, first + _BATCH)
        turned = (ways @ _frames(normals[some])).reshape(-1, 3)
        hits = rays.nearest(np.repeat(origins[some], _RAYS, 0).astype(np.float32), turned)
        stopped = (hits.triangle < 0) | (hits.distance < _NEAR_M)
        back[some], near[some] = hits.back.reshape(-1, _RAYS).mean(1), stopped.reshape(-1, _RAYS).mean(1)
    return back, near


def _frames(normals: Points) -> Points:
    """(n, 3, 3) axes with each normal as the third."""
    flat = np.where(np.abs(normals[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    one = np.cross(flat, normals)
    one /= np.maximum(np.linalg.norm(one, axis=1, keepdims=True), 1e-9)
    return np.stack([one, np.cross(normals, one), normals], 1).astype(np.float32)


def _ahead(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, 2) from a triangle to the place in plan where its room is looked up."""
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return across[:, :2] * (_LOOK_M / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12))


def _borders(
    positions: Points, edges: NDArray[np.integer], ahead: NDArray[np.float64], regions: NearestRooms
) -> Points:
    """(k, 3) places on edges, whose ends lie before different rooms, where the first room ends."""
    low, high = positions[edges[:, 0]].astype(np.float64), positions[edges[:, 1]].astype(np.float64)
    room = regions.at(low[:, :2] + ahead)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        own = (regions.at(middle[:, :2] + ahead) == room)[:, None]
        low, high = np.where(own, middle, low), np.where(own, high, middle)
    return ((low + high) / 2).astype(np.float32)
