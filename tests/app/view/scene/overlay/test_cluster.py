"""Devices that merge to marks while they are far, and come apart when one is nearer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.view import style
from app.view.scene.overlay.cluster import DeviceClusters
from app.view.scene.scene import Scene
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT
from twin.model.device import DeviceInfo, PointInfo, device_from_description
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.observation import Observation
from twin.model.state import State
from twin.model.twin import Twin

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)

EACH = 30
NEAR = 30.0


def crowded() -> Twin:
    """The house with thirty lights and smoke detectors in every room."""
    empty = replace(house.house_twin(), devices=())
    devices = []
    for room in empty.rooms:
        for i in range(EACH):
            word, kind = ("on_off", "light") if i % 2 else ("smoke", "smoke_alarm")
            uid = f"{room.name} {i}"
            info = DeviceInfo(uid=uid, name=uid, kind=kind, points=(PointInfo(key=word, capability=word),))
            devices.append(replace(device_from_description(info, house.LINK), room=room.id))
    return replace(empty, devices=tuple(devices))


TWIN = crowded()


def told(scene: Scene, **said: float) -> State:
    state = State(point.id for point in TWIN.points)
    for device in TWIN.devices:
        for point in device.points:
            state.apply(Observation(point.id, 1, said.get(point.info.capability, 0.0)))
    scene.apply(state, np.arange(len(state)))
    return state


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene(LIGHT)
    made.set_twin(TWIN)
    made.look_at(StoreyId("ground"))
    made.step(1.0)
    yield made
    made.release()


@pytest.fixture
def clusters() -> DeviceClusters:
    return DeviceClusters()


def test_far_devices_merge_to_one_mark_a_room_and_come_apart_when_near(scene: Scene, clusters: DeviceClusters) -> None:
    clusters.merge(scene, 12.0, NEAR)
    marks = clusters.marks(scene)
    assert len(marks.count) == len(house.PLANS[0])
    assert set(marks.count.tolist()) == {EACH}
    assert {TWIN.rooms[row].name for row in marks.room.tolist()} == {plan[0] for plan in house.PLANS[0]}
    assert clusters.merged.sum() == EACH * len(house.PLANS[0])
    clusters.merge(scene, 60.0, NEAR)
    assert not clusters.merged.any()
    assert not len(clusters.marks(scene).count)


def test_rooms_too_small_for_a_mark_share_one(scene: Scene, clusters: DeviceClusters) -> None:
    clusters.merge(scene, 2.0, NEAR)
    marks = clusters.marks(scene)
    assert 1 <= len(marks.count) < len(house.PLANS[0])
    assert (marks.room == -1).any()
    assert marks.count.sum() == EACH * len(house.PLANS[0])


def test_a_trembling_hand_does_not_let_marks_come_and_go(scene: Scene, clusters: DeviceClusters) -> None:
    clusters.merge(scene, 12.0, NEAR)
    before = clusters.merged
    for scale in (12.5, 11.5, 12.9, 11.0, 12.0):
        clusters.merge(scene, scale, NEAR)
        assert clusters.merged is before


def test_a_mark_says_what_is_on_gone_or_in_alarm(scene: Scene, clusters: DeviceClusters) -> None:
    told(scene, on_off=1.0)
    clusters.merge(scene, 12.0, NEAR)
    hall = [device for device in TWIN.devices if device.room == "Hall"]
    for device in hall:
        scene.set_online(device.id, False)
    marks = clusters.marks(scene)
    names = [TWIN.rooms[row].name for row in marks.room.tolist()]
    there, away = names.index("Kitchen"), names.index("Hall")
    assert marks.on[there] == pytest.approx(0.5)
    assert marks.gone[there] == 0.0
    assert marks.on[away] == 0.0
    assert marks.gone[away] == 1.0
    assert not marks.alarm.any()
    told(scene, smoke=1.0)
    assert clusters.marks(scene).alarm.all()


def test_single_dots_stay_and_what_merged_is_not_drawn_twice(scene: Scene, clusters: DeviceClusters) -> None:
    one = replace(TWIN, devices=tuple(d for i, d in enumerate(TWIN.devices) if i % EACH == 0))
    scene.set_twin(one)
    clusters.merge(scene, 12.0, NEAR)
    assert not clusters.merged.any()
    drawn = sum(a.GetMapper().GetInput().GetNumberOfVerts() for a in scene.markers.actors.values())
    assert drawn == len(scene.placed.ids)
    scene.set_twin(TWIN)
    clusters.merge(scene, 12.0, NEAR)
    drawn = sum(a.GetMapper().GetInput().GetNumberOfVerts() for a in scene.markers.actors.values())
    assert drawn == len(scene.placed.ids) - EACH * len(house.PLANS[0])


def test_other_devices_leave_no_marks_of_those_before(scene: Scene, clusters: DeviceClusters) -> None:
    clusters.merge(scene, 12.0, NEAR)
    scene.set_twin(house.house_twin())
    assert not len(clusters.marks(scene).count)
    assert not len(clusters.rows(scene))


@pytest.mark.parametrize("gone", [0, -1])
def test_marks_name_their_rooms_after_another_room_has_gone(scene: Scene, clusters: DeviceClusters, gone: int) -> None:
    empty = replace(TWIN.rooms[0], id=RoomId("Closet"), name="Closet")
    of = (empty, *TWIN.rooms) if gone == 0 else (*TWIN.rooms, empty)
    scene.set_twin(replace(TWIN, rooms=of))
    clusters.merge(scene, 12.0, NEAR)
    placed = scene.placed
    scene.set_twin(TWIN)
    assert scene.placed is placed
    assert not len(clusters.marks(scene).room)  # until the next frame
    clusters.merge(scene, 12.0, NEAR)
    marks = clusters.marks(scene)
    assert {TWIN.rooms[row].name for row in marks.room.tolist()} == {plan[0] for plan in house.PLANS[0]}
    assert len(clusters.rows(scene)) == EACH * len(house.PLANS[0])


def test_never_more_marks_than_one_can_look_over() -> None:
    made, clusters = Scene(DARK), DeviceClusters()
    rooms, devices = [], []
    base = TWIN.rooms[0]
    for i in range(300):
        x, y = (i % 20) * 5.0, (i // 20) * 5.0
        ring = ((x, y), (x + 4, y), (x + 4, y + 4), (x, y + 4))
        rooms.append(replace(base, id=type(base.id)(f"r{i}"), name=f"r{i}", outline=ring))
        devices += [replace(TWIN.devices[k], id=DeviceId(f"d{i}-{k}"), room=rooms[-1].id) for k in range(20)]
    made.set_twin(replace(TWIN, rooms=tuple(rooms), devices=tuple(devices)))
    clusters.merge(made, 8.0, NEAR)
    assert len(clusters.marks(made).count) == 150
    made.release()


@pytest.fixture
def view(qapp: QApplication) -> Iterator[TwinView]:
    style.apply_theme(qapp, LIGHT)
    selection = Selection()
    selection.change(storey=StoreyId("ground"))
    made = TwinView(selection, kind="image")
    made.resize(640, 400)
    made.set_twin(TWIN)
    made.camera_input.steered = True
    made.camera_input.stand(replace(made.scene.pose, distance_m=70.0))
    made.show()
    made.wait_painted()
    yield made
    made.release()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_click_on_a_mark_picks_its_room_and_flies_to_it(view: TwinView) -> None:
    assert view.overlay.crowds.clusters.merged.any()
    _, room, at, _ = next(one for one in view.overlay.crowds.spots if one[1] >= 0)
    heard: list[str] = []
    view.room_clicked.connect(heard.append)
    before = view.scene.pose.distance_m
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.LeftButton, pos=at.toPoint())
    view.flight.land()
    assert heard == [TWIN.rooms[room].id]
    assert view.scene.pose.distance_m < before


def test_before_the_frame_after_an_edit_of_rooms_a_mark_names_no_room(view: TwinView) -> None:
    _, room, at, _ = next(one for one in reversed(view.overlay.crowds.spots) if one[1] > 0)
    view.scene.set_twin(replace(TWIN, rooms=TWIN.rooms[room : room + 1]))  # its row is 0 now
    assert view.interaction._crowd_at(at) is None  # pyright: ignore[reportPrivateUsage]
    view.interaction._thing(at)  # pyright: ignore[reportPrivateUsage]


def test_a_merged_device_is_met_only_while_it_shows_itself(view: TwinView) -> None:
    row = int(view.overlay.crowds.clusters.rows(view.scene)[0])
    assert not view.overlay.reachable()[row]
    view.overlay.shown.picked = replace(view.overlay.shown.picked, devices=frozenset({view.scene.placed.ids[row]}))
    assert view.overlay.reachable()[row]
