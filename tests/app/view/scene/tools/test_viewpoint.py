"""Views that are kept: everything comes back, and a damaged or hostile setting harms nobody."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.view.scene.camera.camera import CameraPose
from app.view.scene.camera.walker import Walker
from app.view.scene.tools.viewpoint import AT_MOST, Viewpoint, read
from app.view.scene.view import TwinView

finite = st.floats(-1000, 1000)
points = st.builds(
    Viewpoint,
    name=st.text("abc 中", min_size=1).map(lambda text: text.strip() or "x"),
    pose=st.builds(
        CameraPose,
        st.tuples(finite, finite, finite),
        finite,
        st.floats(-80, 80),
        st.floats(0.5, 900),
        st.floats(10, 90),
        st.booleans(),
    ),
    cut_m=st.floats(0.1, 4),
    exploded=st.booleans(),
    walker=st.none() | st.builds(Walker, finite, finite, finite, finite, finite),
)
json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(points)
def test_a_viewpoint_survives_the_project_file(point: Viewpoint) -> None:
    assert read(json.loads(json.dumps([point.document()])))[0].pose == point.pose
    back = read([point.document()])[0]
    assert replace(back, name=point.name) == point


@given(json_like)
def test_whatever_stands_in_the_project_nothing_breaks(found: object) -> None:
    assert len(read(found)) <= AT_MOST
    fields = ("pose", "cut_m", "walker", "name", "storey", "thumbnail")
    assert len(read([dict.fromkeys(fields, found)])) <= 1


def test_a_view_comes_back_as_it_was_kept(view: TwinView) -> None:
    view.camera_input.turn(30.0, 5.0)
    view.cut_by(-0.4)
    view.set_ghosts(True)
    kept = view.viewpoint("Corner")
    view.set_ghosts(False)
    view._selection.change(storey=None, colour_by="")
    view.cut_by(0.8)
    view.fit()
    view.flight.land()
    view.visit(read([kept.document()])[0])
    view.flight.land()
    assert view.scene.pose == kept.pose
    assert view.scene.shown.ghosts
    assert view.scene.storey_stack.cut_m == pytest.approx(kept.cut_m)
    assert (view._selection.state.storey, view._selection.state.colour_by) == ("ground", kept.colour_by)
    assert len(kept.thumbnail) > 500


def test_a_walk_can_be_kept_too(view: TwinView) -> None:
    view.walk(True)
    view.flight.land()
    kept = view.viewpoint("Inside")
    view.walk(False)
    view.flight.land()
    view.visit(kept)
    view.flight.land()
    assert view.first_person.walker == kept.walker


def test_a_number_key_asks_for_its_viewpoint(view: TwinView) -> None:
    told: list[int] = []
    view.viewpoint_wanted.connect(told.append)
    QTest.keyClick(view.surface.widget(), Qt.Key.Key_3)
    assert told == [3]


def test_a_storey_that_is_gone_shows_the_whole_building(view: TwinView) -> None:
    view.visit(replace(view.viewpoint("x"), storey="torn down"))
    assert view._selection.state.storey is None
