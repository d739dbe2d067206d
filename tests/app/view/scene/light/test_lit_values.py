# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportPrivateUsage=false
"""Floors that are coloured by values, in baked light."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from lit_house import NIGHT, SIZE, Baker, settle
from numpy.typing import NDArray

from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import daylight
from app.view.scene.structure.drawn_parts import LIT


def by_temperature(scene: Scene) -> None:
    scene.colour_by("temperature")


def smoothly(scene: Scene) -> None:
    scene.colour_by("temperature")
    scene.set_smooth(True)


def with_lamps(scene: Scene, *, on: bool) -> NDArray[np.int64]:
    """A picture with all lamps on, or off."""
    look = scene.appearance
    look.lit = look.lights & on
    look.strength[:] = 1.0
    scene._pools.stale = True
    return scene.render(*SIZE)[..., :3].astype(np.int64)


def floor_pixels(scene: Scene, name: str) -> NDArray[np.bool_]:
    """Where the picture changes if this actor is left out."""
    with_it = scene.render(*SIZE)[..., :3].astype(np.int64)
    one = scene.storey_stack.levels[scene.storey_stack.focus].actors[name]
    one.SetVisibility(False)
    without = scene.render(*SIZE)[..., :3].astype(np.int64)
    one.SetVisibility(True)
    return np.abs(with_it - without).sum(2) > 6


@pytest.mark.parametrize(("look", "name"), [(by_temperature, LIT + "floor"), (smoothly, "field")])
def test_lamps_light_floors_that_are_coloured_by_values_and_dark_ones_stay_legible(
    scene: Scene, baker: Baker, look: Callable[[Scene], None], name: str
) -> None:
    settle(scene, baker)
    look(scene)
    dark = with_lamps(scene, on=False)
    floor = floor_pixels(scene, name)
    assert floor.sum() > 500
    assert np.median(dark[floor].max(1)) > 60
    assert with_lamps(scene, on=True)[floor].mean() > 1.2 * dark[floor].mean()


def test_a_smooth_field_goes_back_to_its_even_light_with_its_floor(scene: Scene, baker: Baker) -> None:
    smoothly(scene)
    even = scene.render(*SIZE)
    settle(scene, baker)
    scene.set_daylight(None)
    scene.render(*SIZE)
    level = scene.storey_stack.levels[scene.storey_stack.focus]
    assert level.floor is not None
    assert level.floor.light is not None
    assert level.actors["field"].GetTexture() is level.floor.light.texture
    scene.set_daylight(daylight(NIGHT))
    scene.render(*SIZE)
    assert level.actors["field"].GetTexture() is level.actors[LIT + "floor"].GetTexture()
    assert not np.array_equal(scene.render(*SIZE), even)
