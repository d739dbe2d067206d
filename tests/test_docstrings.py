"""Docstrings of the product: every public thing has one, it adds something to the name, and its words are the trade's.

The words that are banned are those of the private language that the code once had (shared/NAMES.md): names of things that
are called otherwise now, and verbs that make persons of values, files and classes.
"""

import ast
import gc
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
PRODUCT = ("twin", "devices", "app")
FROZEN = "migrations"
"""Folder of steps that must never change once released, docstrings included."""

FORMER_NAMES = frozenset({
    "Desk", "Ear", "Ground", "Glimpsed", "Hands", "Line", "Limb", "Opened", "Orders", "Roll", "Settled", "Staged", "Stuff",
    "Surroundings", "TakeIn", "Telling", "Veil", "Words", "World", "Shown", "Heard", "Known", "Hello", "settle", "wish",
    "takein", "lanes", "foresee", "dress", "wear",
})  # fmt: skip
"""Names of classes, functions and modules that NAMES.md replaced; a docstring must not refer to one in backticks."""

PERSONS = re.compile(
    r"\b(?:says?|said|hears|heard|obeys?|obeyed|knows|thinks?|wish(?:es|ed)?|speaks?|spoke|spoken|sleeps|forgets)\b"
    r"|\b(?:somebody|nobody|whoever|whomever|kin)\b"
    r"|(?<!\buser )(?<!\busers )\bwants\b"
    r"|\bWhat is there\b",
    re.IGNORECASE,
)
EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+", "a all an and are as at by for from get in is it its new of on one or set that the their this to with"
    )
)

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Place:
    """A thing that has, or should have, a docstring; attributes have the text below them."""

    where: str
    name: str
    text: str | None
    required: bool

    def __str__(self) -> str:
        return f"{self.where} {self.name}: {self.text or 'no docstring'}"


def places_of(tree: ast.Module, file: str) -> Iterator[Place]:
    """Every docstring of a module, private ones too, and the public things without one."""
    if tree.body:
        yield Place(f"{file}:1", "(module)", ast.get_docstring(tree), True)
    yield from _inner(tree.body, file, owner="", public=True)


def _inner(body: list[ast.stmt], file: str, *, owner: str, public: bool) -> Iterator[Place]:
    for before, node in zip([None, *body], body, strict=False):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{owner}.{node.name}" if owner else node.name
            shown = public and not node.name.startswith("_")
            yield Place(f"{file}:{node.lineno}", name, ast.get_docstring(node), shown and not _is_exempt(node))
            if isinstance(node, ast.ClassDef):
                yield from _inner(node.body, file, owner=name, public=shown and not _is_protocol(node))
            elif node.name == "__init__":
                yield from _inner(node.body, file, owner=owner, public=False)
        elif isinstance(before, ast.Assign | ast.AnnAssign | ast.TypeAlias) and (text := _text(node)) is not None:
            yield Place(f"{file}:{node.lineno}", ast.unparse(before).partition("=")[0].strip(), text, False)


def _text(node: ast.stmt) -> str | None:
    """The text of a statement that is nothing but a string."""
    value = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
    return value if isinstance(value, str) else None


def _is_exempt(node: Definition) -> bool:
    """Whether the thing is described elsewhere: by the method that it overrides, or by the property that it sets."""
    return not _decorators(node).isdisjoint({"override", "overload", "setter"})


def _decorators(node: Definition) -> set[str]:
    return {ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in node.decorator_list}


def _is_protocol(node: ast.ClassDef) -> bool:
    """Whether the class only lists methods that are described where they are implemented."""
    return any(ast.unparse(base).partition("[")[0].rpartition(".")[2] == "Protocol" for base in node.bases)


def is_echo(place: Place) -> bool:
    """Whether the docstring has no word that is not in the name already, apart from articles and the like."""
    known = {_stem(word) for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", place.name.rpartition(".")[2])}
    said = {_stem(word) for word in re.findall(r"[^\W_]+", place.text or "")}
    return place.text is not None and said <= known | EMPTY_WORDS


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|e)$", "", word.lower()) if len(word) > 3 else word.lower()


def banned_words(text: str) -> list[str]:
    """Words of the private language in a docstring: former names in backticks, and verbs of persons outside them."""
    former = [
        word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"\w+", code) if word in FORMER_NAMES
    ]
    return former + PERSONS.findall(re.sub(r"`[^`]+`", "", text))


@pytest.fixture(scope="module")
def places() -> list[Place]:
    files = (file for layer in PRODUCT for file in sorted((TOP / layer).rglob("*.py")) if FROZEN not in file.parts)
    gc.disable()  # it would take longer than the parsing
    try:
        found = [
            place
            for file in files
            for place in places_of(ast.parse(file.read_text(encoding="utf-8")), file.relative_to(TOP).as_posix())
        ]
    finally:
        gc.enable()
    return found


def test_every_public_module_class_and_function_has_a_docstring(places: list[Place]) -> None:
    assert len(places) > 5_000
    assert [str(place) for place in places if place.required and not place.text] == []


def test_no_docstring_merely_repeats_the_name(places: list[Place]) -> None:
    assert [str(place) for place in places if is_echo(place)] == []


def test_no_docstring_uses_the_private_language(places: list[Place]) -> None:
    assert {str(place): words for place in places if (words := banned_words(place.text or ""))} == {}


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("x = 1", ["(module)"]),
        ('"""Doc."""\ndef f(): ...\nclass A: ...', ["f", "A"]),
        ('"""Doc."""\nclass A:\n    """Doc."""\n    def f(self): ...\n    def _g(self): ...', ["A.f"]),
        ('"""Doc."""\nclass _A:\n    def f(self): ...', []),
        ('"""Doc."""\nclass A(B):\n    """Doc."""\n    @override\n    def f(self): ...', []),
        ('"""Doc."""\nclass A(Protocol):\n    """Doc."""\n    def f(self): ...', []),
        ('"""Doc."""\nclass A:\n    """Doc."""\n    @property\n    def f(self): ...', ["A.f"]),
        ("", []),
    ],
)
def test_a_missing_docstring_is_found(code: str, missing: list[str]) -> None:
    found = places_of(ast.parse(code), "file.py")
    assert [place.name for place in found if place.required and not place.text] == missing


@pytest.mark.parametrize(
    ("name", "text", "echo"),
    [
        ("Feed.set_title", "Sets the title.", True),
        ("AlarmLogEntry", "One entry of the alarm log.", True),
        ("PointsOfRoom", "The points of a room", True),
        ("Feed.set_title", "Shows another text in the title bar.", False),
        ("area", "Area in m².", False),
    ],
)
def test_a_docstring_that_only_repeats_the_name_is_found(name: str, text: str, *, echo: bool) -> None:
    assert is_echo(Place("file.py:1", name, text, True)) is echo


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("Calls the `Ear` once.", ["Ear"]),
        ("Calls `World.wish` once.", ["World", "wish"]),
        ("Whether the file says its unit, and who hears it.", ["says", "hears"]),
        ("What is there.", ["What is there"]),
        ("A link wants its value; nobody knows why.", ["wants", "nobody", "knows"]),
        ("The user wants to see this room; reported by `say`.", []),
        ("The ground floor, in world coordinates.", []),
    ],
)
def test_a_word_of_the_private_language_is_found(text: str, banned: list[str]) -> None:
    assert banned_words(text) == banned
