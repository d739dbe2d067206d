"""Ambient light without lamps. By day surfaces look as without a bake, but darker in corners and under furniture and
lighter
where they see the sky; at night there is a faint light; at dusk the two are blended and the sky is blue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry.materials import reflectance
from app.view.scene.light.light_mix import Bytes, Floats, LightMix, Rgb, untoned
from app.view.scene.sky.daylight import Daylight, LightBeam, indoors
from app.view.scene.sky.environment import DAY_TONES
from app.view.scene.structure.storey_shape import foot_tone
from twin.light.storey_light import OPEN, PARTS, StoreyLight

CEILING: Rgb = (0.93, 0.925, 0.91)
_MOON: Rgb = (0.078, 0.092, 0.128)
_OUTSIDE = 1.38
"""Factor for night light seen from outside, which is shown a little brighter than inside."""
_NIGHT_DEG, _DAY_DEG = -5.5, 7.0
"""Elevations of the sun between which the night's look blends into the day's."""
_DARK_DEG, _BRIGHT_DEG = -9.0, 2.0
"""Elevations of the sun in degrees between which the sky reaches full strength."""
_OUTDOORS = 0.16
"""Maximum sky light on outer walls, relative to eyes adapted to rooms."""
_UPRIGHT = 0.5
_OUTER = 0.35
"""Samples with more sky light than this belong to outer walls and are as bright as those of other storeys."""
_SKY: Rgb = (0.75, 1.0, 1.75)
_DUSK: Rgb = (0.10, 0.125, 0.18)
"""Ambient light added at dusk in proportion to the sky's strength."""
_BY_DAY = 0.30
"""Weight of lamp light by day, relative to the night."""
_CORNER, _OPEN = 0.05, 0.70
"""Openness of a corner and of an open place."""
_LEAST_OPEN = 0.4
"""Least openness of walls and things for the night's light: a cut shows backs that stand against a wall."""
_DARKEST, _LIGHTEST = 0.76, 1.02
_SEES = 0.015
"""Irradiance at which half of the sky's effect is reached."""
_NO_CEILING = 0.75
_SKY_DARKEST, _SKY_LIGHTEST = 0.93, 1.07


@dataclass(frozen=True, slots=True)
class AmbientLight:
    """Surroundings of a storey: the share of the day's look, its beams, and linear light of night and sky."""

    day: float = 0.0
    beams: tuple[LightBeam, ...] = ()
    floor: float = 1.0
    """Brightness of floors by day."""
    glimmer: Rgb = (0.0, 0.0, 0.0)
    sky: Rgb = (0.0, 0.0, 0.0)
    lamps: float = 1.0
    """Weight of lamp light."""
    blinds: tuple[tuple[str, float], ...] = ()
    """(blind id, share of sky light it lets in) of the blinds that reduce it."""


def ambient_light(light: Daylight, *, inside: bool, blinds: tuple[tuple[str, float], ...] = ()) -> AmbientLight:
    """The surroundings for a sun position, seen from inside or outside the building."""
    day = 0.0 if light.night else _between(light.elevation_deg, _NIGHT_DEG, _DAY_DEG)
    dusk = _between(light.elevation_deg, _DARK_DEG, _BRIGHT_DEG)
    share = 1.0 if inside else _OUTSIDE
    return AmbientLight(
        day=round(day, 3),
        beams=indoors(dark=light.night) if inside else light.beams,
        floor=DAY_TONES[0],
        glimmer=_rgb(share * (moon + more * dusk) for moon, more in zip(_MOON, _DUSK, strict=True)),
        sky=_rgb(part * dusk for part in _SKY),
        lamps=round(1 + (_BY_DAY - 1) * day, 3),
        blinds=blinds,
    )


@dataclass(frozen=True, slots=True, eq=False)
class UnbakedLight:
    """Unbaked light, 0 to 1, of floors and ceilings over the rectangle of their pictures (ceilings None where not
    computed), and
    the floor height towards which walls darken.
    """

    floor: NDArray[np.float32]
    ceiling: NDArray[np.float32] | None
    floor_z: float


