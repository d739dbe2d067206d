# pyright: reportUnknownMemberType=false
"""Light sources and sky: studio, interior, and sun by place and time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkCamera, vtkLight, vtkRenderer

from app.view.scene.geometry.vtk_meshes import actor, polydata, set_colours

type Rgb = tuple[float, float, float]
type Direction = tuple[float, float, float]

NIGHT_BELOW_DEG = -5.0
"""Elevation of the sun in degrees below which it is night: near the end of civil twilight."""
_RINGS, _SIDES = 40, 72


@dataclass(frozen=True, slots=True)
class LightBeam:
    """Parallel light: direction towards its source, strength and colour."""

    way: Direction
    strength: float
    colour: Rgb


@dataclass(frozen=True, slots=True)
class SunPosition:
    """Position of the sun in degrees: azimuth clockwise from true north, elevation above the horizon."""

    azimuth_deg: float
    elevation_deg: float

    def way(self, north_deg: float) -> Direction:
        """Unit vector towards the sun in the project's axes; `north_deg` as in `Site.north_deg`."""
        turn, up = math.radians(self.azimuth_deg + north_deg), math.radians(self.elevation_deg)
        return math.sin(turn) * math.cos(up), math.cos(turn) * math.cos(up), math.sin(up)


def sun_at(latitude: float, longitude: float, time_ms: int) -> SunPosition:
    """Position of the sun at a UTC time in ms (astral, after Meeus: to about 0.01°, refraction included)."""
    from astral import Observer
    from astral.sun import azimuth, elevation

    there = Observer(latitude=latitude, longitude=longitude)
    when = datetime.fromtimestamp(time_ms / 1e3, UTC)
    return SunPosition(azimuth(there, when), elevation(there, when))


def studio(*, dark: bool) -> tuple[LightBeam, ...]:
    """Neutral studio light, independent of time and place."""
    return (
        LightBeam((0.62, -0.70, 1.25), 0.78, (1.0, 0.985, 0.955)),
        LightBeam((-0.9, -0.25, 0.6), 0.30 if dark else 0.34, (0.90, 0.94, 1.0)),
        LightBeam((0.1, 0.95, 0.5), 0.22, (0.92, 0.95, 1.0)),
    )


def indoors(*, dark: bool, lamps: Rgb | None = None) -> tuple[LightBeam, ...]:
    """Light from all sides, slightly different on each; in the dark, that of the `lamps` that are on (RGB), or very
    little.
    """
    share, tone = (1.0, (1.0, 1.0, 1.0)) if not dark else (0.55, (0.8, 0.88, 1.0)) if lamps is None else (1.15, lamps)
    return tuple(
        LightBeam(way, strength * share, (colour[0] * tone[0], colour[1] * tone[1], colour[2] * tone[2]))
        for way, strength, colour in (
            ((1.0, 0.25, 0.35), 0.60, (1.0, 0.985, 0.96)),
            ((-1.0, -0.25, 0.35), 0.42, (0.95, 0.97, 1.0)),
            ((-0.25, 1.0, 0.35), 0.34, (0.94, 0.96, 1.0)),
            ((0.25, -1.0, 0.35), 0.52, (1.0, 0.98, 0.95)),
            ((0.0, 0.0, -1.0), 0.40, (1.0, 0.98, 0.95)),
        )
    )


def set_lights(renderer: vtkRenderer, beams: tuple[LightBeam, ...]) -> None:
    """Replaces the renderer's lights with these."""
    renderer.RemoveAllLights()
    for beam in beams:
        light = vtkLight()
        light.SetLightTypeToSceneLight()
        light.SetPosition(*beam.way)
        light.SetFocalPoint(0, 0, 0)
        light.SetIntensity(beam.strength)
        light.SetColor(*beam.colour)
        renderer.AddLight(light)


@dataclass(frozen=True, slots=True)
class Daylight:
    """Light beams and sky colours for a position of the sun."""

    beams: tuple[LightBeam, ...]
    zenith: Rgb
    horizon: Rgb
    ground: Rgb
    sun: Direction
    glow: Rgb
    """The colour around the sun; black at night."""
    night: bool
    elevation_deg: float
    """Elevation of the sun in degrees."""


