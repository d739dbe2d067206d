"""Clicks land where a person meant: on corners first, then along whole angles, on walls, in line, on the grid."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.view.plan.snapping import SnapOptions, grid, length, snap
from twin.model import drawing_edits
from twin.model.drawing import DrawnStorey

EMPTY = DrawnStorey(id=1, name="x")
ONE = drawing_edits.add_wall(EMPTY, (0.0, 0.0), (4.0, 0.0))
CATCH = SnapOptions(reach_m=0.15, grid_m=0.1)


def test_a_corner_is_caught_before_anything_else() -> None:
    caught = snap(ONE, (4.1, 0.05), CATCH)
    assert (caught.at, caught.kind) == ((4.0, 0.0), "corner")


def test_a_wall_catches_beside_its_corners() -> None:
    caught = snap(ONE, (2.03, 0.08), CATCH)
    assert (caught.at, caught.kind) == ((2.0, 0.0), "wall")


def test_a_nearly_straight_line_is_straight_and_of_round_length() -> None:
    caught = snap(EMPTY, (3.02, 0.1), CATCH, start=(0.0, 0.0))
    assert (caught.at, caught.kind) == ((3.0, 0.0), "angle")


def test_a_line_ends_level_with_another_corner() -> None:
    caught = snap(ONE, (4.07, 3.03), CATCH, start=(0.0, 3.0))
    assert caught.at == (4.0, 3.0)
    assert caught.kind == "line"
    assert len(caught.guides) == 2


def test_a_line_that_comes_to_a_wall_ends_on_it() -> None:
    caught = snap(ONE, (2.04, 0.1), CATCH, start=(2.0, 3.0))
    assert (caught.at, caught.kind) == ((2.0, 0.0), "wall")


def test_without_anything_near_the_grid_catches() -> None:
    assert snap(EMPTY, (1.234, 5.678), CATCH).at == (1.2, 5.7)


def test_what_is_being_moved_catches_nothing() -> None:
    assert snap(ONE, (4.07, 0.02), SnapOptions(reach_m=0.15, grid_m=0.1, without=(1,))).kind == "grid"


place = st.tuples(st.floats(-30, 30), st.floats(-30, 30))


@given(place, place, st.floats(0.5, 2000))
def test_a_click_never_lands_far_from_the_cursor(
    to: tuple[float, float], start: tuple[float, float], zoom: float
) -> None:
    catch = SnapOptions(reach_m=11 / zoom, grid_m=grid(zoom))
    far = math.dist(snap(ONE, to, catch, start=start).at, to)
    thickest = max(wall.thickness_m for wall in ONE.walls)  # whoever clicks into a wall means its axis
    assert far <= max(3 * catch.reach_m, catch.reach_m + thickest / 2) + 1.5 * catch.grid_m + 1e-3


@pytest.mark.parametrize(
    ("typed", "metres"),
    [
        ("3.25", 3.25),
        ("3,25 m", 3.25),
        ("325cm", 3.25),
        ("3250 mm", 3.25),
        ("10'6", 3.2004),
        ("12 ft", 3.6576),
        ("7 in", 0.1778),
    ],
)
def test_lengths_are_read_as_people_write_them(typed: str, metres: float) -> None:
    assert length(typed) == pytest.approx(metres)


@pytest.mark.parametrize("typed", ["", "abc", "-3", "0", "nan", "inf", "1e99", "3.2.1", "'", "m"])
def test_what_is_no_length_is_none(typed: str) -> None:
    assert length(typed) is None
