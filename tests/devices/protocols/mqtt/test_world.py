"""From announcements to devices, from messages to reports, from wishes to messages."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import sentence
from devices.contract import RefusedError
from devices.protocols.mqtt.discovery_payload import configs
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from tests.devices.conftest import LINK
from tests.english import refused
from twin.model.capability import CAPABILITIES
from twin.model.device import DeviceInfo, device_from_description
from twin.model.observation import Availability, Report
from twin.model.problem import Problem

DEVICE = {"identifiers": ["d1"], "name": "Thing", "manufacturer": "M", "model": "X", "sw_version": "2"}


def world(component: str, body: dict[str, Any], object_: str = "x") -> DiscoveryRegistry:
    """A world with one entity of one device."""
    one = DiscoveryRegistry()
    payload = {"device": DEVICE} | body
    assert one.store_config(f"homeassistant/{component}/n/{object_}/config", json.dumps(payload).encode())
    one.rebuild_devices()
    return one


def values(one: DiscoveryRegistry, topic: str, payload: object) -> dict[str, object]:
    """What a message says, by the point's capability."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    kinds = {point.key: point.capability for device in one.devices for point in device.points}
    return {
        kinds[event.key]: event.value
        for event in one.handle_message(topic, text.encode()).events
        if isinstance(event, Report)
    }


def key(one: DiscoveryRegistry, capability: str) -> str:
    return next(point.key for point in one.devices[0].points if point.capability == capability)


def wish(one: DiscoveryRegistry, capability: str, verb: str, value: Any = None) -> list[tuple[str, str]]:
    return [(message.topic, message.payload) for message in one.encode_command("d1", key(one, capability), verb, value)]


def test_short_keys_and_the_base_topic_are_spelled_out() -> None:
    (config,) = configs(
        "homeassistant/sensor/n/t/config",
        json.dumps(
            {"~": "base/x", "stat_t": "~/s", "cmd_t": "y/~", "dev_cla": "power", "dev": {"ids": "a", "mf": "M", "sn": 7},
             "avty": [{"t": "~/a", "pl_avail": "1"}]}
        ).encode(),
    )  # fmt: skip
    assert config.path("state_topic") == "base/x/s"
    assert config.path("command_topic") == "y/base/x"
    assert config.values["availability"] == [{"topic": "base/x/a", "payload_available": "1"}]
    assert config.identifiers == ("a",)
    assert config.about("serial_number") == "7"


def test_a_device_payload_carries_all_its_components() -> None:
    one = DiscoveryRegistry()
    body = {
        "dev": {"ids": ["d1"], "name": "Both"},
        "o": {"name": "bridge"},
        "state_topic": "d/state",
        "cmps": {
            "t": {
                "p": "sensor",
                "device_class": "temperature",
                "unit_of_measurement": "°C",
                "val_tpl": "{{ value_json.t }}",
            },
            "s": {"p": "switch", "cmd_t": "d/set", "val_tpl": "{{ value_json.s }}"},
            "gone": {"p": "sensor"},
        },
    }
    assert one.store_config("homeassistant/device/d1/config", json.dumps(body).encode())
    one.rebuild_devices()
    assert {point.capability for point in one.devices[0].points} == {"temperature", "on_off"}
    assert values(one, "d/state", {"t": 20.5, "s": "ON"}) == {"temperature": 20.5, "on_off": True}


def test_entities_that_share_an_identifier_are_one_device_and_an_empty_payload_takes_one_away() -> None:
    one = world("sensor", {"state_topic": "s", "device_class": "humidity", "unit_of_measurement": "%"})
    other = {"device": {"identifiers": ["alias", "d1"]}, "state_topic": "b", "device_class": "motion"}
    topic = "homeassistant/binary_sensor/other/m/config"
    assert one.store_config(topic, json.dumps(other).encode())
    assert len(one.rebuild_devices()) == 1
    assert len(one.devices[0].points) == 2
    assert one.store_config(topic, b"")
    assert len(one.rebuild_devices()[0].points) == 1


