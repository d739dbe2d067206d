"""Parses discovery payloads (Home Assistant MQTT discovery) into bounded configurations with long keys.

`<prefix>/<component>/[<node>/]<object>/config` carries one entity, `<prefix>/device/[<node>/]<object>/config` a
whole device; an empty payload removes it. Format: Home Assistant documentation, MQTT, "MQTT discovery", 2026.11.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from devices.choice_names import ChoiceNames
from devices.protocols.mqtt.abbreviations import DEVICE_KEYS, KEYS, ORIGIN_KEYS
from devices.protocols.mqtt.entity_key import path_key, unique_key
from devices.protocols.mqtt.zigbee2mqtt_exposes import completed
from twin.model.ids import clean_name
from twin.model.text import Text

MAX_PAYLOAD = 262_144
MAX_TOPIC = 512
MAX_LEVELS = 128
_UNFIT = re.compile("[#+\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Wildcards, control characters, surrogates and non-characters; brokers close a connection that uses them in a topic.
"""
_SPECIAL = ("$share/", "$queue/", "$exclusive/", "$delayed/")
MAX_ENTITIES = 500
"""Most entities that one payload may declare."""

UTF_8 = "utf-8"
_TOLD = re.compile("command(?:_on|_off)?_template$|^set_position_template$")

type Json = Any
"""Any value decoded from a payload."""


@dataclass(frozen=True, slots=True)
class EntityConfig:
    """One entity's configuration with long keys and `~` resolved; its methods return cleaned, bounded values."""

    component: str
    object: str
    """Name of the entity within its device; not always unique."""
    topic: str
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])
    device: Mapping[str, Json] = field(default_factory=dict[str, Json])
    skipped: tuple[Text, ...] = ()
    """Reasons for the parts of the payload that are left out."""
    place: tuple[str, ...] = ()
    """Where it was announced: the levels of the discovery topic after prefix and component. For an entity of a
    whole-device
    payload: `device`, these levels, and the entity's own name.
    """
    key: str = ""
    """Key of the entity within its device and prefix of its points' keys (entity_key.py)."""
    _identifiers: tuple[str, ...] | None = field(default=None, init=False, repr=False, compare=False)

    def text(self, name: str, default: str = "") -> str:
        """A short text for display or comparison; numbers and booleans as JSON writes them."""
        value = self.values.get(name)
        return default if value is None else clean_name(_scalar_text(value), 128)

    def payload(self, name: str, default: str = "") -> str:
        """A payload as sent or compared on the wire, at most 4096 characters. Null gives an empty text."""
        if name not in self.values:
            return default
        value = self.values[name]
        return "" if value is None else _scalar_text(value)[:4096]

    def number(self, name: str, default: float | None = None) -> float | None:
        """A finite number below 1e15 in magnitude; otherwise the default."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return default
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return default
        return number if abs(number) < 1e15 else default

    def truth(self, name: str, default: bool = False) -> bool:
        """A boolean, from JSON or from the words true, yes, on and 1."""
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).strip().lower() in ("true", "yes", "on", "1")

    def options(self, name: str) -> tuple[str, ...]:
        """A list of words: at most 256, cleaned, without duplicates."""
        value = self.values.get(name)
        items = cast("list[Json]", value)[:256] if isinstance(value, list) else []
        return tuple(dict.fromkeys(clean_name(_scalar_text(item), 128) for item in items))

    def choices(self, name: str, *more: str) -> ChoiceNames:
        """`more` and a list of choices by the device's own spellings: at most 256, without duplicates."""
        value = self.values.get(name)
        items = cast("list[Json]", value)[:256] if isinstance(value, list) else []
        return ChoiceNames((*more, *(_scalar_text(item)[:4096] for item in items)), 128)

    def path(self, name: str) -> str:
        """A topic that can be published to or subscribed to; empty where it is missing or invalid."""
        value = self.values.get(name)
        return value if isinstance(value, str) and good_topic(value) else ""

    def template(self, *names: str) -> str:
        """The first of the named templates that is set; empty where none is."""
        return next((value for name in names if isinstance(value := self.values.get(name), str) and value), "")

    @property
    def encoding(self) -> str:
        """Text encoding of the entity's messages; UTF-8 where none or an unknown one is given, empty for bytes."""
        name = self.values.get("encoding")
        if not isinstance(name, str):
            return UTF_8
        try:
            known = codecs.lookup(name[:40]).name if name else ""
            return known if not known or b"a\xff\x80".decode(known, "replace") else UTF_8
        except (LookupError, ValueError):
            return UTF_8  # unknown, or none of text

    def asides(self) -> Iterator[tuple[str, str]]:
        """Yields the templates that no state topic uses, as (purpose, source): of availability and of commands."""
        for name, value in self.values.items():
            if isinstance(value, str) and name == "availability_template":
                yield "availability", value
            elif isinstance(value, str) and name.endswith("_template") and _TOLD.search(name):
                yield "command", value
        for spot in cast("list[dict[str, Json]]", self.values.get("availability") or []):
            if isinstance(template := spot.get("value_template"), str):
                yield "availability", template

    def about(self, name: str) -> str:
        """A text of the payload's `device` block; empty where it is missing."""
        value = self.device.get(name)
        if isinstance(value, str):
            return _shown(value)
        return "" if value is None or isinstance(value, list | dict) else _shown(_scalar_text(value))

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Identifiers of the device, then its connections (`mac:...`); empty without a device block. Null, empty text
        and words
        such as "unknown" are left out, so that devices with the same faulty value are not merged.
        """
        if self._identifiers is None:
            object.__setattr__(self, "_identifiers", self._read_identifiers())
        return self._identifiers or ()

    def _read_identifiers(self) -> tuple[str, ...]:
        ids = self.device.get("identifiers")
        names = cast("list[Json]", ids)[:16] if isinstance(ids, list) else [ids]
        links = self.device.get("connections")
        listed = cast("list[Json]", links)[:16] if isinstance(links, list) else []
        pairs = [cast("list[Json]", pair) for pair in listed if isinstance(pair, list)]
        joined = [
            f"{clean_name(pair[0], 64)}:{clean_name(pair[1], 64)}"
            for pair in pairs
            if len(pair) == 2 and all(map(_names_somebody, pair))
        ]
        texts = [clean_name(name, 128) for name in names if _names_somebody(name)]
        return tuple(dict.fromkeys(texts + joined))

    @property
    def unique_id(self) -> str:
        """The entity's `unique_id`, unique within its component; empty where it has none."""
        value = self.values.get("unique_id")
        return str(value) if _names_somebody(value) else ""


