# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Sandboxed templates from the network: Home Assistant's value templates with a limited cost per run.

The syntax tree is checked before it is run: known filters, tests, functions and methods only, and attributes only from
a table. Then the tree is rewritten so that every operation first spends steps (template_budget). Simple paths do not
use jinja2.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal, cast

from jinja2 import TemplateError, Undefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from devices.protocols.mqtt import template_functions as table
from devices.protocols.mqtt.template_budget import (
    MAX_STEPS,
    BudgetError,
    TimeBudgetError,
    bounded,
    budgeted,
    each,
    missed,
    spend,
    touch,
)
from devices.protocols.mqtt.template_rewrite import PaidOperations
from devices.protocols.mqtt.template_text import joined, percent_format, printed
from twin.model.ids import clean_name
from twin.model.text import Text, why

type Json = Any
"""Any value decoded from a payload."""

MAX_SOURCE = 4096
MAX_OUTPUT = 16_384
_MAX_NUMBER = 1e15
_MAX_POWER = 64
_TRIAL_STEPS = MAX_STEPS // 5
"""Steps for a trial run without a message; a template that exceeds them is refused at once."""
_PATIENCE = 5
"""Number of successive runs over the budget after which a template is refused."""

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.NSRef, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
    nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Concat,
    nodes.Assign, nodes.AssignBlock, nodes.For, nodes.Macro, nodes.Dict, nodes.Pair, nodes.List, nodes.Tuple, nodes.Call,
    nodes.Slice, nodes.Keyword,
)  # fmt: skip
_OURS = frozenset(("self", "caller", "_joined", "_said", "_each", "_slice", "_touched", "_step", "_method", "_bounded"))
"""Names of our own functions in a rewritten template."""
_LOOP = frozenset(("index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"))


class Unsaid(Enum):
    """Type of the constant UNSAID."""

    UNSAID = "unsaid"


UNSAID: Final[Literal[Unsaid.UNSAID]] = Unsaid.UNSAID
"""The message contains no value for this point, whose last value stays. None, in contrast, means "no value"."""


class UnsafeTemplateError(ValueError):
    """The template uses something that value templates may not use."""


# -- the environment ---------------------------------------------------------------------------------------------------


class _Missing(Undefined):
    """An undefined variable; each creation is noted in the template's run."""

    __slots__ = ()

    def __init__(self, *about: Json, **named: Json) -> None:
        missed()
        super().__init__(*about, **named)


class _Fenced(ImmutableSandboxedEnvironment):
    """Restricted sandbox: JSON, text, numbers and times only; each operation spends steps."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def call_binop(self, context: Json, operator: str, left: Json, right: Json) -> Json:
        touch(left)
        touch(right)
        if operator == "%" and isinstance(left, str):
            return bounded(percent_format(left, right))
        if (
            operator in ("*", "**")
            and not (_plain(left) and _plain(right))
            and dt.timedelta not in map(type, (left, right))
        ):
            raise BudgetError(Text("template.multiplied"))
        if operator == "**" and (abs(left) > 1e6 or abs(right) > _MAX_POWER):
            raise BudgetError(Text("template.grows_number"))
        return bounded(super().call_binop(context, operator, left, right))

    def getattr(self, obj: Json, attribute: str) -> Json:
        spend()
        if isinstance(obj, dict):
            return self.getitem(obj, attribute)
        if attribute.startswith("_"):
            return self.undefined(name=attribute)
        if isinstance(obj, Namespace):
            return getattr(obj, attribute, Undefined(name=attribute))
        if isinstance(obj, Undefined) or (isinstance(obj, LoopContext) and attribute in _LOOP):
            return getattr(obj, attribute)
        if isinstance(obj, tuple) and attribute in ("grouper", "list"):
            return getattr(obj, attribute, Undefined(name=attribute))  # pyright: ignore[reportUnknownArgumentType]
        if any(isinstance(obj, type_) and attribute in names for type_, names in table.ATTRIBUTES):
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Json, argument: Json) -> Json:
        spend()
        if isinstance(obj, Undefined):
            return obj[argument]
        try:
            if isinstance(obj, dict | list | tuple | str | bytes | range):
                return obj[argument]  # pyright: ignore[reportUnknownVariableType]
        except (LookupError, TypeError):
            pass
        return self.undefined(obj=obj, name=str(argument)[:64])


def _plain(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e30


def _paying(function: Callable[..., Json]) -> Callable[..., Json]:
    """Wraps a filter, test or function so that its arguments and result are charged to the run's budget."""

    @functools.wraps(function)
    def paying(*arguments: Json, **named: Json) -> Json:
        for one in (*arguments, *named.values()):
            touch(one)
        return bounded(function(*arguments, **named))

    return paying


