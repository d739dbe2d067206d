"""Devices that announce themselves by Tasmota's own discovery: `tasmota/discovery/<MAC>/config` and `…/sensors`.

Keys and identifiers are those of the Home Assistant discovery of the same firmware (chip id: the last six digits of the MAC),
so that a device that announces itself both ways is one, with each point once. Format: Tasmota documentation, "Tasmota Device
Discovery", "Commands"; checked against HATasmota 0.9.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from devices.protocols.mqtt.components import entity
from devices.protocols.mqtt.discovery_payload import EntityConfig, good_topic
from devices.protocols.mqtt.entity import MqttEntity, OutgoingMessage
from devices.protocols.mqtt.entity_key import path_key, unique_key
from devices.protocols.mqtt.tasmota_sensors import sensors
from twin.model.ids import clean_name
from twin.model.text import Text

type Json = Any
"""Any value decoded from a payload."""
type Variant = Mapping[str, Json]
"""Values of a discovery payload for one of the topics on which the same values come."""

FILTERS = ("tasmota/discovery/+/config", "tasmota/discovery/+/sensors")
MAX_PARTS = 64
"""Most relays, switches or buttons of a device."""
_TOPIC = re.compile(r"tasmota/discovery/([0-9A-Fa-f]{12})/(config|sensors)")
RELAY, LIGHT, SHUTTER = 1, 2, 3
COLD_WARM, RGB, RGBW, RGBCW = 2, 3, 4, 5
_BINARY = frozenset((1, 2, 3, 4, 5, 6, 9, 10, 13, 14, 15, 16))
"""Switch modes in which a switch has a state."""
_PULSES = (13, 14)
"""Switch modes that never report "off"."""
_TOGGLED: Mapping[int, str] = dict.fromkeys((0, 3, 4, 5, 6, 7, 8, 11, 12), "button_short_press")
_HELD: Mapping[int, str] = {
    5: "button_long_press",
    6: "button_long_press",
    **dict.fromkeys((8, 9, 10), "button_double_press"),
}
_CLICKS = {
    "SINGLE": "button_short_press", "DOUBLE": "button_double_press", "TRIPLE": "button_triple_press",
    "QUAD": "button_quadruple_press", "PENTA": "button_quintuple_press", "HOLD": "button_long_press",
}  # fmt: skip


def tasmota_topic(topic: str) -> tuple[str, str] | None:
    """MAC in capitals, and `config` or `sensors`, of a topic of the discovery; None for any other topic."""
    found = _TOPIC.fullmatch(topic)
    return (found[1].upper(), found[2]) if found else None


class TasmotaDevices:
    """What the devices behind a broker have announced of themselves."""

    def __init__(self) -> None:
        self._devices: dict[str, _Device] = {}

    def store(self, topic: str, payload: bytes) -> tuple[str, ...]:
        """Stores a device's facts, or drops them; the start of the topics whose entities have to be made anew. Raises
        ValueError with a Text."""
        mac, what = tasmota_topic(topic) or ("", "")
        body = _object(payload) if payload else {}
        if what != "config":
            return ()
        if payload:
            self._devices[mac] = _Device(mac, body)
        else:
            self._devices.pop(mac, None)
        return (topic.removesuffix("config"),)

    def entities(self, topic: str, payload: bytes) -> tuple[MqttEntity, ...]:
        """The entities of an announcement; none of sensors whose device is not announced (yet). Raises ValueError with a
        Text."""
        mac, what = tasmota_topic(topic) or ("", "")
        device = self._devices.get(mac)
        if device is None or not payload:
            return ()
        made = device.parts(topic) if what == "config" else device.measured(topic, _object(payload))
        return tuple(made)

    def state_requests(self) -> Iterator[OutgoingMessage]:
        """Messages that ask every device for its state and its measured values."""
        for device in self._devices.values():
            yield OutgoingMessage(device.topic(0, "STATE"), "")
            yield OutgoingMessage(device.topic(0, "STATUS"), "10")


class _Device:
    """One device. Raises ValueError with a Text where its announcement lacks what is needed."""

    def __init__(self, mac: str, body: Mapping[str, Json]) -> None:
        self.mac, self.id, self._body = mac, mac[-6:], body
        self._options = _mapping(body.get("so"))
        prefixes = _texts(body.get("tp"))
        full, name = body.get("ft"), body.get("t")
        if str(body.get("mac", "")).upper() != mac or len(prefixes) != 3 or not isinstance(full, str) or not name:
            raise ValueError(Text("mqtt.announcement.tasmota"))
        places = {"hostname": str(body.get("hn") or ""), "id": self.id, "topic": str(name)}
        for word, value in places.items():
            full = full.replace(f"%{word}%", value)
        self._starts = [full.replace("%prefix%", one) for one in prefixes]
        if not all(good_topic(f"{start}x") for start in self._starts):
            raise ValueError(Text("mqtt.announcement.tasmota"))
        states = _texts(body.get("state"))
        self.off, self.on, self.toggle, self.hold = (*states, *("OFF", "ON", "TOGGLE", "HOLD")[len(states) :])[:4]

    def topic(self, prefix: int, end: str) -> str:
        """A topic of the device; prefix 0 for commands, 1 for answers, 2 for telemetry."""
        return f"{self._starts[prefix]}{end}"

    def _option(self, number: int) -> bool:
        return self._options.get(str(number)) == 1

    @cached_property
    def _about(self) -> dict[str, Json]:
        mac = ":".join(self.mac[at : at + 2] for at in range(0, 12, 2))
        return {
            "identifiers": [self.id],
            "connections": [["mac", mac]],
            "name": self._body.get("dn"),
            "manufacturer": "Tasmota",
            "model": self._body.get("md"),
            "sw_version": self._body.get("sw"),
        }

    def _common(self) -> dict[str, Json]:
        """The values that every entity has: a sleeping device's will does not tell whether it is there."""
        if self._body.get("dslp") == 1:
            return {}
        here, gone = str(self._body.get("onln") or "Online"), str(self._body.get("ofln") or "Offline")
        return {
            "availability_topic": self.topic(2, "LWT"),
            "payload_available": here,
            "payload_not_available": gone,
        }

    def _made(
        self, announced: str, component: str, object_: str, name: str, variants: Sequence[Variant], *, key: str = ""
    ) -> MqttEntity:
        """An entity whose values come on several topics: one variant of its configuration for each."""
        unique = f"{self.id}_{object_}"
        made: list[MqttEntity] = []
        for variant in variants:
            values: dict[str, Json] = {"unique_id": unique, "name": name, "availability": []}
            values |= self._common() | dict(variant)
            config = EntityConfig(component, unique, announced, values, self._about, place=(unique,))
            made.append(entity(replace(config, key=key or unique_key(component, unique))))
        readings = tuple(one for each in made for one in each.readings)
        return replace(made[0], readings=readings)

    def _name(self, n: int) -> str:
        """The name of output `n`, from 0; empty where it is that of the device."""
        names = cast("list[Json]", self._body.get("fn")) if isinstance(self._body.get("fn"), list) else []
        name = names[n] if n < len(names) else None
        if not isinstance(name, str) or not name:
            return f"Output {n + 1}"
        return "" if n == 0 and name == self._body.get("dn") else clean_name(name, 64)

    # -- outputs, switches, buttons ------------------------------------------------------------------------------------

    def parts(self, announced: str) -> Iterator[MqttEntity]:
        """The entities of outputs, switches and buttons, and the radio's signal."""
        kinds = _numbers(self._body.get("rl"))[:MAX_PARTS]
        shutters = self._shutters(kinds)
        lights = [n for n, kind in enumerate(kinds) if kind == LIGHT]
        for n, kind in enumerate(kinds):
            if kind == LIGHT and self._body.get("if") != 1:
                yield self._light(announced, n, lights.index(n), len(lights))
            elif kind in (RELAY, LIGHT):
                yield self._relay(announced, n)
        for number, _ in enumerate(shutters):
            yield self._shutter(announced, number)
        if self._body.get("if") == 1:
            yield self._fan(announced)
        yield from self._switches(announced)
        yield from self._buttons(announced)
        yield self._signal(announced)

    @staticmethod
    def _shutters(kinds: Sequence[int]) -> list[int]:
        """First output of each shutter, which has two."""
        found: list[int] = []
        for n, kind in enumerate(kinds):
            if kind == SHUTTER and (not found or n > found[-1] + 1) and kinds[n + 1 : n + 2] == [SHUTTER]:
                found.append(n)
        return found

    def _power(self, n: int, *, state: str, template: str) -> list[dict[str, Json]]:
        """The variants of output `n`: the only one is called POWER, unless option 26 numbers it."""
        names = ["POWER1", "POWER"] if n == 0 else [f"POWER{n + 1}"]
        topics = [self.topic(2, "STATE"), self.topic(1, "RESULT")]
        found = [{state: topic, template: f"{{{{ value_json.{name} }}}}"} for topic in topics for name in names]
        if self._option(4):  # answers come on topics of their own, plain
            found += [{state: self.topic(1, name), template: ""} for name in names]
        command = {"command_topic": self.topic(0, f"POWER{n + 1}"), "payload_on": self.on, "payload_off": self.off}
        return [one | command for one in found]

    def _relay(self, announced: str, n: int) -> MqttEntity:
        light = self._option(30) or self._body.get("if") == 1
        component, letters = ("light", "LI") if light else ("switch", "RL")
        template = "state_value_template" if light else "value_template"
        variants = self._power(n, state="state_topic", template=template)
        return self._made(announced, component, f"{letters}_{n + 1}", self._name(n), variants)

    def _light(self, announced: str, n: int, number: int, lights: int) -> MqttEntity:
        """A light; several are channels of their own (option 68), or colour and white apart."""
        kind, split = self._body.get("lt_st"), lights > 1 and not self._option(68)
        channel = f"Channel{n + 1}" if self._option(68) else f"Dimmer{number + 1}" if split else "Dimmer"
        values: dict[str, Json] = {
            "brightness_command_topic": self.topic(0, channel),
            "brightness_scale": 100,
            "on_command_type": "last" if self._option(20) else "brightness",
        }
        read = {"brightness": f"{{{{ value_json.{channel} }}}}"}
        alone = not self._option(68)
        if alone and kind in (RGB, RGBW, RGBCW) and number == 0:
            values["hs_command_topic"] = self.topic(0, "HSBColor")
            read["hs"] = "{{ value_json.HSBColor.split(',')[0:2]|join(',') }}"
            values |= {"effect_command_topic": self.topic(0, "Scheme"), "effect_list": list("01234")}
            read["effect"] = "{{ value_json.Scheme }}"
        if alone and kind in (COLD_WARM, RGBCW) and number == lights - 1:
            values["color_temp_command_topic"] = self.topic(0, "CT")
            low, high = (200, 380) if self._option(82) else (153, 500)
            values |= {"min_mireds": low, "max_mireds": high}
            read["color_temp"] = "{{ value_json.CT }}"
        variants: list[dict[str, Json]] = []
        for power in self._power(n, state="state_topic", template="state_value_template"):
            told = {f"{name}_state_topic": power["state_topic"] for name in read}
            told |= {f"{name}_value_template": template for name, template in read.items()}
            variants.append(power | values | told)
        return self._made(announced, "light", f"LI_{n + 1}", self._name(n), variants)

    def _shutter(self, announced: str, number: int) -> MqttEntity:
        """A shutter: 0 is closed, or open where it is inverted."""
        name, options = f"Shutter{number + 1}", _numbers(self._body.get("sho"))
        inverted = bool(options[number] & 1) if number < len(options) else False
        values: dict[str, Json] = {
            "command_topic": self.topic(0, "Backlog"),
            **{f"payload_{word}": f"Shutter{word.capitalize()}{number + 1}" for word in ("open", "close", "stop")},
            "set_position_topic": self.topic(0, f"ShutterPosition{number + 1}"),
            "position_open": 0 if inverted else 100,
            "position_closed": 100 if inverted else 0,
        }
        tilts = cast("list[Json]", self._body.get("sht")) if isinstance(self._body.get("sht"), list) else []
        tilt = _numbers(tilts[number]) if number < len(tilts) else []
        tilts_too = len(tilt) == 3 and tilt[2] != 0 and tilt[0] != tilt[1]
        if tilts_too:
            values |= {"tilt_command_topic": self.topic(0, f"ShutterTilt{number + 1}")}
            values |= {
                "tilt_min": tilt[0],
                "tilt_max": tilt[1],
                "tilt_closed_value": tilt[0],
                "tilt_opened_value": tilt[1],
            }
        variants: list[dict[str, Json]] = []
        for topic, start in self._measured_topics((self.topic(1, "RESULT"), "")):
            told = {"position_topic": topic, "position_template": f"{{{{ value_json{start}.{name}.Position }}}}"}
            if tilts_too:
                told |= {"tilt_status_topic": topic, "tilt_status_template": f"{{{{ value_json{start}.{name}.Tilt }}}}"}
            variants.append(values | told)
        return self._made(announced, "cover", f"SHT_{number + 1}", self._name(number), variants)

    def _fan(self, announced: str) -> MqttEntity:
        values: dict[str, Json] = {
            **{topic: self.topic(0, "FanSpeed") for topic in ("command_topic", "percentage_command_topic")},
            "payload_on": "1",
            "payload_off": "0",
            "speed_range_min": 1,
            "speed_range_max": 3,
            "state_value_template": (
                "{% if value_json.FanSpeed is defined %}{{ 0 if value_json.FanSpeed == 0 else 1 }}{% endif %}"
            ),
            "percentage_value_template": "{{ value_json.FanSpeed }}",
        }
        topics = (self.topic(2, "STATE"), self.topic(1, "RESULT"))
        variants = [values | {"state_topic": topic, "percentage_state_topic": topic} for topic in topics]
        return self._made(announced, "fan", "FAN_1", "Fan", variants)

    def _switches(self, announced: str) -> Iterator[MqttEntity]:
        names = cast("list[Json]", self._body.get("swn")) if isinstance(self._body.get("swn"), list) else []
        result = self.topic(1, "RESULT")
        for n, mode in enumerate(_numbers(self._body.get("swc"))[:MAX_PARTS]):
            called = names[n] if n < len(names) else None
            member = json.dumps(called if isinstance(called, str) and called else f"Switch{n + 1}")
            label, number = clean_name(json.loads(member), 64), f"SW_{n + 1}"
            if mode in _BINARY:
                variants = [{"state_topic": result, "value_template": f"{{{{ value_json[{member}].Action }}}}"}]
                if mode not in _PULSES:
                    variants += [
                        {"state_topic": topic, "value_template": f"{{{{ value_json{start}[{member}] }}}}"}
                        for topic, start in self._measured_topics()
                    ]
                more = {"payload_on": self.on, "payload_off": self.off} | ({"off_delay": 1} if mode in _PULSES else {})
                yield self._made(announced, "binary_sensor", number, label, [one | more for one in variants])
            for word, kinds in ((self.toggle, _TOGGLED), (self.hold, _HELD)):
                if mode in kinds:
                    yield self._trigger(announced, f"{number}_{word}", label, (member, word, kinds[mode]))

    def _buttons(self, announced: str) -> Iterator[MqttEntity]:
        for n, used in enumerate(_numbers(self._body.get("btn"))[:MAX_PARTS]):
            clicks = dict(list(_CLICKS.items())[:1]) if self._option(13) else _CLICKS
            if self._option(11):  # single and double change places
                clicks = clicks | {"SINGLE": _CLICKS["DOUBLE"], "DOUBLE": _CLICKS["SINGLE"]}
            for word, kind in clicks.items() if used else ():
                event = json.dumps(f"Button{n + 1}"), word, kind
                yield self._trigger(announced, f"BTN_{n + 1}_{word}", f"button_{n + 1}", event)

    def _trigger(self, announced: str, object_: str, label: str, event: tuple[str, str, str]) -> MqttEntity:
        member, word, kind = event
        values = {
            "topic": self.topic(1, "RESULT"),
            "value_template": f"{{{{ value_json[{member}].Action }}}}",
            "payload": word,
            "type": kind,
            "subtype": label,
        }
        key = path_key("device_automation", (f"{self.id}_{object_}",))
        return self._made(announced, "device_automation", object_, label, [values], key=key)

    def _signal(self, announced: str) -> MqttEntity:
        values = {"device_class": "signal_strength", "unit_of_measurement": "dBm", "entity_category": "diagnostic"}
        topics = ((self.topic(2, "STATE"), ""), (self.topic(1, "RESULT"), ""))
        template = "{{ value_json.Wifi.Signal }}"
        variants = [values | {"state_topic": topic, "value_template": template} for topic, _ in topics]
        return self._made(announced, "sensor", "Wifi_Signal", "", variants)

    # -- sensors -------------------------------------------------------------------------------------------------------

    def _measured_topics(self, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        """Topics of measured values, and the member below which they are there."""
        return (*more, (self.topic(2, "SENSOR"), ""), (self.topic(1, "STATUS10"), ".StatusSNS"))

    def measured(self, announced: str, body: Mapping[str, Json]) -> Iterator[MqttEntity]:
        """The entities of the measured values."""
        for one in sensors(body):
            values: dict[str, Json] = {"device_class": one.device_class, "unit_of_measurement": one.unit}
            values |= {"state_class": "measurement"} if one.numeric else {}
            values |= {"entity_category": "diagnostic"} if one.diagnostic else {}
            variants = [
                values | {"state_topic": topic, "value_template": one.template(*filter(None, (start[1:],)))}
                for topic, start in self._measured_topics()
            ]
            yield self._made(announced, "sensor", one.object, clean_name(one.label, 64), variants)


def _object(payload: bytes) -> dict[str, Json]:
    """The object in a payload. Raises ValueError with a Text."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ValueError(Text("mqtt.announcement.no_object"))
    return cast("dict[str, Json]", body)


def _mapping(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def _texts(value: Json) -> list[str]:
    return [str(one) for one in cast("list[Json]", value)] if isinstance(value, list) else []


def _numbers(value: Json) -> list[int]:
    """The integers of a list; others, and those of more than 31 bits, are 0."""
    listed = cast("list[Json]", value) if isinstance(value, list) else []
    return [one if type(one) is int and abs(one) < 1 << 31 else 0 for one in listed]
