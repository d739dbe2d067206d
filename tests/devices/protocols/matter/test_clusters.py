"""What nodes say of themselves becomes devices and points: recorded from every type of the lab, and from hostile peers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.matter.attribute_table import ROWS
from devices.protocols.matter.clusters import (
    Attributes,
    MatterDevice,
    is_intermittently_connected,
    matter_devices,
    reachable,
)
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.device import Link, device_from_description
from twin.model.ids import LinkId
from twin.model.kind import KINDS
from twin.model.observation import StringTable, encode

RECORDING = Path(__file__).parents[3] / "captures" / "matter" / "lab_nodes.jsonl"
LINK = Link(id=LinkId("link"), protocol="matter", address="matter://this-computer")


@cache
def nodes() -> dict[str, Attributes]:
    """Product name -> attributes, as python-matter-server 8.1.2 told them for a node of matter.js 0.17."""
    lines = [json.loads(line) for line in RECORDING.read_text("utf-8").splitlines()]
    return {line["attributes"]["0/40/3"]: line["attributes"] for line in lines}


def only(product: str, **changes: Any) -> MatterDevice:
    """The one device of a product's node, with other values at some paths."""
    attributes = {**nodes()[product], **{path.replace("_", "/"): value for path, value in changes.items()}}
    (thing,) = matter_devices(7, attributes)
    return thing


