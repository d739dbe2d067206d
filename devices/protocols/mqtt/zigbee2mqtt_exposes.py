"""Maps the exposes of a Zigbee2MQTT device to entities with the keys that Zigbee2MQTT's Home Assistant discovery gives them.

So a device has the same points whichever of its two announcements is read. Format: Zigbee2MQTT documentation, "Exposes",
2.14; names and units of its converters as recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

type Json = Any
"""Any value decoded from a payload."""

STATE, SET = 1, 2
"""Access bits: the property is in the device's state, can be set (4: can be read on request)."""
MAX_FEATURES = 500

NUMERIC_CLASS: Mapping[str, str] = {
    "temperature": "temperature", "local_temperature": "temperature", "device_temperature": "temperature",
    "humidity": "humidity", "pressure": "atmospheric_pressure", "co2": "carbon_dioxide", "co": "carbon_monoxide",
    "eco2": "volatile_organic_compounds_parts", "voc": "volatile_organic_compounds", "pm25": "pm25", "pm10": "pm10",
    "aqi": "aqi", "illuminance": "illuminance", "power": "power", "energy": "energy", "active_energy": "energy",
    "produced_energy": "energy", "reverse_energy": "energy", "consumed_energy": "energy", "voltage": "voltage",
    "battery_voltage": "voltage", "current": "current", "ac_frequency": "frequency", "power_factor": "power_factor",
    "power_apparent": "apparent_power", "power_reactive": "reactive_power", "battery": "battery",
    "water_consumed": "water", "flow": "volume_flow_rate", "rssi": "signal_strength",
    "sound_pressure": "sound_pressure", "voc_index": "aqi", "mains_voltage": "voltage",
    "outdoor_temperature": "temperature", "display_temperature": "temperature",
    "external_temperature": "temperature", "water_temperature": "temperature", "dew_point": "temperature",
    "local_temperature_floor": "temperature", "PAPP": "apparent_power", "voltage_rms": "voltage",
}  # fmt: skip
"""Home Assistant device class by the name of a numeric feature, without its phase. A further one may not change the unit of what is
recorded: `bar` and `psi` have been numbers of their own unit."""

BINARY_CLASS: Mapping[str, str] = {
    "battery_low": "battery", "carbon_monoxide": "carbon_monoxide", "contact": "door", "gas": "gas",
    "moving": "moving", "blocked_jam": "problem", "out_of_service": "problem", "fault": "problem", "occupancy": "occupancy", "presence": "occupancy", "smoke": "smoke", "tamper": "tamper",
    "vibration": "vibration", "water_leak": "moisture", "window_open": "window", "blocked_many": "problem",
    "water_leak_alarm": "moisture", "active_water_leak": "moisture", "pir_detection": "motion",
}  # fmt: skip
"""Home Assistant device class by the name of a binary feature."""

ABOUT_ITSELF = re.compile(
    r"group_id|meter_id|uptime|(self_)?test|interconnectable|link_available|online_state|remote_power|error"
    r"|pin_code|gradient|(max|min)_pin_(users|length)|(mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(action|last_received|reported|setpoint_change)_.*|.*_(count|packages|unit|schedule|result)|schedule.*"
)
"""Names of features that tell of the device itself or of its settings although it does not mark them so."""

_PART = re.compile(r"_(phase_[abc]|[a-d]|l?\d{1,2})$")
"""End of a feature's name that tells its phase or channel."""
SETTINGS = frozenset(("valve_detection", "window_detection", "auto_lock", "away_mode"))
"""Properties of switches that set something up rather than switch a load."""
SIDE_SWITCH = frozenset(("child_lock",))
ACTION = "{% set values = {None:None,'idle':'idle','heat':'heating','cool':'cooling','fan_only':'fan'} %}"


