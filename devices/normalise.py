"""Normalises a report to an observation: unit, scale, range, text. Pure, apart from adding texts to the string table."""

from __future__ import annotations

import math

from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.ids import clean_name
from twin.model.observation import Observation, Quality, Report, StringTable, Value, encode
from twin.model.problem import Problem, Severity
from twin.model.quantity import Quantity, to_canonical
from twin.model.text import Text

MAX_TEXT = 255
MAX_WORDS = 65_536
"""Most texts in a project's string table; a device that invents more is faulty or hostile."""
_ABSURD = 1e15
OLDEST_MS = 946_684_800_000  # 2000-01-01: a device's clock that says less was never set
AHEAD_MS = 60_000
"""Most milliseconds that a device's clock may be ahead of this machine's and still be used."""


def normalise(report: Report, point: Point, strings: StringTable, now_ms: int) -> Observation | Problem:
    """The observation in the canonical unit, or the problem why there is none. A report of None becomes "no value"
    (NaN, BAD).
    """
    time_ms = believed_time_ms(report.time_ms, now_ms)
    dated = time_ms == report.time_ms
    if report.value is None:
        return Observation(point.id, time_ms, math.nan, Quality.BAD, report.echo, dated)
    row = point.capability
    if row.type is ValueType.NUMBER:
        number = _number(report.value)
        value = _canonical(number, point) if number is not None else None
        reason = _wrong(value, point)
    else:
        value = encode(point, _cleaned(report.value), strings) if _room_for(report.value, point, strings) else None
        reason = "report.unknown" if value is None else ""
    if value is None or reason:
        return _refused(report, point, reason)
    canonical = _clamped(value, point) + 0.0  # -0.0 is 0.0
    return Observation(point.id, time_ms, canonical, Quality.GOOD, report.echo, dated)


def plain_range(point: Point) -> tuple[float, float]:
    """Range in which a reported float is the canonical value already, with nothing to scale, convert or clamp.

    (inf, -inf), an empty range, for points whose reports must always be normalised.
    """
    row, info = point.capability, point.info
    same = not info.unit or row.quantity is Quantity.NONE or to_canonical(1.5, info.unit, row.quantity) == 1.5
    if row.type is not ValueType.NUMBER or info.scale != 1.0 or not same:
        return math.inf, -math.inf
    low, high = believable_range(point)
    return -_ABSURD if low is None else low, _ABSURD if high is None else high


def believable_range(point: Point) -> tuple[float | None, float | None]:
    """The capability's range, wider where the device states wider limits (a water heater is set to 60 °C); canonical,
    None for no limit."""
    row, info = point.capability, point.info
    low, high = row.minimum, row.maximum
    low = low if low is None or info.minimum is None else min(low, info.minimum)
    return low, high if high is None or info.maximum is None else max(high, info.maximum)


def is_plain_switch(point: Point, value: float) -> bool:
    """Whether a reported number or truth is the canonical value of a boolean point already."""
    return (value == 0.0 or value == 1.0) and point.capability.type is ValueType.BOOL


def believed_time_ms(told_ms: int | None, now_ms: int) -> int:
    """Time of a report in UTC ms: the device's own, or `now_ms` where it is missing or implausible."""
    if told_ms is None or told_ms < OLDEST_MS or told_ms > now_ms + AHEAD_MS:
        return now_ms
    return told_ms


def _number(value: Value) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if isinstance(value, str) and len(value) <= 64:
        try:
            return float(value.strip())
        except ValueError:
            return None
    return None


def _canonical(number: float, point: Point) -> float:
    """The number scaled and converted to the canonical unit; a unit of another quantity (raw points) is kept."""
    scaled = number * point.info.scale
    quantity = point.capability.quantity
    if not point.info.unit or quantity is Quantity.NONE:
        return scaled
    converted = to_canonical(scaled, point.info.unit, quantity)
    return scaled if converted is None else converted


def _wrong(value: float | None, point: Point) -> str:
    if value is None:
        return "report.no_number"
    if not math.isfinite(value):
        return "report.not_finite"
    if abs(value) > _ABSURD:
        return "report.huge"
    (low, high), slack = believable_range(point), _slack(point)
    if (low is not None and value < low - slack) or (high is not None and value > high + slack):
        return "report.range"
    return ""


def _slack(point: Point) -> float:
    """Distance beyond a limit that still counts as rounding: 1 % of the range, or the resolution if larger."""
    low, high = believable_range(point)
    span = high - low if low is not None and high is not None else 0.0
    return max(point.capability.resolution, 0.01 * span)


def _clamped(value: float, point: Point) -> float:
    if point.capability.type is not ValueType.NUMBER:
        return value
    low, high = believable_range(point)
    value = value if low is None else max(low, value)
    return value if high is None else min(high, value)


def _cleaned(value: Value) -> Value:
    return clean_name(value, MAX_TEXT) if isinstance(value, str) else value


def _room_for(value: Value, point: Point, strings: StringTable) -> bool:
    """Whether the value can be stored: a tuple must be finite; a new word needs room in the dictionary."""
    if point.capability.type not in (ValueType.ENUM, ValueType.EVENT, ValueType.TEXT):
        return not isinstance(value, tuple) or all(math.isfinite(part) for part in value)
    return len(strings) < MAX_WORDS or value in strings or value in point.options


def _refused(report: Report, point: Point, reason: str) -> Problem:
    return Problem(
        code="report.refused",
        args={
            "point": point.title,
            "value": clean_name(report.value, 40),
            "reason": Text(reason, capability=point.capability.title),
        },
        where=report.uid,
        severity=Severity.WARNING,
    )
