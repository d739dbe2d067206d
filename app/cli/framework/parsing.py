"""Parses values and times typed on the command line."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime

from app.i18n import translate
from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.observation import Value
from twin.model.problem import Problem, ProblemError
from twin.model.quantity import symbol_of, to_canonical
from twin.model.text import Text

_NUMBER = re.compile(r"^([-+]?[0-9]*[.,]?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*(.*)$")
_TRUE = {"on", "true", "yes", "1"}
_FALSE = {"off", "false", "no", "0"}
_STEPS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


def order(point: Point, text: str) -> tuple[str, Value]:
    """The verb and value that a typed text means for a point: `on`, `70%`, `68 °F`, `heat`, `stop`, `0.3,0.3`."""
    stripped = text.strip()
    row = point.capability
    if stripped in row.verbs and stripped != "set":
        return stripped, None
    match row.type:
        case ValueType.BOOL:
            return _truth(point, stripped.lower())
        case ValueType.NUMBER:
            return "set", _number(point, stripped)
        case ValueType.XY:
            return "set", _pair(point, stripped)
        case _:
            return (row.verbs[0] if row.verbs else "set"), stripped


def _truth(point: Point, text: str) -> tuple[str, Value]:
    options = tuple(word.lower() for word in point.options)
    truth = text in _TRUE or (text in options and options.index(text) == 1)
    if not truth and text not in _FALSE and text not in options:
        raise _wrong(point, text, Text("value.takes_words", words=options or ("off", "on")))
    if "on" in point.capability.verbs:
        return ("on" if truth else "off"), None
    return "set", truth


def _number(point: Point, text: str) -> float:
    found = _NUMBER.match(text)
    if found is None:
        raise _wrong(point, text, _takes_number(point.capability.unit))
    number, unit = float(found[1].replace(",", ".")), found[2].strip()
    if not unit or symbol_of(unit) == point.capability.own_unit:
        return number
    converted = to_canonical(number, unit, point.capability.quantity)
    if converted is None:
        raise _wrong(point, text, Text("value.unit", unit=unit, capability=point.capability.title))
    return converted


def _pair(point: Point, text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _wrong(point, text, Text("value.takes_xy")) from error
    return x, y


def _takes_number(unit: str) -> Text:
    return Text("value.takes_number_in", unit=unit) if unit else Text("value.takes_number")


def _wrong(point: Point, text: str, remedy: Text) -> ProblemError:
    args = {"point": point.title, "value": text[:40]}
    return ProblemError(Problem(code="value.wrong", args=args, where=point.id, remedy=remedy))


def moment(text: str, now_ms: int) -> int:
    """UTC milliseconds of `now`, `-24h`, an ISO 8601 time (UTC where it names no zone) or milliseconds."""
    stripped = text.strip()
    if stripped == "now":
        return now_ms
    if found := re.fullmatch(r"-([0-9.]+)(min|[smhdw])", stripped):
        return now_ms - round(float(found[1]) * _STEPS[found[2]] * 1000)
    if re.fullmatch(r"[0-9]{10,15}", stripped):
        return int(stripped) if len(stripped) > 11 else int(stripped) * 1000
    try:
        parsed = datetime.fromisoformat(stripped)
    except ValueError as error:
        raise argparse.ArgumentTypeError(translate("cli.usage.time", text=stripped[:40])) from error
    return round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)


def instant(text: str) -> int:
    """UTC milliseconds of a time on the command line, relative to now."""
    from app.engine.clock import utc_ms

    return moment(text, utc_ms())


def option(text: str) -> tuple[str, str]:
    """(name, value) of `name=value`, stripped of blanks."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(translate("cli.usage.option", text=text[:40]))
    return name.strip(), value.strip()


def seconds(text: str) -> float:
    """Parses seconds, from 0 to 1e9."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(translate("cli.usage.seconds")) from error
    if not 0 <= value <= 1e9:
        raise argparse.ArgumentTypeError(translate("cli.usage.seconds"))
    return value


def whole_number(text: str) -> int:
    """Parses a whole number, from 0 on."""
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()):
        raise argparse.ArgumentTypeError(translate("cli.usage.whole_number"))
    return int(text)


def duration(text: str) -> float:
    """Parses a duration into seconds: `30m`, `2h`, `1d`, or plain seconds."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(min|[smhdw])?", text.strip())
    if found is None or not 0 < (value := float(found[1]) * _STEPS[found[2] or "s"]) <= 1e9:
        raise argparse.ArgumentTypeError(translate("cli.usage.duration"))
    return value
