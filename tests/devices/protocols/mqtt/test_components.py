"""What real publishers announce: lights whose colour carries the brightness, covers, valves, climate, numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.i18n import sentence
from devices.contract import RefusedError
from devices.normalise import normalise
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from tests.devices.conftest import LINK
from tests.devices.protocols.mqtt.test_world import values, wish, world
from twin.model.colour import channels_from_rgb, rgb_from_channels
from twin.model.device import PointInfo, device_from_description
from twin.model.observation import Observation, Quality, Report, StringTable


def point(one: Any, capability: str) -> PointInfo:
    """The first point with this capability."""
    return next(point for point in one.devices[0].points if point.capability == capability)


@pytest.mark.parametrize("count", [3, 4, 5])
@pytest.mark.parametrize("rgb", [(255, 0, 0), (255, 255, 255), (10, 200, 90), (255, 128, 128)])
def test_channels_with_whites_show_the_colour_that_they_came_from(count: int, rgb: tuple[float, float, float]) -> None:
    back = rgb_from_channels(channels_from_rgb(rgb, count))
    assert all(abs(one - other) <= 2 for one, other in zip(back, rgb, strict=True))


RGB = {"command_topic": "l/set", "state_topic": "l/on", "rgb_command_topic": "l/rgb/set", "rgb_state_topic": "l/rgb"}


def test_a_light_without_a_brightness_topic_has_its_brightness_in_its_colour() -> None:
    light = world("light", RGB)
    heard = values(light, "l/rgb", "128,0,0")
    assert heard["level"] == pytest.approx(50.2, abs=0.1)
    assert heard["color"] == pytest.approx((0.640, 0.330), abs=0.001)
    assert wish(light, "level", "set", 100) == [("l/rgb/set", "255,0,0")]
    assert wish(light, "level", "set", 20) == [("l/rgb/set", "51,0,0")]
    assert wish(light, "color", "set", (0.15, 0.06)) == [("l/rgb/set", "0,0,51")]
    assert values(light, "l/rgb", "0,0,0") == {"level": 0.0}
    assert wish(light, "level", "set", 100) == [("l/rgb/set", "0,0,255")], "black is no colour: the last one is kept"


def test_a_light_with_a_brightness_topic_gets_its_full_colour() -> None:
    light = world("light", RGB | {"brightness_command_topic": "l/b/set", "brightness_state_topic": "l/b"})
    assert values(light, "l/rgb", "128,0,0").keys() == {"color"}
    assert wish(light, "color", "set", (0.64, 0.33)) == [("l/rgb/set", "255,0,0")]
    assert wish(light, "level", "set", 50) == [("l/b/set", "128"), ("l/set", "ON")]


def test_white_channels_are_read_and_told() -> None:
    four = world("light", {"command_topic": "c", "rgbw_command_topic": "rgbw/set", "rgbw_state_topic": "rgbw"})
    white = values(four, "rgbw", "0,0,0,255")
    assert white["level"] == 100.0
    assert white["color"] == pytest.approx((0.3127, 0.3290), abs=0.001)
    assert wish(four, "color", "set", (0.64, 0.33)) == [("rgbw/set", "255,0,0,0")]
    assert wish(four, "color", "set", (0.3127, 0.3290))[0][1].endswith(",255")
    five = world(
        "light",
        {
            "command_topic": "c",
            "rgbww_command_topic": "rgbww/set",
            "rgbww_command_template": "{{ [red, green, blue, cold_white, warm_white] | to_json }}",
            "rgbww_state_topic": "rgbww",
        },
    )
    assert wish(five, "color", "set", (0.64, 0.33)) == [("rgbww/set", "[255,0,0,0,0]")]
    assert values(five, "rgbww", "0,0,0,100,155")["level"] == 100.0 * 155 / 255


def test_a_json_light_is_read_in_the_mode_that_it_says_it_is_in() -> None:
    light = world(
        "light", {"schema": "json", "command_topic": "c", "state_topic": "s", "supported_color_modes": ["rgbw"]}
    )
    wheel = {"x": 0.7, "y": 0.29, "h": 120, "s": 100, "r": 0, "g": 0, "b": 255, "w": 0}

    def read(mode: str | None, **colour: float) -> Any:
        body: dict[str, Any] = {"state": "ON", "color": colour or wheel}
        return values(light, "s", body if mode is None else body | {"color_mode": mode}).get("color")

    assert read("xy") == read(None) == (0.7, 0.29)
    assert read("hs") == pytest.approx((0.3, 0.6), abs=0.001)
    assert read("rgbw") == pytest.approx((0.15, 0.06), abs=0.001)
    assert read("rgbw", r=255, g=0, b=0, w=255) == pytest.approx((0.447, 0.329), abs=0.01), "pink: the white counts"
    assert read("color_temp") is None
    assert '"color": {"r": 255, "g": 0, "b": 0, "w": 0}' in wish(light, "color", "set", (0.64, 0.33))[0][1]


def test_a_template_light_tells_its_colour_and_effect() -> None:
    light = world(
        "light",
        {
            "schema": "template",
            "command_topic": "c",
            "state_topic": "s",
            "command_on_template": "on{% if red is defined %},{{ red }}-{{ green }}-{{ blue }}{% endif %}"
            "{% if effect is defined %},{{ effect }}{% endif %}",
            "command_off_template": "off",
            "state_template": "{{ value.split(',')[0] }}",
            "red_template": "{{ value.split(',')[1].split('-')[0] }}",
            "green_template": "{{ value.split(',')[1].split('-')[1] }}",
            "blue_template": "{{ value.split(',')[1].split('-')[2] }}",
            "effect_template": "{{ value.split(',')[2] }}",
            "effect_list": ["fire"],
        },
    )
    heard = values(light, "s", "on,255-0-0,fire")
    assert heard["on_off"] is True
    assert heard["effect"] == "fire"
    assert heard["color"] == pytest.approx((0.64, 0.33), abs=0.001)
    assert point(light, "color").reports
    assert wish(light, "color", "set", (0.64, 0.33)) == [("c", "on,255-0-0")]
    assert wish(light, "effect", "set", "fire") == [("c", "on,fire")]


COVER = {"command_topic": "c", "position_topic": "p", "set_position_topic": "p/set"}


def test_a_cover_says_its_position_as_json_without_a_template_and_its_tilt_beside_it() -> None:
    cover = world("cover", COVER | {"tilt_command_topic": "t/set"})
    assert values(cover, "p", {"position": 30, "tilt_position": 80}) == {"position": 30.0, "tilt": 80.0}
    assert values(cover, "p", {"position": 31}) == {"position": 31.0}
    assert values(cover, "p", "32") == {"position": 32.0}
    assert values(cover, "p", {"battery": 7}) == {}
    assert point(cover, "tilt").reports
    templated = world("cover", COVER | {"tilt_command_topic": "t/set", "position_template": '{"position": {{ value_json.a }}, "tilt_position": {{ value_json.b }}}'})  # fmt: skip
    assert values(templated, "p", {"a": 1, "b": 2}) == {"position": 1.0, "tilt": 2.0}


def test_an_inverted_cover_is_read_and_told_the_other_way_round() -> None:
    ends = {"position_open": 0, "position_closed": 100, "tilt_min": 90, "tilt_max": 0}
    cover = world("cover", COVER | ends | {"tilt_command_topic": "t/set", "tilt_status_topic": "t"})
    assert values(cover, "p", {"position": 0, "tilt_position": 90}) == {"position": 100.0, "tilt": 0.0}
    assert values(cover, "t", "0") == {"tilt": 100.0}
    assert wish(cover, "position", "set", 11) == [("p/set", "89")]
    assert wish(cover, "tilt", "set", 100) == [("t/set", "0")]
    told = world("cover", COVER | ends | {"set_position_template": "{{ position }} {{ value }} {{ position_open }}"})
    assert wish(told, "position", "set", 11) == [("p/set", "11 89 0")], "position is percent, value is in its own range"


def test_a_cover_without_a_tilt_has_none() -> None:
    assert {one.capability for one in world("cover", COVER).devices[0].points} == {"position"}


def test_a_valve_that_reports_its_position_takes_one_and_stops() -> None:
    valve = world("valve", {"command_topic": "c", "state_topic": "s", "reports_position": True, "payload_stop": "HALT"})
    assert values(valve, "s", {"state": "opening", "position": 40}) == {"valve": 40.0}
    assert values(valve, "s", "41") == {"valve": 41.0}
    assert values(valve, "s", "closed") == {"valve": 0.0}
    assert values(valve, "s", "opening") == values(valve, "s", {"state": "open"}) == {}
    assert wish(valve, "valve", "set", 25) == [("c", "25")]
    assert wish(valve, "valve", "open") == [("c", "100")]
    assert wish(valve, "valve", "stop") == [("c", "HALT")]


def test_a_valve_without_positions_opens_and_closes_only() -> None:
    valve = world("valve", {"command_topic": "c", "state_topic": "s"})
    assert values(valve, "s", {"state": "open"}) == {"valve": 100.0}
    assert wish(valve, "valve", "close") == [("c", "CLOSE")]
    for verb, value in (("stop", None), ("set", 40.0)):
        with pytest.raises(RefusedError):
            wish(valve, "valve", verb, value)


def test_an_entity_is_read_and_told_in_its_own_encoding() -> None:
    text = world("text", {"state_topic": "s", "command_topic": "c", "encoding": "latin-1"})
    heard = text.handle_message("s", bytes.fromhex("5374F672756E67"))
    assert [event.value for event in heard.events] == ["Störung"]
    assert wish(text, "raw_text", "set", "Küche") == [("c", b"K\xfcche")]
    utf = world("text", {"state_topic": "s", "command_topic": "c"})
    assert [event.value for event in utf.handle_message("s", "Störung".encode()).events] == ["Störung"]
    assert wish(utf, "raw_text", "set", "Küche") == [("c", "Küche")]


def test_without_encoding_a_template_sees_bytes() -> None:
    raw = world("sensor", {"state_topic": "s", "encoding": "", "value_template": "{{ value[0] * 256 + value[1] }}"})
    assert [event.value for event in raw.handle_message("s", b"\x01\x02").events] == ["258"]
    plain = world("sensor", {"state_topic": "s", "encoding": ""})
    assert [event.value for event in plain.handle_message("s", b"\x01\xff").events] == ["01ff"]


@pytest.mark.parametrize("encoding", ["zip", "idna", "undefined", "no-such", "base64", 7, None])
def test_an_encoding_that_is_none_of_text_is_utf_8(encoding: object) -> None:
    text = world("text", {"state_topic": "s", "encoding": encoding})
    assert [event.value for event in text.handle_message("s", "ö".encode()).events] == ["ö"]


def test_a_refused_template_takes_its_point_away_and_is_told() -> None:
    sensor = world("sensor", {"state_topic": "s", "value_template": "{{ value_json.7_day_sum }}"})
    assert not sensor.devices
    (told,) = sensor.skipped
    assert sentence(told.reason).startswith(
        "The template cannot be used: it is not written as templates are (expected token"
    )
    switch = world("switch", {"state_topic": "s", "command_topic": "c", "value_template": "{{ states('x') }}"})
    assert not point(switch, "on_off").reports, "it can be told, and not be read"


def test_a_template_that_costs_too_much_with_real_messages_is_told_and_not_run_any_more() -> None:
    greedy = "{% for a in value_json %}{% for b in value_json %}{% for c in value_json %}{% endfor %}{% endfor %}{% endfor %}"
    sensor = world("sensor", {"state_topic": "s", "value_template": greedy + "{{ value }}"})
    assert not sensor.skipped
    for _ in range(6):
        assert not sensor.handle_message("s", str(list(range(999))).encode()).events
    assert [sentence(one.reason) for one in sensor.skipped] == ["The template cannot be used: it takes too many steps"]


def test_a_unit_of_one_blank_makes_a_number() -> None:
    assert point(world("sensor", {"state_topic": "s", "unit_of_measurement": " "}), "raw_number").unit == ""
    assert point(world("sensor", {"state_topic": "s"}), "raw_text")


def test_garage_doors_and_air_conditioners_are_what_they_are() -> None:
    assert world("cover", COVER | {"device_class": "garage"}).devices[0].kind == "garage_door"
    assert world("cover", COVER).devices[0].kind == "cover"
    assert world("climate", AIR).devices[0].kind == "air_conditioner"
    assert world("climate", AIR | {"modes": ["off", "heat"]}).devices[0].kind == "thermostat"


AIR = {
    "modes": ["off", "cool", "heat", "dry", "fan_only"],
    "mode_command_topic": "m/set",
    "mode_state_topic": "m",
    "power_command_topic": "p/set",
    "payload_on": "1",
    "payload_off": "0",
    "temperature_command_topic": "t/set",
    "temperature_state_topic": "t",
    "preset_modes": ["eco", "boost"],
    "preset_mode_command_topic": "r/set",
    "preset_mode_state_topic": "r",
}


def test_an_air_conditioner_has_a_power_switch_beside_its_mode() -> None:
    air = world("climate", AIR)
    assert wish(air, "on_off", "on") == [("p/set", "1")]
    assert wish(air, "on_off", "off") == [("p/set", "0")]
    assert not point(air, "on_off").reports
    assert point(air, "setpoint_heat").label == "Target temperature", "one target for heating and for cooling"
    assert not point(world("climate", AIR | {"modes": ["off", "heat"]}), "setpoint_heat").label


def test_a_preset_can_be_left() -> None:
    air = world("climate", AIR)
    assert point(air, "raw_enum").options == ("none", "eco", "boost")
    assert values(air, "r", "none") == {"raw_enum": "none"}
    assert values(air, "r", "") == {"raw_enum": None}
    assert wish(air, "raw_enum", "set", "none") == [("r/set", "none")]


def test_a_number_keeps_its_unit_its_step_and_all_its_decimals() -> None:
    number = world(
        "number",
        {"command_topic": "c", "state_topic": "s", "unit_of_measurement": "kWh", "min": 0, "max": 1, "step": 0.000001},
    )
    assert point(number, "raw_number").step == 0.000001
    assert point(number, "raw_number").unit == "kWh"
    assert wish(number, "raw_number", "set", 0.123456) == [("c", "0.123456")]
    assert wish(number, "raw_number", "set", 0.1 + 0.2) == [("c", "0.3")]


@pytest.mark.parametrize(
    ("device_class", "unit", "capability"),
    [
        ("power", "VAr", "reactive_power"),
        ("power", "VA", "apparent_power"),
        ("power", "Watt", "power"),
        ("power", "kWh", "raw_number"),
        ("pressure", "inH₂O", "pressure"),
        ("reactive_energy", "kvarh", "raw_number"),
        ("wind_speed", "m/s", "raw_number"),
    ],
)
def test_the_unit_tells_what_a_device_class_is_used_for(device_class: str, unit: str, capability: str) -> None:
    config = {"state_topic": "s", "device_class": device_class, "unit_of_measurement": unit}
    found = point(world("sensor", config), capability)
    assert found.unit == unit


@pytest.mark.parametrize("state_class", ["total", "total_increasing"])
def test_a_counter_below_zero_is_kept(state_class: str) -> None:
    config = {"state_topic": "s", "device_class": "energy", "unit_of_measurement": "kWh", "state_class": state_class}
    meter = world("sensor", config)
    (report,) = meter.handle_message("s", b"-873.25").events
    (twin_point,) = device_from_description(meter.devices[0], LINK).points
    assert isinstance(report, Report)
    kept = normalise(report, twin_point, StringTable(), 1_764_331_200_000)
    assert isinstance(kept, Observation)
    assert (kept.value, kept.quality) == (-873_250.0, Quality.GOOD)


def test_a_device_without_a_name_is_not_called_after_one_of_its_sensors() -> None:
    one = DiscoveryRegistry()
    for name in ("Soil", "Radio"):
        body = {"name": name, "unique_id": name, "state_topic": "s", "device": {"identifiers": ["pr1"], "name": ""}}
        one.store_config(f"homeassistant/sensor/{name}/config", json.dumps(body).encode())
        one.rebuild_devices()
        assert one.devices[0].name == (name if name == "Soil" else "pr1")


def test_json_with_white_space_before_it_is_json() -> None:
    sensor = world("sensor", {"state_topic": "s", "value_template": "{{ value_json.t }}", "unit_of_measurement": "x"})
    assert values(sensor, "s", '\r\n  {"t": 7}') == {"raw_number": 7}


def test_broken_json_on_a_state_topic_is_told_until_a_good_message_comes() -> None:
    sensor = world("sensor", {"state_topic": "s", "value_template": "{{ value_json.t }}"})
    sensor.handle_message("s", b"{'t': 7}")
    assert [(one.where, sentence(one.reason)) for one in sensor.skipped] == [
        ("s", "The message begins like JSON and is not valid")
    ]
    before = sensor.refusals
    sensor.handle_message("s", b'{"t": 7}')
    assert (sensor.skipped, sensor.refusals) == ((), before + 1)
    text = world("text", {"state_topic": "s", "command_topic": "c"})
    text.handle_message("s", b"{not json, and no harm}")
    assert not text.skipped, "plain text may begin as it likes"


def test_refused_templates_of_commands_and_of_availability_are_told_before_they_are_needed() -> None:
    switch = world(
        "switch",
        {
            "state_topic": "s",
            "command_topic": "c",
            "command_template": "{{ states('x') }}",
            "json_attributes_template": "{{ states('x') }}",
            "availability": [{"topic": "a", "value_template": "{{ value_json.3B }}"}],
        },
    )
    assert [sentence(one.reason).split(":")[0] for one in switch.skipped] == [
        "The command template cannot be used",
        "The availability template cannot be used",
    ]


def test_a_fan_turns_both_ways() -> None:
    fan = world("fan", {"command_topic": "c", "direction_state_topic": "d", "direction_command_topic": "d/set"})
    assert values(fan, "d", "reverse") == {"raw_enum": "reverse"}
    assert wish(fan, "raw_enum", "set", "forward") == [("d/set", "forward")]


def test_the_payload_that_resets_means_no_value() -> None:
    fan = world(
        "fan",
        {
            "command_topic": "c",
            "preset_modes": ["breeze"],
            "preset_mode_state_topic": "p",
            "payload_reset_preset_mode": "--",
            "percentage_state_topic": "s",
            "payload_reset_percentage": "auto",
        },
    )
    assert values(fan, "p", "breeze") == {"fan_mode": "breeze"}
    assert values(fan, "p", "--") == {"fan_mode": None}
    assert values(fan, "s", "auto") == {"fan_speed": None}
    number = world("number", {"command_topic": "c", "state_topic": "n", "payload_reset": "-1"})
    assert values(number, "n", "-1") == {"raw_number": None}
    assert values(number, "n", "12") == {"raw_number": 12.0}


@pytest.mark.parametrize("component", ["switch", "light", "lock", "fan", "select", "number", "valve", "siren"])
def test_optimistic_entities_may_stay_silent_and_others_may_not(component: str) -> None:
    facts = {"command_topic": "c", "state_topic": "s", "options": ["a", "b"]}
    writable = [p for p in world(component, facts | {"opt": True}).devices[0].points if p.writable and p.reports]
    assert writable
    assert all(p.optimistic for p in writable)
    assert not any(p.optimistic for p in world(component, facts).devices[0].points)
    mute = [p for p in world(component, {**facts, "state_topic": "", "opt": True}).devices[0].points if p.writable]
    assert all(p.optimistic != (not p.reports) for p in mute), "a point that never reports is no optimist"


def test_a_tilt_is_optimistic_by_its_own_word() -> None:
    facts = {"command_topic": "c", "state_topic": "s", "tilt_command_topic": "t", "tilt_status_topic": "ts"}
    assert point(world("cover", facts | {"tilt_optimistic": True}), "tilt").optimistic
    assert not point(world("cover", facts | {"tilt_optimistic": True}), "position").optimistic
    assert not point(world("cover", facts | {"optimistic": True}), "tilt").optimistic
