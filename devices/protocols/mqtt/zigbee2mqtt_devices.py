"""Devices of Zigbee2MQTT bridges from what these publish themselves: `<base>/bridge/devices` and `<base>/bridge/info`.

Each device of the list is one announcement of its own, under the topic `<base>/bridge/devices/<ieee>`, with the parts that are
used. Format: Zigbee2MQTT documentation, "MQTT topics and messages", 2.14.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from devices.protocols.mqtt.components import entity
from devices.protocols.mqtt.discovery_payload import EntityConfig
from devices.protocols.mqtt.entity import MqttEntity
from devices.protocols.mqtt.entity_key import unique_key
from devices.protocols.mqtt.zigbee2mqtt_exposes import ExposedEntity, entities, path
from twin.model.text import Text

type Json = Any
"""Any value decoded from a payload."""

FILTERS = ("+/bridge/devices", "+/+/bridge/devices", "+/bridge/info", "+/+/bridge/info")
"""Topic filters of the lists and the facts of all bridges, whatever their base topic of one or two levels."""
MAX_LISTED = 5_000
"""Most devices that are taken of one bridge."""
_TOPIC = re.compile(r"(.{1,256})/bridge/(devices|info)(?:/(0x[0-9a-fA-F]{1,32}))?")
_CHUNK = 65_536
_GAP = " \t\r\n,"
_ABOUT = ("friendly_name", "type", "disabled", "manufacturer", "software_build_id")
_DEFINITION = ("vendor", "model", "description", "supports_ota")
_PROSE = frozenset(("description", "presets"))
"""Parts of an expose that are not used."""


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One device of a bridge's list."""

    base: str
    address: str
    name: str
    type: str
    software: str
    supports_ota: bool
    disabled: bool

    @property
    def topic(self) -> str:
        """Topic of its messages."""
        return f"{self.base}/{self.name}"


def native_topic(topic: str) -> tuple[str, str, str] | None:
    """Base topic, `devices` or `info`, and the device's address of a bridge's topic; None for any other topic."""
    found = _TOPIC.fullmatch(topic)
    if found is None or (found[2] == "info" and found[3]):
        return None
    return found[1], found[2], found[3] or ""


def is_info(topic: str) -> bool:
    """Whether a bridge tells its facts on this topic."""
    found = native_topic(topic)
    return found is not None and found[1] == "info"


def spoken_values(payload: bytes) -> bytes:
    """A bridge's facts without its configuration and the schema of that, which are long."""
    try:
        body = _mapping(json.loads(payload))
    except (ValueError, RecursionError):
        return payload
    return json.dumps({name: one for name, one in body.items() if name not in ("config", "config_schema")}).encode()


class DeviceListReader:
    """Reads a bridge's list of devices; of a later list only the part that has changed is decoded."""

    def __init__(self) -> None:
        self._payload = b""
        self._spans: list[tuple[int, int, str]] = []
        """First byte, end and address of each device."""
        self._addresses = frozenset[str]()

    def read(self, payload: bytes) -> tuple[dict[str, bytes], frozenset[str]]:
        """The devices that may have changed, compact, by address; and the addresses of all, the same object as before where they
        are the same. Raises ValueError."""
        payload = payload.strip()
        if payload[:1] != b"[" or payload[-1:] != b"]":
            raise ValueError(Text("mqtt.announcement.no_list"))
        head, tail, shift = self._kept(payload)
        start = head[-1][1] if head else 1
        end = tail[0][0] + shift if tail else len(payload) - 1
        spans: list[tuple[int, int, str]] = []
        changed: dict[str, bytes] = {}
        for first, last, body in _objects(payload, start, end):
            address = str(body.get("ieee_address", ""))
            spans.append((first, last, address))
            if re.fullmatch(r"0x[0-9a-fA-F]{1,32}", address) and len(changed) < MAX_LISTED:
                changed[address] = json.dumps(used_parts(body), sort_keys=True).encode()
        before = self._spans[len(head) : len(self._spans) - len(tail)]
        self._spans = [*head, *spans, *[(a + shift, b + shift, one) for a, b, one in tail]]
        self._payload = payload
        if [address for _, _, address in before] != [address for _, _, address in spans]:
            self._addresses = frozenset([address for _, _, address in self._spans])
        return changed, self._addresses

    def _kept(self, payload: bytes) -> tuple[list[tuple[int, int, str]], list[tuple[int, int, str]], int]:
        """The devices before and after what differs from the last list, and how far the latter have moved."""
        before, spans = self._payload, self._spans
        alike = _common_start(before, payload)
        most = min(len(before), len(payload)) - alike
        behind = min(_common_end(before, payload), most)
        cut = bisect_right(spans, alike, key=lambda span: span[1])
        rest = max(bisect_left(spans, len(before) - behind, key=lambda span: span[0]), cut)
        return spans[:cut], spans[rest:], len(payload) - len(before)


