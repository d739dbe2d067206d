"""A drawing becomes a building: rooms found by themselves, doors between them, solids that are closed."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.building.plan.drawing_builder import DrawingBuilder, outlines, spaces
from twin.building.plan_outline import is_closed, volume
from twin.model import drawing_edits
from twin.model.drawing import Drawing, DrawnStorey, OpeningKind, empty
from twin.model.problem import ProblemError
from twin.model.space import leaf_source


def house(width: float = 4.0, depth: float = 3.0, thick: float = 0.2) -> Drawing:
    """One room, walls on the lines of a rectangle."""
    drawing = empty("House", "x")
    storey = drawing.storeys[0]
    for a, b in pairwise([(0.0, 0.0), (width, 0.0), (width, depth), (0.0, depth), (0.0, 0.0)]):
        storey = drawing_edits.add_wall(storey, a, b, thickness_m=thick)
    return drawing.with_storey(storey)


def ground(drawing: Drawing) -> DrawnStorey:
    """The lowest storey."""
    return drawing.storeys[0]


@given(st.floats(1, 40), st.floats(1, 40), st.floats(0.05, 0.4))
@settings(max_examples=40)
def test_four_walls_make_one_room_of_the_clear_area(width: float, depth: float, thick: float) -> None:
    rooms = DrawingBuilder().build(house(width, depth, thick)).rooms
    assert len(rooms) == 1
    assert rooms[0].area_m2 == pytest.approx((round(width, 4) - thick) * (round(depth, 4) - thick), abs=0.02)


@given(cuts=st.sets(st.integers(1, 9)), across=st.booleans())
@settings(max_examples=30, deadline=None)
def test_partitions_divide_a_room_and_take_only_their_own_area(cuts: set[int], across: bool) -> None:
    storey = ground(house(10.0, 10.0))
    for cut in cuts:
        line = ((0.0, cut), (10.0, cut)) if across else ((cut, 0.0), (cut, 10.0))
        storey = drawing_edits.add_wall(storey, *line, thickness_m=0.1)
    found, _ = spaces(storey, outlines(storey))
    assert len(found) == len(cuts) + 1
    assert sum(space.polygon.area for space in found) == pytest.approx(9.8 * (9.8 - 0.1 * len(cuts)), abs=1e-3)


def test_a_partition_with_a_door_makes_two_rooms_that_it_joins() -> None:
    drawing = house()
    storey = drawing_edits.add_wall(ground(drawing), (2.0, 0.0), (2.0, 3.0))
    storey = drawing_edits.add_opening(storey, OpeningKind.DOOR, (2.0, 1.5))
    storey = drawing_edits.add_opening(storey, OpeningKind.DOOR, (1.0, 0.0))
    storey = drawing_edits.name_room(drawing_edits.name_room(storey, (1, 1), "Kitchen"), (3, 1), "Bath")
    made = DrawingBuilder().build(drawing.with_storey(storey))
    assert {room.name for room in made.rooms} == {"Kitchen", "Bath"}
    inner, outer = made.doors
    assert (len(inner.rooms), len(outer.rooms)) == (2, 1)
    assert not made.problems


def test_an_opening_joins_two_rooms_and_nothing_swings_in_it() -> None:
    storey = drawing_edits.add_wall(ground(house()), (2.0, 0.0), (2.0, 3.0))
    made = DrawingBuilder().build(
        house().with_storey(drawing_edits.add_opening(storey, OpeningKind.PASSAGE, (2.0, 1.5)))
    )
    (passage,) = made.doors
    assert len(passage.rooms) == 2
    assert passage.swing == ()


def test_a_wide_door_has_two_leaves_that_meet_in_the_middle() -> None:
    storey = drawing_edits.add_opening(ground(house()), OpeningKind.DOOR, (2.0, 0.0))
    storey = drawing_edits.set_opening(storey, storey.openings[0].id, width_m=1.8)
    (door,) = DrawingBuilder().build(house().with_storey(storey)).doors
    tips = [leaf.hinge[0] + leaf.width_m * (1 if leaf.closed_deg == 0 else -1) for leaf in door.swing]
    assert tips == pytest.approx([2.0, 2.0])
    assert {leaf.open_deg for leaf in door.swing} == {90.0, -90.0}


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("width", [0.9, 1.8])
def test_the_leaves_of_a_door_are_elements_that_can_be_turned(width: float, at_end: bool, right: bool) -> None:
    storey = drawing_edits.add_opening(ground(house()), OpeningKind.DOOR, (2.0, 0.0))
    opening = storey.openings[0].id
    storey = drawing_edits.set_opening(storey, opening, width_m=width, hinge_at_end=at_end, swings_right=right)
    made = DrawingBuilder().build(house().with_storey(storey))
    (door,) = made.doors
    part = next(part for part in made.mesh.parts if part.category == "door")
    for number, leaf in enumerate(door.swing):
        wanted = leaf_source(door.source_id, number)
        row = next(i for i, one in enumerate(made.mesh.elements) if one.source_id == wanted)
        points = part.positions[part.triangles[part.elements == row]].reshape(-1, 3)
        angle = math.radians(leaf.closed_deg)
        along = (points[:, :2] - leaf.hinge) @ np.array([math.cos(angle), math.sin(angle)])
        assert along.min() > -0.01
        assert along.max() < leaf.width_m + 0.01
        thick = np.abs((points[:, :2] - leaf.hinge) @ np.array([-math.sin(angle), math.cos(angle)])) > 0.04
        assert along[thick].min() > leaf.width_m / 2, "the handle is opposite the hinge"


def test_a_name_outside_of_every_room_is_said() -> None:
    drawing = house()
    made = DrawingBuilder().build(drawing.with_storey(drawing_edits.name_room(ground(drawing), (40, 40), "Garden")))
    assert [problem.code for problem in made.problems] == ["drawing.name_nowhere"]


def test_a_named_room_keeps_its_id_while_its_walls_move() -> None:
    drawing = house()
    storey = drawing_edits.name_room(ground(drawing), (1, 1), "Kitchen")
    drafting = DrawingBuilder()
    before = drafting.build(drawing.with_storey(storey)).rooms[0]
    after = drafting.build(drawing.with_storey(drawing_edits.move_wall(storey, 1, (0, -2.0)))).rooms[0]
    assert before.id == after.id
    assert after.area_m2 > before.area_m2 + 7


def test_a_room_within_a_room_is_a_hole_in_it() -> None:
    storey = ground(house(10, 10))
    for a, b in pairwise([(4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0), (4.0, 4.0)]):
        storey = drawing_edits.add_wall(storey, a, b)
    rooms = DrawingBuilder().build(replace(empty(), storeys=(storey,))).rooms
    assert [len(room.holes) for room in rooms] == [1, 0]


def test_every_wall_is_a_closed_solid_less_its_openings() -> None:
    drawing = house()
    storey = drawing_edits.add_opening(ground(drawing), OpeningKind.WINDOW, (2.0, 0.0))
    whole = next(part for part in DrawingBuilder().build(drawing).mesh.parts if part.category == "wall")
    cut = next(
        part for part in DrawingBuilder().build(drawing.with_storey(storey)).mesh.parts if part.category == "wall"
    )
    for part in (whole, cut):
        assert is_closed(part.triangles.astype("i4"))
    hollow = 1.2 * 1.3 * 0.2
    left = volume(whole.positions.astype(float), whole.triangles.astype("i4")) - hollow
    assert volume(cut.positions.astype(float), cut.triangles.astype("i4")) == pytest.approx(left, rel=1e-4)


spot = st.tuples(st.floats(-8, 8), st.floats(-8, 8))


@given(st.lists(st.tuples(spot, spot), max_size=10))
@settings(max_examples=60, deadline=None)
def test_whatever_is_drawn_can_be_built_and_rooms_never_overlap_walls(lines: list[tuple[tuple, tuple]]) -> None:
    storey = DrawnStorey(id=1, name="x")
    for a, b in lines:
        try:
            storey = drawing_edits.add_wall(storey, a, b)
        except ProblemError:
            continue
    made = DrawingBuilder().build(Drawing(storeys=(storey,)))
    found, _ = spaces(storey, outlines(storey))
    assert len(found) == len(made.rooms)
    for i, one in enumerate(found):
        for other in found[i + 1 :]:
            assert one.polygon.intersection(other.polygon).area < 1e-3
