"""Camera wishes that are not about one thing: north up, without perspective."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from vtkmodules.vtkRenderingCore import vtkCamera

from app.view.scene.camera.camera import CameraPose, corners
from app.view.scene.devices.picking import Projection
from app.view.scene.view import TwinView
from twin.model.space import Site


def test_the_compass_turns_north_up(view: TwinView) -> None:
    twin = replace(view.scene.twin, site=Site(north_deg=30.0))
    view.set_twin(twin)
    QTest.mouseClick(view.north, Qt.MouseButton.LeftButton)
    view.flight.land()
    projection = view.scene.projections.at(view.width(), view.height())
    target = np.asarray(view.scene.pose.target)
    north = np.array([math.sin(math.radians(30)), math.cos(math.radians(30)), 0.0])
    here, there = projection.pixels(np.stack([target, target + north]))
    assert abs(there[0] - here[0]) < 0.5
    assert there[1] < here[1] - 1


def test_the_compass_can_be_reached_and_read_without_eyes(view: TwinView) -> None:
    assert view.north.accessibleName() == "North up"
    assert view.north.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_without_perspective_a_metre_is_as_long_near_as_far(view: TwinView) -> None:
    view.set_parallel(True)
    projection = view.scene.projections.at(view.width(), view.height())
    assert projection.scale(np.array([0.0, 0.0, 0.0])) == pytest.approx(projection.scale(np.array([9.0, 9.0, 6.0])))
    view.set_parallel(False)
    projection = view.scene.projections.at(view.width(), view.height())
    assert projection.scale(np.array([0.0, 0.0, 0.0])) != pytest.approx(projection.scale(np.array([9.0, 9.0, 6.0])))


def test_both_ways_of_drawing_show_the_target_at_the_same_size(view: TwinView) -> None:
    target = np.asarray(view.scene.pose.target)
    seen = view.scene.projections.at(view.width(), view.height()).scale(target)
    view.set_parallel(True)
    assert view.scene.projections.at(view.width(), view.height()).scale(target) == pytest.approx(seen, rel=1e-6)


def test_everything_in_sight_holds_without_perspective_too(view: TwinView) -> None:
    view.set_parallel(True)
    view.fit()
    view.flight.land()
    low, high = view.scene.storey_stack.focus_bounds()
    seen = view.scene.projections.at(view.width(), view.height()).pixels(corners(low, high))
    assert (seen[:, 0] > 0).all()
    assert (seen[:, 0] < view.width()).all()


@given(st.floats(-180, 180), st.floats(-80, 80), st.floats(20, 90), st.booleans())
def test_a_pose_keeps_its_target_in_the_middle(azimuth: float, elevation: float, lens: float, parallel: bool) -> None:
    camera = vtkCamera()
    CameraPose((1.0, 2.0, 3.0), azimuth, elevation, 10.0, lens, parallel).apply_to(camera)
    x, y, _ = Projection.of(camera, 640, 400).pixels(np.array([[1.0, 2.0, 3.0]]))[0]
    assert (x, y) == (pytest.approx(320, abs=0.01), pytest.approx(200, abs=0.01))
