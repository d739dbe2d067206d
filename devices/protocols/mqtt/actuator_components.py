"""MQTT discovery components with several values: cover, valve, climate, humidifier, fan, lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from devices.choice_names import ChoiceNames
from devices.contract import RefusedError
from devices.protocols.mqtt.device_classes import ACTIONS, MODES
from devices.protocols.mqtt.discovery_payload import EntityConfig
from devices.protocols.mqtt.entity import (
    Convert,
    EntityDraft,
    Json,
    OutgoingMessage,
    ParsedValue,
    absent,
    amount,
    chosen,
    command_number,
    emptied,
    integer_if_whole,
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


def _percent(low: float, high: float) -> Convert:
    """Returns a function that converts the device's range `low` (closed) to `high` (open) to 0-100 %, limited."""
    span = high - low or 100.0

    def convert(got: Json) -> ParsedValue:
        value = amount(got)
        return value if value is None or value is UNSAID else min(max((value - low) * 100 / span, 0.0), 100.0)

    return convert


def _own(value: Value, low: float, high: float) -> int:
    return round(low + command_number(value) * (high - low) / 100)


def _stated(config: EntityConfig, table: Mapping[str, float | str], moving: Iterable[str]) -> Convert:
    """Converts one of the device's state words by `table`; words for moving and for "unknown" give no value."""
    payloads = tuple(config.payload(f"state_{name}", name) for name in moving)

    def convert(got: Json) -> ParsedValue:
        if got is None:
            return None
        known = next((value for payload, value in table.items() if is_payload(got, payload)), None)
        if known is not None:
            return known
        return None if absent(got) or any(is_payload(got, payload) for payload in payloads) else UNSAID

    return convert


def _ends(config: EntityConfig) -> Convert:
    """Converts the open and closed words to 100 and 0 %, for a cover without position."""
    table = {config.payload("state_open", "open"): 100.0, config.payload("state_closed", "closed"): 0.0}
    return _stated(config, table, ("opening", "closing", "stopped"))


def cover(draft: EntityDraft) -> None:
    """Adds the points of a `cover`: position in % open, and tilt where it has one. Writing raises RefusedError for a
    missing payload.
    """
    config = draft.config
    low, high = config.number("position_closed", 0.0) or 0.0, config.number("position_open", 100.0) or 0.0
    payloads = {
        verb: config.payload(f"payload_{verb}", verb.upper()) for verb in ("open", "close", "stop")
    }  # null takes the button away

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        settable = bool(config.path("set_position_topic"))
        if verb == "set" and settable:
            known = _ranges(config) | {"position": round(command_number(value))}
            return draft.message("set_position_topic", "set_position_template", _own(value, low, high), **known)
        if verb == "set":
            verb = {0.0: "close", 100.0: "open"}.get(command_number(value), "")
        if not payloads.get(verb) or not config.path("command_topic"):
            raise RefusedError(Text("reason.cover_cannot", verb=verb) if verb else Text("reason.cover_ends"))
        return draft.message("command_topic", "command_template", payloads[verb])

    position = config.path("position_topic")
    draft.add(
        "position",
        "position",
        label=config.text("name"),
        topic=position or config.path("state_topic"),
        template=config.template("position_template") if position else config.template("value_template"),
        convert=_field("position", _percent(low, high)) if position else _ends(config),
        write=write if config.path("command_topic") or config.path("set_position_topic") else None,
    )
    _tilt(draft, position)


def _ranges(config: EntityConfig) -> dict[str, Json]:
    """Variables of a cover's templates: the ends of its position and tilt ranges."""
    ends = (("position_open", 100.0), ("position_closed", 0.0), ("tilt_min", 0.0), ("tilt_max", 100.0))
    return {name: integer_if_whole(config.number(name, usual) or 0.0) for name, usual in ends}


def _tilt(draft: EntityDraft, position: str) -> None:
    """Adds the tilt: from its own topic, and from the position topic where that also carries `tilt_position`."""
    config = draft.config
    low, high = config.number("tilt_min", 0.0) or 0.0, config.number("tilt_max", 100.0) or 0.0
    status, commands, read = config.path("tilt_status_topic"), config.path("tilt_command_topic"), _percent(low, high)

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        known = _ranges(config) | {"tilt_position": round(command_number(value))}
        return draft.message("tilt_command_topic", "tilt_command_template", _own(value, low, high), **known)

    if not status and not commands:
        return
    beside = _field("tilt_position", lambda got: UNSAID, read)
    draft.add(
        "tilt",
        "tilt",
        topic=status or position,
        template=config.template("tilt_status_template") if status else config.template("position_template"),
        convert=read if status else beside,
        write=write if commands else None,
    )
    if status and position:
        draft.read(draft.key("tilt"), position, config.template("position_template"), beside)


