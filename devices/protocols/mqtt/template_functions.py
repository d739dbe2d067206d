# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Filters, tests, functions, methods and attributes that a value template may use; all others are refused.

Source: Home Assistant documentation, "Templating", 2026.11.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import statistics
from collections.abc import Callable
from typing import Any

from jinja2 import Undefined, UndefinedError
from jinja2.utils import Namespace

from devices.protocols.mqtt import template_numbers as numbers
from devices.protocols.mqtt import template_text as text
from devices.protocols.mqtt import template_time as time
from devices.protocols.mqtt.template_budget import bounded

type Json = Any
"""Any value decoded from a payload."""

_CALCULATED: dict[str, Callable[..., Json]] = {
    "log": numbers.calculated(lambda value, base=math.e: math.log(value, base)), "sqrt": numbers.calculated(math.sqrt),
    "sin": numbers.calculated(math.sin), "cos": numbers.calculated(math.cos), "tan": numbers.calculated(math.tan),
    "asin": numbers.calculated(math.asin), "acos": numbers.calculated(math.acos), "atan": numbers.calculated(math.atan),
    "atan2": numbers.calculated(math.atan2), "average": numbers.of_numbers(statistics.fmean), "median": numbers.of_numbers(statistics.median),
    "clamp": numbers.clamp,
}  # fmt: skip
_SHARED: dict[str, Callable[..., Json]] = {
    "float": numbers.to_float, "int": numbers.to_int, "bool": numbers.to_bool, "iif": numbers.iif, "is_number": numbers.is_number, "round": numbers.rounded,
    "as_datetime": time.as_datetime, "as_timestamp": time.as_timestamp, "as_local": time.as_local, "as_timedelta": time.as_timedelta,
    "strptime": time.strptime, "zip": numbers.zipped, "set": lambda some=(): list(dict.fromkeys(some)),
    "flatten": numbers.flatten, "combine": numbers.combine, "slugify": text.slug, "typeof": lambda value: type(value).__name__,
    "contains": numbers.contains, **_CALCULATED,
}  # fmt: skip
FILTERS: dict[str, Callable[..., Json]] = {
    **_SHARED, "to_json": text.to_json, "tojson": lambda value, indent=None: json.dumps(bounded(value), sort_keys=True),
    "from_json": text.from_json, "is_defined": numbers.is_defined, "replace": text.replace, "join": text.join, "sum": numbers.summed,
    "format": text.format_filter, "timestamp_custom": time.timestamp_custom, "timestamp_local": time.timestamp_iso(local=True),
    "timestamp_utc": time.timestamp_iso(local=False),
    "multiply": lambda value, by, default=numbers.NO_DEFAULT: (
        numbers.to_float(value) * numbers.to_float(by) if numbers.is_number(value) else numbers.otherwise(default, "no number")
    ),
    "add": lambda value, by, default=numbers.NO_DEFAULT: (
        numbers.to_float(value) + numbers.to_float(by) if numbers.is_number(value) else numbers.otherwise(default, "no number")
    ),
    "bitwise_and": lambda value, by: numbers.to_int(value) & numbers.to_int(by), "bitwise_or": lambda value, by: numbers.to_int(value) | numbers.to_int(by),
    "bitwise_xor": lambda value, by: numbers.to_int(value) ^ numbers.to_int(by), "ord": lambda value: ord(str(value)[:1]),
    "regex_match": text.regex_match, "regex_search": text.regex_search, "regex_replace": text.regex_replace,
    "regex_findall": text.regex_findall, "regex_findall_index": text.regex_findall_index,
    "base64_decode": text.base64_decode, "base64_encode": lambda value: base64.b64encode(str(value).encode()).decode(),
}  # fmt: skip
BUILT_IN_FILTERS = frozenset((
    "default", "d", "lower", "upper", "string", "truncate", "abs", "trim", "title", "capitalize", "first", "last",
    "length", "count", "min", "max", "list", "map", "select", "reject", "selectattr", "rejectattr", "sort", "dictsort",
    "reverse", "unique", "items", "groupby", "wordcount", "filesizeformat",
))  # fmt: skip
"""Built-in filters of Jinja that are allowed."""
FUNCTIONS: dict[str, Callable[..., Json]] = {
    **_SHARED, "now": time.now, "utcnow": time.utcnow, "today_at": time.today_at, "timedelta": dt.timedelta, "range": numbers.bounded_range,
    "dict": dict, "namespace": Namespace,
    "min": numbers.of_numbers(min), "max": numbers.of_numbers(max),
}  # fmt: skip
CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e, "tau": math.tau}
TESTS: dict[str, Callable[..., Json]] = {
    "is_number": numbers.is_number, "match": text.regex_match, "search": text.regex_search, "contains": numbers.contains,
    "datetime": lambda value: isinstance(value, dt.datetime), "list": lambda value: isinstance(value, list),
}  # fmt: skip
BUILT_IN_TESTS = frozenset((
    "defined", "undefined", "none", "number", "string", "mapping", "sequence", "boolean", "true", "false", "in", "eq",
    "==", "ne", "!=", "lt", "<", "le", "<=", "gt", ">", "ge", ">=", "equalto", "greaterthan", "lessthan", "sameas",
    "integer", "float", "iterable", "even", "odd", "divisibleby", "lower", "upper",
))  # fmt: skip
"""Built-in tests of Jinja that are allowed."""


