"""What an IFC file leaves out is not lost: devices without a shape, rooms without a body, lengths without a unit, letters
that its format does not allow."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.twin.building.ifc.plain import House
from twin.building.ifc.encoding import encoding_of, escaped
from twin.building.ifc.ifc_classes import device_kind
from twin.building.import_worker import read_building
from twin.model.building import Building

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")


def codes(building: Building) -> list[str]:
    return [problem.code for problem in building.problems]


def sensor(house: House, name: str, inside: Any, placement: Any = None) -> Any:
    """A sensor without a shape."""
    made = house.root("IfcSensor", name, ObjectPlacement=placement)
    house.root("IfcRelContainedInSpatialStructure", RelatingStructure=inside, RelatedElements=[made])
    return made


def test_a_sensor_without_a_shape_is_in_the_room_that_contains_it(tmp_path: Path) -> None:
    house = House()
    rooms = [house.room(name, (5.0 * n, 0, 0), (4, 4, 2.5)) for n, name in enumerate(("Hall", "Office"))]
    for n in range(3):
        sensor(house, f"In the office {n}", rooms[1])
    sensor(house, "Placed with its room", rooms[0], rooms[0].ObjectPlacement)
    spot = house.make("IfcLocalPlacement", RelativePlacement=house.axes(6.0, 1.0, 1.5))
    sensor(house, "Placed exactly", rooms[1], spot)
    sensor(house, "On the storey", house.storey)
    building = read_building(house.write(tmp_path))
    names = {room.id: room.name for room in building.rooms}
    found = {one.name: (names[one.room] if one.room else None, one.position_m) for one in building.placeholders}
    assert {name: room for name, (room, _) in found.items()} == {
        "In the office 0": "Office", "In the office 1": "Office", "In the office 2": "Office",
        "Placed with its room": "Hall", "Placed exactly": "Office", "On the storey": None,
    }  # fmt: skip
    assert found["Placed exactly"][1] == (6.0, 1.0, 1.5)
    outlines = {room.name: room for room in building.rooms}
    assert all(outlines[room].contains(*spot[:2]) for room, spot in found.values() if room)
    assert len({spot for _, spot in found.values()}) == 6
    assert codes(building) == ["ifc.devices_without_shape"]


def test_the_case_of_four_sensors_without_a_shape(shared_data: Path) -> None:
    building = read_building(shared_data.parent / "cases" / "building" / "sensors_without_shape.ifc")
    names = {room.id: room.number or room.name for room in building.rooms}
    found = [names[one.room] for one in building.placeholders if one.name.startswith("Temperature") and one.room]
    assert len(set(found)) == 4


def outline(house: House, corners: list[tuple[float, float]], identifier: str = "FootPrint") -> Any:
    """A closed line as the representation of a space."""
    points = [house.make("IfcCartesianPoint", Coordinates=(x / house.unit_m, y / house.unit_m)) for x, y in corners]
    line = house.make("IfcPolyline", Points=[*points, points[0]])
    flat = house.make(
        "IfcShapeRepresentation", ContextOfItems=house.context, RepresentationIdentifier=identifier,
        RepresentationType="Curve2D", Items=[line],
    )  # fmt: skip
    return house.make("IfcProductDefinitionShape", Representations=[flat])


@pytest.mark.parametrize(("schema", "unit"), list(itertools.product(SCHEMAS, (1.0, 0.001))))
def test_a_room_with_an_outline_only_has_its_area_and_its_storeys_height(
    tmp_path: Path, schema: str, unit: float
) -> None:
    house = House(schema=schema, unit_m=unit)
    house.thing("IfcWall", "Wall", (0, 0, 0), (4, 0.2, 2.5))
    space = house.room("Hall", (10, 2, 0), (1, 1, 1))
    space.Representation = outline(house, [(0, 0), (4, 0), (4, 2), (2, 2), (2, 5), (0, 5)])
    building = read_building(house.write(tmp_path))
    (room,) = building.rooms
    assert room.area_m2 == pytest.approx(14.0)
    assert shapely.Polygon(room.outline).bounds == pytest.approx((10, 2, 14, 7))
    assert room.ceiling_m - room.floor_m == pytest.approx(building.storeys[0].height_m)
    assert room.volume_m3 == pytest.approx(14.0 * building.storeys[0].height_m)
    assert codes(building) == ["ifc.flat_rooms"]


def test_a_room_with_a_box_only_has_its_outline(tmp_path: Path) -> None:
    house = House()
    house.thing("IfcWall", "Wall", (0, 0, 0), (4, 0.2, 2.5))
    space = house.room("Hall", (1, 2, 0), (1, 1, 1))
    corner = house.make("IfcCartesianPoint", Coordinates=(0.0, 0.0, 0.0))
    box = house.make("IfcBoundingBox", Corner=corner, XDim=4.0, YDim=3.0, ZDim=2.5)
    space.Representation.Representations = [
        house.make(
            "IfcShapeRepresentation", ContextOfItems=house.context, RepresentationIdentifier="Box",
            RepresentationType="BoundingBox", Items=[box],
        )
    ]  # fmt: skip
    assert read_building(house.write(tmp_path)).rooms[0].area_m2 == pytest.approx(12.0)


def test_an_outline_that_never_closes_is_a_room_without_area(tmp_path: Path) -> None:
    house = House()
    house.thing("IfcWall", "Wall", (0, 0, 0), (4, 0.2, 2.5))
    space = house.room("Hall", (0, 0, 0), (1, 1, 1))
    space.Representation = outline(house, [(0, 0), (4, 0)])
    assert read_building(house.write(tmp_path)).rooms[0].area_m2 == 0.0


def test_the_case_of_rooms_with_a_footprint_only(shared_data: Path) -> None:
    building = read_building(shared_data.parent / "cases" / "building" / "spaces_footprint_only.ifc")
    assert [round(room.area_m2, 2) for room in building.rooms] == [18.36, 8.84, 8.84]
    assert {room.floor_m for room in building.rooms} == {0.0, 3.0}
    assert "ifc.flat_rooms" in codes(building)


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("lacking", ["assignment", "length"])
def test_a_file_without_a_unit_of_length_is_read_in_metres_and_says_so(
    tmp_path: Path, schema: str, lacking: str
) -> None:
    house = House(schema=schema)
    house.room("Hall", (0, 0, 0), (4, 5, 2.5))
    units = house.project.UnitsInContext
    if lacking == "assignment":
        house.project.UnitsInContext = None
    else:
        units.Units = [unit for unit in units.Units if unit.UnitType != "LENGTHUNIT"]
    building = read_building(house.write(tmp_path))
    assert [room.area_m2 for room in building.rooms] == [pytest.approx(20.0)]
    assert codes(building) == ["ifc.no_unit"]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "Küche 会議室 😀"),
        ("latin-1", "Küche Größe"),
        ("cp1252", "“Küche” – Büro"),
        ("cp932", "会議室"),
        ("cp932", "ドア 倉庫"),
        ("gb18030", "客厅 卫生间 A1"),
        ("utf-16", "Küche 会議室"),
    ],
)
def test_letters_that_the_format_forbids_are_read_and_it_is_said_how(tmp_path: Path, codec: str, name: str) -> None:
    house = House()
    house.room("NAMED", (0, 0, 0), (4, 5, 2.5))
    path = house.write(tmp_path)
    path.write_bytes(path.read_bytes().decode().replace("NAMED", name).encode(codec))
    building = read_building(path)
    assert [room.name for room in building.rooms] == [name]
    assert codes(building) == ["ifc.encoding"]


def test_a_damaged_letter_among_many_does_not_change_how_the_others_are_read() -> None:
    data = "Küche, Büro, Gäste, Öl, Straße, Flur Süd, Höhe, Größe, Tür".encode() + b"\xff"
    assert encoding_of(data) == "utf-8"


def test_random_bytes_become_ascii_whatever_they_are() -> None:
    rng = random.Random(5)
    for _ in range(500):
        data = bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
        text, _ = escaped(data)
        assert text.isascii()


def test_an_opening_of_any_class_is_no_missing_shape(tmp_path: Path) -> None:
    house = House()
    house.thing("IfcWall", "Wall", (0, 0, 0), (4, 0.2, 2.5))
    for n in range(12):
        house.thing("IfcOpeningStandardCase", f"Opening {n}", (1, 0, 0), (1, 0.2, 2))
    house.room("Hall", (0, 0, 0), (4, 5, 2.5))
    building = read_building(house.write(tmp_path))
    assert codes(building) == []
    assert {element.ifc_class for element in building.mesh.elements} == {"IfcWall"}


@pytest.mark.parametrize(
    "words",
    ["Toilet", "WC wandhängend", "Waschbecken 60 cm", "Badewanne", "Dusche", "洗手盆", "马桶 A", "Lavabo", "Passenger elevator", "Aufzug 630 kg", "客用电梯"],
)  # fmt: skip
def test_sanitary_ware_and_lifts_are_no_devices_in_any_language(words: str) -> None:
    element = House(schema="IFC2X3").root("IfcFlowTerminal", words)
    assert device_kind(element, "", words) is None


def test_what_is_in_a_bathroom_may_be_a_device() -> None:
    element = House(schema="IFC2X3").root("IfcFlowTerminal", "Bathroom light")
    assert device_kind(element, "", "Bathroom light") == "light"
