"""Numeric functions of templates: numbers, booleans, sums, choices.

Meaning: Home Assistant documentation, "Templating", 2026.11. Without a default, a value that is no number is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from jinja2 import Undefined, UndefinedError

from devices.protocols.mqtt.template_budget import MAX_ITEMS, BudgetError, spend
from twin.model.text import Text

type Json = Any
"""Any value decoded from a payload."""

NO_DEFAULT: Any = object()


def otherwise(default: Json, what: str) -> Json:
    """The default; raises ValueError(what) where none is given."""
    if default is NO_DEFAULT:
        raise ValueError(what)
    return default


def number_of(value: Json) -> float | None:
    """The value as a float; None where it cannot be converted."""
    if isinstance(value, Undefined) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def to_float(value: Json, default: Json = NO_DEFAULT) -> Json:
    """A float, or the default; raises ValueError without one."""
    number = number_of(value)
    return otherwise(default, "no number") if number is None else number


def to_int(value: Json, default: Json = NO_DEFAULT, base: int = 10) -> Json:
    """A whole number, truncated towards zero, or the default; raises ValueError without one."""
    try:
        if isinstance(value, str):
            with_base = value.strip()
            if base == 16 and with_base.lower().startswith("0x"):
                with_base = with_base[2:]
            return int(with_base[:64], base) if base != 10 or len(value) <= 18 else int(float(with_base[:64]))
        if not isinstance(value, Undefined) and value is not None:
            return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    number = number_of(value) if base == 10 else None
    return int(number) if number is not None and math.isfinite(number) else otherwise(default, "no whole number")


def rounded(value: Json, precision: int = 0, method: str = "common", default: Json = NO_DEFAULT) -> Json:
    """The number rounded to `precision` decimals (method common, floor, ceil or half); an int for 0 decimals."""
    number = number_of(value)
    if number is None or not math.isfinite(number):
        return otherwise(default, "no number to round")
    places = min(max(int(precision), -12), 12)
    scale = 10.0**places
    match method:
        case "floor":
            rounded = math.floor(number * scale) / scale
        case "ceil":
            rounded = math.ceil(number * scale) / scale
        case "half":
            rounded = round(number * 2) / 2
        case _:
            rounded = round(number, places)
    return int(rounded) if places == 0 and method != "half" else rounded


def to_bool(value: Json, default: Json = NO_DEFAULT) -> Json:
    """A boolean from a number or a word such as yes and off, or the default; raises ValueError without one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    word = str(value).strip().lower()[:16]
    if word in ("1", "true", "yes", "on", "enable"):
        return True
    return False if word in ("0", "false", "no", "off", "disable") else otherwise(default, "no truth")


def is_number(value: Json) -> bool:
    """Whether the value can be read as a finite number."""
    number = number_of(value)
    return number is not None and math.isfinite(number)


def calculated(function: Callable[..., float]) -> Callable[..., Json]:
    """Wraps a function of up to three numbers so that it accepts any value and a default."""

    def calculate(value: Json, *more: Json, default: Json = NO_DEFAULT) -> Json:
        numbers = [number_of(one) for one in (value, *more[:2])]
        try:
            return function(*numbers)  # pyright: ignore[reportArgumentType]
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            return otherwise(default, "cannot be calculated")

    return calculate


def of_numbers(function: Callable[[list[float]], float]) -> Callable[..., Json]:
    """Wraps a function of a list of numbers so that it accepts several arguments or one list, and a default."""

    def calculate(*values: Json, default: Json = NO_DEFAULT) -> Json:
        items = list(values[0]) if len(values) == 1 and not isinstance(values[0], int | float | str) else list(values)
        spend(len(items))
        numbers = [item if isinstance(item, int | float) else number_of(item) for item in items]
        if not numbers or None in numbers:
            return otherwise(default, "not only numbers")
        return function(cast("list[float]", numbers))

    return calculate


def clamp(value: Json, low: float, high: float) -> float:
    """The number limited to the range from low to high."""
    return min(max(to_float(value), low), high)


def summed(values: Iterable[Json], attribute: str | int | None = None, start: Json = 0) -> Json:
    """The sum of numbers, or of one attribute of each element. Raises TypeError for anything else."""
    total = start if isinstance(start, int | float) else 0
    for value in values:
        spend()
        number = value if attribute is None else part(value, attribute)
        if not isinstance(number, int | float):
            raise TypeError("only numbers are summed")
        total += number
    return total


def part(value: Json, path: str | int) -> Json:
    """Part of a JSON value at a dotted path. Raises LookupError or TypeError."""
    for step in str(path).split("."):
        if isinstance(value, list):
            value = cast("list[Json]", value)[int(step)]
        elif isinstance(value, dict):
            value = cast("dict[Json, Json]", value)[path if isinstance(path, int) else step]
        else:
            raise TypeError("no such part")
    return value


def bounded_range(*limits: int) -> range:
    """Python's range; raises BudgetError above MAX_ITEMS."""
    numbers = range(*limits[:3])
    if len(numbers) > MAX_ITEMS:
        raise BudgetError(Text("template.counts"))
    return numbers


def iif(value: Json, if_true: Json = True, if_false: Json = False, if_none: Json = NO_DEFAULT) -> Json:
    """`if_true` or `if_false` by the value; `if_none`, where given, for None."""
    if value is None and if_none is not NO_DEFAULT:
        return if_none
    return if_true if value else if_false


def is_defined(value: Json) -> Json:
    """The value. Raises UndefinedError where it is undefined, so that the message gives no value."""
    if isinstance(value, Undefined):
        raise UndefinedError("not defined")
    return value


def contains(values: Json, value: Json) -> bool:
    """Whether the container contains the value."""
    return value in values


def combine(*dicts: Mapping[Json, Json]) -> dict[Json, Json]:
    """One dictionary of several; later ones win."""
    return {key: value for one in dicts for key, value in one.items()}


def zipped(*lists: Iterable[Json]) -> list[tuple[Json, ...]]:
    """Tuples of the elements of several lists, as many as the shortest has."""
    rows: list[tuple[Json, ...]] = []
    for row in zip(*lists, strict=False):
        spend(1 + len(row))
        rows.append(row)
    return rows


def flatten(values: Iterable[Json], levels: int | None = None) -> list[Json]:
    """One flat list of nested ones, down to `levels`."""
    flat: list[Json] = []
    for value in values:
        spend()
        if isinstance(value, list | tuple) and (levels is None or levels > 0):
            flat.extend(flatten(cast("list[Json]", value), None if levels is None else levels - 1))
        else:
            flat.append(value)
    return flat