def test_a_json_light_reads_and_obeys() -> None:
    one = world("light", {"schema": "json", "state_topic": "s", "command_topic": "c", "brightness_scale": 254,
                          "supported_color_modes": ["xy", "color_temp"], "max_mireds": 454, "min_mireds": 153})  # fmt: skip
    state = {"state": "ON", "brightness": 127, "color_temp": 250, "color_mode": "xy", "color": {"x": 0.3, "y": 0.3}}
    got = values(one, "s", state)
    assert got == {"on_off": True, "level": 50.0, "color_temperature": 4000.0, "color": (0.3, 0.3)}
    assert wish(one, "on_off", "off") == [("c", '{"state": "OFF"}')]
    assert wish(one, "on_off", "toggle") == [("c", '{"state": "OFF"}')]
    assert wish(one, "level", "set", 100.0) == [("c", '{"state": "ON", "brightness": 254}')]
    assert wish(one, "color_temperature", "set", 2500.0) == [("c", '{"state": "ON", "color_temp": 400}')]
    assert wish(one, "color", "set", (0.2, 0.4)) == [("c", '{"state": "ON", "color": {"x": 0.2, "y": 0.4}}')]
    assert one.devices[0].kind == "light"


def test_a_light_of_the_default_schema_reads_and_obeys() -> None:
    one = world("light", {"state_topic": "s", "command_topic": "c", "brightness_state_topic": "bs",
                          "brightness_command_topic": "bc", "brightness_scale": 100, "rgb_state_topic": "rs",
                          "rgb_command_topic": "rc", "color_temp_state_topic": "ts", "color_temp_command_topic": "tc",
                          "color_temp_kelvin": True, "on_command_type": "first"})  # fmt: skip
    assert values(one, "s", "ON") == {"on_off": True}
    assert values(one, "bs", "30") == {"level": 30.0}
    assert values(one, "ts", "2700") == {"color_temperature": 2700.0}
    assert values(one, "rs", "255,255,255")["color"] == pytest.approx((0.3127, 0.3290), abs=1e-3)
    assert wish(one, "level", "set", 40.0) == [("c", "ON"), ("bc", "40")]
    assert wish(one, "color_temperature", "set", 3000.0) == [("tc", "3000")]
    assert wish(one, "color", "set", (0.64, 0.33)) == [("rc", "255,0,0")]


def test_a_template_light_reads_and_obeys() -> None:
    one = world("light", {"schema": "template", "state_topic": "s", "command_topic": "c",
                          "command_on_template": "on,{{ brightness|d }},{{ color_temp|d }}", "command_off_template": "off",
                          "state_template": "{{ value.split(',')[0] }}", "brightness_template": "{{ value.split(',')[1] }}"})  # fmt: skip
    assert values(one, "s", "on,255") == {"on_off": True, "level": 100.0}
    assert wish(one, "level", "set", 20.0) == [("c", "on,51,")]
    assert wish(one, "on_off", "off") == [("c", "off")]


def test_a_cover_speaks_percent_open_whatever_its_own_range() -> None:
    one = world("cover", {"position_topic": "p", "set_position_topic": "sp", "command_topic": "c",
                          "position_open": 0, "position_closed": 200, "payload_stop": None})  # fmt: skip
    assert values(one, "p", "50") == {"position": 75.0}
    assert wish(one, "position", "set", 25.0) == [("sp", "150")]
    assert wish(one, "position", "open") == [("c", "OPEN")]
    with refused("cannot stop", RefusedError):
        wish(one, "position", "stop")


def test_a_cover_without_a_position_says_what_its_state_says() -> None:
    one = world("cover", {"state_topic": "s", "command_topic": "c", "state_closed": "shut"})
    assert values(one, "s", "shut") == {"position": 0.0}
    assert values(one, "s", "opening") == {"position": None}, "it is not known to be shut any more"
    assert values(one, "s", "a word of its own") == {}
    with refused("only opens and closes", RefusedError):
        wish(one, "position", "set", 40.0)


