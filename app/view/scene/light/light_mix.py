"""Colours out of layers of light: sky + each lamp's light × its colour, through one tone curve. A lamp's change costs only
the samples that it lights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.light.storey_light import StoreyLight

type Floats = NDArray[np.float32]
type Rgb = tuple[float, float, float]

_BRIGHTEST = 8.0
"""Light beyond this is white."""
_EXPOSURE = 1.1
_STEPS = 4096
_GAMMA = 2.2
_SCALE = np.float32((_STEPS - 1) / np.sqrt(_BRIGHTEST))


def _tones() -> NDArray[np.uint8]:
    """sRGB bytes by the square root of linear light: a film's shoulder, then IEC 61966-2-1."""
    linear = 1 - np.exp(-_EXPOSURE * _BRIGHTEST * np.linspace(0, 1, _STEPS) ** 2)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (np.clip(curve, 0, 1) * 255).round().astype(np.uint8)


_TONES = _tones()


@dataclass(frozen=True, slots=True)
class SurroundingLight:
    """Light that no lamp gives: from all sides, shaded in corners, and from the sky; linear."""

    ambient: Rgb = (0.0, 0.0, 0.0)
    sky: Rgb = (0.0, 0.0, 0.0)


class LightMix:
    """The colours of all samples of a storey: `colours` is (samples, 3) sRGB bytes, changed in place."""

    def __init__(self, light: StoreyLight, ceiling: Rgb) -> None:
        """`ceiling` is the ceiling's paint; the floor's is in the picture that its colours are multiplied with."""
        albedo = np.ones((light.samples, 3), np.float32)
        albedo[: light.floor_at] = (light.colours / 255.0) ** _GAMMA
        albedo[light.ceiling_at :] = np.array(ceiling) ** _GAMMA
        self._albedo, self._openness = albedo, albedo * light.openness[:, None]
        self._rows = {one.id: one.rows for one in (light.sky, *light.lamps)}
        self._layers = {one.id: one.light * albedo[one.rows] for one in (light.sky, *light.lamps)}
        self._sky = light.sky.id
        self._lamps: dict[str, Rgb] = {}
        self._around = SurroundingLight()
        self._light = np.zeros((light.samples, 3), np.float32)
        self.colours = np.zeros((light.samples, 3), np.uint8)
        self.changes = 0
        """How many lamps were changed one by one since all was summed up: sums of changes drift."""

    def set_light(self, lamps: Mapping[str, Rgb], around: SurroundingLight) -> bool:
        """Lamps by id with their linear colours (those not named are off); whether any colour is another one."""
        changed = {
            id: self._step(lamps.get(id), self._lamps.get(id))
            for id in {**self._lamps, **lamps}
            if id in self._layers and id != self._sky and lamps.get(id) != self._lamps.get(id)
        }
        lit = sum(len(self._rows[id]) for id in changed)
        if around != self._around or lit > len(self._light) or self.changes > 500:
            self._lamps, self._around = dict(lamps), around
            self.sum_up()
            return True
        self._lamps = dict(lamps)
        for id, step in changed.items():
            rows = self._rows[id]
            self._light[rows] += self._layers[id] * step
            self.colours[rows] = _toned(self._light[rows])
            self.changes += 1
        return bool(changed)

    def sum_up(self) -> None:
        """All light anew, from the layers."""
        self.changes = 0
        np.multiply(self._openness, np.array(self._around.ambient, np.float32), out=self._light)
        for id, colour in ((self._sky, self._around.sky), *self._lamps.items()):
            if id in self._layers and any(colour):
                self._light[self._rows[id]] += self._layers[id] * np.array(colour, np.float32)
        self.colours[:] = _toned(self._light)

    @staticmethod
    def _step(now: Rgb | None, before: Rgb | None) -> Floats:
        return np.array(now or (0.0, 0.0, 0.0), np.float32) - np.array(before or (0.0, 0.0, 0.0), np.float32)


def _toned(light: Floats) -> NDArray[np.uint8]:
    index = np.sqrt(np.maximum(light, 0)) * _SCALE
    return _TONES[np.minimum(index, _STEPS - 1).astype(np.uint16)]
