"""Points of one discovered entity: messages become values, and commands become messages."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.choice_names import ChoiceNames
from devices.contract import RefusedError
from devices.protocols.mqtt.discovery_payload import UTF_8, EntityConfig
from devices.protocols.mqtt.template import UNSAID, Render, UnsafeTemplateError, Unsaid, compiled
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.device import PointInfo
from twin.model.observation import Value
from twin.model.skipped import Skipped
from twin.model.text import Text, why

type Json = Any
"""Any value decoded from a payload."""
type Variables = Mapping[str, Json]
type ParsedValue = Value | Unsaid
"""A value; None where the device reports that there is no value; UNSAID where the message does not concern the point.
"""
type Convert = Callable[[Json], ParsedValue]
"""Converts a template's result (text, or a JSON value for a plain path) to a value, None, or UNSAID."""
type Write = Callable[[str, Value], "tuple[OutgoingMessage, ...]"]
"""Encodes verb and canonical value as messages; raises RefusedError."""

NO_VALUE = frozenset(("none", "null", "unknown", "unavailable", "nan"))
"""Words for "no value" (Home Assistant's PAYLOAD_NONE and states, JSON, IEEE 754)."""
MAX_VALUE = 65_536
MAX_NUMBER = 64
"""Most characters of a number."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to send."""

    topic: str
    payload: str | bytes
    """Bytes where the entity's encoding is not UTF-8."""
    retain: bool = False


@dataclass(frozen=True, slots=True)
class TopicReading:
    """Rule that turns the messages of one topic into values of one point."""

    topic: str
    key: str
    read: Callable[[Variables], ParsedValue]
    refusal: Callable[[], Text | None] = lambda: None
    """The reason why its template is no longer run; None while it is."""


@dataclass(frozen=True, slots=True)
class MqttEntity:
    """Points of one configuration. `skipped` holds the reasons for its parts that are left out."""

    config: EntityConfig
    points: tuple[PointInfo, ...] = ()
    readings: tuple[TopicReading, ...] = ()
    writes: Mapping[str, Write] = field(default_factory=dict[str, Write])
    skipped: tuple[Skipped, ...] = ()


_JSON = frozenset('{["-0123456789tfn')
RAW = "_raw"
"""Key under which `variables` stores the raw bytes; templates cannot use names that start with `_`."""


def variables(payload: bytes, encoding: str = UTF_8) -> Variables:
    """Template variables of a message: `value`, and `value_json` where it is JSON. Without encoding `value` is bytes."""
    if not encoding:
        return {"value": payload[:MAX_VALUE], RAW: payload}
    text = payload[:MAX_VALUE].decode(encoding, "replace")
    known: dict[str, Json] = {"value": text, RAW: payload}
    if text.lstrip(" \t\r\n")[:1] in _JSON:
        with contextlib.suppress(ValueError, RecursionError):
            whole_text = payload if encoding == UTF_8 else payload.decode(encoding, "replace")
            known["value_json"] = json.loads(whole_text if len(payload) <= 4 * MAX_VALUE else text)
    return known