def test_a_thermostat_in_fahrenheit_is_canonical_inside() -> None:
    one = world("climate", {"modes": ["off", "heat"], "temperature_unit": "F", "min_temp": 41, "max_temp": 86,
                            "temperature_command_topic": "tc", "temperature_state_topic": "ts",
                            "current_temperature_topic": "ct", "mode_command_topic": "mc", "mode_state_topic": "ms",
                            "action_topic": "a", "preset_mode_command_topic": "pc", "preset_modes": ["eco"]})  # fmt: skip
    setpoint = next(p for p in one.devices[0].points if p.capability == "setpoint_heat")
    assert (setpoint.minimum, setpoint.maximum, setpoint.unit) == (5.0, 30.0, "°F")
    assert wish(one, "setpoint_heat", "set", 20.0) == [("tc", "68")]
    assert values(one, "ms", "heat") == {"hvac_mode": "heat"}
    assert values(one, "a", "preheating") == {"hvac_action": "heating"}
    assert wish(one, "hvac_mode", "set", "off") == [("mc", "off")]
    assert one.devices[0].kind == "thermostat"


def test_fan_lock_valve_siren_number_select_text_button_and_event_do_what_they_say() -> None:
    fan = world("fan", {"command_topic": "c", "state_topic": "s", "percentage_command_topic": "pc",
                        "percentage_state_topic": "ps", "speed_range_min": 1, "speed_range_max": 4})  # fmt: skip
    assert values(fan, "ps", "2") == {"fan_speed": 50.0}
    assert wish(fan, "fan_speed", "set", 75.0) == [("pc", "3")]
    lock = world("lock", {"command_topic": "c", "state_topic": "s", "payload_lock": "L"})
    assert values(lock, "s", "LOCKED") == {"lock": "locked"}
    assert wish(lock, "lock", "lock") == [("c", "L")]
    valve = world("valve", {"command_topic": "c", "state_topic": "s", "reports_position": True})
    assert values(valve, "s", {"position": 40}) == values(valve, "s", "40") == {"valve": 40.0}
    assert wish(valve, "valve", "open") == [("c", "100")]
    siren = world("siren", {"command_topic": "c", "state_topic": "s"})
    assert values(siren, "s", {"state": "ON"}) == {"on_off": True}
    assert wish(siren, "on_off", "on") == [("c", '{"state": "ON"}')]
    number = world("number", {"command_topic": "c", "state_topic": "s", "min": 0, "max": 9, "unit_of_measurement": "s"})
    assert wish(number, "raw_number", "set", 4.5) == [("c", "4.5")]
    select = world("select", {"command_topic": "c", "state_topic": "s", "options": ["a", "b"]})
    assert wish(select, "raw_enum", "set", "b") == [("c", "b")]
    text = world("text", {"command_topic": "c", "max": 3})
    with refused("3 characters", RefusedError):
        wish(text, "raw_text", "set", "four")
    button = world("button", {"command_topic": "c", "payload_press": "GO"})
    assert wish(button, "raw_enum", "set", "press") == [("c", "GO")]
    event = world("event", {"state_topic": "s", "event_types": ["press", "hold"]})
    assert values(event, "s", {"event_type": "hold"}) == {"button": "hold"}


@pytest.mark.parametrize(
    ("component", "body", "capability", "payload", "value"),
    [
        ("binary_sensor", {"device_class": "door"}, "contact", "ON", True),
        ("binary_sensor", {"device_class": "door", "payload_on": False, "payload_off": True}, "contact", "false", True),
        ("binary_sensor", {"device_class": "moisture"}, "water_leak", "OFF", False),
        ("binary_sensor", {"device_class": "lock"}, "raw_bool", "ON", True),
        ("sensor", {"device_class": "temperature", "unit_of_measurement": "°F"}, "temperature", "70", 70.0),
        ("sensor", {"device_class": "temperature", "unit_of_measurement": "bananas"}, "raw_number", "70", 70.0),
        ("sensor", {"device_class": "temperature", "unit_of_measurement": "°C", "entity_category": "diagnostic"}, "raw_number", "40", 40.0),
        ("sensor", {"unit_of_measurement": "lqi", "object_id": "linkquality"}, "raw_number", "200", 200.0),
        ("sensor", {}, "raw_text", "hello", "hello"),
        ("switch", {"command_topic": "c", "entity_category": "config"}, "raw_bool", "ON", True),
        ("switch", {"command_topic": "c", "state_on": "1", "state_off": "0"}, "on_off", "1", True),
        ("device_tracker", {}, "presence", "home", True),
        ("lawn_mower", {}, "raw_text", "mowing", "mowing"),
    ],
)  # fmt: skip
def test_classes_units_and_payloads_find_their_capability(
    component: str, body: dict[str, Any], capability: str, payload: str, value: object
) -> None:
    one = world(component, {"state_topic": "s"} | body)
    assert values(one, "s", payload) == {capability: value}


