"""Rooms and levels of a home: outlines, heights, floors, names, and where the home stands."""

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
from twin.model.building import Building


def room(more: str = "", *, x: float = 0, y: float = 0, w: float = 400, h: float = 300) -> str:
    """A rectangular room."""
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
    return f"<room {more}>{''.join(f'<point x="{a}" y="{b}"/>' for a, b in corners)}</room>"


def floors(building: Building) -> float:
    """Square metres of floor plates, as seen from above."""
    area = 0.0
    for part in building.mesh.parts:
        if part.category == "slab":
            corners = part.positions[part.triangles].astype(np.float64)
            cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2]
            area += cross[cross > 0].sum() / 2
    return float(area)


@given(st.lists(st.tuples(st.floats(0.5, 1.0), st.integers(2, 30)), min_size=3, max_size=14), st.floats(100, 900))
@settings(max_examples=30, deadline=None)
def test_a_room_is_as_large_as_its_outline(
    tmp_path_factory: pytest.TempPathFactory, spokes: list[tuple[float, int]], size: float
) -> None:
    turns = np.cumsum([step for _, step in spokes]) / sum(step for _, step in spokes) * 2 * math.pi
    corners = [(r * size * math.cos(a), r * size * math.sin(a)) for (r, _), a in zip(spokes, turns, strict=True)]
    shape = shapely.Polygon(corners)
    if not shape.is_valid or shape.area < 20_000:
        return
    points = "".join(f"<point x='{x}' y='{y}'/>" for x, y in corners)
    built = home(tmp_path_factory.mktemp("home"), f"<room id='r' name='R'>{points}</room>")
    (found,) = built.rooms
    assert found.area_m2 == pytest.approx(shape.area / 1e4, rel=1e-6)
    assert shapely.Polygon(found.outline).area == pytest.approx(shape.area / 1e4, rel=0.01)
    assert floors(built) == pytest.approx(found.area_m2, rel=0.02)


def test_a_room_under_a_sloping_roof_is_as_high_as_the_walls_around_it(tmp_path: Path) -> None:
    tops = {"w0": (250, 250), "w1": (250, 100), "w2": (100, 100), "w3": (100, 250)}
    walls = "\n".join(
        line.replace("height='250'", "height='{}' heightAtEnd='{}'".format(*tops[id]))
        for id, line in zip(tops, SHELL.strip().splitlines(), strict=True)
    )
    (found,) = home(tmp_path, walls + room("id='r' name='Attic'", x=5, y=5, w=390, h=290)).rooms
    assert found.ceiling_m == pytest.approx(2.5, abs=0.05)
    assert found.volume_m3 == pytest.approx(3.9 * 2.9 * 1.75, rel=0.02)


def test_parapets_do_not_lower_a_ceiling(tmp_path: Path) -> None:
    low = SHELL.replace("height='250'", "height='100'")
    (found,) = home(tmp_path, low + room("id='r' name='Balcony'")).rooms
    assert found.ceiling_m == pytest.approx(2.5)


def test_basements_lie_below_and_levels_that_nobody_may_view_are_left_out_and_told(tmp_path: Path) -> None:
    body = (
        "<level id='b' name='Cellar' elevation='-262' height='250' floorThickness='12'/>"
        "<level id='g' name='Ground' elevation='0' height='250' floorThickness='12' visible='false'/>"
        "<level id='h' name='Wiring' elevation='0' height='250' floorThickness='12' elevationIndex='1' viewable='false'/>"
    )
    for id in "bgh":
        body += SHELL.replace("<wall ", f"<wall level='{id}' ") + room(
            f"id='r{id}' level='{id}' name='R{id}'", x=5, y=5, w=390, h=290
        )
    built = home(tmp_path, body)
    assert [(storey.name, storey.elevation_m) for storey in built.storeys] == [("Cellar", -2.62), ("Ground", 0.0)]
    assert [room.name for room in built.rooms] == ["Rb", "Rg"]
    assert [problem.code for problem in built.problems] == ["sh3d.hidden_level"]
    assert "Wiring" in what(built.problems[0])
    assert min(part.positions[:, 2].min() for part in built.mesh.parts) == pytest.approx(-2.74)


def test_a_label_names_the_nameless_room_around_it(tmp_path: Path) -> None:
    body = room("id='a'") + room("id='b' name='Hall'", x=500) + room("id='c'", x=1000)
    for x in (100, 600):
        body += f"<label x='{x}' y='100'><text>Kitchen {x}</text></label>"
    assert [found.name for found in home(tmp_path, body).rooms] == ["Kitchen 100", "Hall", "Room 3"]


def test_rooms_are_found_between_walls_where_none_is_drawn_and_labels_name_them(tmp_path: Path) -> None:
    (found,) = home(tmp_path, SHELL + "<label x='200' y='150'><text>Studio</text></label>").rooms
    assert found.name == "Studio"
    assert found.area_m2 == pytest.approx(3.9 * 2.9, rel=1e-3)


