import math
from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.building import plan_outline, wall_solids
from twin.building.ifc.read import centre_of
from twin.building.median import median
from twin.building.placement import RoomIndex
from twin.building.room_matching import MatchReason, match_rooms
from twin.building.room_recovery import rooms_from_walls
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room, Storey

sizes = st.floats(1.0, 12.0)
STOREY = Storey(id=StoreyId("s"), name="Ground", elevation_m=0.0, height_m=2.6)


def room(x: float, y: float, w: float, d: float, **more: object) -> Room:
    ring = ((x, y), (x + w, y), (x + w, y + d), (x, y + d))
    fields = {"id": RoomId(f"{x} {y}"), "storey": STOREY.id, "name": "", "outline": ring, "ceiling_m": 2.6} | more
    return Room(**fields)


def box_walls(w: float, d: float, thick: float) -> list[shapely.Polygon]:
    start = np.array([(0, 0), (w, 0), (w, d), (0, d)], float)
    return wall_solids.footprints(start, np.roll(start, -1, axis=0), np.full(4, thick))


@given(sizes, sizes, st.floats(0.08, 0.4))
def test_mitred_walls_of_a_box_tile_without_overlap_or_gap(w: float, d: float, thick: float) -> None:
    walls = box_walls(w, d, thick)
    union = shapely.union_all(walls)
    assert sum(wall.area for wall in walls) == pytest.approx(union.area, rel=1e-6)
    assert union.area == pytest.approx((w + thick) * (d + thick) - (w - thick) * (d - thick), rel=1e-6)


@settings(max_examples=30)
@given(sizes, sizes)
def test_the_room_between_four_walls_is_found_with_its_clear_area(w: float, d: float) -> None:
    found = rooms_from_walls(STOREY, box_walls(w, d, 0.1))
    clear = (w - 0.1) * (d - 0.1)
    if clear > 1.0 and min(w, d) > 0.9:
        assert [r.area_m2 for r, _ in found] == [pytest.approx(clear, rel=0.01)]


@settings(max_examples=30)
@given(sizes, st.floats(0.1, 0.4), st.floats(0.2, 0.8))
def test_a_wall_with_a_hole_is_watertight_and_weighs_what_is_left(length: float, thick: float, part: float) -> None:
    plan = shapely.box(0, 0, length, thick)
    width = length * part
    hole = wall_solids.WallHole(shapely.box((length - width) / 2, -1, (length + width) / 2, thick + 1), 0.5, 1.5)
    solid = wall_solids.wall(plan, 0.0, 2.5, [hole])
    positions, triangles = wall_solids.mesh_of(solid)
    assert plan_outline.is_closed(triangles)
    assert plan_outline.volume(positions, triangles) == pytest.approx(length * thick * 2.5 - width * thick, rel=1e-6)


@given(sizes, sizes, st.floats(0.1, 4.0))
def test_the_outline_of_a_solid_is_the_plan_it_was_raised_from(w: float, d: float, h: float) -> None:
    positions, triangles = wall_solids.slab(shapely.box(0, 0, w, d), 0.0, h)
    outline = plan_outline.outline(positions, triangles)
    assert outline is not None
    assert outline.area == pytest.approx(w * d, rel=1e-3)


@pytest.mark.parametrize("extent", [0.3, 1.5, 3.1, 4.5, -0.3, -1.5, -4.5])
def test_an_arc_begins_and_ends_on_its_chord_and_keeps_its_radius(extent: float) -> None:
    start, end = np.array([1.0, 2.0]), np.array([4.0, 3.0])
    points = wall_solids.arc(start, end, extent)
    assert points[0] == pytest.approx(start)
    assert points[-1] == pytest.approx(end)
    radius = np.hypot(3, 1) / 2 / np.sin(abs(extent) / 2)
    length = np.hypot(*np.diff(points, axis=0).T).sum()
    assert length == pytest.approx(radius * abs(extent), rel=0.01)


def test_a_door_joins_the_rooms_on_its_two_sides() -> None:
    left, right = room(0, 0, 4, 4), room(4.2, 0, 4, 4)
    places = RoomIndex([left, right], [shapely.Polygon(left.outline), shapely.Polygon(right.outline)])
    assert set(places.joined(np.array([4.1, 2.0, 0.0]), np.array([1.0, 0.0]))) == {left.id, right.id}
    assert places.joined(np.array([8.3, 2.0, 0.0]), np.array([1.0, 0.0])) == (right.id,)


def test_rooms_are_recognised_by_guid_then_name_then_shape() -> None:
    old = [
        room(0, 0, 4, 4, name="Kitchen", source_id="a"),
        room(5, 0, 3, 3, name="Hall", source_id="b"),
        room(9, 0, 2, 2, source_id="c"),
    ]
    new = [
        room(0.3, 0, 4, 4, name="Kitchen", source_id="a", id=RoomId("n1")),
        room(5, 0, 3, 3, name="Hall", source_id="x", id=RoomId("n2")),
        room(9.2, 0, 2, 2, source_id="y", id=RoomId("n3")),
        room(20, 0, 2, 2, source_id="z", id=RoomId("n4")),
    ]
    match = match_rooms(old, new)
    assert [pair.reason for pair in match.pairs] == [MatchReason.GUID, MatchReason.NAME, MatchReason.SHAPE]
    assert [pair.new.id for pair in match.moved] == ["n1", "n3"]
    assert [r.id for r in match.new] == ["n4"]
    assert match.lost == ()


def test_two_rooms_of_one_name_are_told_apart_by_place_and_never_swapped() -> None:
    old = [room(0, 0, 3, 3, name="Bath"), room(5, 0, 3, 3, name="Bath")]
    new = [room(5, 0, 3, 3, name="Bath", id=RoomId("right")), room(0, 0, 3, 3, name="Bath", id=RoomId("left"))]
    assert match_rooms(old, new).keep == {"left": old[0].id, "right": old[1].id}


def test_a_building_is_where_most_of_it_is_even_in_millimetres_called_metres() -> None:
    here, there = np.array([5.1e6, 4.8e6, 300.0]), np.array([5.1e9, 4.8e9, 3e5])
    assert np.array_equal(centre_of([here, here + 2, here + 1, np.full(3, 1e30)]), here + 1)
    assert np.array_equal(centre_of([there, there + 2, there + 1]), there + 1)
    assert np.array_equal(centre_of([np.full(3, 1e30), np.full(3, np.nan)]), np.zeros(3))


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), max_size=12))
def test_a_mesh_is_closed_where_every_edge_has_two_triangles(triangles: list[tuple[int, int, int]]) -> None:
    edges = Counter(tuple(sorted(pair)) for a, b, c in triangles for pair in ((a, b), (b, c), (c, a)))
    closed = all(count == 2 for count in edges.values())
    assert plan_outline.is_closed(np.array(triangles, np.int32).reshape(-1, 3)) == closed


@given(st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), min_size=1, max_size=9))
def test_the_median_is_numpys(values: list[float]) -> None:
    np.testing.assert_array_equal(median(values), np.median(values))
    np.testing.assert_array_equal(median(np.array([values, values]).T), np.median([values, values], axis=1))