def _slice(value: Json, start: Json, stop: Json, step: Json) -> Json:
    touch(value)
    return value[start:stop:step] if isinstance(value, str | bytes | list | tuple | range) else Undefined(name="slice")


def _touched(value: Json) -> Json:
    touch(value)
    return value


def _step(weight: int) -> str:
    spend(weight)
    return ""


def _method(value: Json, name: str, *arguments: Json, **named: Json) -> Json:
    for one in (value, *arguments):
        touch(one)
    return bounded(table.method(value, name, *arguments, **named))


def _environment() -> Any:  # noqa: ANN401 - jinja2's environment is typed for its own filters only
    environment: Any = _Fenced(optimized=False, undefined=_Missing)
    filters = {name: environment.filters[name] for name in table.BUILT_IN_FILTERS} | table.FILTERS
    tests = {name: environment.tests[name] for name in table.BUILT_IN_TESTS} | table.TESTS
    environment.filters = {name: _paying(function) for name, function in filters.items()}
    environment.tests = {name: _paying(function) for name, function in tests.items()}
    functions = {name: _paying(function) for name, function in table.FUNCTIONS.items()}
    own = {
        "_joined": joined, "_said": printed, "_each": each, "_slice": _slice, "_touched": _touched, "_step": _step,
        "_method": _method, "_bounded": bounded,
    }  # fmt: skip
    environment.globals = functions | table.CONSTANTS | own
    return environment


_ENVIRONMENT = _environment()


# -- compiling ---------------------------------------------------------------------------------------------------------

_PATH = re.compile(
    r"""\{\{\s*value_json((?:\.(?!__)[A-Za-z_][A-Za-z0-9_]*|\[\s*(?:"[^"\\\]]{1,128}"|'[^'\\\]]{1,128}'|\d{1,6})\s*\])*)\s*\}\}"""
)
_STEP = re.compile(r"""\.([A-Za-z_][A-Za-z0-9_]*)|\[\s*(?:"([^"]*)"|'([^']*)'|(\d+))\s*\]""")
_VALUE = re.compile(r"\{\{\s*value\s*\}\}")

type Render = Callable[[Mapping[str, Json]], Any]
"""Function from variables (`value`, `value_json` ...) to the value: unchanged for a plain path, else the rendered
text;
UNSAID where the message lacks what the template uses.
"""


@lru_cache(maxsize=8192)
def compiled(source: str) -> Render:
    """The compiled template, cached. Raises UnsafeTemplateError where it is refused."""
    if len(source) > MAX_SOURCE:
        raise UnsafeTemplateError(Text("template.long"))
    text = source.strip()
    if match := _PATH.fullmatch(text):
        return _walker(match[1])
    if _VALUE.fullmatch(text):
        return lambda variables: variables.get("value", UNSAID)
    if "{" not in text:
        return lambda variables: text
    return _Jinja(source)


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


