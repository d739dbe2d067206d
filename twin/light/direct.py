"""Direct light on samples from lamps and, through panes, from the sky."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.light.light_samples import LightSamples
from twin.light.model import BakeQuality, LightSource, Points
from twin.light.rays import Floats, RayTracer

type Rows = NDArray[np.intp]

_NEAREST_M = 0.25
"""Least distance between a lamp and a sample in the inverse-square law, metres."""
_FADES_FROM = 0.65
"""Share of a lamp's reach from which its light fades."""
_SHORT = 0.999
_BALL_RAYS = 60_000
_PANE_BATCH = 300_000
"""Pairs of sample and pane per batch (half as many rays)."""
_SKY_M = 60.0
_UP_SHARE, _DOWN = 0.25, 0.35
"""Additional radiance of the zenith, and radiance of the ground, relative to the horizon's 1."""


def lamp_light(
    rays: RayTracer,
    samples: LightSamples,
    lamp: LightSource,
    quality: BakeQuality,
    rng: np.random.Generator,
    *,
    skipped: NDArray[np.bool_] | None = None,
) -> Floats:
    """(n,) irradiance by a lamp (its strength × cosine per squared metre), with soft shadows; 0 for `skipped` samples."""
    centre = np.array(lamp.position_m)
    to = centre - samples.origins
    facing = np.einsum("ij,ij->i", to, samples.normals)
    near = np.einsum("ij,ij->i", to, to) < lamp.reach_m**2
    near &= (facing > -lamp.radius_m) | samples.two_sided
    rows = np.flatnonzero(near if skipped is None else near & ~skipped)
    light = np.zeros(len(samples), np.float32)
    if not len(rows):
        return light
    few, many = quality.shadow_rays
    edges: list[Rows] = []
    for some in _batches(rows, few):
        light[some], free = _ball(rays, samples, some, lamp, few, rng)
        edges.append(some[(free > 0) & (free < few)])
    for some in _batches(np.concatenate(edges), many):
        light[some] = _ball(rays, samples, some, lamp, many, rng)[0]
    light[rows] *= np.float32(lamp.strength) * _fading(np.linalg.norm(to[rows], axis=1) / lamp.reach_m)
    return light


def _fading(share: NDArray[np.floating]) -> Floats:
    """The part of a lamp's light that is left at this share of its reach: no floor shows where that ends."""
    part = ((1 - share) / (1 - _FADES_FROM)).clip(0, 1)
    return (part * part * (3 - 2 * part)).astype(np.float32)


def _batches(rows: Rows, rays: int) -> Iterator[Rows]:
    step = max(1, _BALL_RAYS // rays)
    for first in range(0, len(rows), step):
        yield rows[first : first + step]


def _ball(
    rays: RayTracer, samples: LightSamples, rows: Rows, lamp: LightSource, count: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.intp]]:
    """(rows,) light of so many points of the ball, and how many of them are seen."""
    points = rng.normal(size=(len(rows), count, 3))
    points *= lamp.radius_m / np.linalg.norm(points, axis=2, keepdims=True)
    origins, normals = _sides(samples, rows, np.array(lamp.position_m))
    ways = (np.array(lamp.position_m) + points - origins[:, None]).astype(np.float32)
    far = np.linalg.norm(ways, axis=2)
    ways /= np.maximum(far, 1e-6)[..., None]
    cosine = np.einsum("ijk,ik->ij", ways, normals)
    seen = cosine > 0
    start = np.broadcast_to(origins[:, None], ways.shape)
    seen[seen] = ~rays.blocked(start[seen], ways[seen], far[seen] * np.float32(_SHORT))
    light = np.where(seen, cosine / np.maximum(far, _NEAREST_M) ** 2, 0).mean(1)
    # where all of the ball is above the surface, its middle and the share that is seen say the same without any noise
    to = np.array(lamp.position_m) - origins
    apart = np.linalg.norm(to, axis=1)
    upright = np.einsum("ij,ij->i", to, normals) / np.maximum(apart, 1e-6)
    plain = seen.mean(1) * upright / np.maximum(apart, _NEAREST_M) ** 2
    above = upright * apart > lamp.radius_m
    return np.where(above, plain, light).astype(np.float32), seen.sum(1)