def daylight(sun: SunPosition, north_deg: float = 0.0) -> Daylight:
    """Light and sky for a position of the sun: warm and long when low, blue after sunset."""
    e, way = sun.elevation_deg, sun.way(north_deg)
    high = _between(e, 0.0, 35.0)
    day = _between(e, -6.0, 8.0)
    warm = 1.0 - _between(e, 2.0, 24.0)
    key = _mix((1.0, 0.975, 0.93), (1.0, 0.70, 0.42), warm)
    if e <= NIGHT_BELOW_DEG:
        moon = (0.35, -0.55, 0.75)
        beams = (LightBeam(moon, 0.34, (0.62, 0.72, 1.0)), LightBeam((-0.8, 0.5, 0.6), 0.20, (0.55, 0.65, 1.0)))
        return Daylight(
            beams, (0.020, 0.030, 0.062), (0.055, 0.075, 0.130), (0.040, 0.050, 0.075), moon, (0.0, 0.0, 0.0), True, e
        )
    up = (way[0], way[1], max(way[2], 0.10))
    sky_fill = _mix((0.62, 0.68, 0.88), (0.88, 0.93, 1.0), day)
    beams = (
        LightBeam(up, 0.30 + 0.62 * day * (0.55 + 0.45 * high), key),
        LightBeam((-up[0], -up[1], 1.1), 0.20 + 0.20 * day, sky_fill),
        LightBeam((-up[1], up[0], 0.8), 0.12 + 0.08 * day, sky_fill),
    )
    zenith = _mix(_mix((0.10, 0.14, 0.28), (0.36, 0.50, 0.74), day), (0.40, 0.60, 0.86), high)
    horizon = _mix(_mix((0.36, 0.31, 0.42), (0.95, 0.80, 0.66), day), (0.82, 0.89, 0.95), _between(e, 4.0, 22.0))
    ground = _mix((0.20, 0.21, 0.27), _mix((0.70, 0.66, 0.63), (0.765, 0.80, 0.835), 1 - warm), day)
    glow = _mix((0.9, 0.45, 0.22), (1.0, 0.97, 0.88), 1 - warm)
    return Daylight(beams, zenith, horizon, ground, way, _mix((0, 0, 0), glow, 0.25 + 0.75 * day), False, e)


def plain_sky(*, dark: bool) -> Daylight:
    """Sky for views through windows when no time is chosen."""
    return daylight(SunPosition(160.0, -20.0) if dark else SunPosition(160.0, 42.0))


class SkyDome:
    """Sky dome centred on the camera; it encloses the whole scene."""

    def __init__(self) -> None:
        polar = np.radians(np.linspace(-90, 90, _RINGS + 1))
        round_ = np.radians(np.arange(_SIDES) * 360 / _SIDES)
        self._ways = np.stack(
            [
                np.cos(polar)[:, None] * np.cos(round_)[None],
                np.cos(polar)[:, None] * np.sin(round_)[None],
                np.repeat(np.sin(polar)[:, None], _SIDES, 1),
            ],
            -1,
        ).reshape(-1, 3)
        ring, side = np.mgrid[0:_RINGS, 0:_SIDES]
        a, b = ring * _SIDES + side, ring * _SIDES + (side + 1) % _SIDES
        quads = np.stack([a, b, b + _SIDES, a + _SIDES], -1).reshape(-1, 4)
        triangles = np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]])
        self._data = polydata(self._ways.astype(np.float32), triangles)
        self._colours = set_colours(self._data, np.zeros((len(self._ways), 3), np.uint8))
        self.actor: vtkActor = actor(self._data)
        self.actor.GetProperty().LightingOff()
        self.actor.PickableOff()
        self.actor.UseBoundsOff()

    def paint(self, light: Daylight) -> None:
        """Sets the dome's colours for this light."""
        self._colours[:] = (sky_colours(self._ways, light) * 255).round().astype(np.uint8)
        self._data.GetPointData().GetScalars().Modified()
        self._data.Modified()

    def follow(self, camera: vtkCamera) -> None:
        """Centres the dome on the camera behind everything; call after the clipping range was set."""
        near, far = camera.GetClippingRange()
        self.actor.SetPosition(*camera.GetPosition())
        self.actor.SetScale(far * 1.02)
        camera.SetClippingRange(near, far * 1.04)


def sky_colours(ways: NDArray[np.float64], light: Daylight) -> NDArray[np.float64]:
    """(n, 3) colours 0..1 of the sky in (n, 3) directions: ground, haze, blue, and a glow around the sun."""
    up = ways[:, 2:3]
    ground, horizon, zenith = (np.array(c) for c in (light.ground, light.horizon, light.zenith))
    above = horizon + (zenith - horizon) * np.clip(up, 0, 1) ** 0.55
    haze = np.clip(1 + up / 0.10, 0, 1) ** 2
    made = np.where(up >= 0, above, ground + (horizon - ground) * haze)
    near = np.clip(ways @ np.array(light.sun), 0, 1)[:, None]
    shine = 0.30 * near**6 + 0.55 * near**60 + near**900
    return np.clip(made + (np.array(light.glow) - made * 0.5) * shine * (up > -0.06), 0, 1)


def _between(value: float, low: float, high: float) -> float:
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return share * share * (3 - 2 * share)


def _mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)
