"""Reflected light: one set of rays for all lamps; each bounce is a gather and a mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light.light_samples import LightSamples
from twin.light.rays import Floats, RayTracer

_BATCH_RAYS = 100_000
_NEAR_M = 1.8
"""Distance beyond which surfaces do not darken a corner, metres."""
_ALBEDO = 0.92
_GATHER_ROWS = 512
_FEWER = 4


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Result of ray casting: `index` (n, k) first sample met by each ray (n for none); shares (n,): `openness` nearby,
    `back` rays that met a back face, `free` rays that met nothing.
    """

    index: NDArray[np.int32]
    openness: Floats
    back: Floats
    free: Floats


def gather(
    rays: RayTracer,
    samples: LightSamples,
    counts: tuple[int, NDArray[np.bool_]],
    rng: np.random.Generator,
    tick: Callable[[float], None],
) -> Gathered:
    """Casts cosine-weighted rays from every sample; `counts` are their number and (n,) samples to sample fully, others
    get a quarter of the rays.

    `tick` is called with the share done.
    """
    n = len(samples)
    count, many = counts
    made = Gathered(
        np.empty((n, count), np.int32), np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    )
    known, done = len(samples.triangles), 0
    for some, rays_each in _batches(many, count):
        ways, origins = _hemisphere(samples, some, rays_each, rng)
        hits = rays.nearest(origins.reshape(-1, 3), ways.reshape(-1, 3))
        hit = hits.triangle >= 0
        ours = hit & (hits.triangle < known)
        index = np.full(len(hit), n, np.int32)
        index[ours] = samples.triangles[hits.triangle[ours], hits.corner[ours]]
        back = hits.back.copy()
        back[ours] &= ~samples.two_sided[index[ours]]
        index[back] = n
        shape = ways.shape[:2]
        made.index[some] = np.tile(index.reshape(shape), count // rays_each)
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
    albedo = (((samples.colours / 255.0) ** 2.2) * _ALBEDO).astype(np.float32)
    rows, count = np.flatnonzero(~skipped), gathered.index.shape[1]
    last, total = np.repeat(direct[:, :, None], 3, 2), np.zeros((n, lamps, 3), np.float32)
    sent = np.zeros((n + 1, lamps * 3), np.float32)
    for _ in range(bounces):
        np.multiply(last, albedo[:, None], out=sent[:n].reshape(n, lamps, 3))
        flat = last.reshape(n, lamps * 3)
        flat[skipped] = 0
        for first in range(0, len(rows), _GATHER_ROWS):
            some = rows[first : first + _GATHER_ROWS]
            met = sent[gathered.index[some].ravel()].reshape(len(some), count, -1)
            flat[some] = met.sum(1) * np.float32(1 / count)
        total += last
    return total


def _hemisphere(
    samples: LightSamples, some: NDArray[np.intp], count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(m, count, 3) ways, stratified by a rotated R2 sequence (Roberts 2018), and where they start; from open shells every
    second one to the other side."""
    normals = samples.normals[some]
    i = np.arange(count)
    turn = rng.random((2, len(normals), 1))
    u, v = (0.5 + i * 0.7548776662 + turn[0]) % 1, (0.5 + i * 0.5698402910 + turn[1]) % 1
    radius, angle = np.sqrt(u), 2 * np.pi * v
    side = np.where(normals[:, 2] >= 0, 1.0, -1.0)  # a frame without branches (Duff et al. 2017)
    a = -1 / (side + normals[:, 2])
    b = normals[:, 0] * normals[:, 1] * a
    tangent = np.stack([1 + side * normals[:, 0] ** 2 * a, side * b, -side * normals[:, 0]], 1)
    other = np.stack([b, side + normals[:, 1] ** 2 * a, -normals[:, 1]], 1)
    ways = (
        (radius * np.cos(angle))[..., None] * tangent[:, None]
        + (radius * np.sin(angle))[..., None] * other[:, None]
        + np.sqrt(1 - u)[..., None] * normals[:, None]
    ).astype(np.float32)
    origins = np.repeat(samples.origins[some][:, None], count, 1)
    turned = np.flatnonzero(samples.two_sided[some])
    if len(turned):
        ways[turned, 1::2] *= -1
        mirrored = 2 * samples.positions[some][turned] - samples.origins[some][turned]
        origins[turned, 1::2] = mirrored[:, None]
    return ways, origins
