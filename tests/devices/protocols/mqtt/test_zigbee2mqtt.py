"""Zigbee2MQTT read by what it publishes itself: the same devices, points and ids as by Home Assistant discovery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.mqtt import device_tables, zigbee2mqtt_devices
from devices.protocols.mqtt.announcement_memory import AnnouncementMemory
from devices.protocols.mqtt.device_tables import DeviceTables
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.mqtt.entity import MqttEntity
from devices.protocols.mqtt.zigbee2mqtt_devices import DeviceListReader, Zigbee2MqttBridges
from tests.devices.zigbee_devices import LEAST_PERCENT, MainFeatures
from twin.model.capability import CAPABILITIES
from twin.model.device import DeviceInfo
from twin.model.observation import Availability, Report, Value

RECORDED = (("z2m60", "zigbee2mqtt"), ("z2m_bulk", "z2mbulk"))
ONLY_DISCOVERED = ("_log_level_", "_network_map_", "_coordinator_version_")
"""Points of the bridge itself that its own list does not tell of."""


def binary(name: str, access: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "binary",
        "name": name,
        "property": name,
        "access": access,
        "value_on": True,
        "value_off": False,
    } | more


def numeric(name: str, access: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "numeric", "name": name, "property": name, "access": access} | more


def listed(n: int, *exposes: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """One device of a bridge's list."""
    definition = {
        "vendor": "Acme",
        "model": "A1",
        "description": "Thing",
        "exposes": list(exposes),
        "supports_ota": False,
    }
    address = f"0x{n:016x}"
    known = {"ieee_address": address, "friendly_name": name or f"thing {n}", "type": "Router", "disabled": False}
    return known | {"definition": definition, "software_build_id": "1.2"}


COORDINATOR = {"ieee_address": "0x00", "friendly_name": "Coordinator", "type": "Coordinator", "definition": None}


def hear(registry: DiscoveryRegistry, topic: str, body: object) -> int:
    """Stores what a message announces; the number of announcements that changed."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    changed = sum(registry.store_config(*one) for one in registry.announcements(topic, payload))
    registry.rebuild_devices()
    return changed


def bridge(*devices: Mapping[str, Any], base: str = "z", available: bool = False) -> DiscoveryRegistry:
    registry = DiscoveryRegistry()
    info = {"version": "2.14.1", "permit_join": False, "config": {"availability": {"enabled": available}}}
    hear(registry, f"{base}/bridge/info", info)
    hear(registry, f"{base}/bridge/devices", [COORDINATOR, *devices])
    return registry


@pytest.mark.parametrize("unit", ["bar", "psi"])
def test_a_pressure_in_further_units_goes_on_as_the_number_that_its_history_holds(unit: str) -> None:
    """30 psi recorded as 30 would else stand as 30 Pa beside 206843 Pa."""
    registry = bridge(listed(1, numeric("pressure", unit="kPa"), numeric(unit, unit=unit)))
    points = {(point.capability, point.unit) for device in registry.devices for point in device.points}
    assert ("raw_number", unit) in points
    assert ("pressure", unit) not in points


def uid(n: int) -> str:
    return f"zigbee2mqtt_0x{n:016x}"


def point(registry: DiscoveryRegistry, n: int, capability: str) -> str:
    """The key of a device's only point of this capability."""
    device = next(one for one in registry.devices if one.uid == uid(n))
    (found,) = (one.key for one in device.points if one.capability == capability)
    return found


def values(registry: DiscoveryRegistry, topic: str, body: object) -> dict[str, Value]:
    told = registry.handle_message(topic, json.dumps(body).encode()).events
    kinds = {(device.uid, one.key): one.capability for device in registry.devices for one in device.points}
    return {kinds[one.uid, one.key]: one.value for one in told if isinstance(one, Report)}


def command(
    registry: DiscoveryRegistry, n: int, capability: str, verb: str, value: Value = None
) -> list[tuple[str, Any]]:
    return [
        (message.topic, message.payload)
        for message in registry.encode_command(uid(n), point(registry, n, capability), verb, value)
    ]


def recorded(folder: Path, file: str) -> tuple[bytes, dict[str, Any]]:
    place = folder / "protocols" / "mqtt"
    discovered = json.loads((place / f"{file}_ha_discovery.json").read_text("utf-8"))
    return (place / f"{file}_bridge_devices.json").read_bytes(), discovered


def discovered_only(announced: Mapping[str, Any]) -> DiscoveryRegistry:
    registry = DiscoveryRegistry()
    for topic, body in announced.items():
        registry.store_config(topic, json.dumps(body).encode())
    registry.rebuild_devices()
    return registry


def by_uid(registry: DiscoveryRegistry) -> dict[str, DeviceInfo]:
    return {device.uid: device for device in registry.devices}


