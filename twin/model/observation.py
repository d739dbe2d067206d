"""Reports, observations and the encoding of values: every value in state and history is one float64."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.text import Text

type Value = bool | float | str | tuple[float, float] | None
"""A decoded value: bool, number, string (enum option, event or text), CIE xy, or None."""


class Quality(IntEnum):
    """Quality of a value; 8 and above mean that there is no value."""

    GOOD = 0
    UNCERTAIN = 1
    STALE = 4
    OFFLINE = 8
    BAD = 9


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a device, in its own unit and spelling. `time_ms` (UTC ms) None means the time of receipt."""

    uid: str
    key: str
    value: Value
    time_ms: int | None = None
    echo: bool = False
    """True where a library only repeats our own command: it never confirms one."""
    retained: bool = False
    """True where the peer repeats a stored value (MQTT 3.1.1 section 3.3.1.3): valid at `time_ms` or at an unknown
    time; the device itself did not report now.
    """


@dataclass(frozen=True, slots=True)
class Availability:
    """A device (or, with an empty uid, the whole link) went online or offline; with a key, only that point of it."""

    uid: str
    online: bool
    reason: Text | None = None
    key: str = ""
    assumed: bool = False
    """True where presence is unknown: no source for it and no report so far."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one point at one time, canonical unit, UTC milliseconds."""

    point: PointId
    time_ms: int
    value: float
    quality: Quality = Quality.GOOD
    echo: bool = False
    dated: bool = False
    """Whether the device itself gave `time_ms`; False where it is the time of receipt."""


class StringTable:
    """String table: maps free text to small integers and back, append-only."""

    __slots__ = ("_code", "_text")

    def __init__(self, texts: tuple[str, ...] = ()) -> None:
        self._text = list(texts)
        self._code = {text: code for code, text in enumerate(texts)}

    def code(self, text: str) -> int:
        """The code of a text; a new text gets the next code."""
        code = self._code.get(text)
        if code is None:
            code = self._code[text] = len(self._text)
            self._text.append(text)
        return code

    def text(self, code: int) -> str:
        """The text of a code; empty for an unknown code."""
        return self._text[code] if 0 <= code < len(self._text) else ""

    def __len__(self) -> int:
        return len(self._text)

    def __bool__(self) -> bool:
        return True  # an empty dictionary is one, too: `words or Words()` must not lose it

    def __contains__(self, text: object) -> bool:
        return text in self._code

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts in code order."""
        return tuple(self._text)

    def since(self, code: int) -> list[str]:
        """The texts from this code on, in code order."""
        return self._text[code:]


def pack_xy(x: float, y: float) -> float:
    """CIE 1931 xy packed into one exact float: 16 bits each, as Matter's ColorControl reports them."""
    return float((round(min(max(x, 0.0), 1.0) * 65535) << 16) | round(min(max(y, 0.0), 1.0) * 65535))


def unpack_xy(value: float) -> tuple[float, float]:
    """(x, y) of a packed colour; inverse of `pack_xy`."""
    bits = int(value)
    return (bits >> 16) / 65535, (bits & 0xFFFF) / 65535


def encode(point: Point, value: Value, strings: StringTable) -> float | None:
    """The value as the float that state and history store; None where it does not fit the point's type. Unknown texts
    are added to `strings`.
    """
    match point.capability.type:
        case ValueType.NUMBER:
            ok = isinstance(value, int | float) and math.isfinite(value)
            return float(value) if ok else None  # pyright: ignore[reportArgumentType]
        case ValueType.BOOL:
            return _encode_bool(point, value)
        case ValueType.ENUM | ValueType.EVENT:
            return _encode_word(point, value, strings)
        case ValueType.XY:
            return pack_xy(*value) if isinstance(value, tuple) else None
        case ValueType.TEXT:
            return float(strings.code(str(value))) if value is not None else None


def _encode_bool(point: Point, value: Value) -> float | None:
    if isinstance(value, bool | int | float):
        return float(bool(value))
    if isinstance(value, str):
        low = value.strip().lower()
        if low in (known := tuple(word.lower() for word in point.options)):
            return float(known.index(low))
        if low in ("on", "true", "yes", "1", "open", "off", "false", "no", "0", "closed"):
            return float(low in ("on", "true", "yes", "1", "open"))
    return None


def _encode_word(point: Point, value: Value, strings: StringTable) -> float | None:
    if not isinstance(value, str):
        return None
    if value in point.options:
        return float(point.options.index(value))
    return float(ENUM_OFFSET + strings.code(value))


ENUM_OFFSET = 1000
"""Codes from here on are strings that are not among the point's options."""


def decode(point: Point, value: float, strings: StringTable) -> Value:
    """The decoded value of a stored number; None for NaN."""
    if math.isnan(value):
        return None
    match point.capability.type:
        case ValueType.NUMBER:
            return value
        case ValueType.BOOL:
            return bool(value)
        case ValueType.ENUM | ValueType.EVENT:
            code = int(value)
            if code >= ENUM_OFFSET:
                return strings.text(code - ENUM_OFFSET)
            return point.options[code] if 0 <= code < len(point.options) else str(code)
        case ValueType.XY:
            return unpack_xy(value)
        case ValueType.TEXT:
            return strings.text(int(value))