SAID: dict[str, tuple[str, dict[str, object]]] = {
    "dimmable-light": ("light", {"on_off": True, "level": 100.0}),
    "onoff-light": ("light", {"on_off": True}),
    "ct-light": ("light", {"on_off": True, "level": 100.0, "color_temperature": 4000.0}),
    "color-light": (
        "light",
        {"on_off": True, "level": 100.0, "color_temperature": 4000.0, "color": (19661 / 65536, 39322 / 65536)},
    ),
    "plug": ("plug", {"on_off": True}),
    "plug-energy": (
        "plug",
        {"on_off": True, "power": 60.0, "voltage": 230.0, "current": 0.261, "energy_import": 0.083},
    ),
    "temperature": ("temperature_sensor", {"temperature": 21.5, "battery": 87.0, "battery_low": False}),
    "humidity": ("humidity_sensor", {"humidity": 45.0, "battery": 87.0, "battery_low": False}),
    "pressure": ("pressure_sensor", {"pressure": 101300.0}),
    "light-level": ("light_sensor", {"illuminance": 100.0}),
    "occupancy": ("occupancy_sensor", {"occupancy": False}),
    "contact": ("contact_sensor", {"contact": False, "battery": 87.0, "battery_low": False}),
    "leak": ("leak_sensor", {"water_leak": False}),
    "air-quality": ("air_sensor", {"air_quality": "good", "co2": 620.0, "pm25": 8.0, "voc": 0.12}),
    "thermostat": (
        "thermostat",
        {"temperature": 20.5, "setpoint_heat": 21.5, "setpoint_cool": 27.0, "hvac_mode": "off", "hvac_action": "idle"},
    ),
    "covering": ("cover", {"position": 100.0, "tilt": 30.0}),
    "door-lock": ("lock", {"lock": "locked", "contact": None}),
    "smoke-co": ("smoke_alarm", {"smoke": False, "co_alarm": False, "battery_low": False, "fault": False}),
    "fan": ("fan", {"fan_speed": 0.0, "fan_mode": "off"}),
    "switch": ("button", {"button": None}),
    "charger": (
        "charger",
        {
            "on_off": True, "state": "charging", "fault": False, "current_limit": 16.0,
            "power": 0.0, "voltage": 230.0, "current": 0.0, "energy_import": 0.0,
        },
    ),
    "water-heater": (
        "boiler",
        {
            "temperature": 48.0, "setpoint_heat": 55.0, "hvac_mode": "heat",
            "heat_demand": "idle", "hot_water": 60.0, "boost": False,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("product", SAID)
def test_every_type_of_the_lab_is_one_device_with_its_kind_and_all_its_values(product: str) -> None:
    thing = only(product)
    kind, values = SAID[product]
    assert thing.info.kind == kind
    read = {key: spot.value(nodes()[product]) for key, spot in thing.spots.items() if key != "identify"}
    colour = read.pop("color", None)
    assert colour == values.get("color")
    assert read == pytest.approx({key: value for key, value in values.items() if key != "color"})


def test_the_recording_holds_every_type_that_is_listed_and_the_bridge() -> None:
    assert nodes().keys() == SAID.keys() | {"bridge"}


@pytest.mark.parametrize("product", SAID)
def test_every_point_is_one_that_the_twin_can_keep(product: str) -> None:
    thing = only(product)
    device = device_from_description(thing.info, LINK)
    assert device.kind in KINDS
    for point in device.points:
        value = thing.spots[point.info.key].value(nodes()[product])
        assert value is None or encode(point, value, StringTable()) is not None
        low, high = point.range
        if point.capability.type is ValueType.NUMBER and isinstance(value, float):
            assert low is None or value >= low
            assert high is None or value <= high


def test_who_made_it_and_what_it_is_called_comes_along() -> None:
    info = only("temperature").info
    assert (info.name, info.maker, info.model, info.firmware) == (
        "Lab temperature 1", "Oikos Lab", "temperature", "1.0.0"
    )  # fmt: skip
    assert (info.serial, info.uid) == ("LAB-temperature-1", "FFF1-8000-LAB-temperature-1")


def test_a_device_without_a_serial_number_is_known_by_its_unique_id_or_its_node() -> None:
    assert only("contact", **{"0_40_15": None}).info.uid == "FFF1-8000-lab-contact-1"
    assert only("contact", **{"0_40_15": "", "0_40_18": ""}).info.uid == "node-7"


def test_a_meter_on_an_endpoint_of_its_own_belongs_to_its_plug() -> None:
    spots = only("plug-energy").spots
    assert spots["on_off"].endpoint != spots["power"].endpoint


def test_what_stands_behind_a_bridge_are_devices_of_their_own() -> None:
    bridge, *behind = matter_devices(3, nodes()["bridge"])
    assert (bridge.info.kind, bridge.spots) == ("bridge", {})
    assert [(one.info.name, one.info.kind) for one in behind] == [
        ("Attic", "light"), ("Cellar", "temperature_sensor"), ("Washer", "plug"),
    ]  # fmt: skip
    assert {one.info.via for one in behind} == {bridge.info.uid}
    assert len({one.info.uid for one in (bridge, *behind)}) == 4
    assert {"on_off", "power", "energy_import"} <= behind[2].spots.keys()


def test_a_device_that_its_bridge_has_lost_is_not_reachable() -> None:
    attributes = dict(nodes()["bridge"])
    bridge, attic, *_ = matter_devices(3, attributes)
    assert reachable(attic, attributes)
    attributes[f"{attic.endpoint}/57/17"] = False
    assert not reachable(attic, attributes)
    assert reachable(bridge, attributes)


def test_two_switches_in_one_device_keep_their_own_names() -> None:
    second = {path.replace("1/", "2/", 1): value for path, value in nodes()["plug"].items() if path.startswith("1/")}
    (thing,) = matter_devices(1, {**nodes()["plug"], **second})
    assert {"on_off", "2.on_off"} <= thing.spots.keys()
    assert thing.spots["2.on_off"].info.label == "Power switch 2"


def test_limits_of_setpoints_and_colour_temperature_come_from_the_device() -> None:
    def limits(product: str, key: str) -> tuple[float | None, float | None]:
        info = only(product).spots[key].info
        return info.minimum, info.maximum

    assert limits("thermostat", "setpoint_heat") == (7.0, 30.0)
    assert limits("thermostat", "setpoint_cool") == (16.0, 32.0)
    assert limits("ct-light", "color_temperature") == (2000, 6536)
    assert limits("water-heater", "setpoint_heat") == (40.0, 65.0)


@pytest.mark.parametrize(
    ("product", "path", "raw", "key", "value"),
    [
        ("temperature", "1_1026_0", -1234, "temperature", -12.34),
        ("temperature", "1_1026_0", None, "temperature", None),
        ("contact", "1_69_0", False, "contact", True),
        ("leak", "1_69_0", True, "water_leak", True),
        ("occupancy", "1_1030_0", 3, "occupancy", True),
        ("occupancy", "1_1030_0", {"occupied": True}, "occupancy", True),
        ("light-level", "1_1024_0", 0, "illuminance", 0.0),
        ("light-level", "1_1024_0", 30001, "illuminance", 1000.0),
        ("covering", "1_258_14", 10000, "position", 0.0),
        ("covering", "1_258_14", 2500, "position", 75.0),
        ("door-lock", "1_257_0", 0, "lock", "jammed"),
        ("door-lock", "1_257_0", 2, "lock", "unlocked"),
        ("smoke-co", "1_92_1", 2, "smoke", True),
        ("fan", "1_514_2", None, "fan_speed", None),
        ("thermostat", "1_513_41", 1, "hvac_action", "heating"),
        ("thermostat", "1_513_41", 2, "hvac_action", "cooling"),
        ("thermostat", "1_513_28", 4, "hvac_mode", "heat"),
        ("color-light", "1_768_3", None, "color", None),
        ("charger", "1_153_1", 0, "on_off", False),
        ("charger", "1_153_1", 3, "on_off", False),
        ("charger", "1_153_1", 9, "on_off", None),
        ("charger", "1_153_0", 0, "state", "unplugged"),
        ("charger", "1_153_0", None, "state", None),
        ("charger", "1_153_2", 4, "fault", True),
        ("water-heater", "1_148_1", 1, "heat_demand", "heating"),
        ("water-heater", "1_148_5", 1, "boost", True),
    ],
)
def test_raw_values_become_what_people_say(product: str, path: str, raw: object, key: str, value: object) -> None:
    thing = only(product, **{path: raw})
    attributes = {**nodes()[product], path.replace("_", "/"): raw}
    assert thing.spots[key].value(attributes) == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("unit", "raw", "capability", "value"),
    [(0, 500.0, "co2", 500.0), (1, 500.0, "co2", 0.5), (4, 8.0, "raw_number", 8.0), (None, 8.0, "raw_number", 8.0)],
)
def test_a_concentration_in_a_unit_that_cannot_be_converted_stays_as_it_is(
    unit: int | None, raw: float, capability: str, value: float
) -> None:
    spot = only("air-quality", **{"1_1037_8": unit}).spots["co2"]
    assert spot.info.capability == capability
    assert spot.value({"1/1037/0": raw}) == pytest.approx(value)


def test_a_valve_says_open_or_closed_or_how_far() -> None:
    node = {"0/40/3": "valve", "1/29/0": [{"0": 0x42, "1": 1}], "1/129/4": 1}
    (thing,) = matter_devices(1, node)
    assert [thing.spots["valve"].value({**node, "1/129/4": state}) for state in (0, 1, 2)] == [0.0, 100.0, None]
    (thing,) = matter_devices(1, {**node, "1/129/6": 40})
    assert thing.spots["valve"].value({**node, "1/129/6": 40}) == 40.0


def test_a_device_that_sleeps_is_never_called_silent() -> None:
    assert only("contact").info.interval_s == 30.0
    awake = {**nodes()["contact"], "0/70/0": 3600}
    assert is_intermittently_connected(awake)
    assert matter_devices(1, awake)[0].info.interval_s == 0.0


def test_every_row_of_the_table_belongs_to_a_capability() -> None:
    assert {row.capability for row in ROWS} <= CAPABILITIES.keys()


RAW = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("0123"), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_no_value_of_a_node_breaks_anything(data: st.DataObject) -> None:
    product = data.draw(st.sampled_from(sorted(nodes())))
    attributes = dict(nodes()[product])
    read = sorted(
        {path for thing in matter_devices(1, attributes) for spot in thing.spots.values() for path in spot.paths}
    )
    told = sorted(path for path in attributes if path.startswith("0/") or "/29/" in path or path not in read)
    for path in (*data.draw(st.lists(st.sampled_from(told), max_size=4)), *read):
        attributes[path] = data.draw(RAW)
    attributes[data.draw(st.text(max_size=12))] = data.draw(RAW)
    for thing in matter_devices(1, attributes):
        reachable(thing, attributes)
        device = device_from_description(thing.info, LINK)
        for point in device.points:
            value = thing.spots[point.info.key].value(attributes)
            assert value is None or isinstance(value, bool | float | str | tuple)
