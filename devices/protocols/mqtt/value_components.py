"""MQTT discovery components with one value: sensor, binary sensor, switch, number, select, text, button, event and
others.
"""

from __future__ import annotations

import json
from typing import cast

from devices.contract import RefusedError
from devices.protocols.mqtt.device_classes import BUTTON_WORDS, TRUTH_CLASS, TRUTH_NAME, sensor_meaning
from devices.protocols.mqtt.entity import (
    EntityDraft,
    Json,
    OutgoingMessage,
    ParsedValue,
    chosen,
    command_number,
    emptied,
    is_payload,
    measured,
    spelled,
    truth,
    variables,
    wire_text,
)
from devices.protocols.mqtt.template import UNSAID
from twin.model.observation import Value
from twin.model.text import Text

VALUE = "value_template"


def _side(draft: EntityDraft) -> bool:
    """Whether the entity is for configuration or diagnosis (`entity_category`)."""
    return draft.config.text("entity_category") in ("config", "diagnostic")


def sensor(draft: EntityDraft) -> None:
    """`sensor`: a read-only value; device class and unit determine its capability."""
    config = draft.config
    kind, unit, topic = config.text("device_class"), config.text("unit_of_measurement"), config.path("state_topic")
    template = config.template(VALUE)
    if config.object == "last_seen":
        return  # changes with every message and says what we know ourselves
    choices = config.choices("options")
    if kind == "enum" or choices.shown:
        draft.add("raw_enum", topic=topic, template=template, convert=chosen(choices), options=choices.shown)
        return
    capability, unit, scale = sensor_meaning(config.object, kind, unit, diagnostic=_side(draft))
    declared = ("unit_of_measurement", "state_class", "suggested_display_precision")
    numeric = any(config.values.get(name) not in (None, "") for name in declared)  # a unit of " " is a number, too
    if capability:
        draft.add(capability, topic=topic, template=template, unit=unit, scale=scale)
    elif numeric and kind not in ("timestamp", "date"):
        draft.add("raw_number", topic=topic, template=template, unit=unit)
    else:
        draft.add("raw_text", topic=topic, template=template)


def binary_sensor(draft: EntityDraft) -> None:
    """`binary_sensor`: a read-only boolean."""
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")
    capability = TRUTH_CLASS.get(config.text("device_class"), TRUTH_NAME.get(config.object, "raw_bool"))
    draft.add(capability, topic=config.path("state_topic"), template=config.template(VALUE), convert=truth(on, off))


def switch(draft: EntityDraft) -> None:
    """`switch`: on/off. A configuration switch becomes a raw point, so that a child lock is not shown as a lamp."""
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")
    side = _side(draft)

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        lit = bool(value) if verb == "set" else verb == "on"
        return draft.message("command_topic", "command_template", on if lit else off)

    draft.add(
        "raw_bool" if side else "on_off",
        topic=config.path("state_topic"),
        template=config.template(VALUE),
        convert=truth(config.payload("state_on", on), config.payload("state_off", off)),
        write=write if config.path("command_topic") else None,
    )


def siren(draft: EntityDraft) -> None:
    """`siren`: on/off; commands are JSON unless it has a template; its state may be plain or JSON."""
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")
    read = truth(config.payload("state_on", on), config.payload("state_off", off))

    def convert(got: Json) -> ParsedValue:
        known = variables(got.encode()).get("value_json") if isinstance(got, str) else got
        if not isinstance(known, dict):
            return read(got)
        fields = cast("dict[str, Json]", known)
        return read(fields["state"]) if "state" in fields else UNSAID

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        payload = on if verb == "on" else off
        if config.template("command_template"):
            return draft.message("command_topic", "command_template", payload, state=payload)
        return draft.message("command_topic", "", json.dumps({"state": payload}))

    draft.add(
        "on_off",
        topic=config.path("state_topic"),
        template=config.template("state_value_template", VALUE),
        convert=convert,
        write=write if config.path("command_topic") else None,
    )


def number(draft: EntityDraft) -> None:
    """`number`: a number that can be set."""
    config = draft.config
    low, high = config.number("min", 1.0), config.number("max", 100.0)

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message("command_topic", "command_template", command_number(value))

    draft.add(
        "raw_number",
        topic=config.path("state_topic"),
        template=config.template(VALUE),
        convert=emptied(config.payload("payload_reset"), measured),
        unit=config.text("unit_of_measurement"),
        minimum=low,
        maximum=high,
        step=config.number("step", 1.0),
        write=write if config.path("command_topic") else None,
    )


