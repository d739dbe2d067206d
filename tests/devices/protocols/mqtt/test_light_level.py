"""A light's level is 0 while it is off, and a level of 0 switches it off: in each schema of MQTT discovery."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from tests.devices.protocols.mqtt.test_world import values, wish, world
from twin.model.observation import Report, Value

DEFAULT = {
    "state_topic": "s", "command_topic": "c", "brightness_state_topic": "bs", "brightness_command_topic": "bc",
    "brightness_scale": 100,
}  # fmt: skip
JSON = {"schema": "json", "state_topic": "s", "command_topic": "c", "brightness": True, "brightness_scale": 100}
TEMPLATE = {
    "schema": "template", "state_topic": "s", "command_topic": "c", "command_on_template": "on,{{ brightness }}",
    "command_off_template": "off", "state_template": "{{ value.split(',')[0] }}",
    "brightness_template": "{{ value.split(',')[1] }}",
}  # fmt: skip
RGB = {"state_topic": "s", "command_topic": "c", "rgb_state_topic": "rs", "rgb_command_topic": "rc"}


def reported(light: DiscoveryRegistry, topic: str, payload: str) -> list[Value]:
    """Every level that a message reports, in order."""
    (point,) = (one.key for one in light.devices[0].points if one.capability == "level")
    events = light.handle_message(topic, payload.encode()).events
    return [event.value for event in events if isinstance(event, Report) and event.key == point]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (DEFAULT, [("c", "OFF")]),
        (DEFAULT | {"payload_off": "0"}, [("c", "0")]),
        (DEFAULT | {"on_command_type": "brightness"}, [("c", "OFF")]),
        ({key: value for key, value in DEFAULT.items() if key != "command_topic"}, [("bc", "0")]),
        (JSON, [("c", '{"state": "OFF"}')]),
        (TEMPLATE, [("c", "off")]),
        (RGB, [("c", "OFF")]),
        (RGB | {"command_topic": None}, [("rc", "0,0,0")]),
    ],
)
def test_a_level_of_0_switches_off_as_the_light_takes_it(body: dict[str, Any], sent: list[tuple[str, str]]) -> None:
    assert wish(world("light", body), "level", "set", 0) == sent


@pytest.mark.parametrize("body", [DEFAULT, JSON, TEMPLATE, RGB])
def test_the_least_level_above_0_is_light(body: dict[str, Any]) -> None:
    assert all(payload not in ("0", "OFF", "off") for _, payload in wish(world("light", body), "level", "set", 0.1))


def test_a_light_whose_brightness_has_a_topic_of_its_own_has_level_0_while_it_is_off() -> None:
    light = world("light", DEFAULT)
    assert values(light, "bs", "40") == {"level": 40.0}
    assert values(light, "s", "OFF") == {"on_off": False, "level": 0.0}
    assert values(light, "bs", "40") == {"level": 0.0}
    assert values(light, "s", "ON") == {"on_off": True, "level": 40.0}
    assert values(light, "bs", "60") == {"level": 60.0}


def test_a_json_light_has_level_0_while_it_is_off() -> None:
    light = world("light", JSON)
    read = [
        values(light, "s", json.dumps(body))["level"]
        for body in (
            {"state": "ON", "brightness": 40},
            {"state": "OFF", "brightness": 40},
            {"state": "OFF", "brightness": None},
            {"state": "OFF"},
            {"state": "ON", "brightness": 30},
            {"state": "OFF"},
            {"brightness": 20, "state": "ON"},
        )
    ]
    assert read == [40.0, 0.0, 0.0, 0.0, 30.0, 0.0, 20.0]


@pytest.mark.parametrize("off", [{"state": "OFF", "brightness": 0}, {"state": "OFF"}])
def test_a_light_that_is_on_again_has_no_level_of_0(off: dict[str, Any]) -> None:
    light = world("light", JSON)
    assert values(light, "s", json.dumps(off))["level"] == 0.0
    assert values(light, "s", json.dumps({"state": "ON"})) == {"on_off": True, "level": None}, "no brightness is known"
    assert values(light, "s", json.dumps({"state": "ON", "brightness": 40}))["level"] == 40.0
    assert values(light, "s", json.dumps(off))["level"] == 0.0
    assert values(light, "s", json.dumps({"state": "ON"}))["level"] == 40.0


def test_a_template_light_has_level_0_while_it_is_off() -> None:
    light = world("light", TEMPLATE)
    assert reported(light, "s", "on,255") == [100.0]
    assert reported(light, "s", "off,255") == [0.0]
    assert reported(light, "s", "on,51") == [pytest.approx(20.0)]
    assert reported(light, "s", "off") == [0.0]


def test_a_light_that_tells_all_in_one_message_reports_its_level_once() -> None:
    body = DEFAULT | {
        "brightness_state_topic": "s", "state_value_template": "{{ value_json.POWER }}",
        "brightness_value_template": "{{ value_json.Dimmer }}",
    }  # fmt: skip
    light = world("light", body)
    assert reported(light, "s", json.dumps({"POWER": "ON", "Dimmer": 40})) == [40.0]
    assert reported(light, "s", json.dumps({"POWER": "OFF", "Dimmer": 40})) == [0.0]
    assert reported(light, "s", json.dumps({"POWER": "ON", "Dimmer": 70})) == [70.0]


def test_a_colour_light_that_was_dimmed_to_0_has_its_next_colour_as_bright_as_before() -> None:
    light = world("light", RGB | {"command_topic": None})
    assert wish(light, "level", "set", 20) == [("rc", "51,51,51")]
    assert wish(light, "level", "set", 0) == [("rc", "0,0,0")]
    assert wish(light, "color", "set", (0.64, 0.33))[0][1].startswith("51,")


def test_a_step_down_ends_at_0_and_a_step_up_at_100() -> None:
    light = world("light", DEFAULT)
    values(light, "bs", "40")
    assert wish(light, "level", "step", -60) == [("c", "OFF")]
    assert wish(light, "level", "step", 90) == [("bc", "100"), ("c", "ON")]
