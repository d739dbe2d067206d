"""Walking through the house of boxes: walls stop, doorways do not, Esc leads back out."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.view.scene.camera.walker import EYE_M, Walker
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from app.view.scene.structure.storey_stack import EyePlace
from app.view.scene.tools.walk_collision import WalkGrid
from app.view.scene.view import TwinView
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)


def box(low: tuple[float, float, float], high: tuple[float, float, float], element: int) -> TriangleSet:
    corners = np.array([[(low, high)[k >> i & 1][i] for i in range(3)] for k in range(8)], np.float32)
    faces = house._FACES
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]]).astype(np.int64)
    count = len(triangles)
    return TriangleSet(
        corners,
        triangles,
        np.full((count, 4), 255, np.uint8),
        np.full(count, element),
        np.ones(count, np.bool_),
        np.ones(count, np.bool_),
    )


@pytest.fixture(scope="module")
def walls() -> WalkGrid:
    """Two rooms of 4 m, a wall between them along x = 4, with a doorway from y = 1.5 to 2.5."""
    rooms = [
        Room(
            id=RoomId(str(i)),
            storey=StoreyId("g"),
            name="",
            outline=((x, 0), (x + 4, 0), (x + 4, 4), (x, 4)),
            area_m2=16.0,
        )
        for i, x in enumerate((0.0, 4.0))
    ]
    pieces = [box((3.95, 0, 0), (4.05, 1.5, 2.5), 0), box((3.95, 2.5, 0), (4.05, 4, 2.5), 1)]
    triangle_set = TriangleSet(
        np.concatenate([p.positions for p in pieces]),
        np.concatenate([p.triangles + 8 * i for i, p in enumerate(pieces)]),
        np.concatenate([p.colours for p in pieces]),
        np.concatenate([p.elements for p in pieces]),
        np.concatenate([p.shaded for p in pieces]),
        np.concatenate([p.solid for p in pieces]),
    )
    return WalkGrid.of(StoreyMesh(frame=triangle_set), rooms, 0.0)


def test_a_wall_stops_a_walker(walls: WalkGrid) -> None:
    x, y = walls.way(2.0, 0.7, 4.0, 0.0)
    assert 3.5 < x < 3.9
    assert y == pytest.approx(0.7)


def test_a_doorway_lets_him_through(walls: WalkGrid) -> None:
    assert walls.way(2.0, 2.0, 4.0, 0.0) == (pytest.approx(6.0), pytest.approx(2.0))


def test_he_slides_along_a_wall(walls: WalkGrid) -> None:
    x, y = walls.way(3.0, 0.4, 2.0, 0.9)
    assert x < 3.9
    assert y == pytest.approx(1.3, abs=0.15)


@given(st.floats(0.3, 3.6), st.floats(0.3, 3.7), st.floats(-9, 9), st.floats(-9, 9))
def test_nobody_ends_inside_a_wall(walls: WalkGrid, x: float, y: float, dx: float, dy: float) -> None:
    assert walls.free(*walls.way(x, y, dx, dy))


@given(st.floats(0, 360), st.floats(-70, 70), st.floats(0.6, 3))
def test_the_camera_is_in_the_eyes(heading: float, pitch: float, aspect: float) -> None:
    pose = Walker(1.0, 2.0, 3.0, heading, pitch).pose(aspect)
    eye = np.asarray(pose.target) + pose.axes[2] * pose.distance_m
    assert np.allclose(eye, (1.0, 2.0, 3.0 + EYE_M), atol=1e-9)
    ahead = -pose.axes[2][:2]
    assert math.degrees(math.atan2(ahead[1], ahead[0])) % 360 == pytest.approx(heading % 360, abs=1e-6) or (
        min(heading % 360, 360 - heading % 360) < 1e-6
    )


def enter(view: TwinView, room: str = "") -> None:
    if room:
        view._selection.pick_room(RoomId(room))
    view.walk(True)
    view.flight.land()


def key(view: TwinView, wanted: Qt.Key, kind: QEvent.Type = QEvent.Type.KeyPress) -> None:
    QApplication.sendEvent(view.surface.widget(), QKeyEvent(kind, wanted, Qt.KeyboardModifier.NoModifier))


def test_walking_shows_whole_walls_and_the_room_that_was_picked(view: TwinView) -> None:
    enter(view, "Kitchen")
    assert view.first_person.walker is not None
    assert view.scene.within == "Kitchen"
    assert view.scene.twin.room_of[RoomId("Kitchen")].contains(view.first_person.walker.x, view.first_person.walker.y)
    assert [level.show for level in view.scene.storey_stack.levels][:2] == [StoreyMode.CUT, StoreyMode.PLAIN]
    assert view.hint.text()
    assert view.overlay.shown.indoors


def test_escape_leads_back_to_the_same_pose(view: TwinView) -> None:
    before = view.scene.pose
    enter(view)
    key(view, Qt.Key.Key_Escape)
    view.flight.land()
    assert view.scene.pose == before
    assert view.scene.shown.stand is EyePlace.OUTSIDE
    assert not view.hint.text()
    assert view.scene.within is None


def test_keys_belong_to_the_walker_before_the_menus(view: TwinView) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    enter(view)
    QApplication.sendEvent(view.surface.widget(), event)
    assert event.isAccepted()


def test_a_drag_turns_the_head_and_a_click_still_clicks(view: TwinView) -> None:
    enter(view, "Living room")
    widget, told = view.surface.widget(), list[str]()
    view.room_clicked.connect(told.append)
    heading = view.first_person.walker.heading_deg if view.first_person.walker else 0.0
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    QTest.mouseMove(widget, QPoint(360, 200))
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=QPoint(360, 200))
    assert view.first_person.walker is not None
    assert view.first_person.walker.heading_deg != heading
    assert not told
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(320, 380))
    assert len(told) == 1


def test_stairs_lead_to_the_next_storey(view: TwinView) -> None:
    enter(view)
    key(view, Qt.Key.Key_PageUp)
    view.flight.land()
    assert view._selection.state.storey == "upper"
    assert view.first_person.walker is not None
    assert view.first_person.walker.floor_m == pytest.approx(house.H, abs=0.3)


def test_looking_from_outside_ends_the_walk(view: TwinView) -> None:
    enter(view)
    view.from_above()
    assert not view.first_person.active
    assert view.scene.shown.stand is EyePlace.OUTSIDE


def test_a_view_without_a_building_cannot_be_walked_through(view: TwinView) -> None:
    from twin.model.twin import Twin

    view.set_twin(Twin())
    view.walk(True)
    assert not view.first_person.active