class AmbientMix:
    """Computes the base of a `LightMix`. Any thread, one call at a time."""

    def __init__(self, light: StoreyLight, mix: LightMix, unbaked: UnbakedLight) -> None:
        self._light, self._mix = light, mix
        self._floor = _resized(unbaked.floor, light.floor).ravel()
        self.set_ceiling(np.ones((1, 1), np.float32) if unbaked.ceiling is None else unbaked.ceiling)
        self.lacks_ceiling = unbaked.ceiling is None
        foot = foot_tone(light.positions[:, 2] - unbaked.floor_z)
        self._outer = self._sky({}) > _OUTER
        wall = self._outer[: light.floor_at, 0] & (np.abs(light.normals[:, 2]) < _UPRIGHT)
        self._foot = np.where(wall, foot, 1).astype(np.float32)
        part = np.zeros(len(light.positions), np.uint8)
        part[light.triangles.ravel()] = np.repeat(light.part, 3)
        self._upward = np.zeros(light.samples, np.float32)
        """Weight of upward surfaces, which are seen from above without a shading ceiling."""
        self._upward[: light.floor_at] = np.clip(light.normals[:, 2], 0, 1) * _NO_CEILING
        self._walls, self._open = part % OPEN == PARTS.index("body"), part >= OPEN

    def set_ceiling(self, unbaked: NDArray[np.float32]) -> None:
        """Sets the unbaked light of ceilings where it was missing."""
        self._ceiling = _resized(unbaked, self._light.ceiling).ravel()[:, None] * np.array(CEILING, np.float32)
        self.lacks_ceiling = False

    def base(self, around: AmbientLight) -> Floats:
        """(samples, 3) linear light for `LightMix.set_base`."""
        light, sky = self._light, self._sky(dict(around.blinds))
        open_ = light.openness.copy()
        np.maximum(open_[: light.floor_at], _LEAST_OPEN, out=open_[: light.floor_at])
        made = open_[:, None] * np.array(around.glimmer, np.float32) + np.minimum(sky, _OUTDOORS) * np.array(
            around.sky, np.float32
        )
        made *= self._mix.albedo
        if around.day:
            colours = self._unlit(around) * self._shade(sky)
            made *= 1 - around.day
            made += untoned(colours.clip(0, 255).astype(np.uint8)) * np.float32(around.day)
        return made.astype(np.float32, copy=False)

    def unlit(self, around: AmbientLight) -> Bytes:
        """(samples, 3) sRGB bytes without baked light."""
        return self._unlit(around).clip(0, 255).astype(np.uint8)

    def _sky(self, blinds: dict[str, float]) -> Floats:
        """(samples, 1) sky light that enters, reduced by the blinds' openness."""
        made = np.zeros((self._light.samples, 1), np.float32)
        for one in self._light.skies:
            made[one.rows, 0] += one.light.mean(1, dtype=np.float32) * np.float32(blinds.get(one.id, 1.0))
        return made

    def _shade(self, sky: Floats) -> Floats:
        """(samples, 1) factor by which the bake changes the day's look."""
        open_ = np.clip((self._light.openness - _CORNER) / (_OPEN - _CORNER), 0, 1)
        open_ = np.maximum(open_, self._upward)
        corner = _DARKEST + (_LIGHTEST - _DARKEST) * np.sqrt(open_)
        corner[: self._light.floor_at] *= self._foot
        seen = _SKY_DARKEST + (_SKY_LIGHTEST - _SKY_DARKEST) * sky / (sky + _SEES)
        shade = corner[:, None] * np.where(self._outer, 1 / _LIGHTEST, seen)
        return shade.astype(np.float32, copy=False)

    def _unlit(self, around: AmbientLight) -> Floats:
        """(samples, 3) colours 0-255 as VTK lights surfaces by parallel beams; floors and ceilings use their own
        pictures.
        """
        light = self._light
        made = np.empty((light.samples, 3), np.float32)
        fall = np.zeros((light.floor_at, 3), np.float32)
        for beam in around.beams:
            way = np.array(beam.way, np.float32) / np.float32(np.linalg.norm(beam.way))
            cosine = light.normals @ way
            cosine = np.where(self._open, np.abs(cosine), np.maximum(cosine, 0))
            fall += cosine[:, None] * (np.array(beam.colour, np.float32) * np.float32(beam.strength))
        for rows, name in ((self._walls, "body"), (~self._walls, "soft")):
            ambient, diffuse = reflectance(name, dark=not around.day)
            made[: light.floor_at][rows] = light.colours[rows] * (ambient + diffuse * fall[rows])
        made[light.floor_at : light.ceiling_at] = (self._floor * np.float32(255 * around.floor))[:, None]
        made[light.ceiling_at :] = self._ceiling * 255
        return made


def _resized(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """The image resampled bilinearly to this shape."""
    made = values
    for axis, count in enumerate(shape):
        size = made.shape[axis]
        at = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
        low = np.floor(at).astype(np.intp)
        share = np.expand_dims((at - low).astype(np.float32), 1 - axis)
        high = np.minimum(low + 1, size - 1)
        made = np.take(made, low, axis) * (1 - share) + np.take(made, high, axis) * share
    return made


def _between(value: float, low: float, high: float) -> float:
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return share * share * (3 - 2 * share)


def _rgb(parts: Iterable[float]) -> Rgb:
    red, green, blue = (round(part, 4) for part in parts)
    return red, green, blue
