"""Synthetic weather of a temperate climate: season, day, fronts and clouds, with the true position of the sun."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
from astral import Observer
from astral.sun import azimuth, elevation
from numpy.typing import NDArray

from devices.protocols.simulated.noise import Floats, smooth_noise

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class WeatherPlace:
    """Place of the weather: latitude and longitude in degrees, and the seed of its noise."""

    latitude: float
    longitude: float
    seed: int = 7

    @property
    def offset_h(self) -> float:
        """Offset of local solar time from UTC, in whole hours."""
        return float(round(self.longitude / 15.0))


@dataclass(frozen=True, slots=True, eq=False)
class SkyConditions:
    """(moments,): outdoor °C and %, cloud cover 0-1, sun elevation and azimuth in degrees, direct and diffuse W/m²."""

    outdoor: Floats
    humidity: Floats
    cloud: Floats
    height: Floats
    direction: Floats
    direct: Floats
    diffuse: Floats


def sky(place: WeatherPlace, time_ms: NDArray[np.int64]) -> SkyConditions:
    """The sky conditions at these times, UTC ms."""
    hours = time_ms / HOUR_MS
    local = (hours + place.offset_h) % 24
    day_of_year = (time_ms / DAY_MS - 10957.0) % 365.25
    season = -np.cos(2 * np.pi * (day_of_year - 20) / 365.25) * math.copysign(1, place.latitude)
    cloud = (0.5 + 0.42 * smooth_noise(place.seed, hours, 31) + 0.18 * smooth_noise(place.seed + 1, hours, 5)).clip(
        0, 1
    )
    swing = (2.2 + 2.6 * (season + 1)) * (1.15 - 0.8 * cloud)
    outdoor = (
        10
        + 9.5 * season
        + 4.5 * smooth_noise(place.seed + 2, hours, 74)
        + swing * -np.cos(2 * np.pi * (local - 3) / 24)
    )
    height, direction = _sun(place, time_ms)
    up = np.sin(np.radians(height.clip(0)))
    clear = np.where(
        up > 0, 1050 * 0.72 ** (1 / np.maximum(up, 0.04)) ** 0.7, 0.0
    )  # Meinel and Meinel 1976, simplified
    direct = clear * (1 - cloud) ** 1.5
    diffuse = np.where(up > 0, (60 + 160 * cloud) * np.sqrt(up), 0.0)
    humidity = (72 - 1.6 * (outdoor - 10) + 18 * (cloud - 0.5) + 6 * smooth_noise(place.seed + 3, hours, 17)).clip(
        25, 99
    )
    return SkyConditions(outdoor, humidity, cloud, height, direction, direct, diffuse)


def _sun(place: WeatherPlace, time_ms: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Elevation and azimuth of the sun in degrees, interpolated between quarter-hours (error at most 0.2 degrees)."""
    quarter = HOUR_MS // 4
    first, last = int(time_ms.min()) // quarter, int(time_ms.max()) // quarter + 1
    grid = np.arange(first, last + 1)
    points = np.array([_sun_at(place, int(q) * quarter) for q in grid])
    x = time_ms / quarter
    turned = np.unwrap(points[:, 1], period=360)
    return np.interp(x, grid, points[:, 0]), np.interp(x, grid, turned) % 360


@lru_cache(maxsize=20_000)
def _sun_at(place: WeatherPlace, time_ms: int) -> tuple[float, float]:
    observer = Observer(place.latitude, place.longitude)
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return elevation(observer, moment), azimuth(observer, moment)
