"""Rings that spread where somebody moves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.view.scene.live.motion_ripples import RippleLayer
from app.view.scene.scene import Scene
from twin.model.observation import Quality
from twin.model.state import State

sys.path.insert(0, str(Path(__file__).parent))
import live_layers

sys.path.pop(0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = live_layers.scene_with([live_layers.device("eye", "motion_sensor", "Living room", None, "motion")])
    yield made
    made.release()


def rings(scene: Scene) -> RippleLayer:
    return next(one for one in scene.layers if isinstance(one, RippleLayer))


def state_of(scene: Scene) -> State:
    assert scene.state is not None
    return scene.state


def test_a_sensor_that_wakes_sends_a_burst_then_a_calm_ring_and_nothing_when_it_sleeps(scene: Scene) -> None:
    layer = rings(scene)
    assert layer.actor is None
    assert not scene.tick(1.0)
    live_layers.say(scene, state_of(scene), 1.0)
    assert scene.tick(10.0)
    assert scene.tick(10.5)
    assert layer.rings == 2
    assert scene.tick(11.0)
    assert layer.rings == 3
    most = 0
    for i in range(60):
        assert scene.tick(14.0 + i / 10)
        most = max(most, layer.rings)
    assert most == 1
    live_layers.say(scene, state_of(scene), 0.0)
    assert not scene.tick(20.1)
    assert layer.actor is None


def test_rings_end_at_the_walls(scene: Scene) -> None:
    layer = rings(scene)
    live_layers.say(scene, state_of(scene), 1.0)
    scene.tick(10.0)
    room = next(one for one in scene.twin.rooms if one.name == "Living room")
    low, high = np.min(room.outline, 0) - 0.01, np.max(room.outline, 0) + 0.01
    for i in range(24):
        scene.tick(10.0 + i / 10)
        assert layer.actor is not None
        points = layer.corners[: layer.rings, ..., :2].reshape(-1, 2)
        assert (points >= low).all()
        assert (points <= high).all()


def test_a_moment_of_the_past_shows_still_rings(scene: Scene) -> None:
    layer = rings(scene)
    scene.set_past(True)
    live_layers.say(scene, state_of(scene), 1.0)
    assert not scene.tick(1.0)
    assert layer.rings == 2


def test_a_sensor_that_is_gone_or_of_a_storey_out_of_sight_has_no_rings(scene: Scene) -> None:
    layer = rings(scene)
    live_layers.say(scene, state_of(scene), 1.0, quality=Quality.OFFLINE)
    assert not scene.tick(1.0)
    live_layers.say(scene, state_of(scene), 1.0)
    assert scene.tick(2.0)
    scene.look_at(scene.twin.storeys[1].id)
    scene.step(1.0)
    assert not scene.tick(3.0)
    assert layer.actor is None
    scene.look_at(scene.twin.storeys[0].id)
    scene.step(1.0)
    scene.set_online(scene.twin.devices[0].id, False)
    assert not scene.tick(4.0)
    assert layer.actor is None


def test_graphics_too_slow_for_movement_show_still_rings(scene: Scene) -> None:
    live_layers.say(scene, state_of(scene), 1.0)
    moved = [scene.tick(10.0 + i) for i in range(8)]
    assert moved[0]
    assert not moved[-1]
    assert rings(scene).rings == 2


def test_never_more_rings_than_one_can_bear() -> None:
    many = live_layers.scene_with(
        [live_layers.device(f"eye {i}", "motion_sensor", "Living room", None, "motion") for i in range(80)]
    )
    live_layers.say(many, state_of(many), 1.0)
    many.tick(10.0)
    for i in range(40):
        many.tick(10.0 + i / 10)
        assert rings(many).rings <= 60
    many.release()
