"""Home Assistant's registries: floors are storeys, areas rooms of a scheme, devices wait in their area."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import remedy, what
from tests.english import refused
from twin.building.hass.room_blocks import block
from twin.building.import_worker import digest, read_building
from twin.building.svg.xml_entities import kind
from twin.model.building import Building
from twin.model.problem import ProblemError

FLOORS = [
    {"floor_id": "og", "name": "Upstairs", "level": 1, "aliases": [], "icon": None},
    {"floor_id": "eg", "name": "Ground floor", "level": 0},
    {"floor_id": "cellar", "name": "Cellar", "level": -1},
    {"floor_id": "attic", "name": "Attic", "level": 3},
]
AREAS = [
    {"id": "kitchen", "name": "Kitchen", "floor_id": "eg", "aliases": ["Cooking"], "icon": "mdi:fridge", "labels": []},
    {"id": "hall", "name": "Hall", "floor_id": "eg", "picture": None},
    {"id": "bed", "name": "Bedroom", "floor_id": "og"},
    {"id": "wash", "name": "Laundry", "floor_id": "cellar"},
]
DEVICES = [
    {"id": "d1", "name": "Hue bulb", "name_by_user": "Ceiling lamp", "area_id": "kitchen", "disabled_by": None},
    {"id": "d2", "name": "Climate", "area_id": "bed", "manufacturer": "Aqara", "model": "T1"},
    {"id": "d3", "name": "Two relays", "area_id": "hall"},
    {"id": "d4", "name": "Off for good", "area_id": "hall", "disabled_by": "user"},
    {"id": "d5", "name": "In a drawer", "area_id": None},
    {"id": "d6", "name": "Backup", "area_id": "hall", "entry_type": "service"},
    {"id": "d7", "name": "Coordinator", "area_id": "wash"},
    {"id": "d8", "name": "Plug", "area_id": "wash", "via_device_id": "d7"},
]
ENTITIES = [
    {"entity_id": "light.kitchen_ceiling", "device_id": "d1", "area_id": None, "original_name": "Light"},
    {"entity_id": "update.kitchen_ceiling", "device_id": "d1", "entity_category": "config"},
    {"entity_id": "sensor.bed_t", "device_id": "d2", "original_device_class": "temperature"},
    {"entity_id": "sensor.bed_h", "device_id": "d2", "original_device_class": "humidity"},
    {"entity_id": "switch.relay_1", "device_id": "d3", "original_name": "Relay 1"},
    {"entity_id": "switch.relay_2", "device_id": "d3", "original_name": "Relay 2", "name": "Bed heater", "area_id": "bed"},
    {"entity_id": "switch.gone", "device_id": "d4"},
    {"entity_id": "sensor.backup_state", "device_id": "d6"},
    {"entity_id": "switch.washer", "device_id": "d8"},
    {"entity_id": "sensor.washer_power", "device_id": "d8", "original_device_class": "power"},
    {"entity_id": "binary_sensor.template", "device_id": None, "area_id": "hall", "name": "Somebody there", "device_class": "occupancy"},
    {"entity_id": "automation.morning", "device_id": None, "area_id": "hall", "name": "Morning"},
    {"entity_id": "light.hidden", "device_id": None, "area_id": "hall", "hidden_by": "user"},
]  # fmt: skip
REGISTRIES: dict[str, list[dict[str, Any]]] = {
    "floors": FLOORS,
    "areas": AREAS,
    "devices": DEVICES,
    "entities": ENTITIES,
}
_PARTS = {"floors": "floor", "areas": "area", "devices": "device", "entities": "entity"}


def stored(folder: Path, **changed: Any) -> Path:
    """A folder `.storage` with small registries; given ones in place of these, None leaves one out."""
    place = folder / ".storage"
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in (REGISTRIES | changed).items():
        if rows is not None:
            key = f"core.{_PARTS[name]}_registry"
            document = {"version": 1, "minor_version": 9, "key": key, "data": {name: rows}}
            (place / key).write_text(json.dumps(document, indent=2), encoding="utf-8")
    return place


def inside(building: Building) -> dict[str, list[tuple[str, str, str]]]:
    """Kind, name and source of the devices in each room."""
    rooms = {room.id: room.name for room in building.rooms}
    found: dict[str, list[tuple[str, str, str]]] = {room.name: [] for room in building.rooms}
    for one in building.placeholders:
        assert one.room is not None
        found[rooms[one.room]].append((one.kind, one.name, one.source_id))
    return found


def test_floors_with_areas_are_storeys_by_level_and_areas_their_rooms(tmp_path: Path) -> None:
    building = read_building(stored(tmp_path))
    assert [(storey.name, storey.elevation_m) for storey in building.storeys] == [
        ("Cellar", -3.0),
        ("Ground floor", 0.0),
        ("Upstairs", 3.0),
    ]
    assert {room.name: room.source_id for room in building.rooms} == {
        "Kitchen": "kitchen", "Hall": "hall", "Bedroom": "bed", "Laundry": "wash",
    }  # fmt: skip
    assert all(9.0 <= room.area_m2 <= 40.01 for room in building.rooms)
    assert building.source.importer == "hass 1"
    assert Path(building.source.path).name == "core.area_registry"
    assert {part.category for part in building.mesh.parts} == {"wall", "slab"}


def test_it_is_said_that_the_plan_is_a_scheme_and_what_was_left_out(tmp_path: Path) -> None:
    problems = read_building(stored(tmp_path)).problems
    assert [problem.code for problem in problems] == ["hass.scheme", "hass.no_area"]
    assert what(problems[0]) == "Home Assistant knows no shapes: the plan is a scheme"
    assert remedy(problems[0])


def test_devices_wait_in_their_area_by_their_chief_entity(tmp_path: Path) -> None:
    assert inside(read_building(stored(tmp_path))) == {
        "Kitchen": [("light", "Ceiling lamp", "light.kitchen_ceiling")],
        "Hall": [
            ("occupancy_sensor", "Somebody there", "binary_sensor.template"),
            ("switch", "Two relays", "switch.relay_1"),
        ],
        "Bedroom": [("climate_sensor", "Climate", "sensor.bed_t"), ("switch", "Bed heater", "switch.relay_2")],
        "Laundry": [("bridge", "Coordinator", "d7"), ("plug", "Plug", "switch.washer")],
    }


@pytest.mark.parametrize("name", ["core.area_registry", "core.floor_registry"])
def test_either_registry_may_be_named_or_the_folder_above(name: str, tmp_path: Path) -> None:
    by_folder = read_building(stored(tmp_path))
    by_file = read_building(tmp_path / ".storage" / name)
    assert [room.id for room in by_file.rooms] == [room.id for room in by_folder.rooms]
    assert [room.id for room in read_building(tmp_path).rooms] == [room.id for room in by_folder.rooms]


def test_areas_alone_are_enough_in_the_old_form_too(tmp_path: Path) -> None:
    old = [{"area_id": "a", "name": "Salon"}, {"id": "b", "name": "Cuisine", "floor_id": "nowhere"}]
    building = read_building(stored(tmp_path, areas=old, floors=None, devices=None, entities=None))
    assert [(storey.name, storey.elevation_m) for storey in building.storeys] == [("Ground", 0.0)]
    assert [(room.name, round(room.area_m2, 1)) for room in building.rooms] == [("Salon", 9.0), ("Cuisine", 9.0)]
    assert shapely.total_bounds([shapely.Polygon(room.outline) for room in building.rooms]).sum() == pytest.approx(0.0)


def test_areas_without_a_floor_go_on_the_ground_floor_and_that_is_said(tmp_path: Path) -> None:
    building = read_building(stored(tmp_path, areas=[*AREAS, {"id": "garden", "name": "Garden", "floor_id": None}]))
    storeys = {storey.id: storey.name for storey in building.storeys}
    assert {storeys[room.storey] for room in building.rooms if room.name == "Garden"} == {"Ground floor"}
    assert "hass.no_floor" in [problem.code for problem in building.problems]


def test_floors_that_share_a_level_do_not_stand_in_each_other(tmp_path: Path) -> None:
    floors = [{"floor_id": id, "name": id, "level": level} for id, level in (("eg", 0), ("og", 0), ("cellar", None))]
    building = read_building(stored(tmp_path, floors=floors))
    assert [storey.elevation_m for storey in building.storeys] == [0.0, 3.0, 6.0]


def test_storeys_lie_on_each_other_and_none_is_much_smaller_than_its_rooms_may_be(tmp_path: Path) -> None:
    rooms = read_building(stored(tmp_path)).rooms
    storeys = {storey: [room for room in rooms if room.storey == storey] for storey in {room.storey for room in rooms}}
    sizes = sorted(sum(room.area_m2 for room in some) for some in storeys.values())
    assert sizes == pytest.approx([25.5] * 3, abs=0.1)
    for some in storeys.values():
        x0, y0, x1, y1 = shapely.total_bounds([shapely.Polygon(room.outline) for room in some])
        assert (x0 + x1, y0 + y1) == pytest.approx((0.0, 0.0), abs=0.01)


def test_a_disabled_device_takes_its_entities_along(tmp_path: Path) -> None:
    names = {one.source_id for one in read_building(stored(tmp_path)).placeholders}
    assert not names & {"switch.gone", "sensor.backup_state", "light.hidden", "automation.morning", "d4", "d6"}


def test_the_house_stands_where_home_assistant_has_it(tmp_path: Path) -> None:
    place = stored(tmp_path)
    told = {"latitude": 52.5, "longitude": 13.4, "location_name": "Hof\u202e", "time_zone": "Europe/Berlin"}
    (place / "core.config").write_text(json.dumps({"data": told}))
    site = read_building(place).site
    assert (site.latitude, site.longitude, site.name, site.time_zone) == (52.5, 13.4, "Hof", "Europe/Berlin")


def test_a_change_of_any_registry_is_a_change_of_the_file(tmp_path: Path) -> None:
    file = stored(tmp_path) / "core.area_registry"
    before = digest(file)
    stored(tmp_path, devices=DEVICES[:-1])
    assert digest(file) != before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "hass.unreadable"), ("{", "hass.unreadable"), ("[" * 100_000, "hass.unreadable"), ("[]", "hass.unreadable"),
        ('{"data": 3}', "hass.foreign"), ('{"data": {"areas": {}}}', "hass.foreign"), ('{"data": {"areas": []}}', "hass.empty"),
        ('{"data": {"areas": [3, null, {"id": 4}, {"name": "x"}]}}', "hass.empty"),
        (json.dumps({"data": {"areas": [{}] * 3000}}), "hass.huge"),
    ],
)  # fmt: skip
def test_what_is_no_registry_is_refused_in_words(text: str, code: str, tmp_path: Path) -> None:
    file = stored(tmp_path) / "core.area_registry"
    file.write_text(text)
    with pytest.raises(ProblemError) as caught:
        read_building(file)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert remedy(caught.value.problems[0])


def test_floors_without_areas_beside_are_refused_in_words(tmp_path: Path) -> None:
    place = stored(tmp_path, areas=None)
    with refused("no area registry"):
        read_building(place / "core.floor_registry")


def test_names_are_cleaned_and_ids_counted_once(tmp_path: Path) -> None:
    odd = [
        {"id": "x", "name": "A\u202eB\ud800\n"},
        {"id": "x", "name": "again"},
        {"id": "y\ud800", "name": "n" * 9999},
        {"id": "z", "name": None},
    ]
    rooms = read_building(stored(tmp_path, areas=odd, floors=None)).rooms
    assert [(room.name[:5], room.source_id) for room in rooms] == [("AB", "x"), ("nnnnn", "y"), ("Room", "z")]


@given(st.lists(st.floats(9.0, 40.0), min_size=1, max_size=60))
def test_a_block_has_the_sizes_asked_for_side_by_side_and_no_room_is_a_slit(sizes: list[float]) -> None:
    rooms = block(sizes)
    assert [room.area for room in rooms] == pytest.approx(sizes, rel=2e-3)
    whole = shapely.union_all(rooms)
    assert whole.area == pytest.approx(sum(sizes), rel=2e-3)
    for room in rooms:
        x0, y0, x1, y1 = room.bounds
        assert max(x1 - x0, y1 - y0) / min(x1 - x0, y1 - y0) < 7.0


@pytest.mark.parametrize(
    ("domain", "device_class", "expected"),
    [
        ("sensor", "temperature", "temperature_sensor"), ("sensor", "carbon_dioxide", "air_sensor"), ("sensor", "battery", "device"),
        ("binary_sensor", "window", "contact_sensor"), ("binary_sensor", "moisture", "leak_sensor"), ("switch", "outlet", "plug"),
        ("cover", "blind", "cover"), ("media_player", "tv", "tv"), ("climate", "", "thermostat"), ("light", "", "light"), ("lock", "", "lock"),
    ],
)  # fmt: skip
def test_the_device_class_tells_what_an_entity_is(domain: str, device_class: str, expected: str) -> None:
    assert kind(domain, "thing", device_class) == expected
