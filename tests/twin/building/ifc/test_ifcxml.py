"""The ifcXML of IFC 2x3 is read as the STEP that says the same; anything else is refused in words."""

from __future__ import annotations

import random
from pathlib import Path

import ifcopenshell
import pytest

from app.i18n import remedy, what
from tests.twin.building.fuzz import mutated
from twin.building.ifc.ifcxml import step_of
from twin.building.import_worker import read_building
from twin.model.problem import ProblemError

HEAD = b'<iso_10303_28><uos configuration="i-ifc2x2" xmlns="http://www.iai-international.org/ifcXML2/FINAL/IFC2X3">'
TAIL = b"</uos></iso_10303_28>"


def model(body: str) -> ifcopenshell.file:
    """What ifcopenshell makes of instances in ifcXML."""
    return ifcopenshell.file.from_string(step_of(HEAD + body.encode() + TAIL).decode("latin-1"))


def test_a_real_file_gives_its_six_rooms(shared_data: Path) -> None:
    building = read_building(shared_data / "building-models" / "SixSpaces.ifcxml")
    assert [len(building.storeys), len(building.rooms), building.mesh.triangle_count] == [2, 6, 1452]
    assert sum(room.area_m2 for room in building.rooms) == pytest.approx(84.6, abs=0.05)
    assert not building.problems


def test_values_keep_their_meaning() -> None:
    (value,) = model(
        "<IfcPropertySingleValue id='a'><Name>Zoë's \\ key</Name>"
        "<NominalValue><IfcLengthMeasure>1E3</IfcLengthMeasure></NominalValue>"
        "<Unit><IfcSIUnit><UnitType>lengthunit</UnitType><Prefix>milli</Prefix><Name>metre</Name></IfcSIUnit></Unit>"
        "</IfcPropertySingleValue>"
    ).by_type("IfcPropertySingleValue")
    assert value.Name == "Zoë's \\ key"
    assert value.NominalValue.is_a("IfcLengthMeasure")
    assert value.NominalValue.wrappedValue == 1000.0
    assert (value.Unit.UnitType, value.Unit.Prefix, value.Unit.Name) == ("LENGTHUNIT", "MILLI", "METRE")


def test_aggregates_keep_their_order_and_references_their_aim() -> None:
    (line,) = model(
        "<IfcCartesianPoint id='p'><Coordinates>1. 2.5</Coordinates></IfcCartesianPoint>"
        "<IfcPolyline><Points><IfcCartesianPoint pos='1'><Coordinates>3 4</Coordinates></IfcCartesianPoint>"
        "<IfcCartesianPoint pos='0' ref='p'/></Points></IfcPolyline>"
    ).by_type("IfcPolyline")
    assert [point.Coordinates for point in line.Points] == [(1.0, 2.5), (3.0, 4.0)]


def test_what_the_schema_does_not_know_is_passed_over() -> None:
    file = model(
        "<IfcNonsense id='x'><Name>a</Name></IfcNonsense><IfcWall><Name>W</Name><Colour>red</Colour></IfcWall>"
    )
    assert [wall.Name for wall in file.by_type("IfcWall")] == ["W"]


@pytest.mark.parametrize("data", [b"<ifcXML/>", b"<a", b"", HEAD, b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"])
def test_other_xml_is_no_model(data: bytes) -> None:
    with pytest.raises((ValueError, SyntaxError)):
        step_of(data)


def test_twisted_files_are_a_building_or_a_problem(shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "building-models" / "SixSpaces.ifcxml").read_bytes()
    for seed in range(6):
        path = tmp_path / f"{seed}.ifcxml"
        path.write_bytes(mutated(whole, random.Random(seed)))
        try:
            problems = read_building(path).problems
        except ProblemError as error:
            problems = error.problems
        assert all(what(one) and remedy(one) for one in problems), seed
