"""Numbers that JSON can say and no device means: in no message do they raise, and none of them is a number afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from devices.contract import RefusedError
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from devices.protocols.mqtt.zigbee2mqtt_control import Zigbee2MqttControl
from devices.protocols.mqtt.zigbee_network_map import survey_of
from tests.devices.protocols.mqtt import tasmota_payloads
from twin.model.observation import Report
from twin.model.problem import ProblemError

CAPTURES = Path(__file__).parents[3] / "captures" / "mqtt"
HUGE = "1" + "0" * 400
HOSTILE = ("-Infinity", "NaN", "1e999", f"-{HUGE}", '"1e999"', f'"{HUGE}"', "[]", "{}", "1e308")
_PLACE = "\ue000"

_STATES = {"availability": [{"topic": "x/here", "payload_available": 1}], "state_topic": "x/s", "command_topic": "x/c"}
_ENTITIES: dict[str, dict[str, Any]] = {
    "number": {"min": 0, "max": 10, "step": 1},
    "text": {"min": 0, "max": 10},
    "sensor": {"expire_after": 60, "unit_of_measurement": "°C", "suggested_display_precision": 1},
    "binary_sensor": {"off_delay": 5, "expire_after": 60, "payload_on": 1, "payload_off": 0},
    "cover": {
        "position_topic": "x/p", "set_position_topic": "x/sp", "position_open": 100, "position_closed": 0, "tilt_min": 0,
        "tilt_status_topic": "x/t", "tilt_command_topic": "x/st", "tilt_max": 90, "tilt_closed_value": 0, "tilt_opened_value": 90,
    },
    "valve": {"reports_position": True, "position_open": 100, "position_closed": 0},
    "climate": {
        "current_temperature_topic": "x/ct", "temperature_state_topic": "x/ts", "temperature_command_topic": "x/tc", "min_temp": 5,
        "max_temp": 30, "temp_step": 0.5, "target_humidity_state_topic": "x/h", "target_humidity_command_topic": "x/hc",
        "min_humidity": 20, "max_humidity": 80,
    },
    "humidifier": {"target_humidity_state_topic": "x/h", "target_humidity_command_topic": "x/hc", "min_humidity": 20, "max_humidity": 80},
    "fan": {
        "percentage_state_topic": "x/p", "percentage_command_topic": "x/pc", "speed_range_min": 1, "speed_range_max": 4,
        "preset_modes": [1, 2],
    },
    "light": {
        "brightness_state_topic": "x/b", "brightness_command_topic": "x/bc", "brightness_scale": 100, "min_mireds": 153,
        "max_mireds": 500, "color_temp_state_topic": "x/k", "color_temp_command_topic": "x/kc", "rgb_state_topic": "x/rgb",
        "rgb_command_topic": "x/rgbc", "hs_state_topic": "x/hs", "hs_command_topic": "x/hsc", "effect_list": [1, 2],
    },
    "select": {"options": [1, 2]},
    "event": {"event_types": [1, 2]},
}  # fmt: skip


def _announcements() -> Iterator[tuple[str, Any]]:
    for component, values in _ENTITIES.items():
        device = {"identifiers": [1, "x"], "name": 1, "sw_version": 1}
        yield (
            f"homeassistant/{component}/n/x/config",
            {"name": 1, "unique_id": "x", "device": device} | _STATES | values,
        )
    schema = {"schema": "json", "brightness": True, "brightness_scale": 255, "min_kelvin": 2000, "max_kelvin": 6500}
    light = (
        _STATES
        | schema
        | {"supported_color_modes": ["color_temp", "xy"], "unique_id": "j", "device": {"identifiers": ["x"]}}
    )
    yield "homeassistant/light/n/j/config", light
    for one in tasmota_payloads.DEVICES:
        yield f"tasmota/discovery/{one['mac']}/config", one
    yield "tasmota/discovery/DC4F220848A2/sensors", tasmota_payloads.SENSORS
    lines = [json.loads(line) for line in (CAPTURES / "zigbee2mqtt_joining.jsonl").read_text("utf-8").splitlines()]
    by_kind = {_kind(row): row for row in lines}
    yield from ((row["topic"], json.loads(row["payload"])) for row in by_kind.values() if row["payload"][:1] in "{[")
    info = {"permit_join": True, "permit_join_end": 1, "version": 1, "config": {"availability": {"enabled": True}}}
    yield "zigbee2mqtt/bridge/info", info
    update = {"state": "updating", "progress": 1.5, "remaining": 5, "installed_version": 1, "latest_version": 2}
    yield "zigbee2mqtt/x", {"update": update | {"latest_release_notes": "x"}, "last_seen": 1_700_000_000_000}


def _kind(row: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    body = json.loads(row["payload"]) if row["payload"][:1] == "{" else {}
    return row["topic"], (*sorted(body), str(body.get("type", "")))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of the plain values of a payload."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _leaves(part, (*path, name)) if isinstance(part, dict | list) and part else ((*path, name),)


def _with(value: Any, path: tuple[Any, ...], said: str) -> bytes:
    """The payload where the value at a path is this JSON."""
    copy = json.loads(json.dumps(value))
    at = copy
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = _PLACE
    return json.dumps(copy).replace(json.dumps(_PLACE), said).encode()


class Listener:
    """A registry and the control of bridges, as a session has them, after a sound list of devices."""

    def __init__(self) -> None:
        self.registry = DiscoveryRegistry()
        self.control = Zigbee2MqttControl(self.registry, self._publish)
        for line in (CAPTURES / "zigbee2mqtt_joining.jsonl").read_text("utf-8").splitlines()[:4]:
            row = json.loads(line)
            self.hear(row["topic"], row["payload"].encode())
        mac = tasmota_payloads.announced()["mac"]
        self.hear(f"tasmota/discovery/{mac}/config", json.dumps(tasmota_payloads.announced()).encode())

    async def _publish(self, topic: str, payload: str) -> None:
        raise AssertionError(topic, payload)

    def hear(self, topic: str, payload: bytes) -> list[float]:
        """All numbers that come of a message."""
        self.control.hear(topic, payload)
        if self.registry.is_announcement(topic):
            for one in self.registry.announcements(topic, payload):
                self.registry.store_config(*one)
            self.registry.rebuild_devices()
        parsed = self.registry.handle_message(topic, payload, retained=True)
        reports = [*(one for one in parsed.events if isinstance(one, Report)), *(one for _, one in parsed.later)]
        told: list[object] = (
            [one.value for one in reports] + [one.time_ms for one in reports] + [wait for wait, _ in parsed.later]
        )
        for device in self.registry.devices:
            told += [x for point in device.points for x in (point.minimum, point.maximum, point.step, point.expires_s)]
        told += [network.ends_ms for network in self.control.join_networks()]
        for state in self.control.software_states().values():
            told += [state.percent, state.remaining_s]
        return [one for one in told if isinstance(one, int | float)]

    def command(self) -> None:
        """Sends every number that can be set."""
        for device in self.registry.devices:
            for point in device.points:
                for value in (50.0, -1e308):
                    with suppress(RefusedError):
                        self.registry.encode_command(device.uid, point.key, "set", value)


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: said[:12] + ("…" if len(said) > 12 else ""))
def test_no_number_of_a_message_raises_and_none_stays_that_is_not_finite(said: str) -> None:
    for topic, body in _announcements():
        paths = list(_leaves(body))
        ears = Listener()
        for path in paths[:: len(paths) // 24 + 1]:
            told = ears.hear(topic, _with(body, path, said))
            assert all(abs(one) < 1e300 or said == "1e308" for one in told), (topic, path, told)
            assert all(one.reason.code != "mqtt.device" for one in ears.registry.skipped), path
        ears.command()


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: said[:12] + ("…" if len(said) > 12 else ""))
def test_a_state_that_is_no_number_gives_no_number(said: str) -> None:
    ears = Listener()
    for topic, body in _announcements():
        ears.hear(topic, json.dumps(body).encode())
    for topic in ears.registry.topics:
        names = {str(path[-1]) for _, body in _announcements() for path in _leaves(body)} | {
            "state",
            "brightness",
            "color",
            "x",
            "y",
        }
        for payload in (said, json.dumps(dict.fromkeys(sorted(names), _PLACE)).replace(json.dumps(_PLACE), said)):
            assert all(abs(one) < 1e300 or said == "1e308" for one in ears.hear(topic, payload.encode())), topic
    ears.command()


@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: said[:12] + ("…" if len(said) > 12 else ""))
def test_a_map_of_a_network_with_such_numbers_is_a_map_or_a_problem(said: str) -> None:
    whole = json.loads((CAPTURES / "zigbee2mqtt_networkmap.json").read_text("utf-8"))
    paths, registry = list(_leaves(whole)), Listener().registry
    for path in paths[:: len(paths) // 40 + 1]:
        with suppress(ProblemError):
            survey_of(_with(whole, path, said), "zigbee2mqtt", registry, 0)
