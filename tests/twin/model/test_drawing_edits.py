"""A drawing can be changed in any order: walls meet, openings stay in their walls, refusals change nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import remedy
from twin.model import drawing_edits, storey_edits
from twin.model.drawing import Backdrop, Drawing, DrawnStorey, OpeningKind, as_json, empty, from_json
from twin.model.problem import ProblemError

STOREY = DrawnStorey(id=1, name="Ground floor")
BOX = ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))

coordinate = st.floats(-50, 50, allow_nan=False)
spots = st.tuples(coordinate, coordinate)


def box(storey: DrawnStorey = STOREY) -> DrawnStorey:
    """Four walls around 4 m by 3 m."""
    for a, b in zip(BOX, (*BOX[1:], BOX[0]), strict=True):
        storey = drawing_edits.add_wall(storey, a, b, thickness_m=0.2)
    return storey


def code(error: pytest.ExceptionInfo[ProblemError]) -> str:
    """What was refused."""
    return error.value.problems[0].code


def test_a_wall_that_crosses_another_splits_both_and_nothing_of_either_is_lost() -> None:
    storey = drawing_edits.add_wall(box(), (2.0, -1.0), (2.0, 4.0))
    assert len(storey.walls) == 4 + 2 + 3
    assert sum(wall.length_m for wall in storey.walls) == pytest.approx(14 + 5)
    assert sum((2.0, 0.0) in (wall.a, wall.b) for wall in storey.walls) == 4


def test_a_wall_that_only_leans_on_another_does_not_split_it() -> None:
    assert len(drawing_edits.add_wall(box(), (2.0, 0.0), (2.0, 3.0)).walls) == 5


def test_moving_a_wall_takes_its_corners_and_the_walls_that_lean_on_it_along() -> None:
    storey = drawing_edits.add_wall(box(), (2.0, 0.0), (2.0, 3.0))
    moved = drawing_edits.move_wall(storey, storey.walls[0].id, (0.0, -1.0))
    ends = {end for wall in moved.walls for end in (wall.a, wall.b)}
    assert {(0.0, -1.0), (4.0, -1.0), (2.0, -1.0)} <= ends
    assert not {(0.0, 0.0), (4.0, 0.0)} & ends


def test_a_door_stays_where_it_is_while_its_wall_grows_and_is_split() -> None:
    storey = drawing_edits.add_opening(box(), OpeningKind.DOOR, (3.0, 0.1))
    where = storey.walls[0].at(storey.openings[0].offset_m)
    grown = drawing_edits.move_point(storey, (0.0, 0.0), (-2.0, 0.0))
    assert grown.walls[0].at(grown.openings[0].offset_m) == pytest.approx(where)
    halved = drawing_edits.split(grown, grown.walls[0].id, (1.0, 0.0))
    wall = halved.wall(halved.openings[0].wall)
    assert wall is not None
    assert wall.at(halved.openings[0].offset_m) == pytest.approx(where)


def test_deleting_a_wall_takes_its_doors_and_nothing_else() -> None:
    storey = drawing_edits.add_opening(
        drawing_edits.name_room(box(), (2, 1), "Kitchen"), OpeningKind.WINDOW, (2.0, 0.0)
    )
    left = drawing_edits.remove(storey, [storey.walls[0].id])
    assert (len(left.walls), len(left.openings), len(left.names)) == (3, 0, 1)


def test_rooms_dragged_side_by_side_share_their_wall() -> None:
    one = drawing_edits.add_box(STOREY, (0, 0), (4, 3))
    two = drawing_edits.add_box(one, (4, 0), (7, 5))
    assert len(one.walls) == 4
    assert sum(wall.length_m for wall in two.walls) == pytest.approx(14 + 3 + 5 + 3 + 2)
    with pytest.raises(ProblemError) as error:
        drawing_edits.add_box(two, (0, 0), (4, 3))
    assert code(error) == "drawing.double_room"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=6))
def test_boxes_never_lay_two_walls_on_each_other(boxes: list[tuple[int, int, int, int]]) -> None:
    storey = STOREY
    for x, y, u, v in boxes:
        try:
            storey = drawing_edits.add_box(storey, (x, y), (u, v))
        except ProblemError:
            continue
    drawn = set[tuple[int, int, bool]]()
    for wall in storey.walls:
        across = wall.a[1] == wall.b[1]
        along = sorted((wall.a[0], wall.b[0]) if across else (wall.a[1], wall.b[1]))
        for step in range(round(along[0]), round(along[1])):
            piece = (step, round(wall.a[1] if across else wall.a[0]), across)
            assert piece not in drawn
            drawn.add(piece)


def test_two_walls_join_where_their_lines_meet() -> None:
    storey = drawing_edits.add_wall(drawing_edits.add_wall(STOREY, (0, 0), (3, 0)), (4, 1), (4, 5))
    joined = drawing_edits.join(storey, *(wall.id for wall in storey.walls))
    assert joined.walls[0].b == joined.walls[1].a == (4.0, 0.0)


def test_a_typed_length_moves_the_far_end_and_its_neighbour() -> None:
    storey = drawing_edits.set_wall(box(), 1, length_m=5.0)
    assert storey.walls[0].b == storey.walls[1].a == (5.0, 0.0)


@pytest.mark.parametrize(
    ("wanted", "do"),
    {
        "drawing.short": lambda s: drawing_edits.add_wall(s, (1, 1), (1, 1.01)),
        "drawing.double": lambda s: drawing_edits.add_wall(s, (1, 0), (3, 0)),
        "drawing.far": lambda s: drawing_edits.add_wall(s, (0, 0), (math.nan, 1)),
        "drawing.through": lambda s: drawing_edits.add_wall(s, (2, -1), (2, 1)),
        "drawing.overlap": lambda s: drawing_edits.add_opening(s, OpeningKind.WINDOW, (2.3, 0)),
        "drawing.no_wall": lambda s: drawing_edits.add_opening(s, OpeningKind.DOOR, (20, 20)),
        "drawing.no_room_left": lambda s: drawing_edits.move_point(s, (4.0, 0.0), (0.5, 0.0)),
        "drawing.tall": lambda s: drawing_edits.set_opening(s, s.openings[0].id, height_m=9.0),
        "drawing.thickness": lambda s: drawing_edits.set_wall(s, 1, thickness_m=9.0),
        "drawing.height": lambda s: drawing_edits.set_wall(s, 1, height_m=-1.0),
        "drawing.parallel": lambda s: drawing_edits.join(s, 1, 3),
        "drawing.nameless": lambda s: drawing_edits.name_room(s, (1, 1), "\u202e \t"),
        "drawing.gone": lambda s: drawing_edits.set_wall(s, 99, thickness_m=0.2),
    }.items(),
)
def test_what_cannot_be_is_refused_in_words(wanted: str, do: object) -> None:
    storey = drawing_edits.add_opening(box(), OpeningKind.DOOR, (2.0, 0.0))
    with pytest.raises(ProblemError) as error:
        do(storey)  # type: ignore[operator]
    assert code(error) == wanted
    assert remedy(error.value.problems[0])


def test_no_wall_ends_in_a_door_and_no_door_stands_where_a_wall_ends() -> None:
    storey = drawing_edits.add_opening(box(), OpeningKind.DOOR, (2.0, 0.0))
    with pytest.raises(ProblemError) as error:
        drawing_edits.add_wall(storey, (2.2, 0.0), (2.2, 2.0))
    assert code(error) == "drawing.through"
    storey = drawing_edits.add_wall(box(), (2.0, 0.0), (2.0, 3.0))
    with pytest.raises(ProblemError) as error:
        drawing_edits.add_opening(storey, OpeningKind.WINDOW, (2.3, 0.0))
    assert code(error) == "drawing.blocked"
    assert drawing_edits.add_opening(storey, OpeningKind.WINDOW, (3.0, 0.0)).openings


def test_a_window_above_a_window_is_no_overlap() -> None:
    storey = drawing_edits.add_opening(replace(box(), height_m=6.0), OpeningKind.WINDOW, (2.0, 0.0))
    above = replace(storey.openings[0], id=storey.next_id, sill_m=3.0)
    assert len(drawing_edits.put_opening(storey, above).openings) == 2


def test_a_storey_copied_from_below_stands_on_it_and_goes_up_with_it() -> None:
    drawing = empty("House").with_storey(drawing_edits.add_opening(box(), OpeningKind.DOOR, (2.0, 0.0)))
    two = storey_edits.add_storey(drawing, "Upper floor", copy=True)
    assert two.storeys[1].walls == two.storeys[0].walls
    assert two.storeys[1].elevation_m == pytest.approx(2.6)
    assert storey_edits.set_storey(two, 1, height_m=3.0).storeys[1].elevation_m == pytest.approx(3.0)
    assert storey_edits.remove_storey(two, 1).storeys[0].elevation_m == pytest.approx(0.0)
    with pytest.raises(ProblemError):
        storey_edits.remove_storey(drawing, 1)


def test_two_points_and_their_distance_scale_a_picture_about_the_first() -> None:
    back = Backdrop(picture="0" * 64, size_px=(800, 600), m_per_px=0.01, origin=(0.0, 6.0))
    scaled = storey_edits.scale_backdrop(back, (2.0, 4.0), (4.0, 4.0), 5.0)
    assert scaled.m_per_px == pytest.approx(0.025)
    pixel = ((2.0 - back.origin[0]) / back.m_per_px, (back.origin[1] - 4.0) / back.m_per_px)
    x, y = scaled.origin[0] + pixel[0] * scaled.m_per_px, scaled.origin[1] - pixel[1] * scaled.m_per_px
    assert (x, y) == pytest.approx((2.0, 4.0), abs=1e-3)
    with pytest.raises(ProblemError):
        storey_edits.scale_backdrop(back, (2.0, 4.0), (2.0, 4.0), 5.0)


@given(st.lists(st.tuples(spots, spots), max_size=8))
def test_whatever_is_drawn_no_length_is_lost_and_the_text_gives_it_back(lines: list[tuple[tuple, tuple]]) -> None:
    storey, drawn = STOREY, 0.0
    for a, b in lines:
        try:
            storey = drawing_edits.add_wall(storey, a, b)
        except ProblemError:
            continue
        drawn += math.dist(a, b)
    assert sum(wall.length_m for wall in storey.walls) == pytest.approx(drawn, abs=0.01)
    ids = [wall.id for wall in storey.walls]
    assert len(set(ids)) == len(ids)
    drawing = Drawing(name="x", storeys=(storey,))
    assert from_json(as_json(drawing)) == drawing


@given(st.lists(st.tuples(st.integers(0, 5), spots), max_size=12))
def test_edits_in_any_order_keep_every_opening_inside_its_wall(edits: list[tuple[int, tuple[float, float]]]) -> None:
    storey = box()
    for kind, at in edits:
        wall = storey.walls[len(edits) % len(storey.walls)]
        try:
            match kind:
                case 0:
                    storey = drawing_edits.add_wall(storey, (2.0, 1.0), at)
                case 1:
                    storey = drawing_edits.move_point(storey, wall.b, at)
                case 2:
                    storey = drawing_edits.move_wall(storey, wall.id, (at[0] / 20, at[1] / 20))
                case 3:
                    storey = drawing_edits.add_opening(storey, OpeningKind.DOOR, at, reach_m=99)
                case 4:
                    storey = drawing_edits.split(storey, wall.id, at)
                case _:
                    storey = drawing_edits.add_opening(storey, OpeningKind.WINDOW, at, reach_m=99)
        except ProblemError:
            continue
    for one in storey.openings:
        wall = storey.wall(one.wall)
        assert wall is not None
        assert one.width_m / 2 - 1e-3 <= one.offset_m <= wall.length_m - one.width_m / 2 + 1e-3
    drawing = Drawing(storeys=(storey,))
    assert from_json(as_json(drawing)) == drawing


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"name":"","site":"","storeys":[{}]}', '{"name":"","site":"","storeys":{"a":1}}', "1", "[[[["],
)
def test_a_text_that_is_no_drawing_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(text)