@pytest.mark.parametrize(("file", "base"), RECORDED)
def test_both_announcements_of_real_devices_give_the_same_devices_and_keys(
    shared_data: Path, file: str, base: str
) -> None:
    native, announced = recorded(shared_data, file)
    own = DiscoveryRegistry()
    hear(own, f"{base}/bridge/info", {"config": {"availability": {"enabled": True}}, "version": "2.14.1"})
    hear(own, f"{base}/bridge/devices", native)
    assert own.skipped == ()
    mine, theirs = by_uid(own), by_uid(discovered_only(announced))
    assert set(mine) >= set(theirs)
    for name, device in theirs.items():
        keys = {one.key for one in mine[name].points}
        missing = {one.key for one in device.points} - keys
        assert all(any(part in key for part in ONLY_DISCOVERED) for key in missing), missing
        for part in ("name", "kind", "maker", "model", "firmware", "via"):
            assert getattr(mine[name], part) == getattr(device, part)
        capabilities = {one.key: one.capability for one in mine[name].points}
        for one in device.points:
            other = capabilities.get(one.key, one.capability)
            # what only the list has a type for, and settings that discovery announces as if they switched a load
            assert other == one.capability or one.capability.startswith("raw_") or other == "raw_bool"


@pytest.mark.parametrize(("file", "base"), RECORDED)
@pytest.mark.parametrize("first", ["native", "discovery"])
def test_a_device_announced_twice_is_one_device_and_keeps_its_ids(
    shared_data: Path, file: str, base: str, first: str
) -> None:
    native, announced = recorded(shared_data, file)
    alone, both = discovered_only(announced), DiscoveryRegistry()
    if first == "discovery":
        both = discovered_only(announced)
    hear(both, f"{base}/bridge/devices", native)
    before = {one.uid: {told.key for told in one.points} for one in both.devices}
    for topic, body in announced.items():
        both.store_config(topic, json.dumps(body).encode())
    both.rebuild_devices()
    found = by_uid(both)
    assert all(keys <= {one.key for one in found[name].points} for name, keys in before.items())
    for device in alone.devices:
        assert set(device.points) <= set(found[device.uid].points), "a point of discovery has changed"
        keys = [one.key for one in found[device.uid].points]
        assert len(keys) == len(set(keys))
    assert set(found) == {one.uid for one in alone.devices}


def test_nine_of_ten_main_features_of_real_devices_are_in_the_vocabulary(shared_data: Path) -> None:
    found: list[MqttEntity] = []
    for file, base in RECORDED:
        bridges = Zigbee2MqttBridges()
        single = bridges.announcements(f"{base}/bridge/devices", recorded(shared_data, file)[0], ())
        found += [made for pair in single for made in bridges.entities(*pair)]
    features = MainFeatures.of(found)
    assert features.percent >= LEAST_PERCENT, features.raw


def test_discovery_of_a_zigbee_bridge_gives_features_the_class_and_category_that_its_list_gives_them() -> None:
    def told(origin: str) -> dict[str, MqttEntity]:
        registry = DiscoveryRegistry()
        for component, name, unit in (("sensor", "power_factor_phase_b", "%"), ("sensor", "floor_temperature", "°C"),
                                      ("sensor", "reboot_count", ""), ("binary_sensor", "out_of_service", "")):  # fmt: skip
            body = {"device": {"identifiers": "d"}, "state_topic": "z/d", "value_template": f"{{{{ value_json.{name} }}}}",
                    "unique_id": name, "origin": {"name": origin}} | ({"unit_of_measurement": unit} if unit else {})  # fmt: skip
            registry.store_config(f"homeassistant/{component}/d/{name}/config", json.dumps(body).encode())
        return {one.config.object: one for told in registry._entities.values() for one in told}

    own, other = told("Zigbee2MQTT"), told("another program")
    capabilities = {name: one.points[0].capability for name, one in own.items()}
    assert capabilities["power_factor_phase_b"] == "power_factor"
    assert capabilities["floor_temperature"] == "temperature"
    assert capabilities["out_of_service"] == "fault"
    assert own["reboot_count"].config.values["entity_category"] == "diagnostic"
    assert "entity_category" not in other["reboot_count"].config.values
    assert other["floor_temperature"].config.values.get("device_class") is None