def _common_start(one: bytes, other: bytes) -> int:
    """Number of bytes at the start that are the same."""
    at, most, view = 0, min(len(one), len(other)), memoryview(other)
    while at < most and one.startswith(view[at : at + _CHUNK], at):
        at += _CHUNK
    at = min(at, most)
    size = _CHUNK
    while size := size // 2:
        if one[at : at + size] == other[at : at + size]:
            at = min(at + size, most)
    return at


def _common_end(one: bytes, other: bytes) -> int:
    """Number of bytes at the end that are the same."""
    at, most, view = 0, min(len(one), len(other)), memoryview(other)
    size = _CHUNK
    while size:
        left, right = len(one) - at, len(other) - at
        if at + size <= most and one.endswith(view[right - size : right], 0, left):
            at += size
        else:
            size //= 2
    return at


def _objects(payload: bytes, start: int, end: int) -> Iterator[tuple[int, int, Mapping[str, Json]]]:
    """First byte, end and content of each object between these bytes. Raises ValueError with a Text."""
    decoder = json.JSONDecoder()
    try:
        text = payload[start:end].decode()
        at, byte = 0, start
        while True:
            gap = at
            while gap < len(text) and text[gap] in _GAP:
                gap += 1
            if gap == len(text):
                return
            body, last = decoder.raw_decode(text, gap)
            if not isinstance(body, dict):
                raise ValueError(Text("mqtt.announcement.no_object"))
            first = byte + gap - at
            byte = first + len(text[gap:last].encode())
            yield first, byte, cast("dict[str, Json]", body)
            at = last
    except json.JSONDecodeError as error:
        raise ValueError(Text("mqtt.announcement.no_json", why=error.msg, at=error.pos)) from None
    except UnicodeDecodeError:
        raise ValueError(Text("mqtt.announcement.no_text")) from None
    except RecursionError:
        raise ValueError(Text("mqtt.announcement.deep")) from None


def used_parts(body: Mapping[str, Json]) -> dict[str, Json]:
    """The parts of a device that are used."""
    definition = _mapping(body.get("definition"))
    used = {name: body.get(name) for name in _ABOUT}
    return used | {name: definition.get(name) for name in _DEFINITION} | {"exposes": _plain(definition.get("exposes"))}


def _plain(exposes: Json) -> Json:
    if isinstance(exposes, list):
        return [_plain(one) for one in cast("list[Json]", exposes)]
    if isinstance(exposes, dict):
        parts = cast("dict[str, Json]", exposes)
        return {name: _plain(part) for name, part in parts.items() if name not in _PROSE}
    return exposes


