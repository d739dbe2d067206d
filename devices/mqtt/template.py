"""Templates from the network, run in a fence: a short list of Jinja, no loops, bounded work, bounded output.

The sandbox of jinja2 stops escapes but not a template that eats the machine (`'a'*10**9`), so what a template may
be made of is checked on its syntax tree before it is ever run. Most templates only walk a path; those never reach
jinja2.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal, cast

from jinja2 import TemplateError, Undefined, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

type Json = Any
"""Whatever a payload held."""

MAX_SOURCE = 4096
MAX_OUTPUT = 16_384
_MAX_NUMBER = 1e12
_MAX_TEXT = 65_536

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Concat,
    nodes.Assign, nodes.Dict, nodes.Pair, nodes.List, nodes.Tuple, nodes.Call, nodes.Slice, nodes.Keyword,
)  # fmt: skip
_METHODS = frozenset(
    (
        "get",
        "keys",
        "values",
        "items",
        "strftime",
        "isoformat",
        "split",
        "startswith",
        "endswith",
        "lower",
        "upper",
        "strip",
        "timestamp",
    )
)
_TESTS = frozenset(
    (
        "defined",
        "undefined",
        "none",
        "number",
        "string",
        "mapping",
        "sequence",
        "boolean",
        "true",
        "false",
        "in",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "equalto",
        "greaterthan",
        "lessthan",
        "sameas",
        "integer",
        "float",
        "iterable",
        "even",
        "odd",
        "divisibleby",
    )
)


class Unsaid(Enum):
    """The type of UNSAID."""

    UNSAID = "unsaid"


UNSAID: Final[Literal[Unsaid.UNSAID]] = Unsaid.UNSAID
"""The message says nothing here: what was known stays. Not the same as None, which says that there is no value."""


class UnsafeTemplateError(ValueError):
    """The template asks for something that a value template never needs."""


def _float(value: Json, default: float | None = 0.0) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def _int(value: Json, default: int | None = 0, base: int = 10) -> int | None:
    try:
        return int(value, base) if isinstance(value, str) and base != 10 else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return default


def _round(value: Json, precision: int = 0, method: str = "common", default: float | None = 0.0) -> float | None:
    number = _float(value, None)
    if number is None or not -1e300 < number < 1e300:
        return default
    scale = 10.0 ** min(max(int(precision), -12), 12)
    if method == "floor":
        return number * scale // 1 / scale
    if method == "ceil":
        return -(-number * scale // 1) / scale
    return round(number, int(precision)) if precision else float(round(number))


def _bool(value: Json, default: bool | None = None) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on", "enable"):
        return True
    return False if word in ("0", "false", "no", "off", "disable") else default


def _is_number(value: Json) -> bool:
    number = _float(value, None)
    return number is not None and -1e308 < number < 1e308


def _as_datetime(value: Json) -> dt.datetime | None:
    try:
        if (number := _float(value, None)) is not None:
            return dt.datetime.fromtimestamp(number, dt.UTC)
        return dt.datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None


def _as_timestamp(value: Json, default: float | None = None) -> float | None:
    moment = value if isinstance(value, dt.datetime) else _as_datetime(value)
    return moment.timestamp() if moment else default


def _is_defined(value: Json) -> Json:
    """Ends the template where the value is not there, as Home Assistant's filter of this name does."""
    if isinstance(value, Undefined):
        raise UndefinedError("the value is not there")
    return value


def _from_json(value: Json) -> Json:
    return json.loads(str(value)[:_MAX_TEXT])


def _replace(value: Json, old: str, new: str) -> str:
    text = str(value)
    return text.replace(old, new) if len(text) + text.count(old) * len(new) <= _MAX_TEXT else text


def _joined(*parts: Json) -> str:
    text = "".join(str(part)[:_MAX_TEXT] for part in parts[:64])
    return text[:_MAX_TEXT]


def _join(value: Json, between: str = "") -> str:
    items = list(value)[:1024] if isinstance(value, list | tuple | str) else [value]
    return str(between)[:64].join(str(item)[:256] for item in items)


def _iif(value: Json, yes: Json = True, no: Json = False, none: Json = None) -> Json:
    return none if value is None and none is not None else yes if value else no


