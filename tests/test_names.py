"""One name, one thing: a class has a name of its own within its layer, and a module says what is in it."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
LAYERS = ("twin", "devices", "app")

ARRAYS = "shorthand of a numpy array type or tuple of numbers within its module; it names no concept"
SHARED_CLASSES: dict[str, dict[str, str]] = {
    "twin": {
        "Floats": ARRAYS,
        "Numbers": ARRAYS,
        "Points": ARRAYS,
        "Rgba": ARRAYS,
        "Rows": "rows by table and id, in the project's modules",
        "Times": ARRAYS,
    },
    "devices": {
        "Json": "any JSON value",
    },
    "app": {
        "Bytes": ARRAYS,
        "Direction": ARRAYS,
        "Floats": ARRAYS,
        "Ints": ARRAYS,
        "Points": ARRAYS,
        "Rgb": ARRAYS,
        "Rows": ARRAYS,
    },
}
"""Class and alias names that a layer uses more than once, each with the reason."""

READERS = "the reader of one file format, in that format's folder"
SHARED_MODULES: dict[str, dict[str, str]] = {
    "twin": {
        "doors": "the doors of one file format, in that format's folder",
        "read": READERS,
    },
    "devices": {
        "adapter": "every protocol has one, in its own folder",
    },
    "app": {
        "alarms": "the verb, the panel and the bench",
        "energy": "the verb, the panel and the bench",
        "portfolio": "the verb and the bench",
        "comfort": "the verb and the panel",
        "rules": "the verb and the bench",
        "door": "the door of a running engine and its bench",
        "attach": "the verb and the bench",
        "demo": "the verb of the command line and what it runs carry one word",
        "discover": "the verb of the command line and what it runs carry one word",
        "import_": "the verb of the command line and what it runs carry one word",
        "ingest": "the task of the engine and its bench",
        "links": "the verb and the panel",
        "checkout": "the verb and the panel",
        "problems": "what the engine raises and the panel that shows it",
        "scene": "the 3D scene and its bench",
        "warn": "the verb and the bench",
    },
}
"""Module names that a layer uses more than once, each with the reason."""

VAGUE = frozenset({"utils", "util", "common", "helper", "helpers", "misc", "stuff", "things", "words", "said", "told", "table", "wire"})  # fmt: skip


def classes(layer: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((TOP / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = (
                node.name if isinstance(node, ast.ClassDef) else node.name.id if isinstance(node, ast.TypeAlias) else ""
            )
            if name and not name.startswith("_"):
                found[name].add(file.relative_to(TOP).as_posix())
    return found


def modules(layer: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((TOP / layer).rglob("*.py")):
        if file.stem not in ("__init__", "__main__"):
            found[file.stem].add(file.relative_to(TOP).as_posix())
    return found


def repeated(names: dict[str, set[str]]) -> dict[str, set[str]]:
    return {name: files for name, files in names.items() if len(files) > 1}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_class_name_is_used_once_in_a_layer(layer: str) -> None:
    twice = repeated(classes(layer))
    assert {name: sorted(files) for name, files in twice.items() if name not in SHARED_CLASSES[layer]} == {}
    assert sorted(set(SHARED_CLASSES[layer]) - set(twice)) == [], "no longer shared: take it out of the list"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_module_name_is_used_once_in_a_layer(layer: str) -> None:
    twice = repeated(modules(layer))
    assert {name: sorted(files) for name, files in twice.items() if name not in SHARED_MODULES[layer]} == {}
    assert sorted(set(SHARED_MODULES[layer]) - set(twice)) == [], "no longer shared: take it out of the list"


def test_no_module_has_a_name_that_says_nothing_of_its_content() -> None:
    vague = [file for layer in LAYERS for name, files in modules(layer).items() if name in VAGUE for file in files]
    assert vague == []