def valve(draft: EntityDraft) -> None:
    """Adds the point of a `valve`: % open, or 100 and 0 where it has no position. `stop` without a payload raises
    RefusedError.
    """
    config = draft.config
    positioned = config.truth("reports_position")
    low, high = config.number("position_closed", 0.0) or 0.0, config.number("position_open", 100.0) or 0.0

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        if verb == "stop":
            payload = config.payload("payload_stop")
            if not payload:
                raise RefusedError(Text("reason.valve_cannot", verb="stop"))
            return draft.message("command_topic", "command_template", payload)
        if positioned:
            own = _own({"open": 100.0, "close": 0.0}.get(verb, value), low, high)
            return draft.message("command_topic", "command_template", own)
        if verb == "set":
            verb = {0.0: "close", 100.0: "open"}.get(command_number(value), "")
        payload = config.payload(f"payload_{verb}", verb.upper())
        if not verb or not payload:
            raise RefusedError(Text("reason.valve_cannot", verb=verb) if verb else Text("reason.valve_ends"))
        return draft.message("command_topic", "command_template", payload)

    draft.add(
        "valve",
        topic=config.path("state_topic"),
        template=config.template("value_template"),
        convert=_field("position", _place(config, low, high), _percent(low, high))
        if positioned
        else _field("state", _ends(config)),
        write=write if config.path("command_topic") else None,
    )


def _place(config: EntityConfig, low: float, high: float) -> Convert:
    """Converts a position number to %, and the word for closed to 0; other words give no position."""
    number, closed = _percent(low, high), config.payload("state_closed", "closed")
    return lambda got: 0.0 if isinstance(got, str) and is_payload(got, closed) else number(got)


def _field(name: str, convert: Convert, inside: Convert | None = None) -> Convert:
    """Converts field `name` by `inside` where the payload is a JSON object, else the whole payload by `convert`."""

    def read(got: Json) -> ParsedValue:
        known = variables(got.encode()).get("value_json") if isinstance(got, str) else got
        if not isinstance(known, dict):
            return convert(got)
        fields = cast("dict[str, Json]", known)
        return (inside or convert)(fields[name]) if name in fields else UNSAID

    return read


def climate(draft: EntityDraft) -> None:
    """Adds the points of `climate`: temperature and humidity, set points, modes, action and power."""
    config = draft.config
    unit = "°F" if config.text("temperature_unit").upper() == "F" else "°C"
    modes = config.options("modes")
    measured = (("temperature", "current_temperature", unit), ("humidity", "current_humidity", ""))
    for capability, name, own in measured:
        topic = config.path(f"{name}_topic")
        draft.add(capability, name, topic=topic, template=config.template(f"{name}_template"), unit=own)
    heats, cools = "cool" not in modes or {"heat", "auto", "heat_cool"} & set(modes), "cool" in modes
    both = "Target temperature" if heats and cools else ""
    _setpoint(draft, "setpoint_heat" if heats else "setpoint_cool", "temperature", unit, label=both)
    _setpoint(draft, "setpoint_heat", "temperature_low", unit)
    _setpoint(draft, "setpoint_cool", "temperature_high", unit)
    _setpoint(draft, "setpoint_humidity", "target_humidity", "")
    _choice(draft, "hvac_mode", "mode", config.choices("modes") if modes else ChoiceNames(sorted(MODES)))
    usual = ChoiceNames(("auto", "low", "medium", "high"))
    _choice(draft, "fan_mode", "fan_mode", config.choices("fan_modes") if config.options("fan_modes") else usual)
    cleared = ("none",) if config.options("preset_modes") and config.path("preset_mode_command_topic") else ()
    _choice(draft, "raw_enum", "preset_mode", config.choices("preset_modes", *cleared), value=True)
    _choice(draft, "raw_enum", "swing_mode", config.choices("swing_modes"))
    _choice(draft, "raw_enum", "swing_horizontal_mode", config.choices("swing_horizontal_modes"))
    draft.add(
        "hvac_action",
        "action",
        topic=config.path("action_topic"),
        template=config.template("action_template"),
        convert=lambda got: None if absent(got) else ACTIONS.get(wire_text(got).lower(), UNSAID),
    )
    _power(draft)


def _power(draft: EntityDraft) -> None:
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")
    draft.add(
        "on_off",
        "power",
        topic=config.path("power_state_topic"),
        template=config.template("power_state_template"),
        convert=truth(on, off),
        write=(
            lambda verb, value: draft.message(
                "power_command_topic", "power_command_template", on if verb == "on" else off
            )
        )
        if config.path("power_command_topic")
        else None,
    )


def _setpoint(draft: EntityDraft, capability: str, name: str, unit: str, *, label: str = "") -> None:
    config = draft.config
    humid = capability == "setpoint_humidity"
    low = config.number("min_humidity" if humid else "min_temp", 30.0 if humid else 7.0 if unit == "°C" else 45.0)
    high = config.number("max_humidity" if humid else "max_temp", 99.0 if humid else 35.0 if unit == "°C" else 95.0)
    topic, step = config.path(f"{name}_state_topic"), config.number("temp_step")
    fahrenheit = unit == "°F"

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        amount = round(command_number(value) * 1.8 + 32, 1) if fahrenheit else command_number(value)
        return draft.message(f"{name}_command_topic", f"{name}_command_template", amount)

    def canonical(value: float | None) -> float | None:
        return (value - 32) / 1.8 if fahrenheit and value is not None else value

    draft.add(
        capability,
        name,
        label=label,
        topic=topic,
        template=config.template(f"{name}_state_template"),
        convert=emptied(config.payload("payload_reset_humidity") if humid else "", measured),
        unit=unit,
        minimum=canonical(low),
        maximum=canonical(high),
        step=None if humid or step is None else step / 1.8 if fahrenheit else step,
        write=write if config.path(f"{name}_command_topic") else None,
    )