def _sides(samples: LightSamples, rows: Rows, centre: NDArray[np.float64]) -> tuple[Points, Points]:
    """Where rays start and which way samples look; those of open shells look towards the lamp."""
    origins, normals = samples.origins[rows], samples.normals[rows]
    turned = samples.two_sided[rows] & (np.einsum("ij,ij->i", centre - samples.positions[rows], normals) < 0)
    if turned.any():
        mirrored = 2 * samples.positions[rows] - origins
        origins, normals = np.where(turned[:, None], mirrored, origins), np.where(turned[:, None], -normals, normals)
    return origins.astype(np.float32), normals.astype(np.float32)


def sky_light(
    rays: RayTracer, samples: LightSamples, indoors: NDArray[np.bool_], windows: tuple[Points, NDArray[np.int32], int],
    quality: BakeQuality, rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """(n, 1 + blinds) irradiance by a sky of radiance 1 / pi through panes as area lights: those without a blind, then
    those behind each blind; 0 outdoors.

    `windows` are the panes (p, 3, 3), the blind of each (-1: none), and the number of blinds.
    """
    panes, behind, blinds = windows
    light = np.zeros((len(samples), 1 + blinds), np.float32)
    if not len(panes):
        return light
    across = np.cross(panes[:, 1] - panes[:, 0], panes[:, 2] - panes[:, 0]).astype(np.float32)
    size = np.maximum(np.linalg.norm(across, axis=1), 1e-9).astype(np.float32)
    area: Floats = size * np.float32(0.5)
    normal, middle = across / size[:, None], panes.mean(1)
    rows = np.flatnonzero(indoors)
    step = max(1, _PANE_BATCH // max(len(panes), 2 * quality.pane_rays))
    for first in range(0, len(rows), step):
        some = rows[first : first + step]
        pick, chance = _drawn(samples.origins[some], middle, area, quality.pane_rays, rng)
        places = _places(panes, pick, rng)
        ways: Points = places - samples.origins[some][:, None]
        squared = np.einsum("ijk,ijk->ij", ways, ways)
        ways /= np.sqrt(np.maximum(squared, 1e-9))[..., None]
        cosine = np.maximum(np.einsum("ijk,ik->ij", ways, samples.normals[some]), 0)
        through = np.abs(np.einsum("ijk,ijk->ij", ways, normal[pick]))
        radiance = np.where(ways[..., 2] > 0, 1 - _UP_SHARE + _UP_SHARE * ways[..., 2], _DOWN)
        light_of = cosine * through / np.maximum(squared, 0.02) * area[pick] / chance * radiance / np.pi
        seen = light_of > 0
        start = np.broadcast_to(samples.origins[some][:, None], ways.shape)[seen]
        seen[seen] = ~rays.blocked(start, ways[seen], np.full(len(start), _SKY_M, np.float32))
        light_of = np.where(seen, light_of, 0)
        if not blinds:
            light[some, 0] = light_of.mean(1)
            continue
        place = np.arange(len(some))[:, None] * (1 + blinds) + behind[pick] + 1
        total = np.bincount(place.ravel(), light_of.ravel(), len(some) * (1 + blinds))
        light[some] = (total / quality.pane_rays).reshape(len(some), 1 + blinds)
    return light


def _places(panes: Points, pick: NDArray[np.intp], rng: np.random.Generator) -> Points:
    """(n, count, 3) a place on each of the picked triangles."""
    share = rng.random((2, *pick.shape, 1), np.float32)
    share = np.where(share.sum(0) > 1, 1 - share, share)
    first = panes[pick, 0]
    made: Points = (first + share[0] * (panes[pick, 1] - first) + share[1] * (panes[pick, 2] - first)).astype(
        np.float32
    )
    return made


def _drawn(
    origins: Points, middle: Points, area: Floats, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """(n, count) panes drawn by area over squared distance, so that near ones get most rays, and the chance of each."""
    squared = (origins * origins).sum(1)[:, None] + (middle * middle).sum(1)[None] - 2 * origins @ middle.T
    chance = area / np.maximum(squared, 0.3)
    chance /= chance.sum(1, keepdims=True)
    # one search in all rows' running sums at once: each row's begin at its own whole number
    total = np.cumsum(chance, 1, dtype=np.float64) + np.arange(len(origins))[:, None]
    drawn = (np.arange(count)[None] + rng.random((len(origins), count))) / count + np.arange(len(origins))[:, None]
    found = np.searchsorted(total.ravel(), drawn.ravel()).reshape(drawn.shape)
    pick = np.minimum(found - np.arange(len(origins))[:, None] * len(area), len(area) - 1)
    return pick, np.take_along_axis(chance, pick, 1).astype(np.float32)
