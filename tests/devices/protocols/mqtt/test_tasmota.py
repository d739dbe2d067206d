"""Devices that announce themselves by Tasmota's own discovery; HATasmota, which Home Assistant uses, reads the same payloads."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Mapping
from typing import Any

import hatasmota.discovery as judge
import pytest
from hatasmota.const import CONF_MAC
from hatasmota.sensor import TasmotaSensorConfig, get_sensor_entities
from hatasmota.switch import TasmotaSwitchConfig

from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from tests.devices.protocols.mqtt import tasmota_payloads as payloads
from tests.devices.protocols.mqtt.tasmota_payloads import DEVICES, SENSORS, announced
from twin.model.device import DeviceInfo
from twin.model.observation import Availability, Report, Value
from twin.model.quantity import find_unit

SAME_UNIT = {"lux": "lx", "C": "°C", "VAr": "var", "kVArh": "kvarh", " ": "", None: ""}


def hear(registry: DiscoveryRegistry, mac: str, what: str, body: object) -> bool:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    topic = f"tasmota/discovery/{mac}/{what}"
    assert registry.is_announcement(topic)
    changed = any(registry.store_config(*one) for one in list(registry.announcements(topic, payload)))
    registry.rebuild_devices()
    return changed


def known(config: Mapping[str, Any], sensors: Mapping[str, Any] | None = None) -> DiscoveryRegistry:
    registry = DiscoveryRegistry()
    hear(registry, config["mac"], "config", config)
    if sensors is not None:
        hear(registry, config["mac"], "sensors", sensors)
    return registry


def device(registry: DiscoveryRegistry) -> DeviceInfo:
    (found,) = registry.devices
    return found


def keys(registry: DiscoveryRegistry) -> dict[str, str]:
    """Capability by key."""
    return {one.key: one.capability for one in device(registry).points}


def values(registry: DiscoveryRegistry, topic: str, body: object) -> dict[str, Value]:
    payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return {one.key: one.value for one in registry.handle_message(topic, payload).events if isinstance(one, Report)}


def sent(registry: DiscoveryRegistry, key: str, verb: str, value: Value = None) -> list[tuple[str, str]]:
    messages = registry.encode_command(device(registry).uid, key, verb, value)
    return [(one.topic, str(one.payload)) for one in messages]


# -- the judge ---------------------------------------------------------------------------------------------------------


def judged(config: Mapping[str, Any]) -> dict[str, Any]:
    return judge.TasmotaDiscoveryMsg(copy.deepcopy(dict(config)))


def entities(config: Mapping[str, Any], platform: str) -> list[Any]:
    return [one for one, _ in judge.get_entities_for_platform(judged(config), platform) if one is not None]


@pytest.mark.parametrize("config", DEVICES, ids=lambda one: one["dn"])
def test_the_same_outputs_and_switches_are_found_as_home_assistant_finds(config: dict[str, Any]) -> None:
    registry = known(config)
    found = {key.rsplit("_", 2)[-2:][0] + key.rsplit("_", 1)[-1].split(".")[0]: key for key in keys(registry)}
    parts = {"switch": "RL", "cover": "SHT", "fan": "FAN", "binary_sensor": "SW"}
    for platform, letters in parts.items():
        mine = {key for key in keys(registry) if key.startswith(f"{platform}.") and f"_{letters}_" in key}
        numbers = {key.split(f"_{letters}_")[1].split(".")[0] for key in mine}
        theirs = entities(config, platform)
        assert len(numbers) == len(theirs), (platform, mine)
    lights = {key.split("_LI_")[1].split(".")[0] for key in keys(registry) if "_LI_" in key}
    assert len(lights) == len(entities(config, "light")), found


@pytest.mark.parametrize("config", DEVICES, ids=lambda one: one["dn"])
def test_commands_and_the_will_go_to_the_topics_that_home_assistant_uses(config: dict[str, Any]) -> None:
    registry = known(config)
    for one in entities(config, "switch") + entities(config, "binary_sensor") + entities(config, "cover"):
        if not config["dslp"]:
            assert one.availability_topic in registry.topics
    for n, one in enumerate(entities(config, "switch")):
        key = f"switch.{config['mac'][-6:]}_RL_{n + 1}"
        assert sent(registry, key, "on") == [(f"{one.command_topic}POWER{n + 1}", "ON")]
        assert {one.result_topic, one.state_topic} <= set(registry.topics)


def test_every_sensor_has_the_topic_and_unit_that_home_assistant_finds() -> None:
    config = announced()
    registry = known(config, SENSORS)
    mine = {one.key: one for one in device(registry).points if one.key.startswith("sensor.")}
    theirs = [one for one, _ in get_sensor_entities(SENSORS, judged(config)) if isinstance(one, TasmotaSensorConfig)]
    ours_only = {"sensor.0848A2_Wifi_Signal"}
    checked = 0
    for one in theirs:
        if str(one.value_path[0]).startswith(("Shutter", "Switch")):
            continue
        rest = " ".join(str(part + 1) if isinstance(part, int) else str(part) for part in one.value_path[1:])
        clean = "".join(letter if letter.isalnum() else "_" for letter in rest)
        point = mine.pop(f"sensor.0848A2_{one.value_path[0]}_{clean}")
        unit = SAME_UNIT.get(one.unit, one.unit)
        same = point.unit == unit or (find_unit(point.unit) is not None and find_unit(point.unit) == find_unit(unit))
        assert same or one.value_path[0] == "ANALOG", (one.value_path, point.unit, unit)
        assert {one.state_topic1, one.state_topic2} <= set(registry.topics)
        checked += 1
    assert set(mine) == ours_only
    assert checked >= 25


def test_switches_and_buttons_are_read_where_home_assistant_reads_them() -> None:
    registry = known(payloads.INPUTS)
    for one in entities(payloads.INPUTS, "binary_sensor"):
        assert isinstance(one, TasmotaSwitchConfig)
        told = values(registry, one.state_topic1, {one.switchname: {"Action": "ON"}})
        assert True in told.values()
    active = [one for one in judge.get_triggers(judged(payloads.INPUTS)) if one.is_active]
    for one in active:
        name = one.switchname if hasattr(one, "switchname") else f"Button{one.idx + 1}"
        told = values(registry, one.trigger_topic, {name: {"Action": one.event}})
        assert {value for key, value in told.items() if key.startswith("device_automation")}, one
    presses = [key for key in keys(registry) if key.startswith("device_automation")]
    assert len(presses) == len(active)
    assert judged(payloads.INPUTS)[CONF_MAC] == payloads.INPUTS["mac"]


# -- what users see ----------------------------------------------------------------------------------------------------


def test_a_plug_with_a_meter_is_read_and_switched() -> None:
    registry = known(announced(), SENSORS)
    found = device(registry)
    assert (found.uid, found.name, found.maker, found.model, found.firmware) == (
        "0848A2",
        "Plug",
        "Tasmota",
        "Sonoff Basic",
        "14.2.0",
    )
    relay = "switch.0848A2_RL_1"
    for topic, body, value in (
        ("tele/tasmota_0848A2/STATE", {"POWER": "ON", "Wifi": {"Signal": -61}}, True),
        ("stat/tasmota_0848A2/RESULT", {"POWER": "OFF"}, False),
        ("stat/tasmota_0848A2/RESULT", {"POWER1": "ON"}, True),
    ):
        assert values(registry, topic, body)[relay] is value
    assert values(registry, "tele/tasmota_0848A2/STATE", {"Wifi": {"Signal": -61}}) == {
        "sensor.0848A2_Wifi_Signal": -61
    }
    measured = values(registry, "tele/tasmota_0848A2/SENSOR", SENSORS["sn"])
    polled = values(registry, "stat/tasmota_0848A2/STATUS10", {"StatusSNS": SENSORS["sn"]})
    assert measured == polled
    by_capability = {keys(registry)[key]: value for key, value in measured.items()}
    assert by_capability["power_factor"] == 0.8
    assert measured["sensor.0848A2_ENERGY_Total"] == 12.5
    capability = keys(registry)
    assert capability["sensor.0848A2_ENERGY_Total"] == "energy_import"
    assert capability["sensor.0848A2_ENERGY_ExportActive"] == "energy_export"
    assert capability["sensor.0848A2_ENERGY_Today"] == "raw_number", "it begins anew each day"
    assert capability["sensor.0848A2_ENERGY_ReactivePower"] == "reactive_power"
    assert capability["sensor.0848A2_AM2301_Temperature"] == "temperature"
    assert capability["sensor.0848A2_ESP32_Temperature"] == "raw_number", "the chip's own warmth"
    assert capability["sensor.0848A2_AM2301_DewPoint"] == "raw_number"
    assert capability["sensor.0848A2_THREE_Power_2"] == "power"
    assert measured["sensor.0848A2_THREE_Power_2"] == 20


def test_a_colour_light_is_dimmed_coloured_and_warmed() -> None:
    registry = known(payloads.COLOUR)
    light = "light.000005_LI_1"
    state = {"POWER": "ON", "Dimmer": 40, "CT": 250, "HSBColor": "120,100,40", "Scheme": 0}
    told = values(registry, "stat/strip/RESULT", state)
    assert told[f"{light}.on_off"] is True
    assert told[f"{light}.level"] == pytest.approx(40)
    assert told[f"{light}.color_temperature"] == pytest.approx(4000)
    assert told == values(registry, "tele/strip/STATE", state)
    assert sent(registry, f"{light}.level", "set", 70.0) == [("cmnd/strip/Dimmer", "70")]
    assert sent(registry, f"{light}.color_temperature", "set", 4000.0) == [("cmnd/strip/CT", "250")]
    assert sent(registry, f"{light}.on_off", "off") == [("cmnd/strip/POWER1", "OFF")]
    assert {"color", "effect"} <= set(keys(registry).values())
    warm = next(one for one in device(known(payloads.WHITE)).points if one.capability == "color_temperature")
    assert (round(warm.minimum or 0), round(warm.maximum or 0)) == (2632, 5000)


def test_channels_of_their_own_are_lights_of_their_own() -> None:
    registry = known(payloads.CHANNELS)
    assert sent(registry, "light.000006_LI_2.level", "set", 30.0) == [("cmnd/chan/Channel2", "30")]
    told = values(registry, "tele/chan/STATE", {"POWER1": "OFF", "POWER2": "ON", "Channel2": 30})
    assert (told["light.000006_LI_1.on_off"], told["light.000006_LI_2.level"]) == (False, pytest.approx(30))


def test_a_shutter_and_an_inverted_one_open_to_a_hundred_per_cent() -> None:
    registry = known(payloads.BLINDS)
    position = {key.split("_SHT_")[1][0]: key for key, word in keys(registry).items() if word == "position"}
    told = values(registry, "stat/blinds/RESULT", {"Shutter1": {"Position": 30}, "Shutter2": {"Position": 30}})
    assert (told[position["1"]], told[position["2"]]) == (pytest.approx(30), pytest.approx(70))
    assert sent(registry, position["1"], "set", 80.0) == [("cmnd/blinds/ShutterPosition1", "80")]
    assert sent(registry, position["2"], "set", 80.0) == [("cmnd/blinds/ShutterPosition2", "20")]
    assert sent(registry, position["1"], "open") == [("cmnd/blinds/Backlog", "ShutterOpen1")]
    assert list(keys(registry).values()).count("tilt") == 1


def test_a_fan_has_three_speeds() -> None:
    registry = known(payloads.FAN)
    told = values(registry, "stat/fan/RESULT", {"FanSpeed": 2})
    assert {keys(registry)[key]: value for key, value in told.items()} == {
        "on_off": True,
        "fan_speed": pytest.approx(66.7, abs=0.1),
    }
    speed = next(key for key, word in keys(registry).items() if word == "fan_speed")
    assert sent(registry, speed, "set", 100.0) == [("cmnd/fan/FanSpeed", "3")]


def test_a_pulse_of_a_detector_ends_after_a_second_and_a_device_is_offline_by_its_will() -> None:
    registry = known(payloads.INPUTS)
    later = registry.handle_message("home/inputs/stat/RESULT", b'{"PIR": {"Action": "ON"}}').later
    assert [(delay, report.value) for delay, report in later] == [(1.0, False)]
    for payload, online in ((b"Online", True), (b"Offline", False)):
        (told,) = registry.handle_message("home/inputs/tele/LWT", payload).events
        assert isinstance(told, Availability)
        assert (told.uid, told.online) == ("000008", online)
    assert not any(topic.endswith("LWT") for topic in known(payloads.SLEEPER).topics), "its will says that it sleeps"


# -- Home Assistant discovery of the same device -----------------------------------------------------------------------


def by_home_assistant(registry: DiscoveryRegistry) -> None:
    """What the same firmware announces with option 19."""
    about = {"ids": ["0848A2"]}
    base = {"avty_t": "tele/tasmota_0848A2/LWT", "pl_avail": "Online", "pl_not_avail": "Offline"}
    for component, unique, values_ in (
        ("switch", "0848A2_RL_1", {"name": "Plug", "stat_t": "tele/tasmota_0848A2/STATE", "cmd_t": "cmnd/tasmota_0848A2/POWER",
                                   "val_tpl": "{{value_json.POWER}}", "pl_off": "OFF", "pl_on": "ON", "dev": about}),
        ("sensor", "0848A2_AM2301_Temperature", {"name": "Plug AM2301 Temperature", "stat_t": "tele/tasmota_0848A2/SENSOR",
                                                 "unit_of_meas": "°C", "dev_cla": "temperature", "dev": about,
                                                 "val_tpl": "{{value_json['AM2301']['Temperature']}}"}),
        ("sensor", "0848A2_status", {"name": "Plug status", "stat_t": "tele/tasmota_0848A2/HASS_STATE", "unit_of_meas": "%",
                                     "val_tpl": "{{value_json['RSSI']}}", "dev": about | {"name": "Plug", "mf": "Tasmota"}}),
    ):  # fmt: skip
        body = json.dumps(base | values_ | {"uniq_id": unique}).encode()
        registry.store_config(f"homeassistant/{component}/{unique}/config", body)
    registry.rebuild_devices()


@pytest.mark.parametrize("first", ["own", "home assistant"])
def test_a_device_that_announces_itself_both_ways_is_one_device_with_each_point_once(first: str) -> None:
    alone = known(announced(), SENSORS)
    both = DiscoveryRegistry()
    if first == "own":
        both = known(announced(), SENSORS)
        by_home_assistant(both)
    else:
        by_home_assistant(both)
        uid = device(both).uid
        hear(both, "DC4F220848A2", "config", announced())
        hear(both, "DC4F220848A2", "sensors", SENSORS)
        assert device(both).uid == uid
    assert device(both).uid == device(alone).uid == "0848A2"
    assert set(keys(both)) == set(keys(alone)) | {"sensor.0848A2_status"}
    assert len(device(both).points) == len(set(keys(both)))
    told = both.handle_message("tele/tasmota_0848A2/STATE", b'{"POWER": "ON"}').events
    assert [one.key for one in told if isinstance(one, Report)] == ["switch.0848A2_RL_1"]


# -- changes and nonsense ----------------------------------------------------------------------------------------------


def test_sensors_may_come_before_their_device_and_a_renamed_or_moved_device_is_the_same() -> None:
    registry = DiscoveryRegistry()
    hear(registry, "DC4F220848A2", "sensors", SENSORS)
    assert registry.devices == ()
    hear(registry, "DC4F220848A2", "config", announced())
    before = keys(registry)
    assert "sensor.0848A2_AM2301_Humidity" in before
    hear(registry, "DC4F220848A2", "config", announced(dn="Kettle", fn=["Kettle"], t="kettle"))
    assert (device(registry).name, device(registry).uid, keys(registry)) == ("Kettle", "0848A2", before)
    assert "tele/kettle/SENSOR" in registry.topics
    assert not any("tasmota_0848A2" in topic for topic in registry.topics)


def test_a_withdrawn_device_is_gone_with_its_sensors() -> None:
    registry = known(announced(), SENSORS)
    hear(registry, "DC4F220848A2", "config", b"")
    assert registry.devices == ()
    assert registry.topics == ()
    again = DiscoveryRegistry()
    assert again.load(known(announced(), SENSORS).dump()) == 2
    assert again.rebuild_devices() == known(announced(), SENSORS).devices


@pytest.mark.parametrize(
    "body", [b"x", b"[]", b"{}", json.dumps(announced(mac="001122334455")).encode(), json.dumps(announced(ft="#/%topic%/")).encode(),
             json.dumps(announced(tp=["cmnd"])).encode(), b"[" * 4000],
)  # fmt: skip
def test_an_announcement_that_cannot_be_read_is_named_and_changes_nothing(body: bytes) -> None:
    registry = known(announced())
    before = device(registry)
    hear(registry, "DC4F220848A2", "config", body)
    assert device(registry) == before
    assert [one.where for one in registry.skipped] == ["tasmota/discovery/DC4F220848A2/config"]


@pytest.mark.parametrize(
    "strange",
    [
        {"rl": "x"},
        {"rl": [3]},
        {"fn": 5},
        {"sht": [[1]], "rl": [3, 3]},
        {"swn": 1, "swc": [1]},
        {"state": []},
        {"lt_st": "a", "rl": [2]},
    ],
)
def test_strange_members_make_no_device_vanish(strange: dict[str, Any]) -> None:
    registry = known(announced(**strange), {"sn": {"A": {"B": {"C": {"D": {"E": 1}}}}, "F": [1], "G": {"H": None}}})
    assert len(registry.devices) == 1


async def test_every_device_is_asked_for_its_state() -> None:
    asked = [(one.topic, one.payload) for one in known(announced()).state_requests]
    assert asked == [("cmnd/tasmota_0848A2/STATE", ""), ("cmnd/tasmota_0848A2/STATUS", "10")]
    await asyncio.sleep(0)
