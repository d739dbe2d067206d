"""Measuring: legs, sums and areas; snapping to corners; what clicks mean meanwhile."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.view.scene.tools.distance_measurement import MeasuredChain, metres, square_metres
from app.view.scene.view import TwinView
from twin.model.ids import RoomId

_LEFT, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
_NONE = Qt.KeyboardModifier.NoModifier
_KITCHEN = ((6.2, 0.0), (12.0, 0.0), (12.0, 4.0), (6.2, 4.0))


def chain_of(points: tuple[tuple[float, float], ...]) -> MeasuredChain:
    made = MeasuredChain()
    for point in points:
        made = made.add(point)
    return made


def pixel(view: TwinView, x: float, y: float) -> QPoint:
    floor = view.scene.twin.room_of[RoomId("Kitchen")].floor_m
    at = view.scene.projections.at(view.width(), view.height()).pixels(np.array([(x, y, floor)]))[0]
    return QPoint(round(at[0]), round(at[1]))


def click(view: TwinView, x: float, y: float) -> None:
    QTest.mouseClick(view.surface.widget(), _LEFT, _NONE, pixel(view, x, y))


def test_a_closed_ring_has_the_area_of_what_it_encloses() -> None:
    ring = chain_of((*_KITCHEN, _KITCHEN[0]))
    assert ring.closed
    assert ring.length_m == pytest.approx(19.6)
    assert ring.area_m2 == pytest.approx(23.2)


def test_an_open_chain_and_a_crossing_ring_have_no_area() -> None:
    assert chain_of(_KITCHEN).area_m2 is None
    assert chain_of(((0, 0), (4, 4), (4, 0), (0, 4), (0, 0))).area_m2 is None


def test_the_same_point_twice_is_one_and_a_step_can_be_taken_back() -> None:
    assert chain_of(((1, 1), (1, 1), (2, 1))).points == ((1, 1), (2, 1))
    closed = chain_of((*_KITCHEN, _KITCHEN[0]))
    assert not closed.back().closed
    assert MeasuredChain().back() == MeasuredChain()
    assert closed.add((0.0, 0.0)).points == ((0.0, 0.0),)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=12))
def test_any_points_measure_to_something_finite(points: list[tuple[float, float]]) -> None:
    made = chain_of(tuple(points))
    assert np.isfinite(made.length_m)
    assert made.area_m2 is None or made.area_m2 >= 0


def test_lengths_are_said_with_two_decimals() -> None:
    assert metres(3.2) == "3.20 m"
    assert square_metres(12.345) in ("12.35 m²", "12.34 m²")


def test_clicks_near_corners_of_a_room_measure_it_exactly(view: TwinView) -> None:
    clicked: list[str] = []
    view.room_clicked.connect(clicked.append)
    view.device_clicked.connect(clicked.append)
    view.from_above()
    view.wait_painted()
    view.set_measure(True)
    for x, y in (*_KITCHEN, _KITCHEN[0]):
        click(view, x + 0.05, y + 0.05)
    assert view.measure.chain.closed
    assert view.measure.chain.area_m2 == pytest.approx(23.2)
    assert not clicked


def test_a_right_click_takes_a_point_back_and_esc_ends(view: TwinView) -> None:
    left: list[str] = []
    menus: list[object] = []
    view.tool_left.connect(left.append)
    view.menu_wanted.connect(lambda *_: menus.append(1))
    view.set_measure(True)
    click(view, 8.0, 2.0)
    click(view, 9.0, 2.0)
    QTest.mouseClick(view.surface.widget(), _RIGHT, _NONE, pixel(view, 9.0, 2.0))
    assert len(view.measure.chain.points) == 1
    assert not menus
    QTest.keyClick(view.surface.widget(), Qt.Key.Key_Escape)
    assert left == ["measure"]
    assert not view.measure.on


def test_the_camera_still_turns_while_one_measures(view: TwinView) -> None:
    view.set_measure(True)
    before, widget = view.scene.pose, view.surface.widget()
    QTest.mousePress(widget, _LEFT, _NONE, QPoint(4, 4))
    QTest.mouseMove(widget, QPoint(60, 40))
    QTest.mouseMove(widget, QPoint(90, 60))
    QTest.mouseRelease(widget, _LEFT, _NONE, QPoint(90, 60))
    assert view.scene.pose != before
    assert not view.measure.chain.points


def test_measures_are_painted_into_saved_pictures_too(view: TwinView) -> None:
    plain = view.picture(320, 200)
    view.set_measure(True)
    click(view, 7.0, 1.0)
    click(view, 11.0, 3.0)
    assert view.picture(320, 200) != plain


def test_the_band_and_a_walk_put_the_ruler_away(view: TwinView) -> None:
    left: list[str] = []
    view.tool_left.connect(left.append)
    view.set_measure(True)
    view.set_band(True)
    assert left == ["measure"]
    assert view.band.tool
    view.set_measure(True)
    view.walk(True)
    assert left == ["measure", "band", "measure"]
    assert not view.measure.on