def _names_somebody(value: Json) -> bool:
    """Whether the value can identify a device: text or integer, and none of the placeholder words."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return clean_name(value, 128).casefold() not in _NOBODY


_NOBODY = frozenset(("", "none", "null", "undefined", "unknown", "unavailable", "nan", "00:00:00:00:00:00"))


def good_topic(topic: str) -> bool:
    """Whether the text is a topic name without wildcards that brokers accept (MQTT 3.1.1 sections 1.5.3 and 4.7)."""
    return (
        0 < len(topic) <= MAX_TOPIC
        and topic.count("/") < MAX_LEVELS
        and not _UNFIT.search(topic)
        and not topic.startswith(_SPECIAL)
    )


def address(topic: str, prefix: str) -> tuple[str, str, str] | None:
    """Component, node and object of a discovery topic; None for any other topic."""
    parts = topic[len(prefix) + 1 :].split("/") if topic.startswith(f"{prefix}/") else []
    if len(parts) not in (3, 4) or parts[-1] != "config":
        return None
    return parts[0], parts[1] if len(parts) == 4 else "", parts[-2]


ZIGBEE2MQTT = "Zigbee2MQTT"
"""How the bridge names itself as the origin of its announcements."""


def configs(topic: str, payload: bytes, prefix: str = "homeassistant") -> tuple[EntityConfig, ...]:
    """The entities that a discovery payload declares. Raises ValueError with a Text where it cannot be parsed."""
    where = address(topic, prefix)
    if where is None:
        raise ValueError(Text("mqtt.announcement.none"))
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(Text("mqtt.announcement.long", most=MAX_PAYLOAD // 1024))
    try:
        body = json.loads(payload)
    except json.JSONDecodeError as error:
        raise ValueError(Text("mqtt.announcement.no_json", why=error.msg, at=error.pos)) from None
    except UnicodeDecodeError:
        raise ValueError(Text("mqtt.announcement.no_text")) from None
    except (ValueError, RecursionError):
        raise ValueError(Text("mqtt.announcement.deep")) from None
    if not isinstance(body, dict):
        raise ValueError(Text("mqtt.announcement.no_object"))
    component, node, object_ = (clean_name(part, 128) for part in where)
    values = _long(cast("dict[str, Json]", body), KEYS)
    device = _long(_mapping(values.pop("device", None)), DEVICE_KEYS)
    origin = _long(_mapping(values.pop("origin", None)), ORIGIN_KEYS)
    if component == "device":
        return tuple(_parts(values, device, origin, topic=topic))
    _resolve(values)
    name = object_ if node else values.get("object_id") if isinstance(values.get("object_id"), str) else object_
    shown = clean_name(name, 128) or object_
    if origin.get("name") == ZIGBEE2MQTT:
        values = dict(completed(component, object_, values))
    return (_keyed(EntityConfig(component, shown, topic, values, device, place=tuple(filter(None, where[1:])))),)


def _keyed(config: EntityConfig) -> EntityConfig:
    unique = config.unique_id
    key = unique_key(config.component, unique) if unique else path_key(config.component, config.place)
    return replace(config, key=key)


def _parts(
    values: dict[str, Json], device: dict[str, Json], origin: dict[str, Json], *, topic: str
) -> Iterator[EntityConfig]:
    parts = _mapping(values.pop("components", None))
    if not device or not (origin or parts):
        raise ValueError(Text("mqtt.announcement.nameless"))
    skipped = [Text("mqtt.announcement.many", most=MAX_ENTITIES)] if len(parts) > MAX_ENTITIES else []
    for name, part in list(parts.items())[:MAX_ENTITIES]:
        own = _long(_mapping(part), KEYS)
        platform = own.get("platform")
        if isinstance(platform, str) and len(own) < 2:
            continue  # only a platform: that component was taken away
        if not isinstance(platform, str):
            skipped.append(Text("mqtt.no_platform", component=clean_name(name, 128)))
            continue
        merged = values | own
        _resolve(merged)
        place = ("device", *topic.split("/")[-3:-1], name)
        kind, shown = clean_name(platform, 40), clean_name(name, 128)
        yield _keyed(EntityConfig(kind, shown, topic, merged, device, tuple(skipped), place))
        skipped.clear()
    if skipped:
        raise ValueError(skipped[0])


def _mapping(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def _long(values: dict[str, Json], table: Mapping[str, str]) -> dict[str, Json]:
    return {table.get(key, key): value for key, value in values.items()}


def _resolve(values: dict[str, Json]) -> None:
    """Replaces `~` at the start or end of topics by the base topic, and normalises the availability list."""
    base = values.pop("~", None)
    told = values.get("availability")
    spots = (
        cast("list[Json]", told) if isinstance(told, list) else [cast("Json", told)] if isinstance(told, dict) else []
    )
    values["availability"] = [_long(_mapping(spot), KEYS) for spot in spots[:16]]
    if not isinstance(base, str):
        return
    for holder in (values, *values["availability"]):
        for key, value in holder.items():
            if isinstance(value, str) and key.endswith("topic"):
                holder[key] = _based(value, base)


def _based(topic: str, base: str) -> str:
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic


@lru_cache(maxsize=16_384)
def _shown(text: str) -> str:
    """A cleaned name; asked for again with every change of any device."""
    return clean_name(text, 128)


def _scalar_text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value)[:4096]
