"""Reflected light: one set of rays for all lamps; each bounce is a gather and a mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light.light_samples import LightSamples
from twin.light.rays import Floats, RayTracer

_BATCH_RAYS = 50_000
_NEAR_M = 1.8
"""Distance beyond which surfaces do not darken a corner, metres."""
_ALBEDO = 0.92
_FEWER = 4


type Met = tuple[NDArray[np.intp], NDArray[np.int32]]
"""Some samples, (m,) rows, and (m, k) the first sample that each of their rays met, the number of samples for none."""


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Result of ray casting: what samples met, some at a time; shares (n,): `openness` nearby, `back` rays that met a
    back face, `free` rays that met nothing.
    """

    met: list[Met]
    openness: Floats
    back: Floats
    free: Floats

    def drop(self, gone: NDArray[np.bool_]) -> None:
        """Removes what these samples (n,) met: such indices are half of a bake's memory."""
        for at, (rows, index) in enumerate(self.met):
            kept = ~gone[rows]
            self.met[at] = rows[kept], index[kept]


def gather(
    rays: RayTracer,
    samples: LightSamples,
    traced: int,
    counts: tuple[int, NDArray[np.bool_]],
    rng: np.random.Generator,
    tick: Callable[[float], None],
) -> Gathered:
    """Casts cosine-weighted rays from every sample; `counts` are their number and (n,) samples to sample fully, others
    get a quarter of the rays. The first `traced` triangles of the samples are the first ones of the tracer.

    `tick` is called with the share done.
    """
    n = len(samples)
    count, many = counts
    # what stays is made before what goes, so that the memory of the latter can be given back
    unmet = [(some, np.empty((len(some), each), np.int32)) for some, each in _batches(many, count)]
    made = Gathered(unmet, np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32))
    done = 0
    for some, met in unmet:
        ways, origins = _hemisphere(samples, some, met.shape[1], rng)
        hits = rays.nearest(origins.reshape(-1, 3), ways.reshape(-1, 3))
        hit = hits.triangle >= 0
        ours = hit & (hits.triangle < traced)
        index = np.full(len(hit), n, np.int32)
        index[ours] = samples.triangles[hits.triangle[ours], hits.corner[ours]]
        back = hits.back.copy()
        back[ours] &= ~samples.two_sided[index[ours]]
        index[back] = n
        shape = met.shape
        met[:] = index.reshape(shape)
        made.openness[some] = np.where(hit, np.minimum(hits.distance, _NEAR_M) / _NEAR_M, 1).reshape(shape).mean(1)
        made.back[some], made.free[some] = back.reshape(shape).mean(1), (~hit).reshape(shape).mean(1)
        done += len(some)
        tick(done / n)
    return made


def _batches(many: NDArray[np.bool_], count: int) -> Iterator[tuple[NDArray[np.intp], int]]:
    """Samples, as many at a time as there is memory for, and how many rays each casts."""
    for rows, each in ((np.flatnonzero(many), count), (np.flatnonzero(~many), max(1, count // _FEWER))):
        step = max(1, _BATCH_RAYS // each)
        for first in range(0, len(rows), step):
            yield rows[first : first + step], each


def thrown_back(
    direct: Floats, samples: LightSamples, gathered: Gathered, bounces: int, skipped: NDArray[np.bool_]
) -> Floats:
    """(n, lamps, 3) light arriving after one to `bounces` reflections, from direct light (n, lamps); 0 for `skipped`
    samples (n,).
    """
    n, lamps = direct.shape
    if not n:
        return np.empty((0, lamps, 3), np.float32)
    albedo = (((samples.colours / np.float32(255)) ** np.float32(2.2)) * np.float32(_ALBEDO))[:, None]
    given, total = np.repeat(direct[:, :, None], 3, 2), np.zeros((n, lamps, 3), np.float32)
    given[skipped] = 0
    sent = np.zeros((n + 1, lamps * 3), np.float32)
    for _ in range(bounces):
        np.multiply(given, albedo, out=sent[:n].reshape(n, lamps, 3))
        given[:] = 0
        for some, index in gathered.met:
            count = index.shape[1]
            met = sent.take(index.ravel(), 0).reshape(len(some), count, lamps * 3)
            # a product, because numpy's mean over the middle axis takes ten times as long
            given[some] = (np.full((1, count), 1 / count, np.float32) @ met).reshape(-1, lamps, 3)
        given[skipped] = 0
        total += given
    return total


def _hemisphere(
    samples: LightSamples, some: NDArray[np.intp], count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(m, count, 3) ways, stratified by a rotated R2 sequence (Roberts 2018), and where they start; from open shells every
    second one to the other side."""
    normals = samples.normals[some]
    i = np.arange(count)
    turn = rng.random((2, len(normals), 1))
    u = ((0.5 + i * 0.7548776662 + turn[0]) % 1).astype(np.float32)
    angle = ((0.5 + i * 0.5698402910 + turn[1]) % 1).astype(np.float32) * np.float32(2 * np.pi)
    side = np.where(normals[:, 2] >= 0, np.float32(1), np.float32(-1))  # a frame without branches (Duff et al. 2017)
    a = -1 / (side + normals[:, 2])
    b = normals[:, 0] * normals[:, 1] * a
    tangent = np.stack([1 + side * normals[:, 0] ** 2 * a, side * b, -side * normals[:, 0]], 1)
    other = np.stack([b, side + normals[:, 1] ** 2 * a, -normals[:, 1]], 1)
    # ways in the frame of each normal, then turned into the world's
    local = np.stack([np.sqrt(u) * np.cos(angle), np.sqrt(u) * np.sin(angle), np.sqrt(1 - u)], 2)
    ways: Floats = local @ np.stack([tangent, other, normals], 1, dtype=np.float32)
    origins = np.repeat(samples.origins[some][:, None], count, 1)
    turned = np.flatnonzero(samples.two_sided[some])
    if len(turned):
        ways[turned, 1::2] *= -1
        mirrored = 2 * samples.positions[some][turned] - samples.origins[some][turned]
        origins[turned, 1::2] = mirrored[:, None]
    return ways, origins