_SAYS = {
    "sensor": {"device_class": "power", "unit_of_measurement": "W", "state_topic": "s"},
    "binary_sensor": {"state_topic": "s"},
    "switch": {"state_topic": "s"},
    "lock": {"state_topic": "s"},
    "cover": {"position_topic": "s"},
    "valve": {"state_topic": "s", "reports_position": True},
    "climate": {"preset_mode_state_topic": "s", "preset_modes": ["away"]},
    "fan": {"percentage_state_topic": "s"},
    "number": {"state_topic": "s"},
    "select": {"state_topic": "s", "options": ["a"]},
    "light": {"brightness_state_topic": "s"},
    "humidifier": {"current_humidity_topic": "s"},
    "device_tracker": {"state_topic": "s"},
    "text": {"state_topic": "s"},
}


@pytest.mark.parametrize("word", ["None", "null", "unknown", "unavailable", "nan"])
@pytest.mark.parametrize("component", _SAYS)
def test_a_device_that_says_it_has_no_value_is_heard(component: str, word: str) -> None:
    one = world(component, _SAYS[component])
    assert list(values(one, "s", word).values()) == [None]


@pytest.mark.parametrize("component", ["sensor", "binary_sensor", "switch", "lock", "cover", "light", "fan", "number"])
def test_an_empty_payload_and_a_missing_field_say_nothing(component: str) -> None:
    assert values(world(component, _SAYS[component]), "s", "") == {}
    name = {"cover": "position_template", "fan": "percentage_value_template", "light": "brightness_value_template"}
    templated = world(component, _SAYS[component] | {name.get(component, "value_template"): "{{ value_json.mine }}"})
    assert values(templated, "s", {"other": 1}) == {}
    assert list(values(templated, "s", {"mine": None}).values()) == [None]


@pytest.mark.parametrize("said", ["LOCKING", "UNLOCKING", "OPENING", "MOVING", "None"])
def test_a_lock_that_moves_is_not_known_to_be_locked(said: str) -> None:
    one = world("lock", {"state_topic": "s"})
    assert values(one, "s", "locked") == {"lock": "locked"}
    assert values(one, "s", said) == {"lock": None}


def test_an_emptied_preset_is_no_preset_and_a_word_of_the_device_stays_a_word() -> None:
    climate = world("climate", {"preset_mode_state_topic": "s", "preset_modes": ["away", "eco"]})
    assert values(climate, "s", "none") == values(climate, "s", "") == {"raw_enum": None}
    select = world("select", {"state_topic": "s", "options": ["none", "all"]})
    assert values(select, "s", "none") == {"raw_enum": "none"}


def test_a_json_light_says_null_and_keeps_what_it_does_not_say() -> None:
    one = world("light", {"schema": "json", "state_topic": "s", "supported_color_modes": ["xy"]})
    assert values(one, "s", {"state": "ON"}) == {"on_off": True}
    said = {"state": None, "brightness": None, "color": None}
    assert values(one, "s", said) == {"on_off": None, "level": None, "color": None}


