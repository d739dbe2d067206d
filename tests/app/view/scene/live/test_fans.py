"""Fans that turn in the 3D picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.view.scene.live.fans import NAME, FanLayer
from app.view.scene.scene import Scene
from app.view.theme import DARK
from twin.model.observation import Quality
from twin.model.state import State

sys.path.insert(0, str(Path(__file__).parent))
from live_layers import device, home, say, scene_with

sys.path.pop(0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = scene_with(
        [
            device("hung", "fan", "Living room", (3.0, 3.0, 2.4), "on_off", "fan_speed"),
            device("stands", "fan", "Study", (1.5, 7.0, 0.5), "fan_speed", "fan_mode"),
        ]
    )
    yield made
    made.release()


def fans(scene: Scene) -> FanLayer:
    return next(one for one in scene.layers if isinstance(one, FanLayer))


def corners(scene: Scene) -> np.ndarray:
    data = scene.storey_stack.levels[0].actors[NAME].GetMapper().GetInput()
    return vtk_to_numpy(data.GetPoints().GetData()).copy()


def test_a_fan_turns_only_while_it_is_on(scene: Scene) -> None:
    state, still = scene.state, corners(scene)
    assert state is not None
    assert not scene.tick(0.0), "where nothing turns nothing is drawn anew"
    say(scene, state, 80.0, "hung", capability="fan_speed")
    assert not scene.tick(1.0), "its speed is told, but it is switched off"
    say(scene, state, 1.0, "hung", capability="on_off")
    assert scene.tick(2.0)
    assert scene.unhurried, "what goes on for ever is no hurry"
    for step in range(20):
        assert scene.tick(2.1 + step / 10)
    turned = corners(scene)
    moved = np.abs(turned - still).max(1) > 1e-4
    assert 0.1 < moved.mean() < 0.9, "neither the rod nor the other fan"
    assert np.allclose(turned[moved, 2].min(), still[moved, 2].min(), atol=0.01)
    say(scene, state, 0.0, "hung", capability="on_off")
    at = 10.0
    while scene.tick(at):
        at += 0.1
        assert at < 20.0
    assert fans(scene).speed.tolist() == [0.0, 0.0]


def test_faster_is_faster_and_never_so_fast_that_it_seems_to_turn_back(scene: Scene) -> None:
    state = scene.state
    assert state is not None
    reached = []
    for speed in (20.0, 100.0):
        say(scene, state, speed, "stands", capability="fan_speed")
        for step in range(40):
            scene.tick(reached[-1][1] + step / 10 if reached else step / 10)
        reached.append((fans(scene).speed[1], 50.0))
    assert 0 < reached[0][0] < reached[1][0]
    before = fans(scene).angle[1]
    scene.tick(200.0)
    assert 0 < (fans(scene).angle[1] - before) % (2 * np.pi) < np.pi / 4


def test_offline_unknown_and_out_of_sight_stand_still(scene: Scene) -> None:
    state = scene.state
    assert state is not None
    say(scene, state, 1.0, capability="on_off")
    say(scene, state, 50.0, capability="fan_speed")
    assert scene.tick(0.0)
    scene.look_at(home().storeys[1].id)
    scene.step(1.0)
    assert not scene.tick(1.0)
    assert not scene.storey_stack.levels[0].actors[NAME].GetVisibility()
    scene.look_at(home().storeys[0].id)
    scene.step(1.0)
    assert scene.tick(2.0)
    say(scene, state, 1.0, quality=Quality.OFFLINE)
    at = 3.0
    while scene.tick(at):
        at += 0.1
        assert at < 20.0
    say(scene, state, 50.0)
    assert scene.tick(30.0)
    for one in scene.twin.devices:
        scene.set_online(one.id, False)
    at = 31.0
    while scene.tick(at):
        at += 0.1
        assert at < 50.0


def test_fans_hang_under_the_cut_and_go_with_their_devices(scene: Scene) -> None:
    level = scene.storey_stack.levels[0]
    assert corners(scene)[:, 2].max() < level.cut_z + 0.01
    scene.set_cut(3.0, exact=True)
    assert corners(scene)[:, 2].max() > 2.2
    scene.set_theme(DARK)
    before = scene.renderer.GetViewProps().GetNumberOfItems()
    for _ in range(20):
        scene.set_theme(DARK)
    assert scene.renderer.GetViewProps().GetNumberOfItems() == before
    scene.set_twin(replace(scene.twin, devices=()))
    assert NAME not in scene.storey_stack.levels[0].actors


def test_a_mode_without_a_speed_turns_it_too() -> None:
    scene = scene_with([device("plain", "fan", "Study", None, "fan_mode")])
    state = State(point.id for point in scene.twin.points)
    say(scene, state, 3.0)
    assert scene.tick(0.0)
    scene.release()
