"""The section box: its squares are taken hold of, its faces stay in order, and everything comes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.tools.section_box import SectionBounds
from app.view.scene.view import TwinView


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-100, 100)), max_size=12))
def test_faces_never_pass_each_other_and_never_leave_the_building(pushes: list[tuple[int, float]]) -> None:
    box = SectionBounds.around(np.zeros(3), np.array([8.0, 6.0, 5.0]))
    for face, to in pushes:
        box.push(face, to)
    assert (box.high - box.low >= 0.39).all()
    assert (box.low >= box.most_low).all()
    assert (box.high <= box.most_high).all()


@given(st.floats(0.1, 7.9), st.floats(0.1, 5.9), st.floats(0.1, 4.9))
def test_planes_keep_the_inside(x: float, y: float, z: float) -> None:
    box = SectionBounds.around(np.zeros(3), np.array([8.0, 6.0, 5.0]))
    assert box.planes() == (), "what nobody pushed costs nothing"
    for face in range(6):
        box.push(face, 8.0 if face % 2 else 0.0)
    assert all(one.EvaluateFunction(x, y, z) > 0 for one in box.planes())
    assert any(one.EvaluateFunction(x + 9, y, z) < 0 for one in box.planes())


def clipped(view: TwinView) -> int:
    body = view.scene.storey_stack.levels[0].actors["body"].GetMapper()
    return body.GetClippingPlanes().GetNumberOfItems() if body.GetClippingPlanes() else 0


def test_the_box_cuts_everything_and_leaves_no_trace(view: TwinView) -> None:
    shown = [level.show for level in view.scene.storey_stack.levels]
    view.set_section(True)
    view.wait_painted()
    assert clipped(view) == 1
    assert {level.show for level in view.scene.storey_stack.levels} <= {StoreyMode.CUT, StoreyMode.HIDDEN}
    view.set_section(False)
    view.flight.land()
    view.wait_painted()
    assert clipped(view) == 0
    assert [level.show for level in view.scene.storey_stack.levels] == shown
    props = view.scene.renderer.GetViewProps().GetNumberOfItems()
    view.set_section(True)
    view.wait_painted()
    view.set_section(False)
    view.wait_painted()
    assert view.scene.renderer.GetViewProps().GetNumberOfItems() == props


def test_a_square_can_be_dragged_and_the_camera_stays(view: TwinView) -> None:
    view.set_section(True)
    view.flight.land()
    box = view.section.box
    assert box is not None
    pose, was = view.scene.pose, float(box.high[2])
    start = view.section.handle(5).toPoint()
    widget = view.surface.widget()
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(widget, start + QPoint(0, 20))
    QTest.mouseMove(widget, start + QPoint(0, 40))
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 40))
    assert box.high[2] < was - 0.2
    assert view.scene.pose == pose
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=view.section.handle(5).toPoint())
    assert box.high[2] == pytest.approx(box.most_high[2])


def test_walking_leaves_the_box(view: TwinView) -> None:
    told: list[bool] = []
    view.sectioned.connect(told.append)
    view.set_section(True)
    view.walk(True)
    assert view.section.box is None
    assert told == [False]


def test_other_colours_keep_the_box(view: TwinView) -> None:
    from app.view.theme import DARK

    view.set_section(True)
    view.set_theme(DARK)
    view.wait_painted()
    assert clipped(view) == 1
