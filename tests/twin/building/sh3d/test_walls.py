"""Walls of a home as solids: volumes, tops, curves, colours, and what is cut out of them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.i18n import what
from tests.twin.building.sh3d.homes import SHELL, home
from twin.building import plan_outline
from twin.building.sh3d import svg_cutouts
from twin.model.building import Building
from twin.model.mesh import MeshPart

BASE_M = 0.12
"""How far walls reach down beside the floor where the home says no thickness of it."""
CIRCLE = "M0.5,0 a0.5,0.5 0 0 1 0,1 a0.5,0.5 0 0 1 0,-1 z"


def part(building: Building, category: str = "wall") -> MeshPart:
    """The one part of a class."""
    (found,) = [part for part in building.mesh.parts if part.category == category]
    return found


def volume(building: Building) -> float:
    """Cubic metres of all walls."""
    walls = part(building)
    return plan_outline.volume(walls.positions.astype(np.float64), walls.triangles.astype(np.int32))


def wall(more: str = "", *, length: float = 400, height: float = 250, thickness: float = 20) -> str:
    """One wall along the x axis."""
    return f"<wall id='w' xStart='0' yStart='0' xEnd='{length}' yEnd='0' thickness='{thickness}' height='{height}' {more}/>"


def window(shape: str, *, width: float = 100, height: float = 100, more: str = "") -> str:
    """A window in the middle of that wall, its sill at 0.8 m."""
    cut = f"cutOutShape='{shape}'" if shape else ""
    return f"<doorOrWindow id='o' name='Window' x='200' y='0' width='{width}' depth='20' height='{height}' elevation='80' {cut} {more}/>"


def test_four_walls_are_as_much_as_their_outlines_times_their_height(tmp_path: Path) -> None:
    assert volume(home(tmp_path, SHELL)) == pytest.approx((4.1 * 3.1 - 3.9 * 2.9) * (2.5 + BASE_M), rel=1e-4)


@given(length=st.floats(50, 2000), height=st.floats(20, 600), end=st.floats(0, 600), thickness=st.floats(2, 60))
@settings(max_examples=30, deadline=None)
def test_a_wall_with_a_sloping_top_is_a_trapezium(
    tmp_path_factory: pytest.TempPathFactory, length: float, height: float, end: float, thickness: float
) -> None:
    body = wall(f"heightAtEnd='{end}'", length=length, height=height, thickness=thickness)
    built = home(tmp_path_factory.mktemp("home"), body)
    assert volume(built) == pytest.approx(length * ((height + end) / 2 + 100 * BASE_M) * thickness / 1e6, rel=0.01)
    assert plan_outline.is_closed(part(built).triangles.astype(np.int32))


@given(extent=st.floats(0.2, 5.5), side=st.sampled_from([-1, 1]), chord=st.floats(100, 1000))
@settings(max_examples=30, deadline=None)
def test_a_curved_wall_is_as_long_as_its_arc_and_bulges_to_the_left_in_plan(
    tmp_path_factory: pytest.TempPathFactory, extent: float, side: int, chord: float
) -> None:
    built = home(tmp_path_factory.mktemp("home"), wall(f"arcExtent='{side * extent}'", length=chord, thickness=10))
    radius = chord / 200 / math.sin(extent / 2)
    assert volume(built) == pytest.approx(radius * extent * 0.1 * (2.5 + BASE_M), rel=0.02)
    middle = part(built).positions[:, 1].mean()
    assert math.copysign(1, middle) == side  # y is up here: to the left of a wall that runs along +x


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        ("", 1.0),
        ("M0,0 v1 h1 v-1 z", 1.0),
        (CIRCLE, math.pi / 4),
        ("M0,1 L0.5,0 L1,1 Z", 0.5),
        ("m 0 1 v -0.5 C 0 0.2 0.2 0 0.5 0 S 1 0.2 1 0.5 V 1 z", None),
        ("M0,0 v1 h1 v-1 z M 0.25 0.25 h .5 v .5 h -.5 z", 1.0),
    ],
)
def test_a_window_cuts_its_own_shape_out_of_its_wall(tmp_path: Path, shape: str, share: float | None) -> None:
    cut = 4 * 0.2 * (2.5 + BASE_M) - volume(home(tmp_path, wall() + window(shape)))
    if share is None:
        assert 0.75 * 0.2 < cut < 0.95 * 0.2
    else:
        assert cut == pytest.approx(share * 0.2, rel=0.02)


def test_a_pointed_window_points_up_and_a_mirrored_one_is_mirrored(tmp_path: Path) -> None:
    slanted = "M0,1 L0,0 L1,1 Z"
    for more, left in (("", True), ("modelMirrored='true'", False)):
        walls = part(home(tmp_path, wall() + window(slanted, more=more)))
        tip = walls.positions[np.abs(walls.positions[:, 2] - 1.8) < 1e-3]
        assert len(tip)
        assert bool(tip[:, 0].mean() < 2) is left


def test_a_window_in_a_curved_wall_is_cut_through_all_its_pieces(tmp_path: Path) -> None:
    whole = home(tmp_path, wall("arcExtent='1.5'", thickness=10))
    high = part(whole).positions[:, 1].mean()
    opening = (
        window("", width=160).replace("y='0'", f"y='{-round(high * 100 + 22)}'").replace("depth='20'", "depth='80'")
    )
    cut = volume(whole) - volume(home(tmp_path, wall("arcExtent='1.5'", thickness=10) + opening))
    assert cut == pytest.approx(1.6 * 0.1 * 1.0, rel=0.15)


@pytest.mark.parametrize(
    "path", ["", "nonsense", "M0,0", "M0,0 L", "M nan 0 h1 v1 z", "M0,0 h1 v1 z 7", "M" + "0,0 " * 9000, "a" * 30]
)
def test_a_shape_that_cannot_be_read_leaves_the_rectangle(path: str) -> None:
    assert svg_cutouts.outline(path) is None


@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789.,- ", max_size=80))
@settings(max_examples=300)
def test_any_path_becomes_a_shape_within_the_square_or_nothing(path: str) -> None:
    found = svg_cutouts.outline(path)
    if found is not None:
        assert shapely.box(-1e-9, -1e-9, 1 + 1e-9, 1 + 1e-9).contains(found)


def test_each_side_of_a_wall_has_its_own_colour(tmp_path: Path) -> None:
    painted = home(tmp_path, wall("leftSideColor='FFFF0000' rightSideColor='FF0000FF' topColor='FF00FF00'"))
    walls = part(painted)
    middle = walls.positions[walls.triangles].mean(1)
    by_colour = {tuple(map(int, rgba[:3])): middle[(walls.colours == rgba).all(1)] for rgba in walls.colours}
    assert by_colour[0, 0, 255][:, 1].max() == pytest.approx(-0.1)  # the right of a wall that runs along +x
    assert by_colour[0, 255, 0][:, 2].min() == pytest.approx(2.5)
    assert (255, 0, 0) in by_colour


def test_baseboards_stand_before_their_side_and_leave_doors_free(tmp_path: Path) -> None:
    skirted = wall().replace(
        "/>", "><baseboard attribute='leftSideBaseboard' thickness='2' height='10' color='FF102030'/></wall>"
    )
    door = "<doorOrWindow id='d' name='Door' x='200' y='0' width='100' depth='20' height='210'/>"
    walls = part(home(tmp_path, skirted + door))
    board = walls.positions[np.unique(walls.triangles[(walls.colours[:, :3] == [16, 32, 48]).all(1)])]
    assert board[:, 1].max() == pytest.approx(0.12)
    assert board[:, 1].min() == pytest.approx(0.10)
    assert board[:, 2].max() == pytest.approx(0.10)
    assert not ((board[:, 0] > 1.51) & (board[:, 0] < 2.49)).any()


def test_walls_of_upper_storeys_reach_down_beside_their_floor(tmp_path: Path) -> None:
    levels = "".join(
        f"<level id='l{i}' name='L{i}' elevation='{i * 262}' height='250' floorThickness='12'/>" for i in range(2)
    )
    walls = "".join(wall().replace("id='w'", f"id='w{i}' level='l{i}'") for i in range(2))
    low, high = [p for p in home(tmp_path, levels + walls).mesh.parts if p.category == "wall"]
    assert (low.positions[:, 2].min(), low.positions[:, 2].max()) == pytest.approx((-0.12, 2.5))
    assert (high.positions[:, 2].min(), high.positions[:, 2].max()) == pytest.approx((2.5, 5.12))


def test_walls_reach_down_no_further_than_to_the_walls_below(tmp_path: Path) -> None:
    levels = "".join(
        f"<level id='l{i}' name='L{i}' elevation='{i * 250}' height='250' floorThickness='20'/>" for i in range(2)
    )
    walls = "".join(wall().replace("id='w'", f"id='w{i}' level='l{i}'") for i in range(2))
    _, high = [p for p in home(tmp_path, levels + walls).mesh.parts if p.category == "wall"]
    assert high.positions[:, 2].min() == pytest.approx(2.5)


def test_a_wall_without_an_end_is_left_out_and_named_and_the_others_stand(tmp_path: Path) -> None:
    built = home(tmp_path, SHELL.replace("xEnd='400' yEnd='0'", "xEnd='1e300' yEnd='0'"))
    assert volume(built) == pytest.approx((4.1 + 2 * 3) * 0.1 * (2.5 + BASE_M), rel=0.05)
    (problem,) = built.problems
    assert problem.code == "sh3d.swallowed"
    assert "Wall 1" in what(problem)
    assert "xEnd" in what(problem)


def test_a_comma_in_a_number_is_read_and_said(tmp_path: Path) -> None:
    built = home(tmp_path, wall().replace("thickness='20'", "thickness='20,5'"))
    assert volume(built) == pytest.approx(4 * 0.205 * (2.5 + BASE_M))
    assert "read as 20.5" in what(built.problems[0])
