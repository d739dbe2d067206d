"""Doors of a home: where they are, what they join, how their leaves swing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import what
from tests.twin.building.sh3d.homes import SHELL, home
from twin.building.sh3d import door_swing
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.model.space import DoorLeaf, leaf_door, leaf_source
from twin.share.ifc_building import doors_of_leaves

LEFT = "<sash xAxis='0.05' yAxis='0.5' width='0.9' startAngle='0' endAngle='-1.5707964'/>"
RIGHT = "<sash xAxis='0.95' yAxis='0.5' width='0.9' startAngle='3.1415927' endAngle='4.712389'/>"


def door(sashes: str, *, angle: float = 0.0, more: str = "") -> str:
    """A door in the middle of the northern wall."""
    return f"<doorOrWindow id='d' name='Door' x='200' y='0' width='100' depth='10' height='210' angle='{angle}' {more}>{sashes}</doorOrWindow>"


def tip(leaf: DoorLeaf, share: float) -> tuple[float, float]:
    """Where the free edge of a leaf is, at a share of its way."""
    angle = math.radians(leaf.closed_deg + share * leaf.open_deg)
    return leaf.hinge[0] + leaf.width_m * math.cos(angle), leaf.hinge[1] + leaf.width_m * math.sin(angle)


def test_a_leaf_lies_in_its_wall_when_shut_and_reaches_into_the_room_when_open(tmp_path: Path) -> None:
    (found,) = home(tmp_path, SHELL + door(LEFT)).doors
    (leaf,) = found.swing
    assert leaf == DoorLeaf((1.55, 0.0), 0.0, -90.0, 0.9)
    assert tip(leaf, 0) == pytest.approx((2.45, 0.0))
    assert tip(leaf, 1) == pytest.approx((1.55, -0.9))


def test_a_mirrored_door_hangs_on_the_other_side_and_opens_into_the_same_room(tmp_path: Path) -> None:
    (found,) = home(tmp_path, SHELL + door(LEFT, more="modelMirrored='true'")).doors
    (leaf,) = found.swing
    assert leaf.hinge == pytest.approx((2.45, 0.0))
    assert tip(leaf, 0) == pytest.approx((1.55, 0.0))
    assert tip(leaf, 1) == pytest.approx((2.45, -0.9))


def test_a_door_of_two_leaves_has_two(tmp_path: Path) -> None:
    (found,) = home(tmp_path, SHELL + door(LEFT + RIGHT)).doors
    one, two = found.swing
    assert tip(two, 0) == pytest.approx((1.55, 0.0))
    assert tip(two, 1) == pytest.approx((2.45, -0.9))
    assert tip(one, 1)[1] == pytest.approx(tip(two, 1)[1])


def test_a_sash_that_is_drawn_open_is_shut_where_it_lies_along_the_wall(tmp_path: Path) -> None:
    drawn_open = "<sash xAxis='0.05' yAxis='0.5' width='0.9' startAngle='-1.5707964' endAngle='0'/>"
    (found,) = home(tmp_path, SHELL + door(drawn_open)).doors
    assert found.swing == (DoorLeaf((1.55, 0.0), 0.0, -90.0, 0.9),)


def test_a_door_without_sashes_has_no_leaf_and_joins_rooms_all_the_same(tmp_path: Path) -> None:
    (found,) = home(tmp_path, SHELL + door("", more="model='gate.obj'")).doors
    assert found.swing == ()
    assert len(found.rooms) == 1


def test_a_door_that_we_draw_for_want_of_a_model_swings_as_drawn(tmp_path: Path) -> None:
    built = home(tmp_path, SHELL + door(""))
    assert built.doors[0].swing == (DoorLeaf((1.55, 0.0), 0.0, -90.0, 0.9),)
    assert "d leaf 1" in [element.source_id for element in built.mesh.elements]


def test_a_sash_with_unreadable_numbers_is_named(tmp_path: Path) -> None:
    building = home(tmp_path, SHELL + door(LEFT.replace("0.05", "NaN"), more="model='gate.obj'"))
    assert building.doors[0].swing == ()
    assert [problem.code for problem in building.problems] == ["sh3d.swallowed", "sh3d.model"]
    assert "Piece “Door”" in what(building.problems[0])


@given(
    angle=st.floats(-7, 7), x=st.floats(-5000, 5000), y=st.floats(-5000, 5000), width=st.floats(20, 300),
    mirrored=st.booleans(), end=st.floats(0.3, 3.0), side=st.sampled_from([-1, 1]), axis=st.floats(0, 1),
)  # fmt: skip
def test_a_leaf_turns_with_its_door(
    angle: float, x: float, y: float, width: float, *, mirrored: bool, end: float, side: int, axis: float
) -> None:
    sash: Sh3dRow = {"xAxis": axis, "yAxis": 0.5, "width": 0.8, "startAngle": 0.0, "endAngle": side * end}
    row: Sh3dRow = {"x": x, "y": y, "width": width, "depth": 10.0, "sashes": [sash]}
    row["modelMirrored"] = str(mirrored).lower()
    plain = Sh3dHome.__new__(Sh3dHome)
    (still,) = door_swing.leaves(plain, row)
    (turned,) = door_swing.leaves(plain, {**row, "angle": angle})
    cos, sin = math.cos(-angle), math.sin(-angle)
    for share in (0.0, 0.5, 1.0):
        px, py = (a - b for a, b in zip(tip(still, share), (x / 100, -y / 100), strict=True))
        expected = (x / 100 + px * cos - py * sin, -y / 100 + px * sin + py * cos)
        assert tip(turned, share) == pytest.approx(expected, abs=2e-3)
    assert -180 < turned.closed_deg <= 180


def test_the_leaf_of_a_door_is_told_from_other_things() -> None:
    assert leaf_door(leaf_source("door 7", 1)) == "door 7"
    for other in ("door 7", "overleaf 3", "a leaf b", ""):
        assert leaf_door(other) == ""


def test_a_door_leaves_as_one_door_with_its_leaves(tmp_path: Path) -> None:
    built = home(tmp_path, SHELL + door(LEFT))
    numbers = doors_of_leaves(built.mesh)
    sources = [built.mesh.elements[number].source_id for number in numbers]
    assert sources.count("d") == 2
    assert len(set(numbers.tolist())) == len(numbers) - 1
