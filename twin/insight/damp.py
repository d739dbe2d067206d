"""Dampness: dew point, humidity at a cold wall surface, and mould growth.

Magnus formula with 17.625 and 243.04 °C (Alduchov and Eskridge 1996). Temperature factor of a wall f_Rsi: DIN 4108-2
requires at least 0.7. Mould index 0 (none) to 6 (fully covered) after Hukka and Viitanen 1999, Ojanen 2010 (the VTT
model).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Numbers = NDArray[np.float64]

_A, _B = 17.625, 243.04
FACTOR_LEAST = 0.7


def dew_point(air_c: ArrayLike, humidity: ArrayLike) -> Numbers:
    """Dew point in °C from air temperature (°C) and relative humidity (%); NaN for a humidity of 0 or less."""
    ta, rh = np.asarray(air_c, np.float64), np.asarray(humidity, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = np.log(np.where(rh > 0, rh, np.nan) / 100) + _A * ta / (_B + ta)
    return _B * gamma / (_A - gamma)


def saturation_pa(air_c: ArrayLike) -> Numbers:
    """Saturation vapour pressure over water, Pa, at a temperature in °C."""
    ta = np.asarray(air_c, np.float64)
    return 610.94 * np.exp(_A * ta / (_B + ta))


def surface_temperature(inside_c: ArrayLike, outside_c: ArrayLike, factor: ArrayLike = FACTOR_LEAST) -> Numbers:
    """Temperature of the wall's inner surface, °C; `factor` (f_Rsi) 1 means indoor, 0 outdoor temperature."""
    out = np.asarray(outside_c, np.float64)
    return out + np.asarray(factor, np.float64) * (np.asarray(inside_c, np.float64) - out)


def surface_humidity(
    inside_c: ArrayLike, humidity: ArrayLike, outside_c: ArrayLike, factor: ArrayLike = FACTOR_LEAST
) -> Numbers:
    """Relative humidity of the room's air at the wall's surface, %; above 100 water condenses."""
    surface = surface_temperature(inside_c, outside_c, factor)
    return np.asarray(humidity, np.float64) * saturation_pa(inside_c) / saturation_pa(surface)


class Sensitivity(NamedTuple):
    """Sensitivity of a material to mould: coefficients of the highest index (A, B, C), lowest critical humidity (%),
    growth factors below and above index 1.
    """

    a: float
    b: float
    c: float
    least: float
    young: float
    grown: float


SENSITIVITY = {
    "very_sensitive": Sensitivity(1.0, 7.0, 2.0, 80.0, 1.0, 2.0),
    "sensitive": Sensitivity(0.3, 6.0, 1.0, 80.0, 0.578, 0.386),
    "medium_resistant": Sensitivity(0.0, 5.0, 1.5, 85.0, 0.072, 0.097),
    "resistant": Sensitivity(0.0, 3.0, 1.0, 85.0, 0.033, 0.014),
}


def mould_index(
    surface_c: ArrayLike, humidity: ArrayLike, material: str = "sensitive", start: ArrayLike = 0.0
) -> Numbers:
    """Mould index after each hour, (places, hours), from temperature (°C) and humidity (%) at the surface, (places,
    hours).

    `material` is a key of SENSITIVITY, `start` the index before. An hour with NaN leaves the index unchanged.
    """
    t, rh = np.broadcast_arrays(np.asarray(surface_c, np.float64), np.asarray(humidity, np.float64))
    kind = SENSITIVITY[material]
    critical = _critical(t, kind)
    known = np.isfinite(t) & np.isfinite(rh)
    grows = known & (t > 0) & (t < 50) & (rh >= critical)
    per_hour = _growth(t, rh)
    with np.errstate(invalid="ignore"):
        q = (critical - rh) / (critical - 100 - 1e-9)
    most = np.maximum(kind.a + kind.b * q - kind.c * q * q, 0)
    index = np.broadcast_to(np.asarray(start, np.float64), t.shape[:1]).copy()
    dry = np.zeros(t.shape[0])
    out = np.empty(t.shape)
    for hour in range(t.shape[1]):
        up = grows[:, hour]
        rate = np.where(index < 1, kind.young, kind.grown) * np.maximum(1 - np.exp(2.3 * (index - most[:, hour])), 0)
        dry = np.where(up, 0, dry + known[:, hour])
        decline = np.where(dry <= 6, -0.032, np.where(dry <= 24, 0.0, -0.016)) / 24
        change = np.where(up, rate * per_hour[:, hour], decline)
        index = np.clip(index + np.where(known[:, hour], change, 0), 0, 6)
        out[:, hour] = index
    return out


def _critical(t: Numbers, kind: Sensitivity) -> Numbers:
    """Critical relative humidity, %, below which mould does not grow."""
    curve = np.maximum(-0.00267 * t**3 + 0.16 * t**2 - 3.13 * t + 100, kind.least)
    return np.where(t > 20, kind.least, np.where(t < 0, 100.0, curve))


def _growth(t: Numbers, rh: Numbers) -> Numbers:
    """Growth of the mould index per hour on the reference material."""
    warm, wet = np.maximum(np.nan_to_num(t), 0.01), np.maximum(np.nan_to_num(rh), 1.0)
    return 1 / (7 * np.exp(-0.68 * np.log(warm) - 13.9 * np.log(wet) + 66.02)) / 24