class _Jinja:
    """A template run by jinja2. `refusal` is the reason why it is no longer run."""

    def __init__(self, source: str) -> None:
        self.refusal: Text | None = None
        self._overruns = 0
        try:
            tree = _ENVIRONMENT.parse(source)
            _check_tree(tree)
            tree = PaidOperations().visit(tree)
            with budgeted():
                self._template = _ENVIRONMENT.from_string(tree)
            names = {node.name for node in tree.find_all(nodes.Name)}
            # Each run copies the template's globals: only those that it names.
            self._template.globals = {name: one for name, one in _ENVIRONMENT.globals.items() if name in names}
            self._run({}, _TRIAL_STEPS)
        except UnsafeTemplateError:
            raise
        except TimeBudgetError:
            self._overruns = 1  # a slow machine is no reason to refuse
        except BudgetError as error:
            raise UnsafeTemplateError(why(error)) from None
        except (TemplateError, RecursionError, SyntaxError, OverflowError, ValueError) as error:
            raise UnsafeTemplateError(Text("template.syntax", text=clean_name(error, 100))) from None

    def __call__(self, variables: Mapping[str, Json]) -> Json:
        """The rendered value; UNSAID where the message has none or the template is refused."""
        if self.refusal:
            return UNSAID
        try:
            rendered = self._run(variables)
            self._overruns = 0
            return rendered
        except BudgetError as error:
            self._overruns += 1
            if self._overruns >= _PATIENCE:
                self.refusal = why(error)
            return UNSAID

    def _run(self, variables: Mapping[str, Json], steps: int = MAX_STEPS) -> Json:
        parts: list[str] = []
        length = 0
        with budgeted(steps) as budget:
            try:
                for part in self._template.generate(variables):
                    parts.append(part)
                    length += len(part)
                    if length > MAX_OUTPUT:
                        raise BudgetError(Text("template.grows_text"))
            except BudgetError:
                raise
            except RecursionError:
                raise BudgetError(Text("template.recursion")) from None
            except Exception:
                # A template written for another payload fails in any way it likes: this message is not meant for it.
                return UNSAID
        text = "".join(parts).strip()
        return UNSAID if not text and budget.missed else text


# -- checking ----------------------------------------------------------------------------------------------------------


def _check_tree(tree: nodes.Template) -> None:
    macros = {node.name for node in tree.find_all(nodes.Macro)}
    for node in tree.find_all(nodes.Node):
        _check(node, macros)


def _check(node: nodes.Node, macros: set[str]) -> None:
    if not isinstance(node, _NODES):
        raise UnsafeTemplateError(Text("template.construct", name=type(node).__name__))
    match node:
        case nodes.Const(value=int() | float() as number) if abs(number) > _MAX_NUMBER:
            raise UnsafeTemplateError(Text("template.large_number"))
        case nodes.Filter(name=name) if name not in _ENVIRONMENT.filters:
            raise UnsafeTemplateError(Text("template.filter", name=name[:40]))
        case nodes.Test(name=name) if name not in _ENVIRONMENT.tests:
            raise UnsafeTemplateError(Text("template.test", name=name[:40]))
        case nodes.Getattr(attr=attr) if attr.startswith("__"):
            raise UnsafeTemplateError(Text("template.private"))
        case nodes.Getitem(arg=nodes.Const(value=str() as name)) if name.startswith("__"):
            raise UnsafeTemplateError(Text("template.private"))
        case nodes.Name(name=name) | nodes.Macro(name=name) if name.startswith("__") or name in _OURS:
            raise UnsafeTemplateError(Text("template.name"))
        case nodes.NSRef(attr=attr) if attr.startswith("_"):
            raise UnsafeTemplateError(Text("template.private"))
        case nodes.For(recursive=True):
            raise UnsafeTemplateError(Text("template.loop"))
        case nodes.Call() | nodes.Filter() | nodes.Test() if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise UnsafeTemplateError(Text("template.plain_arguments"))
        case nodes.Call():
            _check_call(node, macros)
        case _:
            pass


def _check_call(call: nodes.Call, macros: set[str]) -> None:
    match call.node:
        case nodes.Getattr(attr=name) if name in table.METHOD_NAMES:
            return
        case nodes.Name(name=name) if name in table.FUNCTIONS or name in macros:
            return
        case nodes.Getattr(attr=name) | nodes.Name(name=name):
            raise UnsafeTemplateError(Text("template.function", name=name[:40]))
        case _:
            raise UnsafeTemplateError(Text("template.call"))
