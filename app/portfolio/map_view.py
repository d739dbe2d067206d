"""The part of the earth that a map of sites shows, and where on it each site lies: an equirectangular projection."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

LAND = Path(__file__).resolve().parents[2] / "assets" / "map" / "land.json"
LAND_DEG = 2.0
"""Least height (degrees) of a map on which the outline of the land is fine enough to be drawn."""
LEAST_DEG = 0.02
"""Least height of a map, degrees: about 2 km."""
MARGIN = 0.16
"""Share of the map around the outermost sites."""
STEPS_DEG = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0)
"""Distances of the lines of the graticule, degrees."""
LINES = 5
"""About how many lines of the graticule cross a map."""
KM_PER_DEG = 111.195
"""Kilometres of a degree of latitude, on a sphere of 6,371 km."""


@dataclass(frozen=True, slots=True)
class MapView:
    """A rectangle of the earth on one of `width` × `height` pixels. Longitudes run on over 180°: none is cut there."""

    width: float
    height: float
    latitude: float
    longitude: float
    """The centre, degrees."""
    pixels_per_deg: float
    """Pixels of a degree of latitude."""

    @property
    def shrink(self) -> float:
        """Pixels of a degree of longitude per one of latitude, at the centre."""
        return max(0.05, math.cos(math.radians(self.latitude)))

    @property
    def span_deg(self) -> float:
        """Height of the map, degrees."""
        return self.height / self.pixels_per_deg

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        """(x, y) in pixels from the top left; the longitude is taken on the side nearer to the centre."""
        east = (longitude - self.longitude + 180.0) % 360.0 - 180.0
        return self.at(latitude, east)

    def at(self, latitude: float, east: float) -> tuple[float, float]:
        """(x, y) in pixels of a latitude and of degrees east of the centre, however many."""
        x = self.width / 2 + east * self.shrink * self.pixels_per_deg
        return x, self.height / 2 - (latitude - self.latitude) * self.pixels_per_deg

    def graticule(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]], float]:
        """(meridians as (longitude, x), parallels as (latitude, y), their distance in degrees)."""
        step = next((one for one in STEPS_DEG if self.span_deg / one <= LINES), STEPS_DEG[-1])
        wide = self.width / (self.pixels_per_deg * self.shrink)
        first, last = (math.ceil((self.longitude - wide / 2) / step), math.floor((self.longitude + wide / 2) / step))
        meridians = [
            ((one * step + 180.0) % 360.0 - 180.0, self.at(self.latitude, one * step - self.longitude)[0])
            for one in range(first, last + 1)
        ]
        low, high = self.latitude - self.span_deg / 2, self.latitude + self.span_deg / 2
        parallels = [
            (one * step, self.at(one * step, 0.0)[1])
            for one in range(math.ceil(max(low, -90.0) / step), math.floor(min(high, 90.0) / step) + 1)
        ]
        return meridians, parallels, step

    def scale(self, widest: float) -> tuple[float, float]:
        """(kilometres, pixels) of a scale bar of at most `widest` pixels: 1, 2 or 5 times a power of ten."""
        most_km = widest / self.pixels_per_deg * KM_PER_DEG
        power = 10.0 ** math.floor(math.log10(most_km))
        km = next(one * power for one in (5, 2, 1) if one * power <= most_km)
        return km, km / KM_PER_DEG * self.pixels_per_deg


def fitted_map(places: Sequence[tuple[float, float]], width: float, height: float) -> MapView:
    """The smallest view with all these places (latitude, longitude in degrees) and a margin; of none, the whole earth."""
    width, height = max(width, 1.0), max(height, 1.0)
    if not places:
        return MapView(width, height, 0.0, 0.0, min(width / 360.0, height / 180.0))
    latitudes = [latitude for latitude, _ in places]
    west, wide = _shortest_arc([longitude for _, longitude in places])
    latitude = (min(latitudes) + max(latitudes)) / 2
    tall = max(max(latitudes) - min(latitudes), LEAST_DEG * (1 - 2 * MARGIN))
    shrink = max(0.05, math.cos(math.radians(latitude)))
    room = 1 - 2 * MARGIN
    fits = min(height * room / tall, width * room / max(wide * shrink, 1e-9))
    return MapView(width, height, latitude, west + wide / 2, fits)


def _shortest_arc(longitudes: Sequence[float]) -> tuple[float, float]:
    """(its west end, its width) of the shortest arc with all these longitudes, degrees."""
    ordered = sorted({longitude % 360.0 for longitude in longitudes})
    following = [*ordered[1:], ordered[0] + 360.0]
    gaps = [after - before for before, after in zip(ordered, following, strict=True)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    return following[widest] % 360.0, 360.0 - gaps[widest]


@cache
def land() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Outlines of the land as rings of (latitude, longitude) in degrees. Reads a file at the first call."""
    found: Any = json.loads(LAND.read_text(encoding="utf-8"))
    rows = cast("list[list[int]]", found["rings"])
    return tuple(tuple((row[at + 1] / 100, row[at] / 100) for at in range(0, len(row), 2)) for row in rows)
