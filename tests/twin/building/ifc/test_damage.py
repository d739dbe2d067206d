"""What a damaged IFC file loses is said, by name and number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.i18n import what
from tests.twin.building.ifc.plain import House
from twin.building.import_worker import read_building
from twin.model.problem import Problem, ProblemError


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two rooms and a wall."""
    made = House()
    made.room("Kitchen", (1, 2, 0), (4.5, 3.25, 2.5))
    made.room("Bath", (8, 0, 0), (2, 2, 2.25))
    made.thing("IfcWall", "Wall", (0, 0, 0), (4, 0.2, 2.5))
    return made.write(tmp_path)


def problems(path: Path) -> tuple[Problem, ...]:
    """What is said of a file, whether it is taken or not."""
    try:
        return read_building(path).problems
    except ProblemError as error:
        return error.problems


def codes(path: Path) -> list[str]:
    return [problem.code for problem in problems(path)]


def test_a_sound_file_gives_no_word(house: Path) -> None:
    assert codes(house) == []


@pytest.mark.parametrize("name", ["Duplex_A.ifc", "AC20-FZK-Haus.ifc", "bimwhale_TallBuilding.ifc"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_a_file_that_is_cut_off_says_so_first(name: str, share: float, shared_data: Path, tmp_path: Path) -> None:
    text = (shared_data / "building-models" / name).read_bytes()
    cut = tmp_path / "cut.ifc"
    cut.write_bytes(text[: int(len(text) * share)])
    assert codes(cut)[0] == "ifc.truncated"
    severities = {problem.severity for problem in problems(cut)}
    assert len(severities) == 1  # a refusal explains itself with errors, a building with warnings


def test_lines_that_are_swallowed_by_an_open_string_are_counted(house: Path) -> None:
    text = house.read_text()
    assert "'Kitchen'," in text
    house.write_text(text.replace("'Kitchen',", "'Kitchen,"))
    lost = next(problem for problem in problems(house) if problem.code == "ifc.lost_lines")
    assert re.match(r"\d+ of \d+ lines", what(lost))


def test_a_file_whose_every_line_is_lost_says_so_before_it_is_refused(shared_data: Path) -> None:
    found = problems(shared_data / "building-models" / "broken" / "ifc_missing_semicolons.ifc")
    assert [problem.code for problem in found] == ["ifc.lost_lines", "ifc.no_project"]


def test_numbers_with_a_comma_for_the_point_are_told(house: Path) -> None:
    text = house.read_text()
    assert "2.25)" in text
    house.write_text(text.replace("2.25)", "2,25)"))
    (swallowed, shapeless) = problems(house)
    assert (swallowed.code, what(swallowed).split()[0]) == ("ifc.swallowed", "1")
    assert re.fullmatch(r"#\d+", swallowed.detail)
    assert (shapeless.code, what(shapeless).split()[0]) == ("ifc.shapeless", "1")


def test_things_without_the_shape_that_the_file_has_for_them_are_counted(house: Path) -> None:
    house.write_text(re.sub(r"(IFCEXTRUDEDAREASOLID\(#\d+,#\d+,#\d+),2\.25\)", r"\1,$)", house.read_text()))
    assert codes(house) == ["ifc.shapeless"]


@pytest.mark.parametrize(("unit", "told"), [(".MILLI.", True), ("$", False)])
def test_a_unit_that_no_building_can_have_is_told(unit: str, told: bool, house: Path) -> None:
    text = house.read_text()
    house.write_text(text.replace("IFCSIUNIT(*,.LENGTHUNIT.,$,", f"IFCSIUNIT(*,.LENGTHUNIT.,{unit},"))
    assert codes(house) == (["building.size"] if told else [])


def test_millimetres_that_are_read_as_metres_are_told_without_any_room(tmp_path: Path) -> None:
    made = House()
    made.thing("IfcWall", "Wall", (0, 0, 0), (4000, 200, 2500))
    assert "building.size" in codes(made.write(tmp_path))


def test_identifiers_that_are_there_twice_are_told_and_both_rooms_stay(shared_data: Path) -> None:
    path = shared_data / "building-models" / "broken" / "ifc_duplicate_guids.ifc"
    assert "ifc.same_ids" in codes(path)
    assert len(read_building(path).rooms) == 3


def test_a_room_that_holds_all_others_is_left_out_and_named(tmp_path: Path) -> None:
    made = House()
    for i in range(4):
        made.room(f"Room {i}", (3.0 * i, 0, 0), (2.8, 4, 2.5))
    made.room("Gross area", (-0.2, -0.2, 0), (12.2, 4.4, 2.5))
    building = read_building(made.write(tmp_path))
    assert {room.name for room in building.rooms} == {f"Room {i}" for i in range(4)}
    (problem,) = building.problems
    assert problem.code == "building.gross"
    assert "Gross area" in problem.detail


def test_rooms_that_overlap_are_told(tmp_path: Path) -> None:
    made = House()
    made.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    made.room("Dining", (2, 0, 0), (4, 3, 2.5))
    made.room("Above", (0, 0, 3), (4, 3, 2.5))
    (problem,) = read_building(made.write(tmp_path)).problems
    assert problem.code == "building.overlap"
    assert what(problem).startswith("1 ")
    assert problem.detail == "Kitchen | Dining: 6.0 m²"
