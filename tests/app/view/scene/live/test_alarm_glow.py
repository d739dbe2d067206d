"""Rooms in alarm glow, beat and are seen from afar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from vtkmodules.util.numpy_support import vtk_to_numpy

from app.selection import Selection, VisibilityFilter
from app.view.scene.camera.camera import PictureFrame
from app.view.scene.live.alarm_glow import AlarmGlowLayer, skirt
from app.view.scene.overlay.alarm_rooms import STILL, alarm_names, alarm_rooms, alarm_rows, draw_rooms
from app.view.scene.overlay.room_pill import OccupiedAreas, RoomPills
from app.view.scene.scene import Scene
from app.view.scene.view import TwinView
from twin.model.observation import Quality
from twin.model.state import State

sys.path.insert(0, str(Path(__file__).parent))
import live_layers

sys.path.pop(0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = live_layers.scene_with(
        [
            live_layers.device("smoke", "smoke_alarm", "Living room", None, "smoke"),
            live_layers.device("leak", "leak_sensor", "Living room", None, "water_leak"),
        ]
    )
    yield made
    made.release()


def glow(scene: Scene) -> AlarmGlowLayer:
    return next(one for one in scene.layers if isinstance(one, AlarmGlowLayer))


def state_of(scene: Scene) -> State:
    assert scene.state is not None
    return scene.state


def painted(scene: Scene, pulse: float) -> tuple[QImage, int]:
    scene.stand(scene.fitting(PictureFrame(4 / 3)))
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    boxes = draw_rooms(painter, scene, scene.projections.at(400, 300), pulse)
    painter.end()
    return image, len(boxes)


def names(scene: Scene) -> list[tuple[str, str]]:
    there = alarm_names(
        scene, scene.projections.at(400, 300), RoomPills(scene.theme), (OccupiedAreas(), OccupiedAreas())
    )
    return [(pill.name, pill.value) for _, pill, _ in there]


def test_smoke_makes_its_room_glow_until_it_is_clear(scene: Scene) -> None:
    layer = glow(scene)
    assert layer.actor is None
    live_layers.say(scene, state_of(scene), 1.0, "smoke")
    assert layer.actor is not None
    first = layer.actor
    assert not scene.tick(1.0), "the glow costs no frames"
    live_layers.say(scene, state_of(scene), 1.0)
    assert layer.actor is first, "a second alarm in the same room changes nothing"
    assert [room.name for room in alarm_rooms(scene)] == ["Living room"]
    live_layers.say(scene, state_of(scene), 0.0)
    assert layer.actor is None


def test_a_room_in_which_a_grave_alarm_stands_glows_whatever_its_devices_say(scene: Scene) -> None:
    layer = glow(scene)
    room = next(one for one in scene.twin.rooms if one.name == "Living room")
    assert scene.set_alarmed_rooms(frozenset({room.id}))
    assert not scene.set_alarmed_rooms(frozenset({room.id}))
    scene.tick(1.0)
    assert layer.actor is not None
    assert [one.name for one in alarm_rooms(scene)] == ["Living room"]
    assert scene.set_alarmed_rooms(frozenset())
    scene.tick(2.0)
    assert layer.actor is None


def test_a_sensor_that_cannot_be_heard_any_more_alarms_nobody(scene: Scene) -> None:
    live_layers.say(scene, state_of(scene), 1.0, quality=Quality.OFFLINE)
    assert glow(scene).actor is None


def test_the_glow_stays_inside_of_the_room_and_low_on_its_walls(scene: Scene) -> None:
    live_layers.say(scene, state_of(scene), 1.0)
    one = glow(scene).actor
    assert one is not None
    x0, x1, y0, y1, z0, z1 = one.GetBounds()
    room = next(one for one in scene.twin.rooms if one.name == "Living room")
    low, high = np.min(room.outline, 0), np.max(room.outline, 0)
    assert (low <= (x0, y0)).all()
    assert (high >= (x1, y1)).all()
    assert room.floor_m < z0 < z1 < room.floor_m + 1.2
    scene.explode(True)
    scene.step(1.0)
    risen = glow(scene).actor
    assert risen is not None
    lift = scene.storey_stack.levels[scene.storey_stack.level_of(room.storey)].lift
    assert risen.GetBounds()[4] == pytest.approx(z0 + lift, abs=1e-4)


def test_an_alarm_on_another_storey_is_seen_in_the_whole_building_only(scene: Scene, qapp: QApplication) -> None:
    live_layers.say(scene, state_of(scene), 1.0)
    upper = scene.twin.storeys[1].id
    scene.look_at(upper)
    scene.step(1.0)
    assert glow(scene).actor is None
    assert not len(alarm_rows(scene))
    assert painted(scene, 0.0)[1] == 0
    scene.look_at(None)
    scene.step(1.0)
    assert len(alarm_rows(scene)) == 2
    assert painted(scene, 0.0)[1] == 1
    assert names(scene) == [("Living room", scene.twin.storeys[0].name)]
    scene.look_at(scene.twin.storeys[0].id)
    scene.step(1.0)
    assert names(scene) == [], "the room's own name is there"


def test_the_outline_beats(scene: Scene, qapp: QApplication) -> None:
    live_layers.say(scene, state_of(scene), 1.0)
    strong, weak = (painted(scene, pulse)[0] for pulse in (0.0, 0.5))
    pixels = [np.frombuffer(image.constBits(), np.uint8)[1::4].sum(dtype=np.int64) for image in (strong, weak)]
    assert pixels[0] < pixels[1], "more of the white is left at the beat's end"


def test_a_room_that_is_left_out_does_not_glow(scene: Scene) -> None:
    live_layers.say(scene, state_of(scene), 1.0)
    other = next(room for room in scene.twin.rooms if room.name != "Living room")
    scene.set_visibility_filter(VisibilityFilter(only=frozenset({("room", other.id)})))
    scene.step(1.0)
    assert glow(scene).actor is None
    scene.set_visibility_filter(VisibilityFilter())
    scene.step(1.0)
    assert glow(scene).actor is not None


def test_the_glow_lies_around_holes_and_in_narrow_rooms_leaves_the_middle_free() -> None:
    hole = ((2.0, 2.0), (3.0, 2.0), (3.0, 3.0), (2.0, 3.0))
    for ring in (hole, hole[::-1]):
        around, _, _ = skirt(ring, 0.0, inwards=False)
        assert (around[:, :2].min(0) < 2.0).all()
        inside, opacity, triangles = skirt(ring, 0.0, inwards=True)
        assert (inside[:, :2] > 2.0).all()
        assert (inside[:, :2] < 3.0).all()
        assert triangles.max() < len(inside) == len(opacity)
        assert inside[:4, :2].max() < 2.85


def test_it_wears_the_red_of_the_theme(scene: Scene) -> None:
    live_layers.say(scene, state_of(scene), 1.0)
    one = glow(scene).actor
    assert one is not None
    tint = vtk_to_numpy(one.GetMapper().GetInput().GetPointData().GetScalars())  # pyright: ignore[reportAttributeAccessIssue]
    assert QColor(*tint[0, :3].tolist()).name() == scene.theme.error.lower()


def test_on_a_moment_that_is_over_the_outline_stands_still(scene: Scene, qapp: QApplication) -> None:
    selection = Selection()
    view = TwinView(selection, kind="image")
    view.set_twin(scene.twin)
    view.show()
    live_layers.say(scene, state_of(scene), 1.0)
    view.apply(state_of(scene), np.arange(len(state_of(scene))))
    view.overlay.shown.pulse = 0.9
    selection.change(moment_ms=1)
    assert view.overlay.shown.pulse == STILL
    view.release()
    view.overlay.repaint()
    view.deleteLater()


def test_an_alarm_behind_floors_can_be_met_by_the_mouse(scene: Scene, qapp: QApplication) -> None:
    selection = Selection()
    view = TwinView(selection, kind="image")
    view.set_twin(scene.twin)
    state = live_layers.say(scene, state_of(scene), 1.0, "smoke")
    view.apply(state, np.arange(len(state)))
    row = view.scene.placed.row_of[next(one.id for one in scene.twin.devices if one.uid == "smoke")]
    assert not view.scene.shown_devices()[row]
    assert view.overlay.reachable()[row]
    selection.change(storey=scene.twin.storeys[1].id)
    assert not view.overlay.reachable()[row]
    view.release()
    view.deleteLater()
