"""Commands to the components of a Shelly as RPC calls (Shelly Gen2+ API documentation)."""

from __future__ import annotations

import math
from collections.abc import Callable

from devices.wanted_value import meaningless, wanted_number, wanted_truth
from twin.model.colour import rgb_from_xy
from twin.model.observation import Value

type Call = tuple[str, dict[str, object]]
"""A method and its parameters."""

_NAMES = {"rgb": "RGB", "rgbw": "RGBW", "cct": "CCT", "rgbcct": "RGBCCT"}


def _set(type: str, id: int, **values: object) -> Call:
    return f"{_NAMES.get(type, type.title())}.Set", {"id": id, **values}


def _output(type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    return _set(type, id, on=wanted_truth(verb, value, before))


def _brightness(type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    wanted = round(wanted_number(verb, value, before))
    return _set(type, id, brightness=wanted, on=wanted > 0)


def _rgb(type: str, id: int, verb: str, value: Value, _before: Value) -> Call:
    if not isinstance(value, tuple) or not all(math.isfinite(part) for part in value):
        raise meaningless(verb, value)
    return _set(type, id, rgb=list(rgb_from_xy(value)))


def _whole(name: str) -> Callable[[str, int, str, Value, Value], Call]:
    def call(type: str, id: int, verb: str, value: Value, before: Value) -> Call:
        return _set(type, id, **{name: round(wanted_number(verb, value, before))})

    return call


def _cover(_type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    if verb in ("open", "close", "stop"):
        return f"Cover.{verb.title()}", {"id": id}
    return "Cover.GoToPosition", {"id": id, "pos": round(wanted_number(verb, value, before))}


def _slat(_type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    return "Cover.GoToPosition", {"id": id, "slat_pos": round(wanted_number(verb, value, before))}


def _target(_type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    return "Thermostat.SetConfig", {"id": id, "config": {"id": id, "target_C": wanted_number(verb, value, before)}}


def _enable(_type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    return "Thermostat.SetConfig", {"id": id, "config": {"id": id, "enable": wanted_truth(verb, value, before)}}


def _value(type: str, id: int, verb: str, value: Value, before: Value) -> Call:
    if type == "boolean":
        return _set(type, id, value=wanted_truth(verb, value, before))
    return _set(type, id, value=value if type == "enum" else wanted_number(verb, value, before))


COMMANDS: dict[str, Callable[[str, int, str, Value, Value], Call]] = {
    "output": _output,
    "brightness": _brightness,
    "rgb": _rgb,
    "ct": _whole("ct"),
    "white": _whole("white"),
    "cover": _cover,
    "slat": _slat,
    "target": _target,
    "enable": _enable,
    "value": _value,
}
