"""Every text that the source names by a code, and every one that a catalogue has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from app.i18n.catalogue import FOLDER, NAME

TOP = Path(__file__).resolve().parents[3]
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
LANGUAGES = ("en", "zh_CN")
MAKERS = {"Text": (), "translate": (), "refuse": (), "warn": (), "refusal": (), "warn_of": ("thing",)}
"""Functions whose first argument is a code and whose others are its arguments, and arguments that they add."""
OF_A_KIND = {
    "missing": ("unknown", "several"), "unknown": ("unknown",), "ambiguous": ("several",),
    "unknown_thing": ("unknown",), "_known": ("unknown",),
}  # fmt: skip
"""Functions whose first argument names a kind of thing, and the codes that they put before it: `several.room`."""
KIND_ARGS = {"unknown": frozenset({"name"}), "several": frozenset({"name", "ids"})}
ELSEWHERE = {"where", "detail", "severity"}


@dataclass(frozen=True)
class Named:
    """A code in the source: where, and with which arguments (None where they are not written out there)."""

    code: str
    where: str
    args: frozenset[str] | None
    problem: bool
    own_remedy: bool = False


@cache
def catalogue(language: str) -> dict[str, Message]:
    """The texts of a language that are found by a code."""
    messages = read_po(BytesIO((FOLDER / language / NAME).read_bytes()), locale=language)
    return {
        str(one.id[0] if isinstance(one.id, tuple) else one.id): one for one in messages if one.id and _is_code(one)
    }


def _is_code(message: Message) -> bool:
    return CODE.fullmatch(message.id[0] if isinstance(message.id, tuple) else message.id) is not None


def forms(language: str, code: str) -> tuple[str, ...]:
    """The sentence's plural forms, or the one sentence."""
    said = catalogue(language)[code].string
    return tuple(said) if isinstance(said, list | tuple) else (str(said),)


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax trees of our own files."""
    files = (file for root in ("app", "twin", "devices") for file in sorted((TOP / root).rglob("*.py")))
    return {str(file.relative_to(TOP)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def named() -> Iterator[Named]:
    """Each code that is written where a text or problem is made."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (found := _named(node, file)) is not None:
                yield from found


def _named(call: ast.Call, file: str) -> list[Named] | None:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    given = {word.arg: word.value for word in call.keywords}
    if name in OF_A_KIND:
        return _of_a_kind(call, name, f"{file}:{call.lineno}")
    if name in MAKERS and call.args:
        code, names = call.args[0], None if None in given else frozenset({*given, *MAKERS[name]}) - ELSEWHERE
    elif name in ("Problem", "os_problem") and "code" in given:
        code, names = given["code"], _keys(given.get("args"))
    else:
        return None
    problem = name not in ("Text", "translate")
    options = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    where = f"{file}:{call.lineno}"
    own = "remedy" in given or name == "os_problem"
    return [
        Named(one.value, where, names, problem, own)
        for one in options
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and CODE.fullmatch(one.value)
    ]


def _of_a_kind(call: ast.Call, name: str, where: str) -> list[Named]:
    what = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    if not isinstance(what, str):
        return []
    own = len(call.args) > 2
    return [
        Named(f"{head}.{what}", where, KIND_ARGS[head], True, own and head == "unknown") for head in OF_A_KIND[name]
    ]


def _keys(args: ast.expr | None) -> frozenset[str] | None:
    if args is None:
        return frozenset()
    if not isinstance(args, ast.Dict):
        return None
    return frozenset(key.value for key in args.keys if isinstance(key, ast.Constant))


def literals() -> set[str]:
    """Every text in the source that looks like a code."""
    return {
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def patterns() -> set[str]:
    """Codes that are put together: `pair.stage.` and a word, as regular expressions."""
    found: set[str] = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(one.value) if isinstance(one, ast.Constant) else r"[a-z0-9_.]+" for one in node.values
                ]
                fixed = "".join(str(one.value) for one in node.values if isinstance(one, ast.Constant))
                if re.fullmatch(r"[a-z0-9_.]{3,}", fixed) and ("." in fixed or "_all" in fixed):
                    found.add("".join(parts))
    return found