def _now() -> dt.datetime:
    # Templates ask the clock themselves (`now()`); nothing else in this package does.
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def _timestamp_text(value: Json, format: str = "%Y-%m-%d %H:%M:%S", local: bool = False) -> str:
    moment = _as_datetime(value)
    return moment.strftime(format[:64]) if moment else ""


_FILTERS: dict[str, Callable[..., Json]] = {
    "float": _float, "int": _int, "round": _round, "bool": _bool, "iif": _iif, "to_json": json.dumps,
    "tojson": json.dumps, "from_json": _from_json, "is_defined": _is_defined, "replace": _replace, "join": _join,
    "is_number": _is_number, "as_datetime": _as_datetime, "as_timestamp": _as_timestamp,
    "timestamp_custom": _timestamp_text, "timestamp_local": _timestamp_text, "timestamp_utc": _timestamp_text,
    "multiply": lambda value, by: (_float(value) or 0.0) * (_float(by) or 0.0),
    "add": lambda value, by: (_float(value) or 0.0) + (_float(by) or 0.0),
    "bitwise_and": lambda value, by: (_int(value) or 0) & (_int(by) or 0),
    "ord": lambda value: ord(str(value)[:1] or "\0"),
}  # fmt: skip
_BUILT_IN = frozenset(
    (
        "default",
        "d",
        "lower",
        "upper",
        "string",
        "truncate",
        "abs",
        "trim",
        "title",
        "capitalize",
        "first",
        "last",
        "length",
        "count",
        "min",
        "max",
    )
)
_FUNCTIONS: dict[str, Callable[..., Json]] = {
    "float": _float, "int": _int, "bool": _bool, "iif": _iif, "is_number": _is_number, "as_datetime": _as_datetime,
    "as_timestamp": _as_timestamp, "now": _now, "utcnow": _now, "min": min, "max": max, "round": _round,
    "timedelta": dt.timedelta,
}  # fmt: skip


class _Fenced(ImmutableSandboxedEnvironment):
    """The sandbox, with products and remainders bounded: they are how a short template makes a huge value."""

    intercepted_binops = frozenset(["*", "%", "//", "+"])

    def call_binop(self, context: Json, operator: str, left: Json, right: Json) -> Json:
        if operator == "*" and not (_plain(left) and _plain(right)):
            raise UnsafeTemplateError("only numbers are multiplied")
        if operator == "%" and isinstance(left, str):
            raise UnsafeTemplateError("text is not formatted with %")
        if operator == "+" and isinstance(left, str) and isinstance(right, str) and len(left) + len(right) > _MAX_TEXT:
            raise UnsafeTemplateError("the text grows too long")
        return super().call_binop(context, operator, left, right)