def select(draft: EntityDraft) -> None:
    """`select`: one of the declared options."""
    config = draft.config
    choices = config.choices("options")

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message("command_topic", "command_template", spelled(choices, value))

    draft.add(
        "raw_enum",
        topic=config.path("state_topic"),
        template=config.template(VALUE),
        convert=chosen(choices),
        options=choices.shown,
        write=write if config.path("command_topic") else None,
    )


def text(draft: EntityDraft) -> None:
    """`text`: a free text that can be set."""
    config = draft.config
    longest = int(config.number("max", 255.0) or 255)

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        if len(wire_text(value)) > longest:
            raise RefusedError(Text("reason.long_text", n=longest))
        return draft.message("command_topic", "command_template", wire_text(value))

    draft.add(
        "raw_text",
        topic=config.path("state_topic"),
        template=config.template(VALUE),
        write=write if config.path("command_topic") else None,
    )


def button(draft: EntityDraft) -> None:
    """`button`: can be pressed; has no state."""
    config = draft.config
    payload = config.payload("payload_press", "PRESS")

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message("command_topic", "command_template", payload)

    if config.path("command_topic"):
        identify = config.text("device_class") == "identify"
        options = () if identify else ("press",)
        draft.add("identify" if identify else "raw_enum", write=write, options=options)


def scene(draft: EntityDraft) -> None:
    """`scene`: can be recalled."""
    payload = draft.config.payload("payload_on", "ON")

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message("command_topic", "command_template", payload)

    if draft.config.path("command_topic"):
        draft.add("scene", write=write)


def event(draft: EntityDraft) -> None:
    """`event`: the `event_type` of each message, as in `{"event_type": "press"}`."""
    config = draft.config
    types = config.choices("event_types")

    def convert(got: Json) -> ParsedValue:
        known = variables(got.encode()).get("value_json") if isinstance(got, str) else got
        name = cast("dict[str, Json]", known).get("event_type") if isinstance(known, dict) else None
        return types.name_of(name) if isinstance(name, str) and name else UNSAID

    draft.add(
        "button",
        topic=config.path("state_topic"),
        template=config.template(VALUE),
        convert=convert,
        options=types.shown,
    )


def device_automation(draft: EntityDraft) -> None:
    """`device_automation`: one trigger of a remote control; its topic carries one payload."""
    config = draft.config
    kind = config.text("type")
    word = BUTTON_WORDS.get(kind, kind or "press")
    payload = config.payload("payload")

    def convert(got: Json) -> ParsedValue:
        return word if not payload or (got is not None and is_payload(got, payload)) else UNSAID

    draft.add(
        "button",
        topic=config.path("topic"),
        template=config.template(VALUE),
        convert=convert,
        label=config.text("subtype"),
    )


def device_tracker(draft: EntityDraft) -> None:
    """`device_tracker`: whether a person is at home."""
    config = draft.config
    read = truth(config.payload("payload_home", "home"), config.payload("payload_not_home", "not_home"))
    reset = config.payload("payload_reset")
    draft.add(
        "presence", topic=config.path("state_topic"), template=config.template(VALUE), convert=emptied(reset, read)
    )


def update(draft: EntityDraft) -> None:
    """`update`: whether a newer firmware version is available."""
    config = draft.config

    def convert(got: Json) -> ParsedValue:
        known = variables(got.encode()).get("value_json") if isinstance(got, str) else got
        if not isinstance(known, dict):
            return UNSAID
        versions = cast("dict[str, Json]", known)
        installed, latest = versions.get("installed_version"), versions.get("latest_version")
        blank = installed is None or latest is None or "" in (str(installed).strip(), str(latest).strip())
        return None if blank else str(installed) != str(latest)

    draft.add(
        "raw_bool",
        topic=config.path("state_topic"),
        template=config.template(VALUE),
        convert=convert,
        label=config.text("name") or "Update available",
    )


def unknown(draft: EntityDraft) -> None:
    """Any other component: its state as raw text."""
    if topic := draft.config.path("state_topic"):
        draft.add("raw_text", topic=topic, template=draft.config.template(VALUE))
