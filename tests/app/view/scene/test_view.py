"""The twin as a widget: what clicks mean, how it follows the selection, that nothing stays behind."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDropEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.selection import Selection, VisibilityFilter
from app.view import style
from app.view.drag_data import MIME
from app.view.scene.overlay import overlay as overlay_module
from app.view.scene.scene import Scene
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT
from twin.model.ids import PlaceholderId, RoomId, StoreyId
from twin.model.observation import Observation
from twin.model.space import Placeholder

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)

MESH, TWIN = house.house_mesh(), house.house_twin()


@pytest.fixture
def view(qapp: QApplication) -> Iterator[TwinView]:
    style.apply_theme(qapp, LIGHT)
    selection = Selection()
    selection.change(storey=StoreyId("ground"))
    made = TwinView(selection, kind="image")
    made.resize(640, 400)
    made.set_twin(TWIN)
    made.set_mesh(MESH)
    state = house.house_state(TWIN)
    made.apply(state, np.arange(len(state)))
    made.show()
    made.wait_painted()
    yield made
    made.release()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def spot_of(view: TwinView, name: str) -> QPoint:
    row = next(i for i, id in enumerate(view.scene.placed.ids) if TWIN.device_of[id].name == name)
    x, y, _ = view.scene.device_pick.seen(view.scene.projections.at(view.width(), view.height()))[row]
    return QPoint(round(x), round(y))


def floor_of(view: TwinView, room: str) -> QPoint:
    """A spot on the floor where no device is near."""
    projection = view.scene.projections.at(view.width(), view.height())
    found = TWIN.room_of[RoomId(room)]
    ring = np.asarray(found.outline)
    for share in np.random.default_rng(1).uniform(0.1, 0.9, (60, 2)):
        at = ring.min(0) + (ring.max(0) - ring.min(0)) * share
        x, y, _ = projection.pixels(np.array([(*at, found.floor_m)]))[0]
        if not view.interaction.device_at(QPointF(x, y)):
            return QPoint(round(x), round(y))
    raise AssertionError("no free spot")


def id_of(name: str) -> str:
    return next(one.id for one in TWIN.devices if one.name == name)


def test_a_click_on_a_device_tells_its_id(view: TwinView) -> None:
    told: list[str] = []
    view.device_clicked.connect(told.append)
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.LeftButton, pos=spot_of(view, "Air"))
    view.interaction.flush_pending_click()
    assert told == [id_of("Air")]


def test_a_click_acts_by_itself_soon_after(view: TwinView, qtbot: QtBot) -> None:
    told: list[str] = []
    view.device_clicked.connect(told.append)
    view.interaction._second.setInterval(1)
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.LeftButton, pos=spot_of(view, "Air"))
    qtbot.waitUntil(lambda: bool(told), timeout=60_000)
    assert told == [id_of("Air")]


def test_a_double_click_does_not_act_on_the_way(view: TwinView) -> None:
    told: list[str] = []
    view.device_clicked.connect(told.append)
    widget, at = view.surface.widget(), spot_of(view, "Air")
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)
    view.interaction.flush_pending_click()
    assert told == []


def test_a_click_on_a_floor_tells_the_room_and_beside_the_house_nothing(view: TwinView) -> None:
    told: list[str] = []
    view.room_clicked.connect(told.append)
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.LeftButton, pos=floor_of(view, "Kitchen"))
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert told == ["Kitchen", ""]


def test_a_drag_on_the_floor_turns_the_camera_and_clicks_nothing(view: TwinView) -> None:
    told: list[str] = []
    view.room_clicked.connect(told.append)
    before = view.scene.pose
    widget, start = view.surface.widget(), floor_of(view, "Living room")
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(widget, start + QPoint(30, 0))
    QTest.mouseMove(widget, start + QPoint(60, 10))
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 10))
    assert view.scene.pose.azimuth_deg < before.azimuth_deg
    assert not told


def test_a_device_dragged_to_another_room_is_dropped_there(view: TwinView) -> None:
    told: list[tuple[str, str, object]] = []
    view.device_dropped.connect(lambda *what: told.append(what))
    widget, start, end = view.surface.widget(), spot_of(view, "Hall light"), floor_of(view, "Kitchen")
    before = view.scene.pose
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(widget, (start + end) / 2)
    QTest.mouseMove(widget, end)
    assert view.overlay.shown.target_room == "Kitchen"
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)
    ((device, room, position),) = told
    assert (device, room) == (id_of("Hall light"), "Kitchen")
    assert isinstance(position, tuple)
    assert TWIN.room_of[RoomId("Kitchen")].contains(position[0], position[1])
    assert position[2] == pytest.approx(2.4)
    assert view.scene.pose == before


def test_a_device_from_the_tree_can_be_dropped_on_a_room(view: TwinView) -> None:
    told: list[tuple[str, str, object]] = []
    view.device_dropped.connect(lambda *what: told.append(what))
    data = QMimeData()
    data.setData(MIME, id_of("Air").encode())
    at = QPointF(floor_of(view, "Hall"))
    drop = QDropEvent(at, Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    view.dropEvent(drop)
    assert [what[:2] for what in told] == [(id_of("Air"), "Hall")]


def test_a_planned_place_takes_a_drop_only_where_its_circle_is_shown(view: TwinView) -> None:
    told: list[object] = []
    view.device_dropped.connect(lambda *what: told.append(what[-1]))
    room = TWIN.room_of[RoomId("Kitchen")]
    place = Placeholder(
        id=PlaceholderId("p"),
        kind="light",
        name="Planned",
        storey=room.storey,
        room=room.id,
        position_m=(8.0, 2.0, 0.1),
    )
    view.set_twin(replace(TWIN, placeholders=(place,)))

    def dropped() -> object:
        projection = view.scene.projections.at(view.width(), view.height())
        ((x, y, _),) = projection.pixels(np.array([place.position_m])).tolist()
        view.interaction.drop_device(id_of("Air"), QPointF(x, y))
        return told[-1]

    view.overlay.near = lambda _: True  # type: ignore[method-assign]
    assert dropped() == place.position_m
    view.overlay.shown.indoors = True
    assert dropped() != place.position_m
    view.overlay.shown.indoors = False
    view.scene.set_visibility_filter(VisibilityFilter(only=frozenset({("room", "Hall")})))
    assert dropped() != place.position_m
    view.scene.set_visibility_filter(VisibilityFilter())
    view.scene.shown = replace(view.scene.shown, exploded=True)
    assert dropped() != place.position_m
    view.scene.shown = replace(view.scene.shown, exploded=False)
    assert dropped() == place.position_m
    view.overlay.near = lambda _: False  # type: ignore[method-assign]
    assert dropped() != place.position_m


def test_the_card_of_a_hovered_device_follows_its_values_and_whether_it_is_there(view: TwinView) -> None:
    spot = spot_of(view, "Air")
    view.interaction._hover(QPointF(spot))
    card = view.overlay.shown.card
    assert card is not None
    assert card.where.endswith(view.scene.twin.room_of[card_room(view, "Air")].title)
    assert card.tone == "good"
    device = next(one for one in TWIN.devices if one.name == "Air")
    view.set_online(device.id, False)
    told = view.overlay.shown.card
    assert told is not None
    assert told.tone == "offline"
    assert told.state.startswith("Offline · last seen")
    view.interaction._leave()
    assert view.overlay.shown.card is None


def card_room(view: TwinView, name: str) -> RoomId:
    room = next(one.room for one in TWIN.devices if one.name == name)
    assert room is not None
    return room


def test_hovering_a_device_tells_it_and_shows_its_values_as_plain_text(view: TwinView) -> None:
    told: list[tuple[str, str]] = []
    view.hovered.connect(lambda *what: told.append(what))
    QTest.mouseMove(view.surface.widget(), spot_of(view, "Air"))
    assert told[-1] == ("device", id_of("Air"))
    assert view.overlay.shown.card is not None
    assert view.overlay.shown.card.text.startswith("Air\n")
    assert "640" in view.overlay.shown.card.text


def test_the_right_button_asks_for_a_menu(view: TwinView) -> None:
    told: list[tuple[str, str]] = []
    view.menu_wanted.connect(lambda kind, thing, _at: told.append((kind, thing)))
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.RightButton, pos=spot_of(view, "Air"))
    QTest.mouseClick(view.surface.widget(), Qt.MouseButton.RightButton, pos=floor_of(view, "Kitchen"))
    assert told == [("device", id_of("Air")), ("room", "Kitchen")]


def test_a_double_click_flies_to_the_device(view: TwinView) -> None:
    told: list[str] = []
    view.device_activated.connect(told.append)
    QTest.mouseDClick(view.surface.widget(), Qt.MouseButton.LeftButton, pos=spot_of(view, "Air"))
    before = view.scene.pose.distance_m
    view.flight.land()
    assert told == [id_of("Air")]
    assert view.scene.pose.distance_m < before


def test_the_wheel_zooms_and_the_keys_turn(view: TwinView) -> None:
    widget, before = view.surface.widget(), view.scene.pose
    at = QPointF(300, 200)
    wheel = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, wheel)
    assert view.scene.pose.distance_m < before.distance_m
    QApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier))
    assert view.scene.pose.azimuth_deg != before.azimuth_deg


def test_the_focus_follows_the_selection(view: TwinView) -> None:
    view._selection.change(storey=StoreyId("upper"))
    view.flight.land()
    assert view.scene.storey_stack.shown() == [1]
    view._selection.change(colour_by="co2")
    assert view.scene.readings.capability == "co2"
    view._selection.pick_room(RoomId("Bedroom"))
    assert view.overlay.shown.picked.room == "Bedroom"


def test_picking_a_room_and_hiding_labels_change_the_picture(view: TwinView) -> None:
    def grabbed() -> np.ndarray:
        image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB32)
        return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int).copy()

    first = grabbed()
    view._selection.pick_room(RoomId("Living room"))
    view.wait_painted()
    second = grabbed()
    assert 0.002 < (np.abs(first - second).max(2) > 20).mean() < 0.2
    view.set_labels(False)
    view.wait_painted()
    assert 0.005 < (np.abs(second - grabbed()).max(2) > 20).mean() < 0.3


def test_a_picture_can_be_taken_in_any_size(view: TwinView) -> None:
    image = view.picture(800, 500)
    assert (image.width(), image.height()) == (800, 500)


def come_to_rest(view: TwinView) -> None:
    """What the view would do of itself later, as refining its picture, is left out."""
    for timer in view.findChildren(QTimer):
        timer.stop()


def test_a_value_that_shows_nowhere_costs_no_frame(view: TwinView) -> None:
    frames: list[float] = []
    view.surface.painted.connect(frames.append)
    state = house.house_state(TWIN)
    view.apply(state, [0])
    QApplication.processEvents()
    come_to_rest(view)
    frames.clear()
    humidity = next(p for d in TWIN.devices if d.name == "Climate" for p in d.points if p.info.capability == "humidity")
    state.apply(Observation(point=humidity.id, time_ms=5, value=50.0))
    view.overlay.shown.hover_device = ""
    view.apply(state, [state.index(humidity.id)])
    assert not any(timer.isActive() for timer in view.findChildren(QTimer)), "nor later"
    QApplication.processEvents()
    assert not frames


def test_many_wishes_are_one_frame(view: TwinView) -> None:
    frames: list[float] = []
    come_to_rest(view)
    view.surface.painted.connect(frames.append)
    for _ in range(50):
        view.surface.request()
    QApplication.processEvents()
    assert len(frames) == 1


def test_while_moving_the_frames_are_coarse_and_at_rest_fine(view: TwinView) -> None:
    view.governor._per_pixel_ms = 200.0 / (640 * 400)
    view.orbit_input.turned.emit(3.0, 0.0)
    assert view.surface.resolution < 0.6
    view.governor._per_pixel_ms = 2.0 / (640 * 400)
    view.governor.rest()
    assert view.surface.resolution == 2.0


def test_a_slow_machine_refines_the_resting_picture_in_stripes(view: TwinView, qtbot) -> None:
    with qtbot.waitSignal(view.surface.refined, timeout=60_000):
        view.surface.refine(2.0, 7)
    assert view.surface._image.width() == 1280
    whole = view.surface._image.copy()
    view.surface.render_now()
    one = np.frombuffer(whole.constBits(), np.uint8).reshape(-1, 1280, 4)[:800].astype(int)
    other = np.frombuffer(view.surface._image.constBits(), np.uint8).reshape(-1, 1280, 4)[:800].astype(int)
    assert (np.abs(one - other).max(2) > 24).mean() < 0.003


def test_the_theme_changes_at_once(view: TwinView) -> None:
    view.set_theme(DARK)
    assert view.scene.theme is DARK
    assert view.scene.renderer.GetBackground()[0] < 0.2


def test_the_view_has_a_name_for_those_who_do_not_see_it(view: TwinView) -> None:
    assert view.accessibleName()
    assert view.surface.widget().accessibleName()
    assert "Ground floor" in view.accessibleDescription()


def test_an_empty_project_offers_to_import_a_building(qapp: QApplication) -> None:
    view = TwinView(Selection(), kind="image")
    view.resize(320, 200)
    view.show()
    wanted: list[str] = []
    view.menu_wanted.connect(lambda kind, _id, _at: wanted.append(kind))
    assert view.empty.isVisible()
    view.empty.wanted.emit()
    assert wanted == ["import"]
    view.release()
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_pills_never_overlap(view: TwinView) -> None:
    projection = view.scene.projections.at(640, 400)
    placed = view.overlay.named(projection, overlay_module.OccupiedAreas(), overlay_module.OccupiedAreas())
    boxes = [(at.x(), at.y(), view.overlay.pills.width(pill)) for _, pill, at in placed]
    assert len(boxes) >= 4
    for i, (x, y, w) in enumerate(boxes):
        for u, v, other in boxes[:i]:
            assert abs(x - u) >= (w + other) / 2 or abs(y - v) >= 23


def test_a_view_that_goes_leaves_nothing_behind(qapp: QApplication) -> None:
    selection = Selection()
    gone: list[weakref.ref[Scene]] = []
    for _ in range(3):
        view = TwinView(selection, kind="image")
        view.resize(200, 120)
        view.set_twin(TWIN)
        view.set_mesh(MESH)
        view.show()
        view.wait_painted()
        gone.append(weakref.ref(view.scene))
        view.deleteLater()
        del view
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    assert selection._observers == []
    assert [one() for one in gone] == [None, None, None]


def test_furniture_is_left_out_while_even_the_coarsest_frame_comes_too_late(view: TwinView) -> None:
    soft = view.scene.storey_stack.levels[0].actors["soft"]
    view.governor.touch()
    view.governor.scale = 0.35
    view.surface.painted.emit(400.0)
    view.surface.painted.emit(400.0)
    view.surface.prepare()
    assert not soft.GetVisibility()
    view.governor.rest()
    view.surface.prepare()
    assert soft.GetVisibility()
