"""Blinds, curtains and shutters before the windows of the demo home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.view.scene.live.blind_shapes import BlindStyle, let_in, style_of
from app.view.scene.live.layers import live_layers
from app.view.scene.live.shades import NAME
from app.view.scene.scene import Scene
from app.view.scene.structure.clip_planes import plane
from app.view.theme import DARK
from twin.model.ids import RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.state import State

sys.path.insert(0, str(Path(__file__).parent))
from live_layers import device, home, of_kind, say, scene_with, settle

sys.path.insert(0, str(Path(__file__).parents[1]))
import house

sys.path[:2] = []

WINDOW = (4.9, 0.1, 1.5)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = scene_with(of_kind("cover", "position"))
    yield made
    made.release()


def corners(scene: Scene, level: int = 0) -> np.ndarray:
    data = scene.storey_stack.levels[level].actors[NAME].GetMapper().GetInput()
    return vtk_to_numpy(data.GetPoints().GetData()).copy()


def low(scene: Scene, south: bool = True) -> float:
    """How far down what hangs on the south side of the ground floor reaches."""
    found = corners(scene)
    return float(found[(found[:, 1] < 2.0) == south, 2].min())


def test_a_blind_hangs_as_far_down_as_its_position_and_covers_that_share_of_what_one_sees(scene: Scene) -> None:
    state = scene.state
    assert state is not None
    top, foot, study = scene.storey_stack.levels[0].cut_z, low(scene), low(scene, south=False)
    assert foot < 1.0 < top
    say(scene, state, 50.0, "living-blind")
    assert low(scene) == foot, "it takes its time"
    settle(scene)
    assert low(scene) == pytest.approx((top + foot) / 2, abs=0.06)
    assert low(scene, south=False) == study
    say(scene, state, 100.0, "living-blind")
    settle(scene, 10.0)
    assert low(scene) > top - 0.2
    found = corners(scene)
    assert found[:, 2].max() < top + 0.03
    assert found[found[:, 1] < 2.0, 1].min() > 0, "on the side of its room"


def test_what_is_not_known_or_offline_is_up(scene: Scene) -> None:
    state, shut = scene.state, low(scene)
    assert state is not None
    scene.set_online(next(one.id for one in scene.twin.devices if one.uid == "living-blind"), False)
    settle(scene)
    assert low(scene) > shut + 0.3
    fresh = State(point.id for point in scene.twin.points)
    say(scene, fresh, 0.0, quality=Quality.OFFLINE)
    assert low(scene) > shut + 0.3
    assert not scene.tick(20.0), "another moment is there at once"


def test_blinds_follow_the_cut_the_section_box_the_theme_and_their_devices(scene: Scene) -> None:
    level = scene.storey_stack.levels[0]
    scene.set_cut(2.6, exact=True)
    assert 1.9 < corners(scene)[:, 2].max() < 2.6, "as high as the window"
    scene.set_box((plane((5.0, 5.0, 0.0), (1.0, 0.0, 0.0)),))
    scene.prepare()
    assert level.actors[NAME].GetMapper().GetClippingPlanes().GetNumberOfItems() == 1
    scene.set_box(())
    scene.set_theme(DARK)
    assert NAME in scene.storey_stack.levels[0].actors
    scene.look_at(home().storeys[1].id)
    scene.step(1.0)
    assert corners(scene, 1)[:, 2].min() > 2.6
    scene.set_twin(replace(scene.twin, devices=()))
    assert NAME not in scene.storey_stack.levels[1].actors


def test_a_blind_lets_in_the_share_of_the_sky_that_it_leaves_open(scene: Scene) -> None:
    state, level = scene.state, scene.storey_stack.levels[0]
    assert state is not None
    blind = next(one.id for one in scene.twin.devices if one.uid == "living-blind")
    hung = level.blinds[blind]
    assert 0 < hung.low < hung.high < 3.0
    found: list[float] = []
    for position in (0.0, 50.0, 100.0):
        say(scene, state, position, "living-blind")
        found.append(level.blinds_open[blind])
    assert found == sorted(found)
    assert found[0] < 0.2
    assert found[2] == 1
    assert let_in(BlindStyle.SHUTTER, 0.0, 1.0) == 0
    assert let_in(BlindStyle.SLATS, 0.0, 0.1) < let_in(BlindStyle.SLATS, 0.0, 0.9)


def test_a_hundred_times_up_and_down_leaves_nothing_behind(scene: Scene) -> None:
    state = scene.state
    assert state is not None
    before, shut = scene.renderer.GetViewProps().GetNumberOfItems(), corners(scene)
    for turn in range(100):
        say(scene, state, 100.0 if turn % 2 == 0 else 0.0)
        settle(scene, turn * 10.0)
    assert scene.renderer.GetViewProps().GetNumberOfItems() == before
    assert np.allclose(corners(scene), shut, atol=1e-5)


def test_slats_turn() -> None:
    scene = scene_with([device("Venetian", "cover", "Living room", WINDOW, "position", "tilt")])
    state, shut = scene.state, corners(scene)
    assert state is not None
    say(scene, state, 100.0, capability="tilt")
    settle(scene)
    flat = corners(scene)
    assert np.ptp(flat[:36, 2]) < np.ptp(shut[:36, 2]) / 3
    assert np.ptp(flat[:36, 1]) > np.ptp(shut[:36, 1])
    scene.release()


@pytest.mark.parametrize("name", ["Curtain", "Roller shutter"])
def test_curtains_part_and_shutters_rise(name: str) -> None:
    scene = scene_with([device(name, "cover", "Living room", WINDOW, "position")])
    state, shut = scene.state, corners(scene)
    assert state is not None
    say(scene, state, 100.0)
    settle(scene)
    opened = corners(scene)
    middle = np.abs(shut[:, 0] - shut[:, 0].mean()) < 0.3
    if name == "Curtain":
        assert np.array_equal(opened[:, 2], shut[:, 2])
        assert np.abs(opened[middle, 0] - shut[:, 0].mean()).max() > 0.4
    else:
        assert opened[:, 2].min() > shut[:, 2].max() - 0.1
    scene.release()


def test_a_cover_without_a_place_takes_a_window_of_its_room_and_one_far_from_any_has_none() -> None:
    scene = scene_with([device("Anywhere", "cover", "Kitchen", None, "position")])
    assert NAME in scene.storey_stack.levels[0].actors
    scene.release()
    scene = scene_with([device("Lost", "cover", "Living room", (3.0, 3.0, 1.0), "position")])
    assert NAME not in scene.storey_stack.levels[0].actors
    scene.release()


def test_a_cover_is_what_its_name_says() -> None:
    assert style_of("Vorhang Küche", tilts=False) is BlindStyle.CURTAIN
    assert style_of("客厅窗帘布", tilts=False) is BlindStyle.CURTAIN
    assert style_of("Garage door", tilts=False) is BlindStyle.SHUTTER
    assert style_of("Roller shutter", tilts=True) is BlindStyle.SLATS
    assert style_of("Motor 4", tilts=False) is BlindStyle.SLATS


def test_a_garage_door_is_taken_out_of_the_wall_and_rises() -> None:
    boxes = house.Boxes()
    for y0, y1 in ((0.0, 5.8), (8.2, 9.0)):
        boxes.add("ground", "wall", (-0.1, y0, 0.0, 0.1, y1, 2.7), house.WALL)
    boxes.add("ground", "door", (-0.05, 5.8, 0.0, 0.05, 8.2, 1.2), house.WOOD)
    scene, twin = Scene(DARK, layers=live_layers()), house.house_twin()
    gate = replace(device("Garage door", "cover", "Hall", (0.3, 7.0, 1.1), "position"), room=RoomId("Hall"))
    scene.set_twin(replace(twin, devices=(gate,)))
    scene.set_mesh(boxes.mesh())
    scene.look_at(StoreyId("ground"))
    scene.step(1.0)
    state = State(point.id for point in gate.points)
    say(scene, state, 0.0)
    assert len(scene.storey_stack.levels[0].source.frame) == 24, "two walls, and no door"
    shut = corners(scene)
    assert shut[:, 2].min() == pytest.approx(0.0, abs=0.01)
    assert np.ptp(shut[:, 1]) == pytest.approx(2.4, abs=0.1)
    say(scene, state, 60.0)
    settle(scene)
    assert corners(scene)[:, 2].min() == pytest.approx(0.72, abs=0.02)
    scene.release()