def test_a_motion_detector_that_never_says_off_is_off_after_its_delay() -> None:
    one = world("binary_sensor", {"state_topic": "s", "device_class": "motion", "off_delay": 30})
    heard = one.handle_message("s", b"ON")
    assert heard.later == [(30.0, Report("d1", "binary_sensor.@n.x", value=False))]
    assert one.handle_message("s", b"OFF").later == []
    ((_, again),) = one.handle_message("s", b"ON", retained=True).later
    assert again.retained, "nobody was heard when it ends"


def test_expiry_belongs_to_the_point_that_declares_it() -> None:
    one = world("sensor", {"state_topic": "s", "expire_after": 120})
    other = {"device": DEVICE, "state_topic": "o", "device_class": "motion"}
    one.store_config("homeassistant/binary_sensor/n/m/config", json.dumps(other).encode())
    (device,) = one.rebuild_devices()
    assert device.interval_s == 0
    assert {point.capability: point.expires_s for point in device.points} == {"raw_text": 120.0, "motion": 0.0}


@pytest.mark.parametrize(
    ("mode", "said", "online"),
    [
        ("all", ["online", "online"], True), ("all", ["online", "offline"], False), ("all", ["online", None], None),
        ("any", ["offline", "online"], True), ("any", ["offline", "offline"], False),
        ("latest", ["online", "offline"], False), ("latest", ["offline", "online"], True), ("latest", [None, None], None),
    ],
)  # fmt: skip
def test_availability_follows_its_mode(mode: str, said: list[str | None], online: bool | None) -> None:
    spots = [{"topic": "a"}, {"topic": "b", "value_template": "{{ value_json.state }}"}]
    one = world("sensor", {"state_topic": "s", "availability": spots, "availability_mode": mode})
    for topic, word in zip("ab", said, strict=True):
        if word is not None:
            one.handle_message(topic, (word if topic == "a" else json.dumps({"state": word})).encode())
    assert one.availability_tracker.online(("d1", "")) is online
    assert [(said.uid, said.online, said.key) for said in one.availability()] == (
        [] if online is None else [("d1", online, "")]
    )


def test_a_device_without_availability_is_only_assumed_to_be_there() -> None:
    one = world("sensor", {"state_topic": "s"})
    assert one.availability() == [Availability("d1", online=True, assumed=True)]


def taps(*rules: dict[str, Any]) -> DiscoveryRegistry:
    """A device with one alarm a rule; `s0`, `s1` ... are the state topics, `k0` ... the keys end so."""
    one = DiscoveryRegistry()
    for number, rule in enumerate(rules):
        body = {
            "device": DEVICE,
            "unique_id": f"k{number}",
            "state_topic": f"s{number}",
            "device_class": "moisture",
        } | rule
        one.store_config(f"homeassistant/binary_sensor/n/k{number}/config", json.dumps(body).encode())
    one.rebuild_devices()
    return one


def test_one_siblings_failed_availability_takes_nothing_from_another() -> None:
    one = taps({"availability_topic": "a0"}, {"availability_topic": "a1"}, {})
    assert one.availability() == [Availability("d1", online=True, assumed=True)]
    one.handle_message("a0", b"online")
    one.handle_message("a1", b"online")
    gone = one.handle_message("a0", b"offline").events
    assert [(said.key, said.online) for said in gone if isinstance(said, Availability)] == [("binary_sensor.k0", False)]


def test_a_value_that_the_broker_kept_of_an_absent_point_is_not_reported_until_it_is_back() -> None:
    one = taps({"availability_topic": "a0"}, {"availability_topic": "a1"})
    one.handle_message("a0", b"offline", retained=True)
    assert one.handle_message("s0", b"ON", retained=True).events == []
    assert one.handle_message("s1", b"ON", retained=True).events == [
        Report("d1", "binary_sensor.k1", True, retained=True)
    ]
    back = one.handle_message("a0", b"online").events
    assert back == [
        Availability("d1", True, key="binary_sensor.k0"), Report("d1", "binary_sensor.k0", True, retained=True)
    ]  # fmt: skip