def _plain(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e30


_ENVIRONMENT: Any = _Fenced()
_ENVIRONMENT.filters = {name: _ENVIRONMENT.filters[name] for name in _BUILT_IN} | _FILTERS
_ENVIRONMENT.tests = {name: test for name, test in _ENVIRONMENT.tests.items() if name in _TESTS}
_ENVIRONMENT.tests["is_number"] = _is_number
_ENVIRONMENT.globals = {**_FUNCTIONS, "_joined": _joined}

_PATH = re.compile(
    r"""\{\{\s*value_json((?:\.[A-Za-z][A-Za-z0-9_]*|\[\s*(?:"[^"\\\]]{1,128}"|'[^'\\\]]{1,128}'|\d{1,6})\s*\])*)\s*\}\}"""
)
_STEP = re.compile(r"""\.([A-Za-z][A-Za-z0-9_]*)|\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]""")
_VALUE = re.compile(r"\{\{\s*value\s*\}\}")

type Render = Callable[[Mapping[str, Json]], Any]
"""Variables in (`value`, `value_json` ...), the value out: as it is for a pure path, else the rendered text; UNSAID where
the message lacks what the template asks for."""


@lru_cache(maxsize=8192)
def compiled(source: str) -> Render:
    """The template ready to run; raises UnsafeTemplateError for one that will not be run here."""
    if len(source) > MAX_SOURCE:
        raise UnsafeTemplateError("the template is too long")
    text = source.strip()
    if match := _PATH.fullmatch(text):
        return _walker(match[1])
    if _VALUE.fullmatch(text):
        return lambda variables: variables.get("value", UNSAID)
    if "{" not in text:
        return lambda variables: text
    return _jinja(source)


def _walker(path: str) -> Render:
    steps = tuple(int(m[4]) if m[4] else m[1] or m[2] or m[3] or "" for m in _STEP.finditer(path))

    def walk(variables: Mapping[str, Json]) -> Json:
        value = variables.get("value_json", UNSAID)
        for step in steps:
            if isinstance(value, dict):
                value = cast("dict[str, Json]", value).get(str(step), UNSAID)
            elif isinstance(value, list) and isinstance(step, int):
                items = cast("list[Json]", value)
                value = items[step] if step < len(items) else UNSAID
            else:
                return UNSAID
        return value

    return walk


def _jinja(source: str) -> Render:
    try:
        tree = _ENVIRONMENT.parse(source)
        _check_tree(tree)
        template = _ENVIRONMENT.from_string(_Bounded().visit(tree))
    except (TemplateError, RecursionError, SyntaxError, OverflowError) as error:
        raise UnsafeTemplateError(f"not a template: {type(error).__name__}") from None

    def render(variables: Mapping[str, Json]) -> Json:
        parts: list[str] = []
        length = 0
        try:
            for part in template.generate(variables):
                parts.append(part)
                length += len(part)
                if length > MAX_OUTPUT:
                    break
        except Exception:
            # A template written for another payload fails in any way it likes: this message is not meant for it.
            return UNSAID
        return "".join(parts)[:MAX_OUTPUT].strip()

    return render


class _Bounded(NodeTransformer):
    """Rewrites what can grow without end (`~`, `.replace`) into calls of our own that cannot."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the visitor's naming
        parts = [cast("nodes.Expr", self.visit(part)) for part in node.nodes]
        return nodes.Call(nodes.Name("_joined", "load"), parts, [], None, None, lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's naming
        self.generic_visit(node)
        callee = node.node
        if isinstance(callee, nodes.Getattr) and callee.attr == "replace":
            return nodes.Filter(callee.node, "replace", node.args, node.kwargs, None, None, lineno=node.lineno)
        return node


def _check_tree(tree: nodes.Template) -> None:
    assigned = {node.target.name for node in tree.find_all(nodes.Assign) if isinstance(node.target, nodes.Name)}
    for node in tree.find_all(nodes.Node):
        _check(node)
        if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict) and any(
            name.name in assigned for name in node.find_all(nodes.Name)
        ):
            # `{% set a = [a, a] %}` thirty times is a list of a thousand million.
            raise UnsafeTemplateError("a list of a variable set here is not allowed")


def _check(node: nodes.Node) -> None:
    if not isinstance(node, _NODES):
        raise UnsafeTemplateError(f"{type(node).__name__} is not allowed")
    match node:
        case nodes.Const(value=int() | float() as number) if abs(number) > _MAX_NUMBER:
            raise UnsafeTemplateError("the number is too large")
        case nodes.Filter(name=name) if name not in _ENVIRONMENT.filters:
            raise UnsafeTemplateError(f"the filter {name[:40]} is not known")
        case nodes.Test(name=name) if name not in _ENVIRONMENT.tests:
            raise UnsafeTemplateError(f"the test {name[:40]} is not known")
        case nodes.Getattr(attr=attr) if attr.startswith("_"):
            raise UnsafeTemplateError("names that start with _ are not allowed")
        case nodes.Getitem(arg=nodes.Const(value=str() as name)) if name.startswith("__"):
            raise UnsafeTemplateError("names that start with __ are not allowed")
        case nodes.Name(name=name) if name.startswith("_") or name == "self":
            raise UnsafeTemplateError("this name is not allowed")
        case nodes.Call():
            _check_call(node)
        case _:
            pass


def _check_call(call: nodes.Call) -> None:
    if call.dyn_args is not None or call.dyn_kwargs is not None:
        raise UnsafeTemplateError("calls take plain arguments")
    callee = call.node
    known = (isinstance(callee, nodes.Getattr) and (callee.attr in _METHODS or callee.attr == "replace")) or (
        isinstance(callee, nodes.Name) and callee.name in _FUNCTIONS
    )
    if not known:
        raise UnsafeTemplateError("this call is not allowed")