class EntityDraft:
    """Collects the points of one configuration; the component functions fill it."""

    def __init__(self, config: EntityConfig) -> None:
        self.config = config
        self._points: list[PointInfo] = []
        self._readings: list[TopicReading] = []
        self._writes: dict[str, Write] = {}
        self._skipped: list[Skipped] = []
        for reason in config.skipped:
            self.skip(reason)

    def add(
        self,
        capability: str,
        suffix: str = "",
        *,
        topic: str = "",
        template: str = "",
        convert: Convert | None = None,
        write: Write | None = None,
        **info: Any,  # noqa: ANN401 - fields of PointInfo
    ) -> None:
        """Adds a point: read from `topic` through `template` and `convert`, written by `write`. Nothing is added with
        neither.
        """
        if not topic and write is None:
            return
        render = self._render(template) if topic else None
        if render is None and write is None:
            return
        label = str(info.pop("label", self.label(suffix)))
        key = self.key(suffix)
        shown = render is not None
        facts: dict[str, Any] = {
            "label": label,
            "alias": self.alias(suffix),
            "writable": write is not None,
            "reports": shown,
            "optimistic": shown and write is not None and self._optimistic(suffix),
        }
        facts["expires_s"] = max(self.config.number("expire_after", 0.0) or 0.0, 0.0) if shown else 0.0
        self._points.append(PointInfo(key=key, capability=capability, **facts, **info))
        if render is not None:
            number = CAPABILITIES[capability].type is ValueType.NUMBER
            self._read(key, topic, render, convert or (measured if number else plain))
        if write is not None:
            self._writes[key] = write

    def _optimistic(self, suffix: str) -> bool:
        """Whether a commanded value may be shown before it is confirmed (`optimistic`; for a tilt `tilt_optimistic`)."""
        return self.config.truth("tilt_optimistic" if suffix == "tilt" else "optimistic")

    def read(self, key: str, topic: str, template: str, convert: Convert) -> None:
        """Adds a further topic from which the point `key` is read."""
        render = self._render(template)
        if render is not None:
            self._read(key, topic, render, convert)

    def _render(self, template: str) -> Render | None:
        """The compiled template; None where it is refused, which is noted as skipped."""
        try:
            return compiled(template) if template else _value
        except UnsafeTemplateError as error:
            self.skip(Text("mqtt.template", why=why(error)))
            return None

    def _read(self, key: str, topic: str, render: Render, convert: Convert) -> None:
        encoding = self.config.encoding

        def read(known: Variables) -> ParsedValue:
            got = render(known if encoding == UTF_8 else variables(known.get(RAW, b""), encoding))
            return UNSAID if got is UNSAID else convert(got)

        self._readings.append(TopicReading(topic, key, read, lambda: getattr(render, "refusal", None)))

    def check(self, *templates: tuple[str, str]) -> None:
        """Notes each of these (purpose, source) templates that is refused."""
        for purpose, source in templates:
            try:
                compiled(source)
            except UnsafeTemplateError as error:
                self.skip(Text("mqtt.template_for", purpose=purpose, why=why(error)))

    def skip(self, reason: Text) -> None:
        """Notes that a part of this entity is left out, with the reason."""
        config = self.config
        named = config.object in config.topic.split("/")
        self._skipped.append(Skipped(config.topic if named else f"{config.topic} ({config.object})", reason))

    def key(self, suffix: str = "") -> str:
        """The point's key; it does not depend on the device's other entities."""
        return f"{self.config.key}.{suffix}" if suffix else self.config.key

    def alias(self, suffix: str = "") -> str:
        """Shorter name of the point, not always unique; it was the key until 2026-11."""
        config = self.config
        base = config.component if config.object == config.component else f"{config.component}.{config.object}"
        return f"{base}.{suffix}" if suffix else base

    def label(self, suffix: str = "") -> str:
        """The configured name for a point without suffix; empty where the capability's title is used."""
        name = self.config.text("name")
        return name if not suffix else ""

    def message(
        self, topic: str, template: str, payload: str | float | bool, **known: Json
    ) -> tuple[OutgoingMessage, ...]:
        """Messages that carry a payload to the command topic named by option `topic`, through its template. Empty
        without topic; raises
        RefusedError where the template fails.
        """
        path = self.config.path(topic)
        if not path:
            return ()
        source = self.config.template(template)
        text = payload if isinstance(payload, str) else number_text(payload)
        if source:
            try:
                text = compiled(source)({"value": payload, **known})
            except UnsafeTemplateError as error:
                raise RefusedError(Text("mqtt.template_unsafe", why=why(error))) from None
            if text is None or text is UNSAID:
                raise RefusedError(Text("mqtt.template_empty"))
        encoding = self.config.encoding or UTF_8
        encoded = str(text) if encoding == UTF_8 else str(text).encode(encoding, "replace")
        return (OutgoingMessage(path, encoded, self.config.truth("retain")),)

    def entity(self) -> MqttEntity:
        """Builds the entity from what the draft collected."""
        return MqttEntity(self.config, tuple(self._points), tuple(self._readings), self._writes, tuple(self._skipped))


