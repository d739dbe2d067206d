"""Light samples: the points at which light is computed, vertices of refined surfaces and cells of floors and ceilings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.light.model import Bytes, Corners, Points, Surface

type Floats = NDArray[np.float64]

_CREASE_DEG = 38.0
_PULLED_M = 0.02
"""How far samples are moved towards the middle of a triangle, metres, so that corners and joints are not fully
occluded.
"""
_BROAD_M = 0.03, 0.09
"""Least and greatest additional move for samples of walls, metres, by the triangle's width, so that objects standing
in them do not hide them.
"""
OFF_FACE_M = 0.006
_ROOM_M = 1.5
"""A body larger than this in every direction, metres, may be a room rather than an object."""
_THIN_M = 0.002
"""A solid with less volume than this times its area is a sheet: both faces coincide."""
_OPEN_SHARE = 0.05
"""Largest imbalance of face directions, as a share of the area, of a closed solid; beyond it the shell is open."""


@dataclass(frozen=True, slots=True, eq=False)
class LightSamples:
    """Samples: positions (n, 3), ray origins (n, 3), unit normals (n, 3), sRGB colours (n, 3); triangles (m, 3) of
    samples; `two_sided` (n,) for open shells; element (n,).
    """

    positions: Points
    origins: Points
    normals: Points
    colours: Bytes
    triangles: Corners
    two_sided: NDArray[np.bool_]
    elements: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.positions)


def samples_of(surface: Surface, *, sheets: bool = False, walls: bool = False) -> LightSamples:
    """One sample per group of corners with equal position, normal (split at creases) and colour.

    `sheets`: lit from both sides; `walls`: origins are moved further in, because objects standing in walls seldom hide
    them.
    """
    normal = _across(surface.positions, surface.triangles)
    length = np.linalg.norm(normal, axis=1)
    real = length > 1e-9
    triangles, normal = surface.triangles[real], normal[real]
    colours, elements = surface.colours[real], surface.elements[real]
    if not len(triangles):
        return _NONE
    places = _places(surface.positions)
    at = places[triangles.ravel()]
    normals = _creased(normal, at)
    turned = (np.round(normals * 40).astype(np.int64) + 64) @ np.array([1 << 14, 1 << 7, 1])
    paint = np.repeat(colours.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1]), 3)
    key = (at << 21 | turned) * 1_000_003 + paint
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    positions = surface.positions[triangles.ravel()[first]]
    corners = surface.positions[triangles]
    place = place.ravel()
    largest = _largest(place, np.repeat(length[real], 3)) // 3
    pull = corners.mean(1)[largest] - positions
    far = np.maximum(np.linalg.norm(pull, axis=1), 1e-9)
    pulled = np.full(len(first), _PULLED_M)
    if walls:
        pulled += np.clip(_breadths(corners, normal), *_BROAD_M)[largest] - _BROAD_M[0]
    pulled = np.minimum(pulled, far * 0.5) * _edge_share(corners, place) / far
    origins = positions + pull * pulled[:, None] + normals[first] * OFF_FACE_M
    return LightSamples(
        positions,
        origins.astype(np.float32),
        normals[first].astype(np.float32),
        colours[first // 3],
        place.reshape(-1, 3).astype(np.int32),
        np.full(len(first), sheets),
        elements[first // 3],
    )


def area_of(surface: Surface) -> float:
    """Square metres of all triangles."""
    return float(np.linalg.norm(_across(surface.positions, surface.triangles), axis=1).sum() / 2)


def split_shells(surface: Surface) -> tuple[Surface, Surface]:
    """(closed solids, open shells) of a surface; solids that are inside out are flipped."""
    normal = _across(surface.positions, surface.triangles)
    surface = surface.take(np.linalg.norm(normal, axis=1) > 1e-9)
    if not len(surface):
        return surface, surface
    triangles, normal = surface.triangles, _across(surface.positions, surface.triangles)
    places, corners = _places(surface.positions)[triangles], surface.positions[triangles].astype(np.float64)
    inside_out, is_open = _solids(corners, normal, _by_edges(places, surface.elements))
    whole_inside_out, whole_open = _solids(corners, normal, _by_corners(places, surface.elements))
    inside_out = np.where(is_open, whole_inside_out, inside_out)  # what is no solid alone may be part of one
    is_open &= whole_open
    turned = np.where(inside_out[:, None], triangles[:, ::-1], triangles)
    surface = replace(surface, triangles=np.ascontiguousarray(turned))
    return surface.take(~is_open), surface.take(is_open)


def split_twins(surface: Surface) -> tuple[Surface, Surface]:
    """(single triangles, one of each group of coinciding triangles); files draw both sides of a face for viewers that
    show one.
    """
    if not len(surface):
        return surface, surface
    places = np.sort(_places(surface.positions)[surface.triangles], axis=1)
    key = places @ np.array([1 << 42, 1 << 21, 1])
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    alone, twins = np.zeros(len(key), np.bool_), np.zeros(len(key), np.bool_)
    alone[first[count == 1]], twins[first[count > 1]] = True, True
    return surface.take(alone), surface.take(twins)


def joined(parts: list[LightSamples]) -> LightSamples:
    """Concatenates samples in this order."""
    base = np.cumsum([0, *(len(part) for part in parts)])
    return LightSamples(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.origins for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.triangles + first for part, first in zip(parts, base[:-1], strict=True)]).astype(np.int32),
        np.concatenate([part.two_sided for part in parts]),
        np.concatenate([part.elements for part in parts]),
    )


_NONE = LightSamples(
    np.empty((0, 3), np.float32), np.empty((0, 3), np.float32), np.empty((0, 3), np.float32), np.empty((0, 3), np.uint8),
    np.empty((0, 3), np.int32), np.empty(0, np.bool_), np.empty(0, np.int32),
)  # fmt: skip


def _across(positions: Points, triangles: Corners) -> Floats:
    corner = positions[triangles].astype(np.float64)
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])


def _largest(of: NDArray[np.intp], size: Floats) -> NDArray[np.intp]:
    """Row of the largest size of each group 0, 1, 2...; the first of equal ones."""
    order = np.lexsort((np.arange(len(of)), -size, of))
    return order[np.append(True, of[order][1:] != of[order][:-1])]


def _edge_share(corners: Points, place: NDArray[np.intp]) -> Floats:
    """(n,) whether a sample lies at the edge of a face, 1, or within it, 0, whichever triangles that is drawn with: the
    length of the unit vectors summed over the angle that triangles cover around it."""
    sides = (np.roll(corners, -1, 1) - corners, np.roll(corners, 1, 1) - corners)
    one, other = (side / np.maximum(np.linalg.norm(side, axis=2, keepdims=True), 1e-12) for side in sides)
    way = one + other
    way *= np.linalg.norm(one - other, axis=2, keepdims=True)
    way /= np.maximum(np.linalg.norm(one + other, axis=2, keepdims=True), 1e-12)
    flat = way.reshape(-1, 3)
    total = np.stack([np.bincount(place, flat[:, i]) for i in range(3)], 1)
    return np.minimum(np.linalg.norm(total, axis=1), 1.0)


def _breadths(corners: Points, normal: Floats) -> Floats:
    """(m,) the radius of the largest circle inside of each triangle."""
    around = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).sum(1)
    return np.linalg.norm(normal, axis=1) / np.maximum(around, 1e-9)


def _places(positions: Points) -> NDArray[np.int64]:
    """(n,) the same number for vertices within a millimetre."""
    key = np.round((positions - positions.min(0)) * 1000.0).astype(np.int64) @ np.array([1 << 42, 1 << 21, 1])
    return np.unique(key, return_inverse=True)[1]


def _creased(normal: Floats, at: NDArray[np.int64]) -> Floats:
    """(3 m, 3) unit normals of corners: the mean of their place where that is near their face's own, else the face's."""
    own = np.repeat(normal / np.linalg.norm(normal, axis=1, keepdims=True), 3, 0)
    total = np.stack([np.bincount(at, np.repeat(normal[:, axis], 3)) for axis in range(3)], 1)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    mean = total[at]
    near = (mean * own).sum(1) > np.cos(np.radians(_CREASE_DEG))
    return np.where(near[:, None], mean, own)


def _by_corners(corners: NDArray[np.int64], elements: NDArray[np.int32]) -> NDArray[np.int64]:
    """(m,) the body of each triangle: those of one element that hang together by their corners."""
    key = np.repeat(elements.astype(np.int64), 3) * (corners.max(initial=0) + 1) + corners.ravel()
    return _joined_by(np.unique(key, return_inverse=True)[1].reshape(-1, 3))


def _by_edges(corners: NDArray[np.int64], elements: NDArray[np.int32]) -> NDArray[np.int64]:
    """The same of those that hang together by edges of two triangles each: where more meet, bodies touch that may look
    different ways."""
    following = np.roll(corners, -1, axis=1).ravel()
    low, high = np.minimum(corners.ravel(), following), np.maximum(corners.ravel(), following)
    wide = int(corners.max(initial=0)) + 1
    owner = np.repeat(np.unique(elements, return_inverse=True)[1], 3)
    _, edge, count = np.unique((owner * wide + low) * wide + high, return_inverse=True, return_counts=True)
    return _joined_by(np.where(count[edge] == 2, edge, len(count) + np.arange(len(edge))).reshape(-1, 3))


def _joined_by(node: NDArray[np.int64]) -> NDArray[np.int64]:
    """(m,) numbers from 0, the same for triangles that are connected by the (m, 3) nodes of each."""
    label: NDArray[np.int64] = np.arange(node.max(initial=0) + 1)
    while True:  # the least label spreads, and every label takes over its own label's
        lowest = label[node].min(1)
        spread = label.copy()
        np.minimum.at(spread, node.ravel(), np.repeat(lowest, 3))
        spread = spread[spread]
        if (spread == label).all():
            return np.unique(label[node[:, 0]], return_inverse=True)[1]
        label = spread


def _solids(corners: Floats, normal: Floats, of: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Per triangle of a body each: whether that is a closed solid whose faces look inwards, and whether it is an open
    shell."""
    weight = np.linalg.norm(normal, axis=1)
    area = np.bincount(of, weight)
    middle = np.stack([np.bincount(of, corners.mean(1)[:, axis] * weight) for axis in range(3)], 1) / area[:, None]
    apart = corners - middle[of][:, None]
    volume = np.bincount(of, (apart[:, 0] * np.cross(apart[:, 1], apart[:, 2])).sum(1))
    one_way = np.linalg.norm(np.stack([np.bincount(of, normal[:, axis]) for axis in range(3)], 1), axis=1)
    is_open = (one_way > _OPEN_SHARE * area) | (np.abs(volume) / 6 < _THIN_M * area / 2)
    low, high = np.full((len(area), 3), np.inf), np.full((len(area), 3), -np.inf)
    np.minimum.at(low, of, corners.min(1))
    np.maximum.at(high, of, corners.max(1))
    # walls of a room drawn as one box that looks inwards are right as they are, if anybody looks from inside
    is_open |= (volume < 0) & ((high - low).min(1) > _ROOM_M)
    return ((volume < 0) & ~is_open)[of], is_open[of]
