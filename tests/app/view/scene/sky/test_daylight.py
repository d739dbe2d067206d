"""Sun and sky: right at known places and times, never out of range, and the scene follows."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.view.scene.sky.daylight import NIGHT_BELOW_DEG, SunPosition, daylight, sky_colours, sun_at
from app.view.scene.sky.daylight_clock import DaylightClock, SkyMode
from app.view.scene.sky.sun_patches import sun_patches
from app.view.scene.structure.storey_shapes import HungRectangle
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT
from twin.model.space import Site


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1e3)


@pytest.mark.parametrize(
    ("latitude", "longitude", "time", "azimuth", "elevation"),
    [
        # noon of the solstices and the equinox: 90° - latitude ± 23.44°
        (51.4769, 0.0, "2026-06-21T12:02", 180, 61.96),
        (51.4769, 0.0, "2026-12-21T11:58", 180, 15.10),
        (0.0, 0.0, "2026-03-20T12:07", None, 89.5),
        (-33.87, 151.21, "2026-01-15T02:04", 0, 77.3),
    ],
)
def test_the_sun_stands_where_the_almanac_says(
    latitude: float, longitude: float, time: str, azimuth: float | None, elevation: float
) -> None:
    sun = sun_at(latitude, longitude, ms(time))
    assert sun.elevation_deg == pytest.approx(elevation, abs=0.6)
    if azimuth is not None:
        assert min((sun.azimuth_deg - azimuth) % 360, (azimuth - sun.azimuth_deg) % 360) < 3.0


def test_the_way_to_the_sun_turns_with_the_plan() -> None:
    assert SunPosition(180.0, 0.0).way(0.0) == pytest.approx((0.0, -1.0, 0.0), abs=1e-9)
    assert SunPosition(180.0, 0.0).way(90.0) == pytest.approx((-1.0, 0.0, 0.0), abs=1e-9)


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(-180, 180))
def test_every_light_and_every_sky_is_in_range(azimuth: float, elevation: float, north: float) -> None:
    light = daylight(SunPosition(azimuth, elevation), north)
    assert light.night == (elevation <= NIGHT_BELOW_DEG)
    assert all(0 <= beam.strength <= 1.2 and all(0 <= part <= 1 for part in beam.colour) for beam in light.beams)
    ways = np.random.default_rng(0).normal(size=(64, 3))
    colours = sky_colours(ways / np.linalg.norm(ways, axis=1, keepdims=True), light)
    assert ((colours >= 0) & (colours <= 1)).all()


def test_a_low_sun_is_warmer_than_a_high_one() -> None:
    low, high = daylight(SunPosition(250, 6)).beams[0].colour, daylight(SunPosition(180, 50)).beams[0].colour
    assert low[2] / low[0] < high[2] / high[0] - 0.1


def test_the_studio_is_the_rule_and_night_is_dark_in_any_window(qapp: object) -> None:
    from PySide6.QtCore import QObject

    parent = QObject()
    time = DaylightClock(parent)
    assert time.light(LIGHT) == (LIGHT, None)
    time.choose(SkyMode.NIGHT)
    assert time.light(LIGHT)[0] is DARK
    time.choose(SkyMode.DAY)
    assert time.light(DARK)[0] is LIGHT
    time.choose(SkyMode.AUTO)
    time.show(Site(latitude=52.5, longitude=13.4), ms("2026-06-21T11:00"))
    assert time.light(DARK)[0] is LIGHT
    time.show(Site(latitude=52.5, longitude=13.4), ms("2026-06-21T23:00"))
    assert time.light(LIGHT)[0] is DARK
    assert not time._timer.isActive()
    time.show(Site(), None)
    assert math.isfinite(time.sun().elevation_deg)
    assert time._timer.isActive()


def test_day_and_night_change_the_picture_and_the_studio_comes_back(view: TwinView) -> None:
    def shot() -> np.ndarray:
        image = view.picture(320, 200)
        return np.frombuffer(image.constBits(), np.uint8).reshape(200, 320, 4)[..., :3].astype(int)

    studio = shot()
    view.set_sky("night")
    night = shot()
    view.set_sky("studio")
    assert night.mean() < studio.mean() - 40
    assert np.abs(shot() - studio).max() <= 2


def test_a_blind_keeps_the_sun_off_the_floor_as_far_as_it_hangs_down(view: TwinView) -> None:
    view.set_sky("day")
    view.wait_painted()
    scene = view.scene
    level, light = scene.storey_stack.levels[0], scene.around.daylight
    assert light is not None
    glass = level.source.glass.positions
    (west, south, foot), (east, north, head) = glass.min(0).tolist(), glass.max(0).tolist()
    fronts = {
        "south": HungRectangle(((west + east) / 2, south), (1.0, 0.0), east - west, foot, head),
        "north": HungRectangle(((west + east) / 2, north), (1.0, 0.0), east - west, foot, head),
        "west": HungRectangle((west, (south + north) / 2), (0.0, 1.0), north - south, foot, head),
        "east": HungRectangle((east, (south + north) / 2), (0.0, 1.0), north - south, foot, head),
    }

    def sunny(share: float) -> float:
        level.blinds, level.blinds_open = fronts, dict.fromkeys(fronts, share)
        patch = sun_patches(level, light.sun, light.beams[0].colour)
        if patch is None:
            return 0.0
        alpha = vtk_to_numpy(patch.GetTexture().GetInput().GetPointData().GetScalars())[:, 3]
        return float(alpha.astype(float).sum())

    found = [sunny(share) for share in (1.0, 0.6, 0.2, 0.0)]
    assert found[0] > found[1] > found[2] > found[3] == 0
    view.wait_painted()
    there = scene.renderer.GetViewProps().GetNumberOfItems()
    level.blinds_open = dict.fromkeys(fronts, 1.0)
    view.wait_painted()
    assert scene.renderer.GetViewProps().GetNumberOfItems() == there + 1


def test_the_sun_falls_through_windows_into_the_room_behind_them(view: TwinView) -> None:
    level = view.scene.storey_stack.levels[0]
    found = [sun_patches(level, SunPosition(turn, 35.0).way(0.0), (1.0, 0.9, 0.8)) for turn in range(0, 360, 30)]
    assert any(one is not None for one in found)
    assert sun_patches(level, SunPosition(180.0, 2.0).way(0.0), (1.0, 0.9, 0.8)) is None
    view.set_sky("day")
    view.wait_painted()
    there = view.scene.renderer.GetViewProps().GetNumberOfItems()
    view.set_sky("studio")
    view.wait_painted()
    assert view.scene.renderer.GetViewProps().GetNumberOfItems() < there