def _value(known: Variables) -> Json:
    return known.get("value", UNSAID)


def absent(got: Json) -> bool:
    """Whether a value means "no value": null, a number that is not finite as a double, or one of NO_VALUE."""
    if isinstance(got, str):
        return got.strip().lower() in NO_VALUE
    return got is None or (isinstance(got, int | float) and number(got) is None and not isinstance(got, bool))


def plain(got: Json) -> Value:
    """Text, number or boolean unchanged; bytes as hex; lists and objects as JSON; None for empty text and "no value"
    words.
    """
    if absent(got) or got == "":
        return None
    if isinstance(got, bytes):
        return got[:512].hex()
    return got if isinstance(got, bool | int | float | str) else json.dumps(got)[:1024]


def measured(got: Json) -> ParsedValue:
    """A number where the text is one, else the text; UNSAID for an empty text."""
    if not isinstance(got, str) or absent(got):
        return plain(got)
    if not (text := got.strip()):
        return UNSAID
    value = number(text) if len(text) <= MAX_NUMBER else None
    return plain(got) if value is None else value


def chosen(choices: ChoiceNames) -> Convert:
    """Returns a converter to the names of choices (even of `none`); other "no value" words and empty text give None."""

    def convert(got: Json) -> ParsedValue:
        if not isinstance(got, str) or got not in choices:
            return plain(got)
        return choices.name_of(got)

    return convert


def spelled(choices: ChoiceNames, value: Value) -> str:
    """A choice as it is written on the wire."""
    return choices.spelling_of(value) if isinstance(value, str) else wire_text(value)


def emptied(payload: str, convert: Convert) -> Convert:
    """Returns a converter that gives None for this payload (`payload_reset` etc.) and else applies `convert`."""
    return (lambda got: None if is_payload(got, payload) else convert(got)) if payload else convert


def amount(got: Json) -> float | Unsaid | None:
    """A number; None for a "no value" word; UNSAID for anything else."""
    value = None if absent(got) else number(got)
    return UNSAID if value is None and not absent(got) else value


def number(got: Json) -> float | None:
    """The value as a float; None where it is no finite number."""
    if isinstance(got, bool) or not isinstance(got, int | float | str):
        return None
    try:
        found = float(got)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def wire_text(got: Json) -> str:
    """A value as it is written on the wire, for comparison with a payload."""
    return ("true" if got else "false") if isinstance(got, bool) else str(got).strip()


def is_payload(got: Json, payload: str) -> bool:
    """Whether a value equals this payload, ignoring case."""
    return wire_text(got).casefold() == payload.strip().casefold()


def truth(on: str, off: str) -> Convert:
    """Returns a converter from the payloads `on` and `off` to booleans; "no value" words give None, anything else
    UNSAID.
    """

    def convert(got: Json) -> ParsedValue:
        if got is not None and (is_payload(got, on) or is_payload(got, off)):
            return is_payload(got, on)
        return None if absent(got) else UNSAID

    return convert


def scaled(factor: float, offset: float = 0.0) -> Convert:
    """Returns a converter that computes number * factor + offset."""

    def convert(got: Json) -> ParsedValue:
        value = amount(got)
        return value if value is None or value is UNSAID else value * factor + offset

    return convert


def number_text(value: float | bool) -> str:
    """A number as text without exponent, at most 9 decimals; whole numbers without a point, booleans as true/false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.9f}".rstrip("0").rstrip(".") if value != int(value) else str(int(value))


def integer_if_whole(value: float) -> float | int:
    """The number as int where it is whole, so that templates print it without a point; else unchanged."""
    return int(value) if value == int(value) else value


def command_number(value: Value) -> float:
    """The number of a command, below 1e15 in magnitude. Raises RefusedError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise RefusedError(Text("reason.takes_number"))
    return float(value)
