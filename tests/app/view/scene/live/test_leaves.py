"""Doors and windows of the demo home that open and shut in the 3D picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.selection import Veil
from app.view.scene.clip import plane
from app.view.scene.live.leaves import Leaves
from app.view.scene.live.limbs import NAMES
from app.view.scene.scene import Scene
from app.view.theme import DARK
from twin.model.observation import Quality
from twin.model.state import State

sys.path.insert(0, str(Path(__file__).parent))
from lively import home, of_kind, say, scene_with, settle

sys.path.pop(0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = scene_with(of_kind("contact_sensor", "contact"))
    yield made
    made.release()


def leaves(scene: Scene) -> Leaves:
    return next(one for one in scene.layers if isinstance(one, Leaves))


def corners(scene: Scene, name: str = "leaf", level: int = 0) -> np.ndarray:
    data = scene.building.levels[level].actors[name].GetMapper().GetInput()
    return vtk_to_numpy(data.GetPoints().GetData()).copy()


def test_a_door_swings_about_its_hinge_with_its_contact_and_comes_back(scene: Scene) -> None:
    state, shut = scene.state, corners(scene)
    assert state is not None
    say(scene, state, 1.0, "front-door")
    assert np.array_equal(corners(scene), shut), "it takes its time"
    assert scene.tick(0.0)
    scene.tick(0.2)
    half = corners(scene)
    scene.tick(2.0)
    opened = corners(scene)
    door = next(one for one in scene.twin.doors if one.name == "Front door")
    hinge = np.array(door.swing[0].hinge)
    moved = np.abs(opened - shut).max(1) > 1e-4
    assert 0 < np.abs(half - shut).max() < np.abs(opened - shut).max()
    near, far = (np.linalg.norm(points[moved, :2] - hinge, axis=1) for points in (shut, opened))
    assert np.allclose(near, far, atol=1e-3)
    assert np.array_equal(shut[:, 2], opened[:, 2])
    assert np.abs(opened - shut).max() > 0.9 * door.swing[0].width_m
    say(scene, state, 0.0, "front-door")
    settle(scene, 10.0)
    assert np.allclose(corners(scene), shut, atol=1e-5)


def test_the_sash_of_a_window_opens_away_from_its_room_and_what_has_no_sensor_stays(scene: Scene) -> None:
    state, shut = scene.state, corners(scene, "leaf_glass")
    assert state is not None
    say(scene, state, 1.0, "kitchen-window")
    settle(scene)
    opened = corners(scene, "leaf_glass")
    assert opened[:, 1].min() < shut[:, 1].min() - 0.3, "outside is south"
    assert "body" in scene.building.levels[0].actors
    assert leaves(scene).course.now.sum() == 1.0


def test_what_is_not_known_or_offline_stays_as_the_file_drew_it(scene: Scene) -> None:
    state, shut = scene.state, corners(scene)
    assert state is not None
    say(scene, state, 1.0)
    settle(scene)
    for device in scene.twin.devices:
        scene.set_online(device.id, False)
    settle(scene, 10.0)
    assert np.allclose(corners(scene), shut, atol=1e-5)
    for device in scene.twin.devices:
        scene.set_online(device.id, True)
    settle(scene, 20.0)
    say(scene, state, 1.0, quality=Quality.OFFLINE)
    settle(scene, 30.0)
    assert np.allclose(corners(scene), shut, atol=1e-5)


def test_another_moment_is_there_at_once(scene: Scene) -> None:
    shut = corners(scene)
    then = State(point.id for point in scene.twin.points)
    say(scene, then, 1.0)
    assert not np.allclose(corners(scene), shut)
    assert not scene.tick(0.0)


def test_leaves_follow_the_cut_the_storey_the_section_box_and_the_theme(scene: Scene) -> None:
    level = scene.building.levels[0]
    assert corners(scene)[:, 2].max() <= level.cut_z + 1e-4
    scene.cut(0.8, exact=True)
    assert corners(scene)[:, 2].max() == pytest.approx(level.cut_z, abs=1e-4)
    assert "leaf_caps" in level.actors
    scene.cut(1.3, exact=True)
    scene.explode(True)
    scene.step(1.0)
    assert scene.building.levels[1].actors["leaf"].GetPosition()[2] == scene.building.levels[1].lift > 0
    scene.explode(False)
    scene.step(1.0)
    assert not scene.building.levels[1].actors["leaf"].GetVisibility()
    scene.set_box((plane((5.0, 5.0, 0.0), (1.0, 0.0, 0.0)),))
    scene.prepare()
    for name in NAMES:
        assert level.actors[name].GetMapper().GetClippingPlanes().GetNumberOfItems() == 1
    scene.set_box(())
    scene.set_theme(DARK)
    assert set(NAMES) <= scene.building.levels[0].actors.keys()
    scene.set_veil(Veil(hidden=frozenset({("storey", home().storeys[0].id)})))
    scene.step(1.0)
    assert not scene.building.levels[0].actors["leaf"].GetVisibility()


def test_a_hundred_times_open_and_shut_leaves_nothing_behind(scene: Scene) -> None:
    state = scene.state
    assert state is not None
    before, shut = scene.prop_count, corners(scene)
    for turn in range(100):
        say(scene, state, float(turn % 2 == 0))
        settle(scene, turn * 10.0)
    assert scene.prop_count == before
    assert np.allclose(corners(scene), shut, atol=1e-5)
    scene.set_twin(replace(scene.twin, devices=()))
    assert not set(NAMES) & scene.building.levels[0].actors.keys(), "no sensor, no leaf of its own"


def test_the_walls_get_their_leaves_back_when_the_sensor_goes(scene: Scene) -> None:
    level = scene.building.levels[0]
    without = len(level.source.frame)
    whole = len(scene.building.source_of(0).frame)
    assert without < whole
    scene.set_twin(replace(scene.twin, devices=()))
    assert len(level.source.frame) == whole
