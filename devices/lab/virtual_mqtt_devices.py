"""Table of the lab's virtual MQTT devices: announcements, commands, changing values.

Values are one JSON state per device. A device accepts commands on `<base>/set` (a JSON object) and
`<base>/set/<field>`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

type DeviceState = dict[str, Any]
type LiveValues = Callable[[DeviceState, float, Random], None]
"""Changes the state in place for this many seconds passed."""


@dataclass(frozen=True, slots=True)
class VirtualDeviceRow:
    """One device type; `components` are discovery payloads without device, topics and availability."""

    id: str
    title: str
    model: str
    components: Mapping[str, Mapping[str, Any]]
    start: Mapping[str, Any]
    live: LiveValues
    words: tuple[str, ...] = field(default=())
    """Fields set by plain text instead of JSON."""


def value(name: str) -> str:
    """The Jinja template that reads a field of the JSON payload."""
    return "{{ value_json." + name + " }}"


def _wander(
    state: DeviceState, name: str, chance: Random, *, step: float, low: float, high: float, digits: int = 1
) -> None:
    state[name] = round(min(max(state[name] + chance.uniform(-step, step), low), high), digits)


def _still(state: DeviceState, seconds: float, chance: Random) -> None:
    """Leaves the state as it is: the device changes on commands only."""


def _air(state: DeviceState, seconds: float, chance: Random) -> None:
    _wander(state, "temperature", chance, step=0.1, low=16, high=28)
    _wander(state, "humidity", chance, step=0.5, low=25, high=75)


def _room(state: DeviceState, seconds: float, chance: Random) -> None:
    _air(state, seconds, chance)
    _wander(state, "co2", chance, step=15, low=420, high=1900, digits=0)
    _wander(state, "pm25", chance, step=0.5, low=1, high=60)
    _wander(state, "lux", chance, step=20, low=0, high=1200, digits=0)


def _plug(state: DeviceState, seconds: float, chance: Random) -> None:
    state["power"] = round(chance.uniform(55, 65), 1) if state["state"] == "ON" else 0.0
    state["current"] = round(state["power"] / 230, 3)
    state["energy"] = round(state["energy"] + state["power"] * seconds / 3_600_000, 6)


def _cover(state: DeviceState, seconds: float, chance: Random) -> None:
    goal = state.pop("goal", None)
    if goal is None:
        return
    way = 25.0 * seconds
    place = state["position"]
    state["position"] = round(max(goal, place - way) if goal < place else min(goal, place + way))
    if state["position"] != goal:
        state["goal"] = goal


def _thermostat(state: DeviceState, seconds: float, chance: Random) -> None:
    heats = state["mode"] != "off" and state["measured"] < state["setpoint"]
    state["action"] = "heating" if heats else "off" if state["mode"] == "off" else "idle"
    drift = 0.02 if heats else -0.005
    state["measured"] = round(min(max(state["measured"] + drift * seconds, 5), 35), 2)


def _motion(state: DeviceState, seconds: float, chance: Random) -> None:
    if chance.random() < 0.1:
        state["occupancy"] = not state["occupancy"]


def _sensor(kind: str, unit: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - discovery fields
    state = {"state_class": "measurement"}
    return {"device_class": kind, "unit_of_measurement": unit, "value_template": value(name)} | state | more


def _truth(kind: str, name: str) -> dict[str, Any]:
    return {"device_class": kind, "value_template": value(name), "payload_on": True, "payload_off": False}


_BATTERY = {"sensor/battery": _sensor("battery", "%", "battery", entity_category="diagnostic")}
_SWITCH = {"value_template": value("state"), "command_topic": "~/set/state"}

THINGS: tuple[VirtualDeviceRow, ...] = (
    VirtualDeviceRow(
        "light", "Dimmable light", "LAB-L1",
        {"light/light": {"schema": "json", "brightness": True, "brightness_scale": 254, "supported_color_modes": ["color_temp"], "min_mireds": 153, "max_mireds": 454, "command_topic": "~/set"}},
        {"state": "OFF", "brightness": 127, "color_temp": 370, "color_mode": "color_temp"}, _still,
    ),
    VirtualDeviceRow(
        "climate", "Climate sensor", "LAB-T1",
        {"sensor/temperature": _sensor("temperature", "°C", "temperature"), "sensor/humidity": _sensor("humidity", "%", "humidity"), **_BATTERY},
        {"temperature": 21.5, "humidity": 45.0, "battery": 87}, _air,
    ),
    VirtualDeviceRow(
        "plug", "Plug with meter", "LAB-P1",
        {"switch/switch": _SWITCH, "sensor/power": _sensor("power", "W", "power"), "sensor/current": _sensor("current", "A", "current"), "sensor/energy": _sensor("energy", "kWh", "energy", state_class="total_increasing")},
        {"state": "ON", "power": 60.0, "current": 0.26, "energy": 12.5}, _plug, ("state",),
    ),
    VirtualDeviceRow(
        "cover", "Roller blind", "LAB-C1",
        {"cover/cover": {"position_topic": "~/state", "position_template": value("position"), "set_position_topic": "~/set/goal", "command_topic": "~/set/move"}},
        {"position": 100}, _cover, ("move",),
    ),
    VirtualDeviceRow(
        "thermostat", "Thermostat", "LAB-H1",
        {"climate/climate": {"modes": ["off", "heat"], "mode_state_topic": "~/state", "mode_state_template": value("mode"), "mode_command_topic": "~/set/mode", "temperature_state_topic": "~/state", "temperature_state_template": value("setpoint"), "temperature_command_topic": "~/set/setpoint", "current_temperature_topic": "~/state", "current_temperature_template": value("measured"), "action_topic": "~/state", "action_template": value("action"), "min_temp": 5, "max_temp": 30, "temp_step": 0.5, "temperature_unit": "C"}},
        {"mode": "heat", "setpoint": 21.0, "measured": 20.4, "action": "heating"}, _thermostat, ("mode",),
    ),
    VirtualDeviceRow(
        "contact", "Window contact", "LAB-W1",
        {"binary_sensor/contact": _truth("window", "open"), "binary_sensor/tamper": _truth("tamper", "tamper"), **_BATTERY},
        {"open": False, "tamper": False, "battery": 93}, _still,
    ),
    VirtualDeviceRow(
        "motion", "Motion sensor", "LAB-M1",
        {"binary_sensor/occupancy": _truth("occupancy", "occupancy"), "sensor/illuminance": _sensor("illuminance", "lx", "lux"), **_BATTERY},
        {"occupancy": False, "lux": 180, "battery": 71}, _motion,
    ),
    VirtualDeviceRow(
        "lock", "Door lock", "LAB-D1",
        {"lock/lock": {"value_template": value("state"), "command_topic": "~/set/lock"}, **_BATTERY},
        {"state": "LOCKED", "battery": 64}, _still, ("lock",),
    ),
    VirtualDeviceRow(
        "colour", "Colour light", "LAB-L2",
        {"light/light": {"schema": "json", "brightness": True, "supported_color_modes": ["xy", "color_temp"], "command_topic": "~/set", "effect": True, "effect_list": ["none", "fire"]}},
        {"state": "ON", "brightness": 200, "color_mode": "xy", "color": {"x": 0.4, "y": 0.4}, "color_temp": 300, "effect": "none"}, _still,
    ),
    VirtualDeviceRow(
        "fan", "Ceiling fan", "LAB-F1",
        {"fan/fan": {"state_value_template": value("state"), "command_topic": "~/set/state", "percentage_state_topic": "~/state", "percentage_value_template": value("speed"), "percentage_command_topic": "~/set/speed"}},
        {"state": "OFF", "speed": 0}, _still, ("state",),
    ),
    VirtualDeviceRow(
        "air", "Air quality sensor", "LAB-A1",
        {"sensor/co2": _sensor("carbon_dioxide", "ppm", "co2"), "sensor/pm25": _sensor("pm25", "µg/m³", "pm25"), "sensor/temperature": _sensor("temperature", "°C", "temperature"), "sensor/humidity": _sensor("humidity", "%", "humidity"), "sensor/illuminance": _sensor("illuminance", "lx", "lux")},
        {"co2": 612, "pm25": 6.0, "temperature": 22.0, "humidity": 41.0, "lux": 320}, _room,
    ),
    VirtualDeviceRow(
        "leak", "Leak sensor", "LAB-K1",
        {"binary_sensor/leak": _truth("moisture", "leak"), **_BATTERY},
        {"leak": False, "battery": 98}, _still,
    ),
)  # fmt: skip
"""Device types in the order in which `oikos lab --mqtt N` takes them."""


def obey(device: VirtualDeviceRow, state: DeviceState, name: str, payload: str) -> None:
    """Applies a command to the state; invalid ones are ignored, as real devices do."""
    if not name:
        body = _json(payload)
        for key in state.keys() & body.keys() if isinstance(body, dict) else ():
            state[key] = body[key]
        if isinstance(body, dict):
            state["color_mode"] = next((mode for mode, key in _COLOUR_MODES if key in body), state.get("color_mode"))
        return
    if name == "move":
        state["goal"] = {"OPEN": 100, "CLOSE": 0}.get(payload, state["position"])
    elif name == "lock":
        state["state"] = {"LOCK": "LOCKED", "UNLOCK": "UNLOCKED"}.get(payload, state["state"])
    elif name in device.words:
        state[name] = payload if payload in _WORDS[name] else state[name]
    elif isinstance(number := _json(payload), int | float):
        state[name] = number
        if name == "speed":
            state["state"] = "ON" if number else "OFF"


_COLOUR_MODES = (("xy", "color"), ("color_temp", "color_temp"))
_WORDS = {"state": ("ON", "OFF"), "mode": ("off", "heat")}


def _json(payload: str) -> Any:  # noqa: ANN401 - whatever a payload held
    try:
        return json.loads(payload)
    except ValueError:
        return None