def _calling(name: str) -> Callable[..., Json]:
    """Returns a function that calls this method of its first argument."""
    return lambda one, *some, **named: getattr(one, name)(*some, **named)


_TEXT_METHODS: dict[str, Callable[..., Json]] = {name: getattr(str, name) for name in (
    "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "swapcase", "split", "rsplit", "splitlines",
    "partition", "rpartition", "startswith", "endswith", "find", "rfind", "index", "count", "isdigit", "isnumeric",
    "isdecimal", "isalpha", "isalnum", "isupper", "islower", "isspace", "removeprefix", "removesuffix", "casefold",
)}  # fmt: skip
_TIME_METHODS: dict[str, Callable[..., Json]] = {"strftime": time.strftime} | {name: _calling(name) for name in (
    "isoformat", "timestamp", "date", "time", "weekday", "isoweekday", "isocalendar", "replace", "astimezone",
)}  # fmt: skip
METHODS: tuple[tuple[type | tuple[type, ...], dict[str, Callable[..., Json]]], ...] = (
    (
        str,
        _TEXT_METHODS
        | {
            "replace": text.replace, "format": text.brace_format, "join": lambda between, values: text.join(values, between),
            "zfill": text.padded(str.zfill), "ljust": text.padded(str.ljust), "rjust": text.padded(str.rjust),
            "center": text.padded(str.center),
        },
    ),
    (
        dict,
        {
            "get": dict.get, "keys": lambda one: list(one), "values": lambda one: list(one.values()),
            "items": lambda one: list(one.items()),
        },
    ),
    ((list, tuple), {"index": lambda one, *some: one.index(*some), "count": lambda one, value: one.count(value)}),
    ((dt.datetime, dt.date, dt.time), _TIME_METHODS),
    (dt.timedelta, {"total_seconds": dt.timedelta.total_seconds}),
    (float, {"is_integer": float.is_integer}),
    (bytes, {"decode": lambda raw, encoding="utf-8": raw.decode(encoding if encoding == "latin-1" else "utf-8"), "hex": lambda raw: raw.hex()}),
)  # fmt: skip
"""Methods that may be called, by type of the value; no others."""
METHOD_NAMES = frozenset(name for _, methods in METHODS for name in methods)
ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = (
    (dt.datetime, frozenset(("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"))),
    (dt.date, frozenset(("year", "month", "day"))),
    (dt.time, frozenset(("hour", "minute", "second", "microsecond"))),
    (dt.timedelta, frozenset(("days", "seconds", "microseconds"))),
)
"""Attributes that may be read, by type of the value."""


def method(value: Json, name: str, *arguments: Json, **named: Json) -> Json:
    """Calls an allowed method on a value. Raises TypeError for any other, UndefinedError for an undefined value."""
    if isinstance(value, Undefined):
        raise UndefinedError("nothing to ask")
    for types, methods in METHODS:
        if isinstance(value, types) and name in methods:
            return methods[name](value, *arguments, **named)
    raise TypeError("no such method")
