"""SVG plans of Home Assistant: named areas become rooms, entities become devices in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.building.import_worker import read_building
from twin.building.svg.xml_entities import entity, kind
from twin.model.building import Building
from twin.model.problem import ProblemError

PLAN = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
  viewBox="0 0 200 100"> {} </svg>"""


def read(tmp_path: Path, body: str, whole: str = PLAN) -> Building:
    path = tmp_path / "plan.svg"
    path.write_text(whole.format(body), encoding="utf-8")
    return read_building(path)


TWO = """<rect id="area.kitchen" x="0" y="0" width="100" height="100"/>
<g transform="translate(100 0)"><path id="area.living_room" d="M0,0 h100 v100 h-100 z"/></g>"""


def test_areas_are_rooms_with_their_names_and_plausible_sizes(tmp_path: Path) -> None:
    building = read(tmp_path, TWO)
    assert {room.name: round(room.area_m2, 2) for room in building.rooms} == {"Kitchen": 16.0, "Living room": 16.0}
    assert [problem.code for problem in building.problems] == ["svg.scale"]
    assert {part.category for part in building.mesh.parts} == {"wall", "slab"}


def test_the_plan_is_not_mirrored(tmp_path: Path) -> None:
    building = read(tmp_path, TWO + '<rect id="area.hall" x="0" y="100" width="100" height="100"/>')
    middle = {room.name: (sum(x for x, _ in room.outline), sum(y for _, y in room.outline)) for room in building.rooms}
    assert middle["Living room"][0] > middle["Kitchen"][0]
    assert middle["Hall"][1] < middle["Kitchen"][1]


def test_entities_are_devices_in_the_room_they_are_drawn_in_and_each_only_once(tmp_path: Path) -> None:
    lamp = (
        '<g id="light.ceiling"><circle cx="150" cy="50" r="3"/></g><text id="light.ceiling.text" x="0" y="9">x</text>'
    )
    building = read(tmp_path, TWO + lamp + '<circle id="binary_sensor.front_door" cx="20" cy="20" r="2"/>')
    rooms = {room.id: room.name for room in building.rooms}
    found = {one.source_id: (one.kind, rooms[one.room] if one.room else None) for one in building.placeholders}
    assert found == {
        "light.ceiling": ("light", "Living room"), "binary_sensor.front_door": ("contact_sensor", "Kitchen"),
    }  # fmt: skip


def test_groups_named_after_floors_are_storeys_the_ground_below(tmp_path: Path) -> None:
    up = '<g id="first_floor" inkscape:label="first_floor"><rect id="area.attic_room" width="50" height="50"/></g>'
    down = f'<g id="ground_floor">{TWO}</g>'
    building = read(tmp_path, up + down)
    assert [(storey.name, storey.elevation_m) for storey in building.storeys] == [
        ("Ground floor", 0.0),
        ("First floor", 3.0),
    ]
    assert {room.name for room in building.rooms if room.storey == building.storeys[1].id} == {"Attic room"}


@pytest.mark.parametrize(("name", "rooms", "devices"), [("svg_ha_home", 3, 10), ("svg_ha_multi_floor", 2, 2)])
def test_plans_of_real_users_are_read(shared_data: Path, name: str, rooms: int, devices: int) -> None:
    building = read_building(shared_data / "building-models" / f"{name}.svg")
    assert (len(building.rooms), len(building.placeholders)) == (rooms, devices)
    assert all(1 < room.area_m2 < 100 for room in building.rooms)


@pytest.mark.parametrize(
    ("body", "whole", "code"),
    [
        ("", PLAN, "svg.empty"),
        ('<rect width="5" height="5"/>', PLAN, "svg.no_rooms"),
        ("", "<html>{}</html>", "svg.foreign"),
        ("<rect", PLAN, "svg.unreadable"),
        ("&a;", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">{}</svg>', "svg.entities"),
        ('<rect id="area.x" width="1e300" height="nan"/>', PLAN, "svg.empty"),
    ],
)
def test_what_is_no_plan_says_why(tmp_path: Path, body: str, whole: str, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(tmp_path, body, whole)
    assert caught.value.problems[0].code == code


def test_an_entity_id_is_a_known_domain_and_an_object() -> None:
    assert entity("light.garage.button") == ("light", "garage")
    assert entity("light.garage.last_changed-6") == ("light", "garage")
    assert entity("path.123") is None
    assert entity("rect24") is None
    assert kind("sensor", "attic_humidity") == "humidity_sensor"