def there(rule: str, said: list[tuple[str, bool]]) -> bool | None:
    """What the documentation of MQTT discovery makes of `availability_mode`; None where it is not known yet."""
    topics, _, mode = rule.partition(" ")
    own = [(topic, online) for topic, online in said if topic in topics]
    last = dict(own)
    if not topics or not own:
        return None if topics else True
    if mode == "all":
        return False if False in last.values() else True if len(last) == len(topics) else None
    if mode == "any":
        return True if True in last.values() else False if len(last) == len(topics) else None
    return own[-1][1]


@given(
    st.lists(st.sampled_from(["", "a", "b", "ab all", "ab any", "ab latest"]), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.booleans()), max_size=12),
)
def test_a_point_is_away_where_its_own_rule_says_so_and_nowhere_else(
    rules: list[str], messages: list[tuple[str, bool, bool]]
) -> None:
    bodies: list[dict[str, Any]] = []
    for rule in rules:
        topics, _, mode = rule.partition(" ")
        spots = {"availability": [{"topic": topic} for topic in topics], "availability_mode": mode or "latest"}
        bodies.append(spots if rule else {})
    one = taps(*bodies)
    keys = [f"binary_sensor.k{number}" for number in range(len(rules))]
    away, said = set[str](), list[tuple[str, bool]]()
    for topic, online, retained in messages:
        said.append((topic, online))
        for told in one.handle_message(topic, b"online" if online else b"offline", retained=retained).events:
            if isinstance(told, Availability):
                (away.difference_update if told.online else away.update)([told.key] if told.key else keys)
        state = {key: there(rule, said) for key, rule in zip(keys, rules, strict=True)}
        assert not {key for key in away if state[key]}, "wiped although its own rule says that it is there"
        assert {key for key in keys if state[key] is False} <= away


def test_what_was_announced_is_known_again_after_a_dump_and_a_damaged_dump_is_empty() -> None:
    one = world("light", {"schema": "json", "state_topic": "s", "command_topic": "c"})
    again = DiscoveryRegistry()
    assert again.load(one.dump()) == 1
    assert again.rebuild_devices() == one.devices
    for text in ("", "{}", "[]", '{"prefix": "homeassistant", "payloads": {"x": "!"}}', one.dump()[:-20]):
        assert DiscoveryRegistry().load(text) is None


@pytest.mark.parametrize(
    ("file", "count", "devices"), [("z2m60_ha_discovery", 558, 61), ("z2m_bulk_ha_discovery", 945, 100)]
)
def test_real_announcements_are_all_understood(shared_data: Path, file: str, count: int, devices: int) -> None:
    payloads = json.loads((shared_data / "protocols" / "mqtt" / f"{file}.json").read_text("utf-8"))
    assert len(payloads) == count
    one = DiscoveryRegistry()
    assert sum(one.store_config(topic, json.dumps(body).encode()) for topic, body in payloads.items()) == count
    found = one.rebuild_devices()
    assert len(found) == devices
    assert one.skipped == ()
    kinds = Counter(point.capability for device in found for point in device.points)
    assert set(kinds) <= set(CAPABILITIES)
    for device in found:
        keys = [point.key for point in device.points]
        assert len(keys) == len(set(keys))
        assert device_from_description(device, LINK).kind
    raw = sum(n for kind, n in kinds.items() if kind.startswith("raw_"))
    assert raw < 0.5 * kinds.total()