@dataclass(frozen=True, slots=True)
class ExposedEntity:
    """One entity: discovery component, object name, and the values of its configuration."""

    component: str
    object: str
    values: dict[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class _Group:
    """The features of one light, switch, climate, … of a device whose state is on `topic`."""

    topic: str
    endpoint: str
    features: Mapping[str, Mapping[str, Json]]

    def entity(self, name: str, values: dict[str, Json]) -> ExposedEntity:
        """The entity of the group itself, named by its endpoint where it has one."""
        if not self.endpoint:
            return ExposedEntity(name, name, values)
        return ExposedEntity(name, f"{name}_{self.endpoint}", {"name": self.endpoint.capitalize()} | values)

    def property(self, name: str) -> str:
        return str(self.features[name].get("property", ""))

    def state(self, name: str, prefix: str = "", value: str = "value_template") -> dict[str, Json]:
        """Options that read the feature from the device's state; empty where it is not in there."""
        feature = self.features.get(name)
        if feature is None or not _access(feature) & STATE:
            return {}
        return {f"{prefix}state_topic": self.topic, f"{prefix}{value}": path(self.property(name))}

    def command(self, name: str, prefix: str = "") -> dict[str, Json]:
        """Options that set the feature; empty where it cannot be set."""
        feature = self.features.get(name)
        if feature is None or not _access(feature) & SET:
            return {}
        return {f"{prefix}command_topic": f"{self.topic}/set/{self.property(name)}"}


def entities(topic: str, exposes: Json, *, ota: bool = False) -> Iterator[ExposedEntity]:
    """The entities of a device whose state is on `topic`; `ota`: its firmware can be updated."""
    features = _objects(exposes)[:MAX_FEATURES]
    effects = next((_values(one) for one in features if one.get("name") == "effect" and not one.get("endpoint")), ())
    damp = next((one for one in features if one.get("name") == "humidity" and not one.get("endpoint")), None)
    for feature in features:
        kind, inner = str(feature.get("type", "")), feature.get("features")
        if (make := GROUPS.get(kind)) is None or not isinstance(inner, list):
            yield from _single(topic, feature)
            continue
        named = {str(one.get("name", "")): one for one in _objects(inner)[:64] if one.get("property")}
        group = _Group(topic, str(feature.get("endpoint") or ""), named)
        used, made = make(group, effects)
        if damp and kind == "climate" and not group.endpoint:
            options = {"topic": topic, "template": path(str(damp.get("property")))}
            made[0].values.update({f"current_humidity_{name}": value for name, value in options.items()})
        yield from made
        yield from (one for name, part in named.items() if name not in used for one in _single(topic, part))
    if ota:
        yield ExposedEntity(
            "update", "update", {"state_topic": topic, "value_template": path("update"), "entity_category": "config"}
        )


def _objects(values: Json) -> list[Mapping[str, Json]]:
    listed = cast("list[Json]", values) if isinstance(values, list) else []
    return [cast("dict[str, Json]", one) for one in listed if isinstance(one, dict)]


def path(name: str) -> str:
    """The template that reads this property of the device's state."""
    return f"{{{{ value_json[{json.dumps(name)}] }}}}"


def _access(feature: Mapping[str, Json]) -> int:
    access = feature.get("access", STATE)
    return access if isinstance(access, int) else STATE


def _values(feature: Mapping[str, Json]) -> tuple[str, ...]:
    values = feature.get("values")
    return tuple(map(str, cast("list[Json]", values)[:256])) if isinstance(values, list) else ()


def _single(topic: str, feature: Mapping[str, Json]) -> Iterator[ExposedEntity]:
    """The entity of a feature that belongs to no group."""
    name, own = str(feature.get("name") or feature.get("property") or ""), feature.get("property")
    if not isinstance(own, str) or not own or name == "last_seen":
        return
    label, endpoint = str(feature.get("label") or own), feature.get("endpoint")
    values: dict[str, Json] = {"name": f"{label} {endpoint}" if endpoint else label}
    access = _access(feature)
    if access & STATE:
        values |= {"state_topic": topic, "value_template": path(own)}
    if access & SET:
        values |= {"command_topic": f"{topic}/set/{own}"}
    if feature.get("category") in ("config", "diagnostic"):
        values["entity_category"] = feature["category"]
    elif ABOUT_ITSELF.fullmatch(name) or feature.get("type") in ("composite", "list"):
        values["entity_category"] = "diagnostic"
    make = SINGLES.get(str(feature.get("type", "")))
    component, object_ = make(feature, name, own, values) if make else _text_state(feature, name, own, values)
    if values.get("device_class", "enum") not in ("", "enum") and not endpoint:
        del values["name"]  # the capability's title says it
    if values.get("state_topic") or component != "sensor":
        yield ExposedEntity(component, object_, values)


def _binary(feature: Mapping[str, Json], name: str, own: str, values: dict[str, Json]) -> tuple[str, str]:
    values |= {"payload_on": feature.get("value_on", True), "payload_off": feature.get("value_off", False)}
    if "command_topic" in values:
        if name != "state":
            values["entity_category"] = "config"  # sets the device up, switches no load
        return "switch", f"switch_{own}"
    values["device_class"] = BINARY_CLASS.get(name, "")
    return "binary_sensor", own


def _numeric(feature: Mapping[str, Json], name: str, own: str, values: dict[str, Json]) -> tuple[str, str]:
    unit = feature.get("unit")
    if isinstance(unit, str):
        values["unit_of_measurement"] = unit
    if "command_topic" in values:
        limits = ("min", "value_min", -1e9), ("max", "value_max", 1e9), ("step", "value_step", 1)
        values |= {to: number if (number := feature.get(of)) is not None else usual for to, of, usual in limits}
        return "number", own
    values |= {"device_class": _numeric_class(name), "state_class": "measurement"}
    return "sensor", own


def _numeric_class(name: str) -> str:
    base = name if name in NUMERIC_CLASS else _PART.sub("", name)
    return NUMERIC_CLASS.get(base, "temperature" if base.endswith("_temperature") else "")


def completed(component: str, object_: str, values: Mapping[str, Json]) -> Mapping[str, Json]:
    """The values of a configuration that Zigbee2MQTT announces by Home Assistant discovery, with the device class and category that
    its own list would give the feature, where it names none.
    """
    if component not in ("sensor", "binary_sensor"):
        return values
    named: dict[str, Json] = {}
    if ABOUT_ITSELF.fullmatch(object_):
        named["entity_category"] = "diagnostic"
    if component == "binary_sensor":
        named["device_class"] = BINARY_CLASS.get(object_, "")
    elif "unit_of_measurement" in values or values.get("state_class") == "measurement":
        named["device_class"] = _numeric_class(object_)
    return {key: value for key, value in named.items() if value} | dict(values)


def _enum(feature: Mapping[str, Json], name: str, own: str, values: dict[str, Json]) -> tuple[str, str]:
    choices = _values(feature)
    if name == "action":
        key = json.dumps(own)
        values["value_template"] = (
            f'{{% if value_json[{key}] %}}{{{{ {{"event_type": value_json[{key}]}} | tojson }}}}{{% endif %}}'
        )
        values["event_types"] = list(choices)
        return "event", own
    if "command_topic" not in values:
        values |= {"device_class": "enum", "options": list(choices)}
        return "sensor", own
    if "state_topic" not in values and len(choices) == 1:
        values |= {"payload_press": choices[0], "device_class": "identify" if name == "identify" else ""}
        return "button", own
    values["options"] = list(choices)
    return "select", own


def _text(_feature: Mapping[str, Json], _name: str, own: str, values: dict[str, Json]) -> tuple[str, str]:
    return "text" if "command_topic" in values else "sensor", own


def _text_state(_feature: Mapping[str, Json], _name: str, own: str, values: dict[str, Json]) -> tuple[str, str]:
    """A list or composite: its state as text; no single command sets it."""
    values.pop("command_topic", None)
    return "sensor", own


SINGLES: Mapping[str, Callable[[Mapping[str, Json], str, str, dict[str, Json]], tuple[str, str]]] = {
    "binary": _binary, "numeric": _numeric, "enum": _enum, "text": _text,
}  # fmt: skip

type Made = tuple[frozenset[str], list[ExposedEntity]]
"""Names of the features that are used, and the entities made of them."""


def _light(group: _Group, effects: tuple[str, ...]) -> Made:
    used = frozenset(("state", "brightness", "color_temp", "color_xy", "color_hs"))
    warm = group.features.get("color_temp", {})
    values: dict[str, Json] = {"brightness_scale": group.features.get("brightness", {}).get("value_max") or 254}
    values |= {to: number for to, of in _MIREDS if isinstance(number := warm.get(of), int | float) and number > 0}
    modes = [name.removeprefix("color_") for name in ("color_xy", "color_hs") if name in group.features]
    if group.endpoint:
        values |= _parted_light(group)
    else:
        modes = (["color_temp"] if warm else []) + modes
        values |= {"schema": "json", "state_topic": group.topic, "command_topic": f"{group.topic}/set"}
        values |= {"brightness": "brightness" in group.features}
        values |= {"supported_color_modes": modes or (["brightness"] if values["brightness"] else ["onoff"])}
        if effects:
            values |= {"effect": True, "effect_list": list(effects)}
    return used, [group.entity("light", values)]


_MIREDS = (("min_mireds", "value_min"), ("max_mireds", "value_max"))


def _parted_light(group: _Group) -> dict[str, Json]:
    """A light that is one of several of its device: each value has its own property."""
    values = group.state("state", "", "state_value_template") | group.command("state")
    for name in ("brightness", "color_temp"):
        values |= group.state(name, f"{name}_") | group.command(name, f"{name}_")
    if xy := group.features.get("color_xy"):
        key = json.dumps(xy["property"])
        values |= group.state("color_xy", "xy_") | group.command("color_xy", "xy_")
        values["xy_value_template"] = f"{{{{ value_json[{key}]['x'] }}}},{{{{ value_json[{key}]['y'] }}}}"
        values["xy_command_template"] = '{"x": {{ x }}, "y": {{ y }}}'
    return values


def _switch(group: _Group, _effects: tuple[str, ...]) -> Made:
    if "state" not in group.features:
        return frozenset(), []
    own, state = group.property("state"), group.features["state"]
    values = group.state("state") | group.command("state")
    values |= {"payload_on": state.get("value_on", "ON"), "payload_off": state.get("value_off", "OFF")}
    if own in SETTINGS:
        values |= {"entity_category": "config", "name": own.replace("_", " ").capitalize()}
        return frozenset(("state",)), [ExposedEntity("switch", own, values)]
    return frozenset(("state",)), [group.entity("switch", values)]


def _lock(group: _Group, _effects: tuple[str, ...]) -> Made:
    if "state" not in group.features:
        return frozenset(), []
    own, state = group.property("state"), group.features["state"]
    on, off = state.get("value_on", "LOCK"), state.get("value_off", "UNLOCK")
    values = group.state("state") | group.command("state")
    if own in SIDE_SWITCH:
        values |= {"payload_on": on, "payload_off": off, "entity_category": "config", "name": "Child lock"}
        return frozenset(("state",)), [ExposedEntity("switch", f"switch_{own}", values)]
    values |= {"payload_lock": on, "payload_unlock": off, "state_locked": on, "state_unlocked": off}
    return frozenset(("state",)), [group.entity("lock", values)]


def _cover(group: _Group, _effects: tuple[str, ...]) -> Made:
    values = group.state("state") | group.command("state")
    values |= {"state_open": "OPEN", "state_closed": "CLOSE", "state_stopped": "STOP"}
    if "position" in group.features:
        own = group.property("position")
        values |= {"position_topic": group.topic, "position_template": path(own)}
        values["set_position_topic"] = f"{group.topic}/set/{own}"
    if "tilt" in group.features:
        own = group.property("tilt")
        values |= {"tilt_status_topic": group.topic, "tilt_status_template": path(own)}
        values["tilt_command_topic"] = f"{group.topic}/set/{own}"
    return frozenset(("state", "position", "tilt")), [group.entity("cover", values)]


def _climate(group: _Group, _effects: tuple[str, ...]) -> Made:
    features, values = group.features, dict[str, Json]({"temperature_unit": "C"})
    used = {"local_temperature", "system_mode", "running_state", "fan_mode", "preset", "swing_mode"}
    if "local_temperature" in features:
        values["current_temperature_topic"] = group.topic
        values["current_temperature_template"] = path(group.property("local_temperature"))
    heat = next((name for name in features if name.endswith("_heating_setpoint") and "un" not in name), "")
    cool = next((name for name in features if name.endswith("_cooling_setpoint") and "un" not in name), "")
    pairs = (
        [("temperature_low_", heat), ("temperature_high_", cool)] if heat and cool else [("temperature_", heat or cool)]
    )
    for prefix, name in pairs:
        values |= group.state(name, prefix, "state_template") | group.command(name, prefix)
    if setpoint := features.get(heat or cool):
        used |= {heat, cool}
        values |= {to: setpoint[of] for to, of in _TEMPERATURES if setpoint.get(of) is not None}
    for name, prefix, options, value in _CLIMATE_WORDS:
        if name in features:
            values |= group.state(name, prefix, value) | group.command(name, prefix)
            values[options] = [one for one in _values(features[name]) if name != "preset" or one != "none"]
    if "running_state" in features:
        key = json.dumps(group.property("running_state"))
        values |= {"action_topic": group.topic, "action_template": f"{ACTION}{{{{ values[value_json[{key}]] }}}}"}
    made = [group.entity("climate", values)]
    if "local_temperature" in features:
        made += _single(group.topic, features["local_temperature"])
    return frozenset(used), made


_TEMPERATURES = (("min_temp", "value_min"), ("max_temp", "value_max"), ("temp_step", "value_step"))
_CLIMATE_WORDS = (
    ("system_mode", "mode_", "modes", "state_template"),
    ("fan_mode", "fan_mode_", "fan_modes", "state_template"),
    ("preset", "preset_mode_", "preset_modes", "value_template"),
    ("swing_mode", "swing_mode_", "swing_modes", "state_template"),
)


def _fan(group: _Group, _effects: tuple[str, ...]) -> Made:
    values = group.state("state", "", "state_value_template") | group.command("state")
    if "speed" in group.features:
        speed = group.features["speed"]
        values |= group.state("speed", "percentage_") | group.command("speed", "percentage_")
        values |= {"speed_range_min": speed.get("value_min") or 1, "speed_range_max": speed.get("value_max") or 100}
    if "mode" in group.features:
        values |= group.state("mode", "preset_mode_") | group.command("mode", "preset_mode_")
        values["preset_modes"] = list(_values(group.features["mode"]))
    return frozenset(("state", "speed", "mode")), [group.entity("fan", values)]


GROUPS: Mapping[str, Callable[[_Group, tuple[str, ...]], Made]] = {
    "light": _light, "switch": _switch, "lock": _lock, "cover": _cover, "climate": _climate, "fan": _fan,
}  # fmt: skip
