"""Mixes layers of light to colours: ambient light + each lamp's light × its colour, through one tone curve. A lamp's
change
recomputes only the samples that it lights.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin.light.storey_light import StoreyLight

type Floats = NDArray[np.float32]
type Bytes = NDArray[np.uint8]
type Rgb = tuple[float, float, float]

_BRIGHTEST = 8.0
"""Light above this value is shown as white."""
_EXPOSURE = 1.1
_STEPS = 4096
LINEAR_GAMMA = 2.2
"""Exponent from sRGB paint (0-1) to linear reflectance."""
_SCALE = np.float32((_STEPS - 1) / np.sqrt(_BRIGHTEST))
_MOST_CHANGES = 500


def _tones() -> Bytes:
    """Table of sRGB bytes by the square root of linear light: a film-like shoulder, then IEC 61966-2-1."""
    linear = 1 - np.exp(-_EXPOSURE * _BRIGHTEST * np.linspace(0, 1, _STEPS) ** 2)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (np.clip(curve, 0, 1) * 255).round().astype(np.uint8)


def _lights() -> Floats:
    """Table of linear light by sRGB byte; inverse of the tone curve."""
    tone = np.minimum(np.arange(256) / 255, 0.998)
    linear = np.where(tone <= 0.04045, tone / 12.92, ((tone + 0.055) / 1.055) ** 2.4)
    return (-np.log1p(-linear) / _EXPOSURE).astype(np.float32)


_TONES, _LIGHTS = _tones(), _lights()


class LightMix:
    """Mixes the light of a storey's samples: `colours` is (samples, 3) sRGB bytes, changed in place."""

    def __init__(self, light: StoreyLight, ceiling: Rgb) -> None:
        """`ceiling` is the ceilings' linear-light paint colour; the floor's paint is in the picture it is multiplied
        with.
        """
        albedo = np.ones((light.samples, 3), np.float32)
        albedo[: light.floor_at] = (light.colours / np.float32(255)) ** np.float32(LINEAR_GAMMA)
        albedo[light.ceiling_at :] = np.array(ceiling) ** LINEAR_GAMMA
        self.albedo: Floats = albedo
        """(samples, 3) linear reflectance."""
        self._rows = {one.id: one.rows for one in light.lamps}
        self._layers = {one.id: one.light for one in light.lamps}
        self._lamps: dict[str, Rgb] = {}
        self._base: Floats = np.zeros((light.samples, 3), np.float32)
        self._light = self._base.copy()
        self.colours: Bytes = np.zeros((light.samples, 3), np.uint8)
        self.changes = 0
        """Number of incremental lamp changes since the last full sum, which limits numerical drift."""

    def set_base(self, base: Floats) -> None:
        """Sets (samples, 3) linear light from sources other than lamps."""
        self._base = base
        self.sum_up()

    def set_lamps(self, lamps: Mapping[str, Rgb]) -> bool:
        """Sets lamps' linear colours by id (others are off); returns whether any colour changed."""
        changed = {
            id: self._step(lamps.get(id), self._lamps.get(id))
            for id in {**self._lamps, **lamps}
            if id in self._layers and lamps.get(id) != self._lamps.get(id)
        }
        lit = sum(len(self._rows[id]) for id in changed)
        self._lamps = dict(lamps)
        if lit > len(self._light) or self.changes > _MOST_CHANGES:
            self.sum_up()
            return True
        for id, step in changed.items():
            rows = self._rows[id]
            self._light[rows] += self._thrown(id, step)
            self.colours[rows] = toned(self._light[rows])
            self.changes += 1
        return bool(changed)

    def lamp_light(self, rows: NDArray[np.integer]) -> Floats:
        """(n, 3) linear irradiance that the lamps throw onto these samples now."""
        lamps: Floats = np.maximum(self._light[rows] - self._base[rows], 0)
        return (lamps / np.maximum(self.albedo[rows], 1e-3)).astype(np.float32, copy=False)

    def sum_up(self) -> None:
        """Recomputes light and colours from the base and all lamp layers."""
        self.changes = 0
        self._light[:] = self._base
        for id, colour in self._lamps.items():
            if id in self._layers and any(colour):
                self._light[self._rows[id]] += self._thrown(id, np.array(colour, np.float32))
        self.colours[:] = toned(self._light)

    def _thrown(self, id: str, colour: Floats) -> Floats:
        """(rows, 3) light of a lamp of this colour that its samples throw back."""
        made = self.albedo[self._rows[id]]
        made *= self._layers[id]
        made *= colour
        return made

    @staticmethod
    def _step(now: Rgb | None, before: Rgb | None) -> Floats:
        return np.array(now or (0.0, 0.0, 0.0), np.float32) - np.array(before or (0.0, 0.0, 0.0), np.float32)


def toned(light: Floats) -> Bytes:
    """sRGB bytes of linear light, by the tone curve."""
    index = np.sqrt(np.maximum(light, 0)) * _SCALE
    return _TONES[np.minimum(index, _STEPS - 1).astype(np.uint16)]


def untoned(colours: Bytes) -> Floats:
    """Linear light of sRGB bytes; inverse of `toned`."""
    return _LIGHTS[colours]
