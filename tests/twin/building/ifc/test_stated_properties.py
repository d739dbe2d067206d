"""What IFC files say besides shapes: zones, systems, classifications, sizes, and the rooms of doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.i18n import what
from tests.twin.building.ifc.plain import FOOT_M, House
from twin.building.ifc.stated_properties import stated_properties
from twin.building.import_worker import read_building
from twin.model.space import Classified

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_zones_systems_and_classifications_come_with_rooms_and_devices(schema: str, tmp_path: Path) -> None:
    house = House(schema)
    kitchen = house.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    bath = house.room("Bath", (5, 0, 0), (2, 2, 2.5))
    lamp = house.thing("IfcFlowTerminal", "Lamp", (1, 1, 2.2), (0.2, 0.2, 0.2))
    wet = house.group("IfcZone", "Wet rooms", bath)
    house.group("IfcZone", "Flat", kitchen, wet)
    house.group("IfcSystem", "Circuit 4", lamp)
    house.classify("Uniclass", "SL_35_60_86", "Kitchens", kitchen)
    house.classify("OmniClass", "23-35 47 11", "Lamps", lamp)
    building = read_building(house.write(tmp_path))
    rooms = {room.name: room for room in building.rooms}
    assert rooms["Bath"].zones == ("Flat", "Wet rooms")
    assert rooms["Kitchen"].zones == ("Flat",)
    assert rooms["Kitchen"].classes == (Classified("Uniclass", "SL_35_60_86", "Kitchens"),)
    (holder,) = building.placeholders
    assert holder.systems == ("Circuit 4",)
    assert holder.classes == (Classified("OmniClass", "23-35 47 11", "Lamps"),)


@pytest.mark.parametrize("schema", SCHEMAS[1:])
def test_a_spatial_zone_names_the_rooms_that_it_refers_to_and_is_not_drawn(schema: str, tmp_path: Path) -> None:
    house = House(schema)
    kitchen = house.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    zone = house.root("IfcSpatialZone", "Fire compartment 2")
    house.shape(zone, (0, 0, 0), (4, 3, 2.5))
    house.root("IfcRelReferencedInSpatialStructure", RelatedElements=[kitchen], RelatingStructure=zone)
    building = read_building(house.write(tmp_path))
    assert building.rooms[0].zones == ("Fire compartment 2",)
    assert not building.mesh.parts


def test_groups_in_a_circle_end(tmp_path: Path) -> None:
    house = House()
    room = house.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    one, two = house.group("IfcZone", "One", room), house.group("IfcZone", "Two", room)
    house.root("IfcRelAssignsToGroup", RelatedObjects=[two], RelatingGroup=one)
    house.root("IfcRelAssignsToGroup", RelatedObjects=[one], RelatingGroup=two)
    assert stated_properties(house.file, 1.0).zones[room.id()] == ("One", "Two")


@pytest.mark.parametrize(
    ("unit_m", "area", "height"), [(1.0, 12.0, 2.5), (0.001, 12.0, 2500.0), (FOOT_M, 12 / FOOT_M**2, 2.5 / FOOT_M)]
)
def test_sizes_that_the_file_says_are_read_in_its_own_units(
    unit_m: float, area: float, height: float, tmp_path: Path
) -> None:
    house = House(unit_m=unit_m)
    room = house.room("Kitchen", (0, 0, 0), (4, 3, 2.5))
    house.quantities(room, NetFloorArea=area, Height=height, Mystery=4.0)
    building = read_building(house.write(tmp_path))
    assert dict(building.rooms[0].stated_sizes) == pytest.approx({"NetFloorArea": 12.0, "Height": 2.5}, rel=1e-4)
    assert building.rooms[0].area_m2 == pytest.approx(12.0, rel=1e-6)
    assert building.rooms[0].volume_m3 == pytest.approx(30.0, rel=1e-6)
    assert not building.problems


@pytest.mark.parametrize(("said", "told"), [(12.5, False), (13.0, True)])
def test_a_size_that_is_more_than_a_twentieth_off_is_told(said: float, told: bool, tmp_path: Path) -> None:
    house = House()
    house.quantities(house.room("Kitchen", (0, 0, 0), (4, 3, 2.5)), NetFloorArea=said)
    house.room("Bath", (5, 0, 0), (2, 2, 2.5))
    problems = read_building(house.write(tmp_path)).problems
    assert [problem.code for problem in problems] == (["building.sizes"] if told else [])
    assert not told or "1 of 2 rooms" in what(problems[0])
    assert not told or "Kitchen: 12.0 m², 13.0 m²" in problems[0].detail


def test_the_institutes_zones_are_its_own(shared_data: Path) -> None:
    building = read_building(shared_data / "building-models" / "AC11-Institute-Var-2.ifczip")
    zones = {zone: sum(zone in room.zones for room in building.rooms) for room in building.rooms for zone in room.zones}
    assert (zones["Labor"], zones["WC"], zones["Flur"], zones["Einzelzimmer"]) == (7, 8, 12, 26)
    assert all(room.classes for room in building.rooms)
    assert not building.problems


def test_a_door_whose_file_says_other_rooms_is_told_and_keeps_both(shared_data: Path) -> None:
    building = read_building(shared_data / "building-models" / "Duplex_A.ifc")
    (door,) = [door for door in building.doors if door.disputed]
    name = {room.id: room.number for room in building.rooms}
    assert {name[room] for room in door.rooms} == {"A205", "A204"}
    assert {name[room] for room in door.stated_rooms} == {"A201", "A204", "A205"}
    assert [what(problem) for problem in building.problems] == [
        "The file says other rooms than its shapes for 1 of 14 doors"
    ]


def test_sizes_in_a_wrong_unit_are_told(shared_data: Path) -> None:
    building = read_building(shared_data / "building-models" / "House-Renga.ifc")
    assert "The file says other sizes than its shapes have for 13 of 13 rooms" in [what(p) for p in building.problems]
