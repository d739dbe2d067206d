"""Lights in the three schemas of MQTT discovery: default (a topic per value), json, and template."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from devices.protocols.mqtt.discovery_payload import EntityConfig
from devices.protocols.mqtt.entity import (
    Convert,
    EntityDraft,
    Json,
    OutgoingMessage,
    ParsedValue,
    Write,
    amount,
    chosen,
    command_number,
    number,
    scaled,
    spelled,
    truth,
)
from devices.protocols.mqtt.light_colour import CHANNELS, add_colour, numbers_in, read_xy, wanted_xy
from devices.protocols.mqtt.light_level import LightLevel, add_level, wire_level
from devices.protocols.mqtt.template import UNSAID
from twin.model.colour import (
    channels_from_rgb,
    hs_from_xy,
    rgb_from_channels,
    rgb_from_xy,
    xy_from_hs,
    xy_from_rgb,
)
from twin.model.observation import Value

_LIT = ("brightness", "color_temp", "hs", "rgb", "rgbw", "rgbww", "xy", "white")
_COLOURED = ("hs", "rgb", "rgbw", "rgbww", "xy")


def light(draft: EntityDraft) -> None:
    """Adds the points that the light declares: on/off, level, colour temperature, colour and effect."""
    schema = draft.config.text("schema", "default").lower()
    {"json": _json, "template": _template}.get(schema, _default)(draft)


def _kelvin(config: EntityConfig) -> tuple[float, float]:
    """Lowest and highest colour temperature in K; by default 153-500 mired (2000-6536 K)."""
    low, high = config.number("min_kelvin"), config.number("max_kelvin")
    mired_low, mired_high = config.number("min_mireds", 153.0) or 153.0, config.number("max_mireds", 500.0) or 500.0
    return low or round(1e6 / mired_high, 1), high or round(1e6 / mired_low, 1)


def _warmth_in(config: EntityConfig) -> Convert:
    def convert(got: Json) -> ParsedValue:
        value = amount(got)
        if value is None or value is UNSAID:
            return value
        if value <= 0:
            return UNSAID
        return value if config.truth("color_temp_kelvin") else 1e6 / value

    return convert


def _warmth_out(config: EntityConfig, value: Value) -> int:
    kelvin = max(command_number(value), 1.0)
    return round(kelvin) if config.truth("color_temp_kelvin") else round(1e6 / kelvin)


# -- default schema --------------------------------------------------------------------------------------------------


def _default(draft: EntityDraft) -> None:
    _power(draft)
    _brightness(draft)
    _warmth(draft)
    add_colour(draft)
    _effect(draft)


def _brightness_scale(config: EntityConfig) -> float:
    return config.number("brightness_scale", 255.0) or 255.0


def _power(draft: EntityDraft) -> None:
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")

    def power(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        if verb == "on" and config.text("on_command_type") == "brightness":
            full = _brightness_scale(config)
            return draft.message("brightness_command_topic", "brightness_command_template", full)
        return draft.message("command_topic", "command_template", on if verb == "on" else off)

    draft.add(
        "on_off",
        "on_off",
        label=config.text("name"),
        topic=config.path("state_topic"),
        template=config.template("state_value_template", "value_template"),
        convert=truth(on, off),
        write=power if config.path("command_topic") else None,
    )


def _brightness(draft: EntityDraft) -> None:
    config = draft.config
    on, scale = config.payload("payload_on", "ON"), _brightness_scale(config)

    def level(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        amount = wire_level(value, scale)
        bright = draft.message("brightness_command_topic", "brightness_command_template", amount)
        lit = draft.message("command_topic", "command_template", on)
        order = config.text("on_command_type", "last")
        return bright if order == "brightness" else lit + bright if order == "first" else bright + lit

    add_level(
        draft,
        config.path("brightness_state_topic"),
        config.template("brightness_value_template"),
        scaled(100 / scale),
        level if config.path("brightness_command_topic") else None,
    )


def _warmth(draft: EntityDraft) -> None:
    config = draft.config
    low, high = _kelvin(config)

    def warmth(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message("color_temp_command_topic", "color_temp_command_template", _warmth_out(config, value))

    draft.add(
        "color_temperature",
        "color_temperature",
        topic=config.path("color_temp_state_topic"),
        template=config.template("color_temp_value_template"),
        convert=_warmth_in(config),
        minimum=low,
        maximum=high,
        write=warmth if config.path("color_temp_command_topic") else None,
    )


def _effect(draft: EntityDraft) -> None:
    config = draft.config
    effects = config.choices("effect_list")

    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        return draft.message("effect_command_topic", "effect_command_template", spelled(effects, value))

    draft.add(
        "effect",
        "effect",
        topic=config.path("effect_state_topic"),
        template=config.template("effect_value_template"),
        convert=chosen(effects),
        options=effects.shown,
        write=write if config.path("effect_command_topic") else None,
    )


# -- json schema -----------------------------------------------------------------------------------------------------


def _json(draft: EntityDraft) -> None:
    config = draft.config
    modes = config.options("supported_color_modes")
    scale = _brightness_scale(config)

    def send(**body: Json) -> tuple[OutgoingMessage, ...]:
        return draft.message("command_topic", "", json.dumps(body))

    part = partial(_json_part, draft)
    part(
        "on_off",
        "on_off",
        _field("state", truth("ON", "OFF")),
        lambda verb, value: send(state="ON" if verb == "on" else "OFF"),
        label=config.text("name"),
    )
    if config.truth("brightness") or any(mode in _LIT for mode in modes):
        part("level", "level", _json_level(scale), lambda verb, value: send(**_json_dimmed(value, scale)))
    if "color_temp" in modes or (config.truth("color_temp") and not modes):
        low, high = _kelvin(config)
        part(
            "color_temperature",
            "color_temperature",
            _field("color_temp", _warmth_in(config)),
            lambda verb, value: send(state="ON", color_temp=_warmth_out(config, value)),
            minimum=low,
            maximum=high,
        )
    if any(mode in _COLOURED for mode in modes) or any(config.truth(name) for name in ("xy", "hs", "rgb")):
        part("color", "color", _json_colour, lambda verb, value: send(state="ON", color=_json_spelled(config, value)))
    effects = config.choices("effect_list")
    if config.truth("effect") and effects.shown:
        part(
            "effect",
            "effect",
            _field("effect", chosen(effects)),
            lambda verb, value: send(state="ON", effect=spelled(effects, value)),
            options=effects.shown,
        )


def _json_level(scale: float) -> Callable[[dict[str, Any]], ParsedValue]:
    level = LightLevel()
    state, brightness = level.of_state(truth("ON", "OFF")), level.of_brightness(scaled(100 / scale))

    def read(body: dict[str, Any]) -> ParsedValue:
        lit = state(body["state"]) if "state" in body else UNSAID
        return brightness(body["brightness"]) if "brightness" in body else lit

    return read


def _json_dimmed(value: Value, scale: float) -> dict[str, Json]:
    amount = wire_level(value, scale)
    return {"state": "ON", "brightness": amount} if amount else {"state": "OFF"}


def _json_part(
    draft: EntityDraft,
    suffix: str,
    capability: str,
    read: Callable[[dict[str, Any]], ParsedValue],
    make: Write,
    **info: Any,  # noqa: ANN401 - fields of PointInfo
) -> None:
    """Adds a point that is a part of the JSON object in the state topic."""

    def convert(got: Json) -> ParsedValue:
        return read(cast("dict[str, Any]", got)) if isinstance(got, dict) else UNSAID

    topic, write = draft.config.path("state_topic"), make if draft.config.path("command_topic") else None
    draft.add(capability, suffix, topic=topic, template="{{ value_json }}", convert=convert, write=write, **info)


def _field(name: str, convert: Convert) -> Callable[[dict[str, Any]], ParsedValue]:
    return lambda body: convert(body[name]) if name in body else UNSAID


def _json_colour(body: dict[str, Any]) -> ParsedValue:
    """The colour by the declared `color_mode`; without one, xy first, then channels, then hs."""
    colour, mode = body.get("color", UNSAID), body.get("color_mode")
    if mode in ("color_temp", "white", "brightness", "onoff") or not isinstance(colour, dict):
        return None if colour is None else UNSAID
    parts = {name: number(value) for name, value in cast("dict[str, Any]", colour).items() if len(name) <= 2}
    x, y = parts.get("x"), parts.get("y")
    if x is not None and y is not None and mode not in ("hs", *CHANNELS):
        return read_xy([x, y])
    hue, saturation = parts.get("h"), parts.get("s")
    if hue is not None and saturation is not None and mode not in CHANNELS:
        return xy_from_hs(hue, saturation)
    channels = [parts.get(name) for name in ("r", "g", "b")]
    channels += [part for name in ("w", "c") if (part := parts.get(name)) is not None]
    if None not in channels and max(known := tuple(cast("list[float]", channels))) > 0:
        return xy_from_rgb(rgb_from_channels(known))
    return read_xy([x, y])


def _json_spelled(config: EntityConfig, value: Value) -> dict[str, float]:
    xy, modes = wanted_xy(value), config.options("supported_color_modes")
    if "xy" in modes or config.truth("xy"):
        return {"x": round(xy[0], 4), "y": round(xy[1], 4)}
    if "hs" in modes or config.truth("hs"):
        hue, saturation = hs_from_xy(xy)
        return {"h": hue, "s": saturation}
    mode = next((mode for mode in ("rgb", "rgbww", "rgbw") if mode in modes), "rgb")
    parts = channels_from_rgb(rgb_from_xy(xy), len(mode))
    return dict(zip({"rgb": "rgb", "rgbw": "rgbw", "rgbww": "rgbcw"}[mode], parts, strict=True))


# -- template schema -------------------------------------------------------------------------------------------------


def _template(draft: EntityDraft) -> None:
    config = draft.config
    topic = config.path("state_topic")

    def turn_on(**known: Json) -> tuple[OutgoingMessage, ...]:
        return draft.message("command_topic", "command_on_template", "on", state="on", **known)

    def power(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        if verb == "on":
            return turn_on()
        return draft.message("command_topic", "command_off_template", "off", state="off")

    commands = bool(config.path("command_topic"))
    state = config.template("state_template")
    level = LightLevel()
    draft.add(
        "on_off",
        "on_off",
        label=config.text("name"),
        topic=topic if state else "",
        template=state,
        convert=truth("on", "off"),
        write=power if commands else None,
    )
    on_template = config.template("command_on_template")
    if state and config.template("brightness_template"):
        draft.read(draft.key("level"), topic, state, level.of_state(truth("on", "off")))
    _template_white(draft, topic, turn_on, level, lambda: power("off", None))
    _template_colour(draft, topic, turn_on if commands and "red" in on_template else None)
    if effect := config.template("effect_template"):
        effects = config.choices("effect_list")
        draft.add(
            "effect",
            "effect",
            topic=topic,
            template=effect,
            convert=chosen(effects),
            options=effects.shown,
            write=(lambda verb, value: turn_on(effect=spelled(effects, value))) if "effect" in on_template else None,
        )


def _template_white(
    draft: EntityDraft,
    topic: str,
    turn_on: Callable[..., tuple[OutgoingMessage, ...]],
    level: LightLevel,
    turn_off: Callable[[], tuple[OutgoingMessage, ...]],
) -> None:
    """Adds brightness and colour temperature."""
    config = draft.config

    def dim(_verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        amount = wire_level(value, 255.0)
        return turn_on(brightness=amount) if amount else turn_off()

    on_template = config.template("command_on_template")
    if bright := config.template("brightness_template"):
        draft.add(
            "level",
            "level",
            topic=topic,
            template=bright,
            convert=level.of_brightness(scaled(100 / 255)),
            write=dim if "brightness" in on_template else None,
        )
    if warmth := config.template("color_temp_template"):
        low, high = _kelvin(config)
        draft.add(
            "color_temperature",
            "color_temperature",
            topic=topic,
            template=warmth,
            convert=_warmth_in(config),
            minimum=low,
            maximum=high,
            write=(lambda verb, value: turn_on(color_temp=_warmth_out(config, value)))
            if "color_temp" in on_template
            else None,
        )


def _template_colour(
    draft: EntityDraft, topic: str, turn_on: Callable[..., tuple[OutgoingMessage, ...]] | None
) -> None:
    """Adds the colour from three templates: red, green and blue."""
    templates = [draft.config.template(f"{name}_template") for name in CHANNELS["rgb"]]

    def read(got: Json) -> ParsedValue:
        parts = numbers_in(got, 3)
        return UNSAID if parts is None or max(parts) <= 0 else xy_from_rgb((parts[0], parts[1], parts[2]))

    draft.add(
        "color",
        "color",
        topic=topic if all(templates) else "",
        template=",".join(templates),
        convert=read,
        write=(lambda verb, value: turn_on(**_rgb_words(value))) if turn_on is not None else None,
    )


def _rgb_words(value: Value) -> dict[str, int]:
    return dict(zip(("red", "green", "blue"), rgb_from_xy(wanted_xy(value)), strict=True))
