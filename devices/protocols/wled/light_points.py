"""The points of a WLED controller: its whole light, its segments, presets and health (WLED JSON API, WLED 0.14 to 16)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from devices.choice_names import unique_names
from devices.json_document import Document, number, part_of, value_at
from devices.wanted_value import meaningless, wanted_number, wanted_truth
from twin.model.colour import channels_from_rgb, rgb_from_channels, rgb_from_xy, xy_from_rgb
from twin.model.device import PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value

MAX_SEGMENTS = 32
_PRESET = re.compile(r"[0-9]{1,6}")
"""The number of a preset."""
RESERVED = "RSVD"
"""Name of a place in the list of effects without an effect."""
_COLOUR, _WHITE_BALANCE = 1, 4
"""Bits of a segment's capabilities (`lc`, `seglc`): colours; white balance."""
_WARMEST_K, _STEP_K = 1900.0, 32.0
"""White balance 0 and the size of its steps, as WLED converts kelvin (`cct` = (K - 1900) >> 5)."""

type ReadValue = Callable[[Document, Document], Value]
"""A value in state and information."""
type StateChange = Callable[[str, Value, Value], Document]
"""The change of state for a verb, a value and the value before. Raises RefusedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LightPoint:
    """One point and how it is read and commanded."""

    info: PointInfo
    read: ReadValue
    write: StateChange | None = field(default=None)


def segments_of(state: Document) -> tuple[Document, ...]:
    """The segments in use."""
    listed = state.get("seg")
    found = cast("list[object]", listed) if isinstance(listed, list) else []
    used = [cast(Document, one) for one in found if isinstance(one, Mapping)]
    return tuple(one for one in used if isinstance(one.get("id"), int) and one.get("stop") != 0)[:MAX_SEGMENTS]


def points_of(
    state: Document, info: Document, effects: tuple[str, ...], palettes: tuple[str, ...], presets: Document
) -> tuple[LightPoint, ...]:
    """Every point of a controller."""
    segments = segments_of(state)
    found = [
        LightPoint(
            info=PointInfo(key="on", capability="on_off", writable=True),
            read=lambda state, _: _truth(state.get("on")),
            write=lambda verb, value, before: {"on": wanted_truth(verb, value, before)},
        ),
        LightPoint(
            info=PointInfo(key="bri", capability="level", writable=True),
            read=lambda state, _: _brightness(state),
            write=lambda verb, value, before: brightness(wanted_number(verb, value, before)),
        ),
    ]
    for at, segment in enumerate(segments):
        found += _segment_points(segment, _abilities(info, at), effects, palettes, alone=len(segments) == 1)
    if names := preset_names(presets):
        found.append(_preset_point(names))
    return (*found, *_health(info))


def _segment_points(
    segment: Document, abilities: int, effects: tuple[str, ...], palettes: tuple[str, ...], *, alone: bool
) -> list[LightPoint]:
    id = cast(int, segment["id"])
    name = clean_name(segment.get("n") or "") or f"segment {id + 1}"
    key = "seg" if alone else f"seg.{id}"

    def label(title: str) -> str:
        return "" if alone else f"{name} {title}".strip()

    found: list[LightPoint] = []
    if not alone:
        found += [
            LightPoint(
                info=PointInfo(key=f"{key}.on", capability="on_off", label=name, writable=True),
                read=_of_segment(id, lambda one: _truth(one.get("on"))),
                write=lambda verb, value, before: _segment(id, on=wanted_truth(verb, value, before)),
            ),
            LightPoint(
                info=PointInfo(key=f"{key}.bri", capability="level", label=label("brightness"), writable=True),
                read=_of_segment(id, _brightness),
                write=lambda verb, value, before: _segment(id, **brightness(wanted_number(verb, value, before))),
            ),
        ]
    if abilities & _COLOUR:
        found.append(_colour_point(id, key, label("colour"), channels=len(_channels(segment)) or 3))
    if abilities & _WHITE_BALANCE:
        found.append(_white_balance_point(id, key, label("white balance")))
    for word, capability, title, names in (
        ("fx", "effect", "effect", effects),
        ("pal", "raw_enum", "palette", palettes),
    ):
        if names:
            shown = label(title) if capability == "effect" or not alone else "Palette"
            found.append(_choice_point(id, key, word, capability, shown, names))
    return found


def _colour_point(id: int, key: str, label: str, channels: int) -> LightPoint:
    def write(verb: str, value: Value, _before: Value) -> Document:
        if verb != "set" or not isinstance(value, tuple) or not all(math.isfinite(part) for part in value):
            raise meaningless(verb, value)
        return _segment(id, col=[list(channels_from_rgb(rgb_from_xy(value), max(3, min(channels, 4))))])

    def read(segment: Document) -> Value:
        lit = _channels(segment)
        return xy_from_rgb(rgb_from_channels(lit)) if len(lit) in (3, 4) else None

    info = PointInfo(key=f"{key}.col", capability="color", label=label, writable=True)
    return LightPoint(info=info, read=_of_segment(id, read), write=write)


def _white_balance_point(id: int, key: str, label: str) -> LightPoint:
    def write(verb: str, value: Value, before: Value) -> Document:
        steps = round((wanted_number(verb, value, before) - _WARMEST_K) / _STEP_K)
        return _segment(id, cct=min(255, max(0, steps)))

    def read(segment: Document) -> Value:
        steps = segment.get("cct")
        return _WARMEST_K + _STEP_K * steps if isinstance(steps, int) and 0 <= steps <= 255 else None

    info = PointInfo(
        key=f"{key}.cct", capability="color_temperature", label=label, writable=True, minimum=_WARMEST_K, step=_STEP_K
    )
    return LightPoint(info=info, read=_of_segment(id, read), write=write)


def _choice_point(id: int, key: str, word: str, capability: str, label: str, names: tuple[str, ...]) -> LightPoint:
    used = [at for at, name in enumerate(names) if clean_name(name) not in ("", RESERVED, "-")]
    numbers = dict(zip(unique_names(names[at] for at in used), used, strict=True))
    names_of = {number: name for name, number in numbers.items()}

    def read(segment: Document) -> Value:
        number = segment.get(word)
        return names_of.get(number) if isinstance(number, int) else None

    def write(verb: str, value: Value, _before: Value) -> Document:
        if verb != "set" or not isinstance(value, str) or value not in numbers:
            raise meaningless(verb, value)
        return _segment(id, **{word: numbers[value]})

    info = PointInfo(key=f"{key}.{word}", capability=capability, label=label, options=tuple(numbers), writable=True)
    return LightPoint(info=info, read=_of_segment(id, read), write=write)


def preset_names(presets: Document) -> dict[str, int]:
    """Numbers of the stored presets and playlists by name; those of one name are numbered."""
    stored = {
        int(key): cast(Document, preset)
        for key, preset in presets.items()
        if _PRESET.fullmatch(key) and isinstance(preset, Mapping) and preset
    }
    names = unique_names(str(preset.get("n") or f"Preset {number}") for number, preset in stored.items())
    return dict(zip(names, stored, strict=True))


def _preset_point(names: dict[str, int]) -> LightPoint:
    names_of = {number: name for name, number in names.items()}

    def read(state: Document, _info: Document) -> Value:
        playlist, preset = state.get("pl"), state.get("ps")
        number = playlist if isinstance(playlist, int) and playlist > 0 else preset
        return names_of.get(number) if isinstance(number, int) else None

    def write(verb: str, value: Value, _before: Value) -> Document:
        if not isinstance(value, str) or value not in names:
            raise meaningless(verb, value)
        return {"ps": names[value]}

    info = PointInfo(key="preset", capability="scene", label="Preset", options=tuple(names), writable=True)
    return LightPoint(info=info, read=read, write=write)


def _health(info: Document) -> list[LightPoint]:
    found: list[LightPoint] = []
    if isinstance(value_at(info, "wifi.rssi"), int):
        point = PointInfo(key="wifi.rssi", capability="signal", unit="dBm")
        found.append(LightPoint(info=point, read=lambda _, info: number(value_at(info, "wifi.rssi"))))
    if isinstance(value_at(info, "leds.pwr"), int) and value_at(info, "leds.maxpwr"):
        point = PointInfo(key="leds.pwr", capability="current", unit="mA")
        found.append(LightPoint(info=point, read=lambda _, info: number(value_at(info, "leds.pwr"))))
    if "live" in info:
        point = PointInfo(key="live", capability="raw_bool", label="Live stream")
        found.append(LightPoint(info=point, read=lambda _, info: _truth(info.get("live"))))
    return found


def _abilities(info: Document, at: int) -> int:
    """The capabilities of a segment, else those of the whole light, else colours."""
    listed = part_of(info, "leds").get("seglc")
    each = cast("list[object]", listed) if isinstance(listed, list) else []
    found = each[at] if at < len(each) else part_of(info, "leds").get("lc")
    return found if isinstance(found, int) and not isinstance(found, bool) else _COLOUR


def _channels(segment: Document) -> tuple[float, ...]:
    """The first colour of a segment, 0 to 255 per channel; empty where there is none."""
    listed = segment.get("col")
    colours = cast("list[object]", listed) if isinstance(listed, list) else []
    first = cast("list[object]", colours[0]) if colours and isinstance(colours[0], list) else []
    return tuple(float(part) for part in first if isinstance(part, int | float) and 0 <= part <= 255)


def _of_segment(id: int, read: Callable[[Document], Value]) -> ReadValue:
    def of_segment(state: Document, _info: Document) -> Value:
        return next((read(one) for one in segments_of(state) if one.get("id") == id), None)

    return of_segment


def _segment(id: int, **changes: object) -> Document:
    return {"seg": [{"id": id, **changes}]}


def brightness(percent: float) -> dict[str, object]:
    """The change that makes a light so bright; 0 turns it off, as WLED has no brightness 0."""
    return {"on": True, "bri": max(1, round(percent * 2.55))} if percent > 0 else {"on": False}


def _truth(raw: object) -> Value:
    return raw if isinstance(raw, bool) else None


def _brightness(light: Document) -> Value:
    """Percent of a light or segment; 0 while it is off, for which WLED keeps the brightness that it is to return to."""
    found = number(light.get("bri"))
    if found is None or found < 0:
        return None
    return 0.0 if light.get("on") is False else min(100.0, found / 2.55)
