"""Values of characteristics as Oikos' values, and back. A codec returns None ("no value") for a value that it cannot convert."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from devices.contract import RefusedError
from twin.model.observation import Value
from twin.model.text import Text

type HapValue = bool | int | float | str

_DOOR_OPEN, _DOOR_CLOSED = 0, 1
_LOCK = ("unlocked", "locked", "jammed", "unknown")


@dataclass(frozen=True, slots=True)
class Codec:
    """Both directions; `options` are the words of an enumeration."""

    read: Callable[[object, tuple[str, ...]], Value]
    write: Callable[[Value, tuple[str, ...]], HapValue]


def _number(raw: object, options: tuple[str, ...]) -> Value:
    del options
    return float(raw) if isinstance(raw, int | float) else None


def _number_out(value: Value, options: tuple[str, ...]) -> HapValue:
    del options
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    raise RefusedError(Text("reason.meaningless", verb="set", value=str(value)))


def _bool(raw: object, options: tuple[str, ...]) -> Value:
    del options
    return bool(raw) if isinstance(raw, bool | int | float) else None


def _bool_out(value: Value, options: tuple[str, ...]) -> HapValue:
    del options
    return bool(value)


def _active_out(value: Value, options: tuple[str, ...]) -> HapValue:
    del options
    return int(bool(value))


def _word(raw: object, options: tuple[str, ...]) -> Value:
    return options[int(raw)] if isinstance(raw, int | float) and 0 <= raw < len(options) else None


def _word_out(value: Value, options: tuple[str, ...]) -> HapValue:
    if value in options:
        return options.index(str(value))
    raise RefusedError(Text("reason.meaningless", verb="set", value=str(value)))


def _mired(raw: object, options: tuple[str, ...]) -> Value:
    del options
    return 1e6 / raw if isinstance(raw, int | float) and raw > 0 else None


def _mired_out(value: Value, options: tuple[str, ...]) -> HapValue:
    return round(1e6 / max(float(_number_out(value, options)), 1.0))


def _angle(raw: object, options: tuple[str, ...]) -> Value:
    del options
    return (raw + 90.0) / 1.8 if isinstance(raw, int | float) else None


def _angle_out(value: Value, options: tuple[str, ...]) -> HapValue:
    return round(float(_number_out(value, options)) * 1.8 - 90.0)


def _door(raw: object, options: tuple[str, ...]) -> Value:
    """A door that moves, or stopped on its way, is somewhere in between, at an unknown position."""
    del options
    return {_DOOR_OPEN: 100.0, _DOOR_CLOSED: 0.0}.get(int(raw)) if isinstance(raw, int | float) else None


def _door_out(value: Value, options: tuple[str, ...]) -> HapValue:
    del options
    if value in (0, 100):
        return _DOOR_OPEN if value else _DOOR_CLOSED
    raise RefusedError(Text("homekit.door"))


def _lock(raw: object, options: tuple[str, ...]) -> Value:
    del options
    return _word(raw, _LOCK)


def _lock_out(value: Value, options: tuple[str, ...]) -> HapValue:
    del options
    return int(value == "locked")


def _text(raw: object, options: tuple[str, ...]) -> Value:
    del options
    return raw if isinstance(raw, str) else None


CODECS: dict[str, Codec] = {
    "number": Codec(_number, _number_out),
    "bool": Codec(_bool, _bool_out),
    "active": Codec(_bool, _active_out),
    "enum": Codec(_word, _word_out),
    "mired": Codec(_mired, _mired_out),
    "angle": Codec(_angle, _angle_out),
    "door": Codec(_door, _door_out),
    "lock": Codec(_lock, _lock_out),
    "text": Codec(_text, lambda value, _options: str(value)),
}