def test_the_same_announcements_in_another_order_make_the_same_devices(shared_data: Path) -> None:
    payloads = json.loads((shared_data / "protocols" / "mqtt" / "z2m60_ha_discovery.json").read_text("utf-8"))
    made: list[tuple[DeviceInfo, ...]] = []
    for items in (list(payloads.items()), list(payloads.items())[::-1]):
        one = DiscoveryRegistry()
        for topic, body in items:
            one.store_config(topic, json.dumps(body).encode())
        made.append(one.rebuild_devices())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "payload",
    [b"", b"nonsense", b"[]", b"1", b"{}", b'{"device": 5, "state_topic": {}}', b'{"device": {"identifiers": {}}}', b"\xff\xfe",
     b'{"state_topic": "a/#"}', b'{"availability": 3, "options": 7, "state_topic": "\\u0000"}', b"[" * 100_000, b'{"a":' * 90_000],
    ids=range(12),
)  # fmt: skip
@pytest.mark.parametrize("component", ["sensor", "light", "climate", "device", "cover", "rubbish"])
def test_a_bad_announcement_never_raises(component: str, payload: bytes) -> None:
    one = DiscoveryRegistry()
    one.store_config(f"homeassistant/{component}/n/o/config", payload)
    for device in one.rebuild_devices():
        assert all(not point.writable for point in device.points)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(["light", "climate", "cover", "sensor", "fan", "valve", "siren", "event", "update"]), st.dictionaries(
    st.sampled_from(["state_topic", "command_topic", "device_class", "schema", "brightness", "modes", "options", "min", "max",
                     "availability", "device", "value_template", "position_topic", "position_open", "color_temp", "~", "name",
                     "payload_on", "temp_step", "speed_range_max", "brightness_scale", "supported_color_modes", "off_delay"]),
    _JSON), _JSON)  # fmt: skip
def test_any_json_announcement_and_message_is_survived(component: str, body: dict[str, Any], message: object) -> None:
    one = DiscoveryRegistry()
    body["state_topic"] = "s"
    one.store_config(f"homeassistant/{component}/n/o/config", json.dumps(body).encode())
    one.rebuild_devices()
    for event in one.handle_message("s", json.dumps(message).encode()).events:
        assert not isinstance(event, Problem)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"state_topic": "s",}', "The announcement is not valid JSON: "),
        (b"[1]", "The announcement is not a JSON object"),
        (b"\xff\xfe{", "The announcement is not UTF-8 text"),
        (b"[" * 100_000, "The announcement is nested too deeply or holds a number that is too long"),
        (b"[" * 300_000, "The announcement is longer than 256 KiB"),
    ],
)
def test_an_announcement_that_cannot_be_read_is_listed_until_a_good_one_comes(payload: bytes, reason: str) -> None:
    one, topic = DiscoveryRegistry(), "homeassistant/sensor/n/t/config"
    assert not one.store_config(topic, payload)
    (skipped,) = one.skipped
    assert skipped.where == topic
    assert sentence(skipped.reason).startswith(reason)
    before = one.refusals
    assert one.store_config(topic, b'{"state_topic": "s", "name": "T"}')
    one.rebuild_devices()
    assert one.skipped == ()
    assert one.refusals > before


def test_refused_templates_unknown_components_and_entities_without_a_topic_are_listed() -> None:
    assert "cannot be used" in sentence(
        world("sensor", {"state_topic": "s", "value_template": "{{ value_json.7_x }}"}).skipped[0].reason
    )
    assert "does not know the component camera" in sentence(world("camera", {"topic": "s"}).skipped[0].reason)
    assert (
        sentence(world("sensor", {"name": "Nothing"}).skipped[0].reason)
        == "It has no topic that could be read or commanded"
    )
    one = DiscoveryRegistry()
    parts = {"a": {"p": "sensor", "state_topic": "s"}, "b": {"state_topic": "t"}, "c": {"p": "lamp"}}
    one.store_config(
        "homeassistant/device/d/config", json.dumps({"dev": {"ids": "d"}, "o": {"name": "x"}, "cmps": parts}).encode()
    )
    one.rebuild_devices()
    assert [(skip.where, sentence(skip.reason)) for skip in one.skipped] == [
        ("homeassistant/device/d/config", "The component b names no platform")
    ]


def test_devices_over_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.protocols.mqtt.device_entities.MAX_DEVICES", 2)
    one = DiscoveryRegistry()
    for n in range(5):
        payload = {"state_topic": "s", "device": {"identifiers": [f"d{n}"]}}
        one.store_config(f"homeassistant/sensor/d{n}/t/config", json.dumps(payload).encode())
    assert len(one.rebuild_devices()) == 2
    assert [sentence(skip.reason) for skip in one.skipped] == [
        "Oikos reads at most 2 devices of one broker: 3 are left out"
    ]