def _choice(draft: EntityDraft, capability: str, name: str, choices: ChoiceNames, *, value: bool = False) -> None:
    """Adds a point with one of several words; `value` selects the key `…_value_template` instead of
    `…_state_template`.
    """
    config = draft.config

    def write(verb: str, wish: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message(f"{name}_command_topic", f"{name}_command_template", spelled(choices, wish))

    draft.add(
        capability,
        name,
        label="" if capability != "raw_enum" else name.replace("_", " ").capitalize(),
        topic=config.path(f"{name}_state_topic"),
        template=config.template(f"{name}_value_template" if value else f"{name}_state_template"),
        convert=emptied(config.payload(f"payload_reset_{name}"), chosen(choices)),
        options=choices.shown,
        write=write if config.path(f"{name}_command_topic") else None,
    )


def _onoff(draft: EntityDraft, template: str) -> None:
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")
    draft.add(
        "on_off",
        "on_off",
        label=config.text("name"),
        topic=config.path("state_topic"),
        template=config.template(template),
        convert=truth(on, off),
        write=(lambda verb, value: draft.message("command_topic", "command_template", on if verb == "on" else off))
        if config.path("command_topic")
        else None,
    )


def fan(draft: EntityDraft) -> None:
    """Adds the points of a `fan`: on/off, speed in %, preset, oscillation and direction."""
    config = draft.config
    low, high = config.number("speed_range_min", 1.0) or 1.0, config.number("speed_range_max", 100.0) or 100.0
    _onoff(draft, "state_value_template")

    def speed(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        own = round(command_number(value) * (high - low + 1) / 100) + low - 1
        return draft.message("percentage_command_topic", "percentage_command_template", int(own))

    draft.add(
        "fan_speed",
        "speed",
        topic=config.path("percentage_state_topic"),
        template=config.template("percentage_value_template"),
        convert=emptied(config.payload("payload_reset_percentage"), _percent(low - 1, high)),
        step=round(100 / (high - low + 1), 2),
        write=speed if config.path("percentage_command_topic") else None,
    )
    _choice(draft, "raw_enum", "direction", ChoiceNames(("forward", "reverse")), value=True)
    _choice(draft, "fan_mode", "preset_mode", config.choices("preset_modes"), value=True)
    _oscillation(draft)


def _oscillation(draft: EntityDraft) -> None:
    config = draft.config
    on, off = (
        config.payload("payload_oscillation_on", "oscillate_on"),
        config.payload("payload_oscillation_off", "oscillate_off"),
    )
    draft.add(
        "raw_bool",
        "oscillation",
        label="Oscillation",
        topic=config.path("oscillation_state_topic"),
        template=config.template("oscillation_value_template"),
        convert=truth(on, off),
        write=(
            lambda verb, value: draft.message(
                "oscillation_command_topic", "oscillation_command_template", on if value else off
            )
        )
        if config.path("oscillation_command_topic")
        else None,
    )


def humidifier(draft: EntityDraft) -> None:
    """Adds the points of a `humidifier`: on/off, measured and target humidity in %, mode."""
    config = draft.config
    _onoff(draft, "state_value_template")
    topic = config.path("current_humidity_topic")
    draft.add("humidity", "humidity", topic=topic, template=config.template("current_humidity_template"))
    _setpoint(draft, "setpoint_humidity", "target_humidity", "")
    _choice(draft, "raw_enum", "mode", config.choices("modes"))


def lock(draft: EntityDraft) -> None:
    """Adds the point of a `lock`: locked, unlocked or jammed; no value while the bolt moves."""
    config = draft.config
    states = {config.payload(f"state_{name}", name.upper()): name for name in ("locked", "unlocked", "jammed")}
    read = _stated(config, states, ())

    def convert(got: Json) -> ParsedValue:
        # Whatever else it says (LOCKING, UNLOCKING, OPENING, a word of its own), it is not known to be locked any more.
        return None if isinstance(got, str) and got.strip() and read(got) is UNSAID else read(got)

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        name = {"lock": "payload_lock", "unlock": "payload_unlock", "unlatch": "payload_open"}[verb]
        payload = config.payload(name, {"lock": "LOCK", "unlock": "UNLOCK"}.get(verb, ""))
        if not payload:
            raise RefusedError(Text("reason.no_latch"))
        return draft.message("command_topic", "command_template", payload)

    draft.add(
        "lock",
        topic=config.path("state_topic"),
        template=config.template("value_template"),
        convert=convert,
        write=write if config.path("command_topic") else None,
    )
