"""Cuts triangle meshes with a horizontal plane and caps the cut (numpy, all triangles at once)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import distinct

type Floats = NDArray[np.float64]
type Points = NDArray[np.float32]
type Ints = NDArray[np.int64]

_GRID = 1e4
"""Plan coordinates are snapped to a tenth of a millimetre, for joining strips of neighbouring triangles."""
_OVERLAP_M = 0.0008
"""Overlap of strips in metres, which hides gaps between their corners."""


@dataclass(frozen=True, slots=True, eq=False)
class CutMesh:
    """The part of a mesh below the plane, and the segments where the plane met it."""

    positions: Points
    """(n, 3) metres: the old vertices first, the new ones after them."""
    triangles: Ints
    """(m, 3) vertex indices."""
    source: Ints
    """(m,) index of the original triangle."""
    lines: Floats
    """(k, 4) x0 y0 x1 y1 in the plane, all in the same sense around the solid."""
    owners: Ints
    """(k,) index of the original triangle that gave the segment."""


def slice_below(positions: Points, triangles: Ints, z: float) -> CutMesh:
    """The part of a mesh at or below `z`; triangles that cross it are divided."""
    above = (positions[:, 2] > z)[triangles]
    count = above.sum(1)
    whole = np.flatnonzero(count == 0)
    one, two = np.flatnonzero(count == 1), np.flatnonzero(count == 2)
    n = len(positions)
    # turn each crossing triangle so that its lone vertex comes first
    tip_one = _turned(triangles[one], above[one].argmax(1))
    tip_two = _turned(triangles[two], (~above[two]).argmax(1))
    a1, b1 = _meet(positions, tip_one, z)
    a2, b2 = _meet(positions, tip_two, z)
    k1, k2 = len(one), len(two)
    ia1, ib1 = n + np.arange(k1), n + k1 + np.arange(k1)
    ia2, ib2 = n + 2 * k1 + np.arange(k2), n + 2 * k1 + k2 + np.arange(k2)
    pieces = [
        triangles[whole],
        np.stack([ia1, tip_one[:, 1], tip_one[:, 2]], 1),
        np.stack([ia1, tip_one[:, 2], ib1], 1),
        np.stack([tip_two[:, 0], ia2, ib2], 1),
    ]
    lines = np.concatenate([np.hstack([b1[:, :2], a1[:, :2]]), np.hstack([a2[:, :2], b2[:, :2]])])
    return CutMesh(
        np.concatenate([positions, a1, b1, a2, b2]).astype(np.float32),
        np.concatenate(pieces),
        np.concatenate([whole, one, one, two]),
        lines.astype(np.float64),
        np.concatenate([one, two]),
    )


def divide(positions: Points, triangles: Ints, z: float) -> tuple[Points, Ints, Ints]:
    """The same surface with extra vertices along `z`: (positions, triangles, old triangle of each)."""
    low = slice_below(positions, triangles, z)
    mirrored = positions * np.array([1, 1, -1], np.float32)
    high = slice_below(mirrored, triangles[:, ::-1], float(np.nextafter(np.float32(-z), np.float32(-np.inf))))
    above = high.positions * np.array([1, 1, -1], np.float32)
    return (
        np.concatenate([low.positions, above]),
        np.concatenate([low.triangles, high.triangles[:, ::-1] + len(low.positions)]),
        np.concatenate([low.source, high.source]),
    )


def fill(lines: Floats, owners: Ints) -> tuple[Floats, Ints]:
    """Triangles of the areas that directed lines enclose, per owner: ((t, 3, 2) in plan, (t,) owner of each).

    Each owner's plane is cut into strips at its vertices; between neighbouring lines of a strip the winding number
    decides what is solid. Holes, overlaps and T-joints need no special care; a strip that does not close uses parity.
    """
    if not len(lines):
        return np.empty((0, 3, 2)), np.empty(0, np.int64)
    x = np.round(lines[:, [0, 2]] * _GRID).astype(np.int64)
    keep = x[:, 0] != x[:, 1]
    x, lines, owners = x[keep], lines[keep], owners[keep]
    forward = x[:, 0] < x[:, 1]
    sign = np.where(forward, 1, -1)
    ends = np.where(forward[:, None], lines, lines[:, [2, 3, 0, 1]])
    x = np.sort(x, 1)
    strip, line = _pairs(x, owners)
    if not len(strip.index):
        return np.empty((0, 3, 2)), np.empty(0, np.int64)
    left, right = strip.left / _GRID, strip.right / _GRID
    e = ends[line]
    slope = (e[:, 3] - e[:, 1]) / np.maximum(e[:, 2] - e[:, 0], 0.5 / _GRID)
    low, high = np.minimum(e[:, 1], e[:, 3]), np.maximum(e[:, 1], e[:, 3])
    # the overlap follows the line, but a steep one must not shoot out of its wall
    reach = np.clip(slope * _OVERLAP_M, -_OVERLAP_M, _OVERLAP_M)
    y_left = np.clip(e[:, 1] + slope * (left - e[:, 0]), low, high) - reach
    y_right = np.clip(e[:, 1] + slope * (right - e[:, 0]), low, high) + reach
    left, right = left - _OVERLAP_M, right + _OVERLAP_M
    order = np.lexsort(((y_left + y_right), strip.index))
    solid = _solid(strip.index[order], sign[line][order])
    lower, upper = order[:-1][solid], order[1:][solid]
    quads = np.stack([
        np.stack([left[lower], y_left[lower]], 1), np.stack([right[lower], y_right[lower]], 1),
        np.stack([right[lower], y_right[upper]], 1), np.stack([left[lower], y_left[upper]], 1),
    ], 1)  # fmt: skip
    tall = np.abs(quads[:, 3, 1] - quads[:, 0, 1]) + np.abs(quads[:, 2, 1] - quads[:, 1, 1]) > 1e-5
    quads, owner = quads[tall], owners[line[lower][tall]]
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]), np.concatenate([owner, owner])


def ring_lines(rings: list[tuple[tuple[float, float], ...]]) -> Floats:
    """(k, 4) the directed edges of closed rings."""
    edges = [np.hstack([np.asarray(ring), np.roll(np.asarray(ring), -1, 0)]) for ring in rings if len(ring) > 2]
    return np.concatenate(edges).astype(np.float64) if edges else np.empty((0, 4))


@dataclass(frozen=True, slots=True, eq=False)
class _Strips:
    index: Ints
    left: Ints
    right: Ints


def _pairs(x: Ints, owners: Ints) -> tuple[_Strips, Ints]:
    """Every strip that each line crosses, as pairs."""
    base = x.min() if len(x) else 0
    span = (x.max() - base + 2) if len(x) else 1
    key = owners * span
    marks = distinct(np.concatenate([key + x[:, 0] - base, key + x[:, 1] - base]))
    first, last = np.searchsorted(marks, key + x[:, 0] - base), np.searchsorted(marks, key + x[:, 1] - base)
    count = last - first
    line = np.repeat(np.arange(len(x)), count)
    index = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
    at = marks[index] - owners[line] * span + base
    to = marks[index + 1] - owners[line] * span + base
    return _Strips(index, at, to), line


def _solid(strip: Ints, sign: Ints) -> NDArray[np.bool_]:
    """Whether the space between a line and the next one up, in strip order, is solid."""
    total = np.cumsum(sign)
    starts = np.flatnonzero(np.concatenate([[True], strip[1:] != strip[:-1]]))
    lengths = np.diff(np.concatenate([starts, [len(strip)]]))
    before = np.concatenate([[0], total])[starts]
    winding = total - np.repeat(before, lengths)
    closes = np.repeat(winding[starts + lengths - 1] == 0, lengths)
    rank = np.arange(len(strip)) - np.repeat(starts, lengths)
    inside = (closes & (winding != 0)) | (~closes & (rank % 2 == 0))
    return inside[:-1] & (strip[1:] == strip[:-1])


def _turned(triangles: Ints, first: Ints) -> Ints:
    rows = np.arange(len(triangles))[:, None]
    return triangles[rows, (first[:, None] + np.arange(3)) % 3]


def _meet(positions: Points, turned: Ints, z: float) -> tuple[Points, Points]:
    """Points at height z on the two edges that start at each triangle's first vertex."""
    tip = positions[turned[:, 0]]
    found: list[Points] = []
    for corner in (1, 2):
        other = positions[turned[:, corner]]
        share = ((z - tip[:, 2]) / np.where(other[:, 2] == tip[:, 2], 1.0, other[:, 2] - tip[:, 2]))[:, None]
        point = tip + (other - tip) * share
        point[:, 2] = z
        found.append(point.astype(np.float32))
    return found[0], found[1]
