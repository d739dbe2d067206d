"""Cuts a lit surface: new vertices lie on edges and get the interpolated light of the edges' ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry.mesh_cut import slice_below

type Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class LitMesh:
    """(n, 3) positions in metres, (m, 3) vertex indices; (n, 2) two samples of each vertex, (n,) the weight of the
    second.
    """

    positions: Points
    triangles: NDArray[np.int64]
    samples: NDArray[np.intp]
    share: NDArray[np.float32]

    def colours(self, of: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(n, 3) colours of the vertices from the colours of all samples."""
        first = of[self.samples[:, 0]]
        between = np.flatnonzero(self.share)
        if len(between):
            a, b = first[between].astype(np.float32), of[self.samples[between, 1]]
            first[between] = (a + (b - a) * self.share[between, None]).round().astype(np.uint8)
        return first


def lit_mesh(positions: Points, triangles: NDArray[np.integer], cut_z: float | None) -> LitMesh:
    """The part of a surface below the cut (None: all of it), without unused vertices."""
    corners = triangles.astype(np.int64)
    n = len(positions)
    pairs, share = np.repeat(np.arange(n)[:, None], 2, 1), np.zeros(n, np.float32)
    if cut_z is not None and len(corners):
        sliced = slice_below(positions, corners, cut_z)
        ends, part = _edges(positions, corners, cut_z)
        positions, corners = sliced.positions, sliced.triangles
        pairs, share = np.concatenate([pairs, ends]), np.concatenate([share, part])
    used = np.zeros(len(positions), np.bool_)
    used[corners] = True
    place = np.cumsum(used) - 1
    return LitMesh(positions[used], place[corners], pairs[used], share[used])


def _edges(positions: Points, triangles: NDArray[np.int64], z: float) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The edge of each new vertex of `slice_below`, in its order, and the position along it, 0-1."""
    above = (positions[:, 2] > z)[triangles]
    count = above.sum(1)
    ends: list[NDArray[np.int64]] = []
    for number, lone in ((1, above), (2, ~above)):
        rows = np.flatnonzero(count == number)
        first = lone[rows].argmax(1)[:, None]
        turned = np.take_along_axis(triangles[rows], (first + np.arange(3)) % 3, 1)
        ends += [turned[:, [0, 1]], turned[:, [0, 2]]]
    pairs = np.concatenate(ends)
    low, high = positions[pairs[:, 0], 2].astype(np.float64), positions[pairs[:, 1], 2]
    share = (z - low) / np.where(high == low, 1.0, high - low)
    return pairs, share.astype(np.float32)