def _mapping(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


class Zigbee2MqttBridges:
    """The lists of the bridges behind a broker, and what is needed of their facts."""

    def __init__(self) -> None:
        self._lists: dict[str, DeviceListReader] = {}
        self._listed: dict[str, frozenset[str]] = {}
        """The addresses of each list; what is stored of others is gone."""
        self._coordinators: dict[str, str] = {}
        """Address of the coordinator by base topic."""
        self._info: dict[str, dict[str, Json]] = {}
        self.listed: dict[str, ListedDevice] = {}
        """The devices by the topic of their announcement; those that are no longer announced may still be there."""

    @property
    def bases(self) -> tuple[str, ...]:
        """The base topics of the bridges whose coordinator is known."""
        return tuple(sorted(self._coordinators))

    def announcements(self, topic: str, payload: bytes, stored: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The announcements of single devices, by topic, that a bridge's message amounts to: new, changed, and empty ones of
        those that are `stored` and no longer listed. Raises ValueError with a Text.
        """
        base, what, _ = native_topic(topic) or ("", "", "")
        if what == "info":
            yield topic, _facts(payload) if payload else b""
            return
        start = f"{base}/bridge/devices/"
        if not payload:
            self._lists.pop(base, None)
            changed, listed = {}, frozenset[str]()
        else:
            changed, listed = self._lists.setdefault(base, DeviceListReader()).read(payload)
        if listed is self._listed.get(base):
            gone = []
        else:
            self._listed[base] = listed
            gone = [one for one in stored if one.startswith(start) and one.removeprefix(start) not in listed]
        yield from ((f"{start}{address}", content) for address, content in changed.items())
        yield from ((one, b"") for one in gone)

    def store(self, topic: str, payload: bytes) -> tuple[str, ...]:
        """Stores the facts in an announcement; the start of topics whose entities have to be made anew, if any."""
        base, what, address = native_topic(topic) or ("", "", "")
        if what == "info":
            self._info[base] = json.loads(payload) if payload else {}
            return (f"{base}/bridge/devices/",)
        if payload and json.loads(payload).get("type") == "Coordinator" and self._coordinators.get(base) != address:
            self._coordinators[base] = address
            return (f"{base}/bridge/devices/",)
        return ()

    def entities(self, topic: str, payload: bytes) -> tuple[MqttEntity, ...]:
        """The entities of a device's announcement, with the keys that Home Assistant discovery gives them."""
        base, what, address = native_topic(topic) or ("", "", "")
        if what == "info" or not payload:
            return ()
        body = cast("dict[str, Json]", json.loads(payload))
        if body.get("type") == "Coordinator":
            return tuple(self._bridge(topic, base, address))
        name = body.get("friendly_name")
        self.listed[topic] = _listed(base, address, body)
        if body.get("disabled") or not isinstance(name, str):
            return ()
        device = {
            "identifiers": [f"zigbee2mqtt_{address}"],
            "name": name,
            "manufacturer": body.get("vendor") or body.get("manufacturer"),
            "model": body.get("description") or body.get("model"),
            "model_id": body.get("model"),
            "sw_version": body.get("software_build_id"),
        }
        if coordinator := self._coordinators.get(base):
            device["via_device"] = f"zigbee2mqtt_bridge_{coordinator}"
        spots = [f"{base}/bridge/state"]
        info = self._info.get(base, {})
        if info.get("devices", {}).get(address, info.get("availability", False)):
            spots.append(f"{base}/{name}/availability")
        found = entities(f"{base}/{name}", body.get("exposes"), ota=bool(body.get("supports_ota")))
        made = (_config(topic, f"{address}_{one.object}_{base}", one, device, spots) for one in found)
        return tuple(entity(config) for config in made)

    def _bridge(self, topic: str, base: str, address: str) -> Iterator[MqttEntity]:
        """The bridge itself: whether it runs, its version, and the switch that lets devices join."""
        device = {
            "identifiers": [f"zigbee2mqtt_bridge_{address}"],
            "name": "Zigbee2MQTT Bridge",
            "manufacturer": "Zigbee2MQTT",
            "model": "Bridge",
            "sw_version": self._info.get(base, {}).get("version"),
        }
        state, info = f"{base}/bridge/state", f"{base}/bridge/info"
        parts = (
            ("binary_sensor", "connection_state", "Connection state",
             {"state_topic": state, "value_template": "{{ value_json.state }}", "device_class": "connectivity",
              "payload_on": "online", "payload_off": "offline", "entity_category": "diagnostic"}),
            ("switch", "permit_join", "Permit join",
             {"state_topic": info, "value_template": "{{ value_json.permit_join | lower }}", "state_on": "true",
              "state_off": "false", "command_topic": f"{base}/bridge/request/permit_join",
              "payload_on": '{"time": 254}', "payload_off": '{"time": 0}'}),
            ("binary_sensor", "restart_required", "Restart required",
             {"state_topic": info, "value_template": path("restart_required"), "device_class": "problem",
              "payload_on": True, "payload_off": False, "entity_category": "diagnostic"}),
            ("sensor", "version", "Version",
             {"state_topic": info, "value_template": "{{ value_json.version }}", "entity_category": "diagnostic"}),
            ("button", "restart", "Restart",
             {"command_topic": f"{base}/bridge/request/restart", "payload_press": "", "device_class": "restart"}),
        )  # fmt: skip
        for component, object_, name, values in parts:
            spots = [] if object_ == "connection_state" else [state]
            one = ExposedEntity(component, object_, {"name": name} | values)
            yield entity(_config(topic, f"bridge_{address}_{object_}_{base}", one, device, spots))


def _listed(base: str, address: str, body: Mapping[str, Json]) -> ListedDevice:
    name, type_, software = (str(body.get(key) or "") for key in ("friendly_name", "type", "software_build_id"))
    ota, disabled = bool(body.get("supports_ota")), bool(body.get("disabled"))
    return ListedDevice(base, address, name or address, type_, software, ota, disabled)


def _config(
    topic: str, unique_id: str, one: ExposedEntity, device: Mapping[str, Json], spots: Iterable[str]
) -> EntityConfig:
    values = {"unique_id": unique_id, **one.values, "availability_mode": "all"}
    values["availability"] = [{"topic": spot, "value_template": "{{ value_json.state }}"} for spot in spots]
    config = EntityConfig(
        one.component, one.object, topic, values, device, place=(topic.rpartition("/")[2], one.object)
    )
    return replace(config, key=unique_key(one.component, config.unique_id))


def _facts(payload: bytes) -> bytes:
    """What is needed of a bridge's facts: its version, and of which devices it tells whether they are reachable."""
    try:
        body = _mapping(json.loads(payload))
    except (ValueError, RecursionError):
        raise ValueError(Text("mqtt.announcement.no_object")) from None
    config = _mapping(body.get("config"))
    spoken = config.get("availability")
    own = {address: _mapping(one).get("availability") for address, one in _mapping(config.get("devices")).items()}
    facts = {
        "version": body.get("version"),
        "availability": _mapping(spoken).get("enabled", True) is True if isinstance(spoken, dict) else spoken is True,
        "devices": {address: bool(one) for address, one in own.items() if one is not None},
    }
    return json.dumps(facts, sort_keys=True).encode()
