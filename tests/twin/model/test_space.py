import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room, ring_area, ring_contains, room_at, still_named

sizes = st.floats(0.5, 50)


def room(x, y, w, d, **more):
    ring = ((x, y), (x + w, y), (x + w, y + d), (x, y + d))
    return Room(id=RoomId(f"{x},{y}"), storey=StoreyId("s"), name="R", outline=ring, **more)


@given(sizes, sizes, st.floats(-100, 100), st.floats(-100, 100))
def test_the_area_of_a_box_is_width_times_depth_and_signed_by_its_turn(w, d, x, y):
    ring = room(x, y, w, d).outline
    assert ring_area(ring) == pytest.approx(w * d, rel=1e-6)
    assert ring_area(ring[::-1]) == pytest.approx(-w * d, rel=1e-6)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_point_inside_is_in_and_a_point_beyond_is_out(u, v):
    box = room(2.0, 3.0, 4.0, 5.0)
    assert box.contains(2 + 4 * u, 3 + 5 * v)
    assert not box.contains(2 + 4 * u + 4, 3 + 5 * v)


def test_a_hole_is_not_part_of_the_room():
    hole = ((1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 1.0))
    yard = room(0, 0, 4, 4, holes=(hole,))
    assert not yard.contains(1.5, 1.5)
    assert yard.contains(3, 3)
    assert ring_contains(hole, 1.5, 1.5)


def test_a_device_is_in_the_room_whose_outline_and_height_hold_it():
    ground, upper = room(0, 0, 4, 4), room(0.5, 0.5, 3, 3, floor_m=3.0, ceiling_m=5.5)
    assert room_at([ground, upper], (1, 1, 2.4)) == (ground.id,)
    assert room_at([ground, upper], (1, 1, 4.0)) == (upper.id,)
    assert room_at([ground, upper], (9, 9, 1.0)) == ()


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("Hall", "2", "2 Hall"), ("Hall", "", "1 Hall"), ("Room", "", "1 Kitchen"), ("", "", "1 Kitchen"),
        ("1", "", "1 Kitchen"), ("", "2", "2 Kitchen"),
    ],
)  # fmt: skip
def test_a_room_keeps_the_names_that_its_file_no_longer_says(name, number, shown):
    before = Room(id=RoomId("r"), storey=StoreyId("s"), name="Kitchen", number="1")
    assert still_named(Room(id=RoomId("r"), storey=StoreyId("s"), name=name, number=number), before).title == shown
