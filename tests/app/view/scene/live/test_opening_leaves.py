"""Doors and windows of the demo home that open and shut in the 3D picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.selection import VisibilityFilter
from app.view.scene.live.hinged_parts import NAMES
from app.view.scene.live.layers import live_layers
from app.view.scene.live.opening_leaves import LeafLayer
from app.view.scene.scene import Scene
from app.view.scene.structure.clip_planes import plane
from app.view.theme import DARK
from twin.model.ids import DoorId, RoomId, StoreyId
from twin.model.mesh import Mesh
from twin.model.observation import Quality
from twin.model.space import Door, DoorLeaf
from twin.model.state import State

sys.path.insert(0, str(Path(__file__).parent))
from live_layers import device, home, of_kind, say, scene_with, settle

sys.path.insert(0, str(Path(__file__).parents[1]))
import house

sys.path[:2] = []


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = scene_with(of_kind("contact_sensor", "contact"))
    yield made
    made.release()


def leaves(scene: Scene) -> LeafLayer:
    return next(one for one in scene.layers if isinstance(one, LeafLayer))


def corners(scene: Scene, name: str = "leaf", level: int = 0) -> np.ndarray:
    data = scene.storey_stack.levels[level].actors[name].GetMapper().GetInput()
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
    assert "body" in scene.storey_stack.levels[0].actors
    assert leaves(scene).course.now.sum() == 1.0


def test_what_is_not_known_or_offline_stays_as_the_file_drew_it(scene: Scene) -> None:
    state, shut = scene.state, corners(scene)
    assert state is not None
    say(scene, state, 1.0)
    settle(scene)
    for one in scene.twin.devices:
        scene.set_online(one.id, False)
    settle(scene, 10.0)
    assert np.allclose(corners(scene), shut, atol=1e-5)
    for one in scene.twin.devices:
        scene.set_online(one.id, True)
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
    level = scene.storey_stack.levels[0]
    assert corners(scene)[:, 2].max() <= level.cut_z + 1e-4
    scene.set_cut(0.8, exact=True)
    assert corners(scene)[:, 2].max() == pytest.approx(level.cut_z, abs=1e-4)
    assert "leaf_caps" in level.actors
    scene.set_cut(1.3, exact=True)
    scene.explode(True)
    scene.step(1.0)
    assert scene.storey_stack.levels[1].actors["leaf"].GetPosition()[2] == scene.storey_stack.levels[1].lift > 0
    scene.explode(False)
    scene.step(1.0)
    assert not scene.storey_stack.levels[1].actors["leaf"].GetVisibility()
    scene.set_box((plane((5.0, 5.0, 0.0), (1.0, 0.0, 0.0)),))
    scene.prepare()
    for name in NAMES:
        assert level.actors[name].GetMapper().GetClippingPlanes().GetNumberOfItems() == 1
    scene.set_box(())
    scene.set_theme(DARK)
    assert set(NAMES) <= scene.storey_stack.levels[0].actors.keys()
    scene.set_visibility_filter(VisibilityFilter(hidden=frozenset({("storey", home().storeys[0].id)})))
    scene.step(1.0)
    assert not scene.storey_stack.levels[0].actors["leaf"].GetVisibility()


def test_a_hundred_times_open_and_shut_leaves_nothing_behind(scene: Scene) -> None:
    state = scene.state
    assert state is not None
    before, shut = scene.renderer.GetViewProps().GetNumberOfItems(), corners(scene)
    for turn in range(100):
        say(scene, state, float(turn % 2 == 0))
        settle(scene, turn * 10.0)
    assert scene.renderer.GetViewProps().GetNumberOfItems() == before
    assert np.allclose(corners(scene), shut, atol=1e-5)
    scene.set_twin(replace(scene.twin, devices=()))
    assert not set(NAMES) & scene.storey_stack.levels[0].actors.keys(), "no sensor, no leaf of its own"


def test_the_walls_get_their_leaves_back_when_the_sensor_goes(scene: Scene) -> None:
    level = scene.storey_stack.levels[0]
    without = len(level.source.frame)
    whole = len(scene.storey_stack.source_of(0).frame)
    assert without < whole
    scene.set_twin(replace(scene.twin, devices=()))
    assert len(level.source.frame) == whole


def test_a_sensor_without_a_place_moves_the_only_window_of_its_room_and_none_where_there_are_two() -> None:
    built = scene_with(
        [
            device("Bath window", "contact_sensor", "Guest bath", None, "contact"),
            device("Some window", "contact_sensor", "Study", None, "contact"),
            device("Bath door", "contact_sensor", "Guest bath", None, "contact"),
        ]
    )
    assert len(leaves(built).course.now) == 2
    built.set_cut(2.6, exact=True)
    assert built.state is not None
    shut = corners(built)
    say(built, built.state, 1.0, "Some window")
    assert not built.tick(0.0)
    say(built, built.state, 1.0, "Bath window")
    settle(built)
    moved = np.abs(corners(built) - shut).max(1) > 1e-3
    assert corners(built)[moved, 1].max() > 9.0, "the north wall's"
    built.release()


def boxes_with(door: tuple[float, ...], glass: tuple[float, ...] | None, name: str) -> Mesh:
    boxes = house.Boxes()
    boxes.add("ground", "wall", (-0.1, 0.0, 0.0, 0.1, 9.0, 2.7), house.WALL)
    boxes.add("ground", "door", door, house.WOOD)
    if glass is not None:
        boxes.add("ground", "door", glass, house.GLASS)
    made = boxes.mesh()
    elements = [replace(one, name=name, source_id="d" if one.name == "door" else "") for one in made.elements]
    return replace(made, elements=tuple(elements))


def alone(mesh: Mesh, swing: tuple[DoorLeaf, ...]) -> Scene:
    """One door at (0, 7) in the west wall of the hall, with a contact."""
    hall = replace(device("way", "contact_sensor", "Hall", (0.3, 7.0, 2.0), "contact"), room=RoomId("Hall"))
    way = Door(
        id=DoorId("d"), storey=StoreyId("ground"), name="d", rooms=(), position_m=(0, 7, 0), source_id="d", swing=swing
    )
    scene = Scene(DARK, layers=live_layers())
    scene.set_twin(replace(house.house_twin(), devices=(hall,), doors=(way,)))
    scene.set_mesh(mesh)
    scene.look_at(StoreyId("ground"))
    scene.step(1.0)
    say(scene, State(point.id for point in hall.points), 0.0)
    return scene


def test_a_leaf_that_the_file_does_not_tell_from_its_frame_is_found_by_where_it_hangs() -> None:
    mesh = boxes_with((-0.02, 6.5, 0.0, 0.02, 7.5, 2.1), None, "Door")
    scene = alone(mesh, (DoorLeaf((0.0, 6.5), 90.0, 90.0, 1.0),))
    assert scene.state is not None
    say(scene, scene.state, 1.0)
    settle(scene)
    assert corners(scene)[:, 0].min() < -0.9
    scene.release()


def test_what_is_no_leaf_and_has_no_glass_stays() -> None:
    mesh = boxes_with((-0.02, 6.5, 0.0, 0.02, 6.6, 2.1), None, "Post")
    scene = alone(mesh, (DoorLeaf((0.0, 6.5), 90.0, 90.0, 1.0),))
    assert scene.state is not None
    say(scene, scene.state, 1.0)
    assert not scene.tick(0.0)
    assert "leaf" not in scene.storey_stack.levels[0].actors
    scene.release()


def test_a_sliding_door_slides_along_its_wall() -> None:
    mesh = boxes_with((-0.03, 6.0, 0.0, 0.03, 6.05, 2.1), (-0.01, 6.05, 0.05, 0.01, 8.0, 2.05), "Sliding door")
    scene = alone(mesh, ())
    assert scene.state is not None
    shut = corners(scene, "leaf_glass")
    say(scene, scene.state, 1.0)
    settle(scene)
    moved = corners(scene, "leaf_glass") - shut
    assert np.abs(moved[:, 1]).max() == pytest.approx(0.83, abs=0.05)
    assert np.abs(moved[:, 0]).max() < 0.1
    scene.release()
