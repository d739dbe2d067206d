"""Colour of lights with a colour topic: as xy, as hue and saturation, or as channels that may carry the brightness."""

from __future__ import annotations

from typing import Any, cast

from devices.contract import RefusedError
from devices.protocols.mqtt.entity import (
    EntityDraft,
    Json,
    OutgoingMessage,
    ParsedValue,
    Write,
    absent,
    command_number,
    number,
    number_text,
)
from devices.protocols.mqtt.light_level import add_level
from devices.protocols.mqtt.template import UNSAID
from twin.model.colour import (
    Rgb,
    channels_from_rgb,
    hs_from_xy,
    rgb_from_channels,
    rgb_from_xy,
    xy_from_hs,
    xy_from_rgb,
)
from twin.model.observation import Value
from twin.model.text import Text

CHANNELS = {
    "rgb": ("red", "green", "blue"),
    "rgbw": ("red", "green", "blue", "white"),
    "rgbww": ("red", "green", "blue", "cold_white", "warm_white"),
}
"""Channel modes and the template variables of their channels."""


def wanted_xy(value: Value) -> tuple[float, float]:
    """The CIE xy of a colour command. Raises RefusedError for any other value."""
    if not isinstance(value, tuple):
        raise RefusedError(Text("reason.takes_colour"))
    return value


def numbers_in(got: Json, count: int) -> tuple[float, ...] | None:
    """`count` numbers from `1,2,3` or a JSON list; None where there are fewer."""
    parts = got.split(",") if isinstance(got, str) else cast("list[Any]", got) if isinstance(got, list) else []
    numbers = tuple(value for part in parts[:count] if (value := number(part)) is not None)
    return numbers if len(numbers) == count else None


def add_colour(draft: EntityDraft) -> None:
    """Adds the colour point by the first mode of xy, hs and the channels that the light declares."""
    config = draft.config
    for name in ("xy", "hs", *CHANNELS):
        command, state = config.path(f"{name}_command_topic"), config.path(f"{name}_state_topic")
        if not command and not state:
            continue
        channels = _Channels(draft, name) if name in CHANNELS else None
        template = config.template(f"{name}_value_template")
        write = _colour_write(draft, name) if channels is None else channels.write_colour
        draft.add(
            "color",
            "color",
            topic=state,
            template=template,
            convert=_COLOUR_IN[name] if channels is None else channels.read_colour,
            write=write if command else None,
        )
        if channels is not None and channels.dims:
            add_level(draft, state, template, channels.read_level, channels.write_level if command else None)
        return


class _Channels:
    """A light controlled by red, green, blue and maybe white channels, which carry the brightness where it has no
    topic.
    """

    def __init__(self, draft: EntityDraft, name: str) -> None:
        self._draft, self._name, self._count = draft, name, len(name)
        config = draft.config
        self.dims = not config.path("brightness_command_topic") and not config.path("brightness_state_topic")
        self._full: Rgb = (255.0, 255.0, 255.0)
        self._level = 100.0

    def _colour(self, got: Json) -> Rgb | None:
        parts = numbers_in(got, self._count)
        if parts is None:
            return None
        rgb = rgb_from_channels(parts)
        top = max(rgb)
        if top > 0:
            self._full = (rgb[0] * 255 / top, rgb[1] * 255 / top, rgb[2] * 255 / top)
            self._level = min(top * 100 / 255, 100.0)
        return rgb

    def read_colour(self, got: Json) -> ParsedValue:
        rgb = self._colour(got)
        if rgb is None:
            return _colourless(got)
        return xy_from_rgb(rgb) if max(rgb) > 0 else UNSAID  # black is a dark light, not a colour

    def read_level(self, got: Json) -> ParsedValue:
        rgb = self._colour(got)
        return _colourless(got) if rgb is None else min(max(rgb) * 100 / 255, 100.0)

    def write_colour(self, verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        self._full = rgb_from_xy(wanted_xy(value))
        return self._send()

    def write_level(self, verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        level = command_number(value)
        if level > 0:  # a light that is off keeps the level that its next colour has
            self._level = level
        return self._send(level)

    def _send(self, level: float | None = None) -> tuple[OutgoingMessage, ...]:
        share = (self._level if level is None else level) / 100 if self.dims else 1.0
        parts = channels_from_rgb((self._full[0] * share, self._full[1] * share, self._full[2] * share), self._count)
        known = dict(zip(CHANNELS[self._name], parts, strict=True))
        text = ",".join(map(str, parts))
        return self._draft.message(f"{self._name}_command_topic", f"{self._name}_command_template", text, **known)


def read_xy(got: Json) -> ParsedValue:
    """Converts `x,y` or a list to CIE xy; None for "no value", UNSAID for anything else."""
    pair = numbers_in(got, 2)
    if pair is None or not 0 <= min(pair) <= max(pair) <= 1:
        return _colourless(got)
    return pair[0], pair[1]


def _hs_in(got: Json) -> ParsedValue:
    pair = numbers_in(got, 2)
    return _colourless(got) if pair is None else xy_from_hs(pair[0], pair[1])


def _colourless(got: Json) -> ParsedValue:
    return None if absent(got) else UNSAID


_COLOUR_IN = {"xy": read_xy, "hs": _hs_in}


def _colour_write(draft: EntityDraft, name: str) -> Write:
    def write(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        xy = wanted_xy(value)
        numbers, names = _spelled(name, xy)
        text = ",".join(number_text(part) for part in numbers)
        known = dict(zip(names, numbers, strict=True))
        return draft.message(f"{name}_command_topic", f"{name}_command_template", text, **known)

    return write


def _spelled(name: str, xy: tuple[float, float]) -> tuple[tuple[float, ...], tuple[str, ...]]:
    return (hs_from_xy(xy), ("hue", "sat")) if name == "hs" else (xy, ("x", "y"))