def test_a_space_that_was_not_drawn_beside_rooms_that_were_gets_a_floor_and_a_word(tmp_path: Path) -> None:
    more = "".join(
        f"<wall id='v{i}' xStart='{a}' yStart='{b}' xEnd='{c}' yEnd='{d}' height='250' thickness='10'/>"
        for i, (a, b, c, d) in enumerate([(400, 0, 800, 0), (800, 0, 800, 300), (800, 300, 400, 300)])
    )
    built = home(tmp_path, SHELL + more + room("id='r' name='Den'", x=5, y=5, w=390, h=290))
    assert [found.name for found in built.rooms] == ["Den"]
    assert [problem.code for problem in built.problems] == ["sh3d.no_room"]
    assert floors(built) == pytest.approx(2 * 3.9 * 2.9, rel=0.01)


def test_stairs_cut_their_well_out_of_the_floor_above(tmp_path: Path) -> None:
    levels = "".join(
        f"<level id='l{i}' name='L{i}' elevation='{i * 262}' height='250' floorThickness='12'/>" for i in range(2)
    )
    stairs = "<pieceOfFurniture level='l0' id='s' name='Stairs' x='200' y='150' width='100' depth='200' height='262' angle='0.5' staircaseCutOutShape='M0,0 v1 h1 v-1 z'/>"
    built = home(tmp_path, levels + room("id='r' level='l1' name='Upper'") + stairs)
    assert built.rooms[0].area_m2 == pytest.approx(12.0)
    assert floors(built) == pytest.approx(10.0, rel=0.01)


def test_an_outline_that_crosses_itself_keeps_its_largest_part_and_is_told(tmp_path: Path) -> None:
    points = [(0, 0), (400, 0), (400, 300), (150, 300), (150, -100), (0, -100)]
    body = "".join(f"<point x='{x}' y='{y}'/>" for x, y in points)
    built = home(tmp_path, SHELL + f"<room id='r' name='Odd'>{body}</room>")
    assert [problem.code for problem in built.problems] == ["sh3d.crossed"]
    assert built.rooms[0].area_m2 == pytest.approx(7.5)


@pytest.mark.parametrize("points", [[(0, 0), (400, 0)], [(0, 0), ("NaN", 0), (400, 300)], [(0, 0)] * 2100])
def test_a_room_without_an_outline_is_left_out_and_named(tmp_path: Path, points: list[tuple[object, object]]) -> None:
    body = "".join(f"<point x='{x}' y='{y}'/>" for x, y in points)
    built = home(
        tmp_path, SHELL + room("id='a' name='Good'", x=5, y=5, w=390, h=290) + f"<room name='Bad'>{body}</room>"
    )
    assert [found.name for found in built.rooms] == ["Good"]
    assert "Room “Bad”" in what(built.problems[0])


def test_the_compass_says_where_the_home_stands_and_how_it_is_turned(tmp_path: Path) -> None:
    compass = f"<compass x='0' y='0' diameter='100' northDirection='{math.radians(30)}' longitude='{math.radians(13.4)}' latitude='{math.radians(52.5)}' timeZone='Europe/Berlin'/>"
    site = home(tmp_path, SHELL + compass).site
    assert (site.latitude, site.longitude, site.north_deg) == pytest.approx((52.5, 13.4, 30.0))
    assert site.time_zone == "Europe/Berlin"


def test_a_compass_on_no_globe_says_nothing(tmp_path: Path) -> None:
    site = home(tmp_path, SHELL + "<compass longitude='99' latitude='7' northDirection='NaN' timeZone='../etc'/>").site
    assert site.time_zone == ""
    assert (site.latitude, site.longitude, site.north_deg) == (None, None, 0.0)


def test_floors_have_the_colour_of_their_paint_and_hidden_ones_are_not_there(tmp_path: Path) -> None:
    painted = home(tmp_path, room("id='r' name='R' floorColor='FF112233'"))
    (slab,) = [part for part in painted.mesh.parts if part.category == "slab"]
    assert (slab.colours[:, :3] == [0x11, 0x22, 0x33]).all()
    assert floors(home(tmp_path, room("id='r' name='R' floorVisible='false'"))) == 0


def test_every_wall_and_floor_of_a_real_home_is_closed(shared_data: Path) -> None:
    from tests.twin.building.sh3d.homes import read

    built = read(shared_data / "building-models" / "andijcr_default.sh3d")
    for part in built.mesh.parts:
        if part.category == "slab":
            assert plan_outline.is_closed(part.triangles.astype(np.int32))


def test_a_floor_that_the_file_paints_is_known_by_its_room_and_one_that_it_does_not_is_not(tmp_path: Path) -> None:
    building = home(tmp_path, room("id='a' name='Oak' floorColor='FFCD8250'") + room("id='b' name='Bare'", x=500))
    slabs = {element.name: element.source_id for element in building.mesh.elements if element.ifc_class == "IfcSlab"}
    assert slabs["Floor of Oak"] == "a"
    assert slabs["Floor of Bare"] not in ("", "b")
