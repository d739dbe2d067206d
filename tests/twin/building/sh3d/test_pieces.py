"""Furniture and lights of a home: where they stand, what they look like, and what is said of those that cannot be read."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.i18n import what
from tests.twin.building.sh3d.homes import BOX_OBJ, SHELL, home
from twin.building.sh3d import stand_in_furniture
from twin.model.building import Building
from twin.model.mesh import MeshPart

ROOM = "<room id='r' name='Den'><point x='5' y='5'/><point x='395' y='5'/><point x='395' y='295'/><point x='5' y='295'/></room>"


def part(building: Building, category: str = "furniture") -> MeshPart:
    """The one part of a class."""
    (found,) = [part for part in building.mesh.parts if part.category == category]
    return found


def box(building: Building, category: str = "furniture") -> tuple[list[float], list[float]]:
    """Lowest and highest corner of a class."""
    points = part(building, category).positions
    used = points[np.unique(part(building, category).triangles)]
    return used.min(0).tolist(), used.max(0).tolist()


def piece(more: str = "", inside: str = "", *, tag: str = "pieceOfFurniture", name: str = "Thing") -> str:
    """A thing of 1 m x 0.6 m x 0.5 m in the middle of the room."""
    sizes = "x='200' y='150' width='100' depth='60' height='50'"
    return f"<{tag} id='p' name='{name}' {sizes} {more}>{inside}</{tag}>"


def png(colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


def test_a_model_is_fitted_into_the_box_that_the_home_gives_it(tmp_path: Path) -> None:
    built = home(tmp_path, piece("model='m/box.obj' elevation='30'"), {"m/box.obj": BOX_OBJ})
    low, high = box(built)
    assert low == pytest.approx([1.5, -1.8, 0.3], abs=1e-5)
    assert high == pytest.approx([2.5, -1.2, 0.8], abs=1e-5)


@given(angle=st.floats(-7, 7), pitch=st.floats(-1, 1), mirrored=st.booleans())
@settings(max_examples=20, deadline=None)
def test_a_turned_piece_keeps_its_volume_and_its_middle(
    tmp_path_factory: pytest.TempPathFactory, angle: float, pitch: float, *, mirrored: bool
) -> None:
    more = f"model='b.obj' angle='{angle}' pitch='{pitch}' modelMirrored='{str(mirrored).lower()}'"
    found = part(home(tmp_path_factory.mktemp("home"), piece(more), {"b.obj": BOX_OBJ}))
    corners = found.positions[found.triangles].astype(np.float64)
    middle = corners.mean((0, 1))
    assert middle == pytest.approx([2.0, -1.5, 0.25], abs=1e-4)
    a, b, c = (corners[:, k] - middle for k in range(3))
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6 == pytest.approx(0.3, rel=1e-4)


def test_colours_of_the_home_win_over_those_of_the_model(tmp_path: Path) -> None:
    model = "usemtl red\n" + BOX_OBJ.replace("f 5 6 7 8", "usemtl white\nf 5 6 7 8")
    files = {"b.obj": model, "blue.png": png((10, 20, 200))}
    plain = part(home(tmp_path, piece("model='b.obj'"), files))
    assert {tuple(map(int, rgba[:3])) for rgba in plain.colours} == {(197, 0, 0), (255, 255, 255)}
    whole = part(home(tmp_path, piece("model='b.obj' color='FF008000'"), files))
    assert (whole.colours[:, :3] == [0, 128, 0]).all()
    material = "<material name='white'><texture name='t' image='blue.png' width='1' height='1'/></material>"
    mixed = part(home(tmp_path, piece("model='b.obj'", material), files))
    assert (10, 20, 200) in {tuple(map(int, rgba[:3])) for rgba in mixed.colours}
    clothed = part(
        home(tmp_path, piece("model='b.obj'", "<texture name='t' image='blue.png' width='1' height='1'/>"), files)
    )
    assert (clothed.colours[:, :3] == [10, 20, 200]).all()


def test_groups_inside_groups_are_taken_apart_and_hidden_ones_left_out(tmp_path: Path) -> None:
    inner = piece(name="A") + f"<furnitureGroup visible='false'>{piece(name='B')}</furnitureGroup>"
    built = home(
        tmp_path,
        f"<furnitureGroup><furnitureGroup>{inner}</furnitureGroup></furnitureGroup>" + piece("visible='false'"),
    )
    assert [element.name for element in built.mesh.elements] == ["A"]


def test_groups_nested_beyond_reason_are_cut_off_and_told(tmp_path: Path) -> None:
    deep = "<furnitureGroup>" * 500 + piece() + "</furnitureGroup>" * 500
    built = home(tmp_path, SHELL + deep)
    assert "sh3d.deep" in [problem.code for problem in built.problems]
    assert built.rooms


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"MM\x01\x02\x00\x00", "3DS"),
        (b"<?xml version='1.0'?><COLLADA/>", "Collada"),
        (b"PK\x03\x04", "zip"),
        (b"v 0 0\nf 1", "unreadable"),
        (None, "missing"),
    ],
)
def test_a_model_that_cannot_be_read_is_named_and_something_stands_there(
    tmp_path: Path, data: bytes | None, why: str
) -> None:
    built = home(tmp_path, SHELL + piece("model='x/model'", name="Vase"), {} if data is None else {"x/model": data})
    (problem,) = built.problems
    assert problem.code == "sh3d.model"
    assert f"Vase ({why})" in what(problem)
    low, high = box(built)
    assert np.subtract(high, low) == pytest.approx([1.0, 0.6, 0.5], abs=1e-5)


@pytest.mark.parametrize("name", sorted({row[1] for row in stand_in_furniture._WORDS}))  # pyright: ignore[reportPrivateUsage]
def test_every_stand_in_is_a_closed_model_of_ours(name: str) -> None:
    model = stand_in_furniture.model(name, (1.0, 0.8, 0.9))
    assert model.triangles.max() < len(model.positions)
    assert len(model.material) == len(model.triangles)


def test_a_piece_without_model_and_size_gets_those_of_what_it_is_called(tmp_path: Path) -> None:
    built = home(tmp_path, "<pieceOfFurniture id='s' catalogId='SOFA_3_SEATS' name='Main' x='0' y='0'/>")
    low, high = box(built)
    assert np.subtract(high, low) == pytest.approx([2.1, 0.9, 0.8], abs=0.02)
    assert len(part(built).triangles) > 50


def test_a_light_is_a_device_at_its_source_with_power_and_colour(tmp_path: Path) -> None:
    source = "<lightSource x='0.5' y='0.5' z='0.1' color='FFE0C0'/>"
    light = piece("power='0.75' elevation='200'", source, tag="light", name="Pendant")
    (found,) = home(tmp_path, SHELL + ROOM + light).placeholders
    assert (found.kind, found.name, found.power, found.colour) == ("light", "Pendant", 0.75, "#ffe0c0")
    assert found.position_m == pytest.approx((2.0, -1.5, 2.05))
    assert found.room is not None


@given(angle=st.floats(-7, 7), x=st.floats(0, 1), y=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_a_light_source_turns_with_its_lamp(
    tmp_path_factory: pytest.TempPathFactory, angle: float, x: float, y: float
) -> None:
    source = f"<lightSource x='{x}' y='{y}' z='0.5' color='FFFFFF'/>"
    (found,) = home(tmp_path_factory.mktemp("home"), piece(f"angle='{angle}'", source, tag="light")).placeholders
    u, v = (x - 0.5) * 1.0, (0.5 - y) * 0.6  # in the file's plan, y down, as PhotoRenderer has it
    expected = (2 + u * math.cos(angle) - v * math.sin(angle), -(1.5 + u * math.sin(angle) + v * math.cos(angle)))
    assert found.position_m[:2] == pytest.approx(expected, abs=1e-3)


def test_an_invisible_light_source_draws_nothing_and_is_a_device_all_the_same(tmp_path: Path) -> None:
    lines = "g sweethome3d_light_source\nv 0 0 0\nv 1 1 1\nl 1 2\n"
    built = home(tmp_path, SHELL + ROOM + piece("model='l'", tag="light"), {"l": lines})
    assert len(built.placeholders) == 1
    assert "fixture" not in {part.category for part in built.mesh.parts}
    assert built.problems == ()


@pytest.mark.parametrize(
    ("name", "category"),
    [("Spiral stairs", "stair"), ("Railing 2 m", "railing"), ("Roof", "roof"), ("Proofing machine", "furniture")],
)
def test_parts_of_the_building_are_told_from_furniture_by_name(tmp_path: Path, name: str, category: str) -> None:
    built = home(tmp_path, piece("model='b.obj'", name=name), {"b.obj": BOX_OBJ})
    assert [part.category for part in built.mesh.parts] == [category]


def test_leaves_of_a_door_are_elements_of_their_own(tmp_path: Path) -> None:
    def slab(x0: float, x1: float, at: int, deep: float = 1.0) -> str:
        moved = BOX_OBJ.splitlines()
        points = [line.split()[1:] for line in moved if line.startswith("v")]
        faces = [[int(i) + at for i in line.split()[1:]] for line in moved if line.startswith("f")]
        return "".join(
            f"v {x0 + float(a) * (x1 - x0)} {b} {0.5 + (float(c) - 0.5) * deep}\n" for a, b, c in points
        ) + "".join(f"f {' '.join(map(str, face))}\n" for face in faces)

    model = slab(0.0, 0.05, 0) + slab(0.05, 0.95, 8, 0.6) + slab(0.95, 1.0, 16)
    sash = "<sash xAxis='0.05' yAxis='0.5' width='0.9' startAngle='0' endAngle='-1.5707964'/>"
    door = f"<doorOrWindow id='d' name='Door' model='d.obj' x='200' y='0' width='100' depth='10' height='210'>{sash}</doorOrWindow>"
    for angle in (0.0, 2.5):
        built = home(tmp_path, door.replace("x='200'", f"x='200' angle='{angle}'"), {"d.obj": model})
        names = [element.source_id for element in built.mesh.elements]
        assert names == ["d", "d leaf 1"]
        doors = part(built, "door")
        assert [int((doors.elements == i).sum()) for i in range(2)] == [24, 12]
        leaf = doors.positions[np.unique(doors.triangles[doors.elements == 1])]
        (hinge,) = [one.hinge for one in built.doors[0].swing]
        away = np.hypot(*(leaf[:, :2] - hinge).T)
        assert away.max() == pytest.approx(0.9, abs=0.01)


def test_an_opening_of_another_program_turns_into_its_wall(tmp_path: Path) -> None:
    door = "<doorOrWindow id='d' name='Door' x='400' y='150' width='90' depth='10' height='210'/>"
    (found,) = home(tmp_path, SHELL + door).doors
    assert abs(found.angle_deg) == pytest.approx(90)
    assert len(found.rooms) == 1


def test_parts_that_were_moved_in_the_home_are_told(tmp_path: Path) -> None:
    built = home(
        tmp_path,
        SHELL + piece("model='b.obj'", "<transformation name='t' matrix='1 0 0 0 0 1 0 0 0 0 1 0'/>"),
        {"b.obj": BOX_OBJ},
    )
    assert [problem.code for problem in built.problems] == ["sh3d.moved_parts"]


@pytest.mark.parametrize("word", ["NaN", "1e300", "-Infinity", "twelve", "", "0x10", "1e-400"])
def test_a_piece_at_no_place_is_left_out_and_named_and_the_rest_stands(tmp_path: Path, word: str) -> None:
    body = SHELL + piece(name="Lost").replace("x='200'", f"x='{word}'") + piece(name="Found")
    built = home(tmp_path, body)
    names = [element.name for element in built.mesh.elements]
    assert "Found" in names
    if word != "1e-400":
        assert "Lost" not in names
        assert "Piece “Lost”" in what(built.problems[0])
        assert "x" in what(built.problems[0])


def test_many_unreadable_things_are_counted_rather_than_listed(tmp_path: Path) -> None:
    body = "".join(piece(name=f"Thing {n}").replace("width='100'", "width='NaN'") for n in range(40))
    problems = home(tmp_path, SHELL + body).problems
    assert len(problems) == 13
    assert "28 more" in what(problems[-1])