def test_a_light_a_remote_a_thermostat_and_a_meter_are_read_and_set_in_their_own_units() -> None:
    light = {"type": "light", "features": [
        binary("state", 7, value_on="ON", value_off="OFF"), numeric("brightness", 7, value_max=254, value_min=0),
        numeric("color_temp", 7, value_min=153, value_max=500),
    ]}  # fmt: skip
    climate = {"type": "climate", "features": [
        numeric("occupied_heating_setpoint", 7, value_min=5, value_max=30, value_step=0.5),
        numeric("local_temperature"),
        {"type": "enum", "name": "system_mode", "property": "system_mode", "access": 7, "values": ["off", "heat"]},
    ]}  # fmt: skip
    action = {"type": "enum", "name": "action", "property": "action", "access": 1, "values": ["single", "hold"]}
    one = bridge(
        listed(1, light), listed(2, action), listed(3, climate), listed(4, numeric("power", unit="kW"), binary("contact", value_on=False, value_off=True))
    )  # fmt: skip
    assert values(one, "z/thing 1", {"state": "ON", "brightness": 127, "color_temp": 250}) == {
        "on_off": True, "level": pytest.approx(50.0), "color_temperature": pytest.approx(4000.0),
    }  # fmt: skip
    ((topic, payload),) = command(one, 1, "level", "set", 50.0)
    assert topic == "z/thing 1/set"
    assert json.loads(payload)["brightness"] == 127
    assert values(one, "z/thing 2", {"action": "hold"}) == {"button": "hold"}
    assert values(one, "z/thing 2", {"action": ""}) == values(one, "z/thing 2", {"battery": 4}) == {}
    assert values(one, "z/thing 3", {"local_temperature": 19.5, "system_mode": "heat"})["hvac_mode"] == "heat"
    assert command(one, 3, "setpoint_heat", "set", 21.5) == [("z/thing 3/set/occupied_heating_setpoint", "21.5")]
    assert values(one, "z/thing 4", {"power": 1.5, "contact": False}) == {"power": 1.5, "contact": True}
    meter = next(device for device in one.devices if device.uid == uid(4))
    assert {told.unit for told in meter.points if told.capability == "power"} == {"kW"}


def test_each_part_of_a_device_with_several_lamps_has_its_own_properties() -> None:
    def part(name: str) -> dict[str, Any]:
        state = binary("state", 7, value_on="ON", value_off="OFF", property=f"state_{name}")
        return {
            "type": "light",
            "endpoint": name,
            "features": [state, numeric("brightness", 7, property=f"brightness_{name}")],
        }

    one = bridge(listed(1, part("l1"), part("l2")))
    (device,) = (device for device in one.devices if device.uid == uid(1))
    key = next(told.key for told in device.points if told.capability == "level" and "l2" in told.key)
    told = one.handle_message("z/thing 1", b'{"state_l2": "ON", "brightness_l2": 254, "state_l1": "OFF"}').events
    assert {event.value for event in told if isinstance(event, Report) and event.key == key} == {100.0}
    sent = one.encode_command(uid(1), key, "set", 100.0)
    assert ("z/thing 1/set/brightness_l2", "254") in [(message.topic, message.payload) for message in sent]


def test_joining_is_a_switch_of_the_bridge_and_devices_hang_on_it() -> None:
    one = bridge(listed(1, binary("contact")))
    found = by_uid(one)
    assert found[uid(1)].via == "zigbee2mqtt_bridge_0x00"
    device = found["zigbee2mqtt_bridge_0x00"]
    key = next(told.key for told in device.points if "permit_join" in told.key)
    assert values(one, "z/bridge/info", {"permit_join": True, "version": "2.14.1"})["on_off"] is True
    (message,) = one.encode_command(device.uid, key, "on", None)
    assert (message.topic, json.loads(message.payload)) == ("z/bridge/request/permit_join", {"time": 254})


def test_a_device_is_offline_with_its_bridge_and_by_its_own_word_where_the_bridge_tells_it() -> None:
    one = bridge(listed(1, binary("contact")), available=True)

    def told(topic: str, state: str) -> dict[str, bool]:
        events = one.handle_message(topic, json.dumps({"state": state}).encode()).events
        return {event.uid: event.online for event in events if isinstance(event, Availability)}

    assert uid(1) not in told("z/bridge/state", "online"), "the device itself has said nothing yet"
    assert told("z/thing 1/availability", "online") == {uid(1): True}
    assert told("z/thing 1/availability", "offline") == {uid(1): False}
    told("z/thing 1/availability", "online")
    assert told("z/bridge/state", "offline")[uid(1)] is False
    silent = bridge(listed(1, binary("contact")))
    assert "z/thing 1/availability" not in silent.topics


def test_a_renamed_device_is_the_same_on_its_new_topic_and_a_removed_one_is_gone() -> None:
    one = bridge(listed(1, binary("contact")), listed(2, binary("smoke")))
    before = by_uid(one)[uid(1)].points
    assert hear(one, "z/bridge/devices", [COORDINATOR, listed(1, binary("contact"), name="hall door")]) == 2
    after = by_uid(one)
    assert uid(2) not in after
    assert (after[uid(1)].name, after[uid(1)].points) == ("hall door", before)
    assert "z/hall door" in one.topics
    assert "z/thing 1" not in one.topics


def test_what_a_bridge_listed_is_known_at_the_next_start_and_one_changed_device_of_a_thousand_writes_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [listed(n, *(numeric(f"feature_{k}") for k in range(12)), binary("contact")) for n in range(1, 1001)]
    one = bridge(*many)
    memory = AnnouncementMemory(tmp_path / "broker.json")
    text, whole = memory.due(one) or ("", False)
    memory.write(text, whole=whole)
    many[499] = listed(500, binary("contact"), name="renamed")
    used: list[Mapping[str, Any]] = []
    real = zigbee2mqtt_devices.used_parts

    def counted(body: Mapping[str, Any]) -> dict[str, Any]:
        used.append(body)
        return real(body)

    monkeypatch.setattr(zigbee2mqtt_devices, "used_parts", counted)
    assert hear(one, "z/bridge/devices", [COORDINATOR, *many]) == 1
    assert len(used) == 1, "more than the changed device was decoded"
    text, whole = memory.due(one) or ("", True)
    memory.write(text, whole=whole)
    assert not whole
    assert len(text) < 50_000
    again = DiscoveryRegistry()
    AnnouncementMemory(tmp_path / "broker.json").load(again, *memory.read())
    assert again.rebuild_devices() == one.devices
    assert hear(again, "z/bridge/devices", [COORDINATOR, *many[:-1]]) == 1, "what vanished meanwhile is found"


device_lists = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(("a", "bb", "ü", "雪"))), max_size=8, unique_by=lambda one: one[0]
)


@given(device_lists, device_lists, device_lists)
def test_reading_only_what_has_changed_of_a_list_gives_what_reading_all_gives(
    first: list[tuple[int, str]], second: list[tuple[int, str]], third: list[tuple[int, str]]
) -> None:
    reader, known = DeviceListReader(), dict[str, bytes]()
    for one in (first, second, third):
        payload = json.dumps([listed(n, name=name) for n, name in one], ensure_ascii=False).encode()
        changed, there = reader.read(payload)
        known = {address: body for address, body in (known | changed).items() if address in there}
        fresh, everybody = DeviceListReader().read(payload)
        assert known == fresh
        assert there == everybody


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("type", "name", "property", "features", "access", "values", "unit", "endpoint")), inner, max_size=5)
    ),
    max_leaves=12,
)  # fmt: skip
KINDS = st.sampled_from(
    ("light", "switch", "climate", "cover", "lock", "fan", "numeric", "binary", "enum", "text", "list")
)


def typed(kind: str, body: Any) -> Any:
    """An expose of this type, where it is an object at all."""
    return cast("dict[str, Any]", body) | {"type": kind} if isinstance(body, dict) else body


@given(st.lists(st.builds(typed, KINDS, anything), max_size=4), anything)
def test_a_strange_list_takes_no_other_device_along(exposes: list[Any], body: Any) -> None:
    one = bridge(listed(1, *exposes), listed(2, binary("contact")))
    assert uid(2) in by_uid(one)
    for device in one.devices:
        assert {told.capability for told in device.points} <= set(CAPABILITIES)
    hear(one, "z/bridge/devices", body)
    hear(one, "z/bridge/info", body)


def test_a_damaged_list_is_named_and_changes_nothing() -> None:
    one = bridge(listed(1, binary("contact")))
    for payload in (b"{}", b"[", b"[1]", b'[{"ieee_address": ]', b"\xff"):
        hear(one, "z/bridge/devices", payload)
        assert [skipped.where for skipped in one.skipped] == ["z/bridge/devices"], payload
        assert uid(1) in by_uid(one)
    hear(one, "z/bridge/devices", [COORDINATOR, listed(1, binary("contact"))])
    assert one.skipped == ()


def test_one_changed_device_makes_its_own_tables_anew_and_the_result_is_that_of_a_fresh_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [listed(n, binary("contact"), numeric("power", unit="W")) for n in range(1, 101)]
    one = bridge(*many, available=True)
    made: list[str] = []
    real = device_tables.tables_of

    def counted(uid: str, entities: tuple[MqttEntity, ...]) -> DeviceTables:
        made.append(uid)
        return real(uid, entities)

    monkeypatch.setattr(device_tables, "tables_of", counted)
    many[49] = listed(50, binary("smoke"), name="renamed")
    del many[70]
    hear(one, "z/bridge/devices", [COORDINATOR, *many])
    assert made == [uid(50)]
    fresh = bridge(*many, available=True)
    assert set(one.topics) == set(fresh.topics)
    assert one.devices == fresh.devices
    for topic, body in (("z/renamed", {"smoke": True}), ("z/thing 7", {"contact": False, "power": 3})):
        assert values(one, topic, body) == values(fresh, topic, body) != {}
    assert values(one, "z/thing 50", {"contact": True}) == values(one, "z/thing 71", {"contact": True}) == {}
