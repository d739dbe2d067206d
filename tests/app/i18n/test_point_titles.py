"""Titles of points: what the protocols call them has a translation, what a device calls them stays."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

import devices.protocols
from app import i18n
from app.i18n import point_title
from app.i18n.point_titles import WORDS
from tests.app.i18n.source_texts import TOP, trees
from twin.model.capability import CAPABILITIES


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    i18n.set_language("zh_CN")
    yield
    i18n.set_language("en")


def in_tables(value: Any, depth: int = 0) -> Iterator[str]:
    """The labels in a table of a protocol, and the titles of its models of which labels are made."""
    if depth > 6:
        return
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = {"label", "title"} if type(value).__name__.startswith("SunSpec") else {"label"}
        for one in dataclasses.fields(value):
            found = getattr(value, one.name, None)
            if one.name in names and isinstance(found, str):
                yield found
            else:
                yield from in_tables(found, depth + 1)
    elif isinstance(value, Mapping):
        for one in cast("Mapping[Any, Any]", value).values():
            yield from in_tables(one, depth + 1)
    elif isinstance(value, tuple | list | frozenset):
        for one in cast("tuple[Any, ...]", value):
            yield from in_tables(one, depth + 1)


def labels() -> Iterator[str]:
    """Every label that a protocol gives to points by itself."""
    for found in pkgutil.walk_packages(devices.protocols.__path__, "devices.protocols."):
        if not found.name.endswith("process"):
            for value in tuple(vars(importlib.import_module(found.name)).values()):
                yield from in_tables(value)
    for file, tree in trees().items():
        if file.startswith("devices/protocols/"):
            yield from in_calls(tree)
    for path in sorted((TOP / "assets/devices/modbus").glob("*.json")):
        yield from in_profile(path)


def in_calls(tree: ast.Module) -> Iterator[str]:
    """The constants in the argument `label` of calls."""
    for call in ast.walk(tree):
        for argument in call.keywords if isinstance(call, ast.Call) else ():
            if argument.arg == "label":
                values = [argument.value] if isinstance(argument.value, ast.Constant) else []
                if isinstance(argument.value, ast.JoinedStr):
                    values = [one for one in argument.value.values if isinstance(one, ast.Constant)]
                yield from (one.value.strip(" :()\0") for one in values if isinstance(one.value, str))


def in_profile(path: Path) -> Iterator[str]:
    for point in json.loads(path.read_text(encoding="utf-8"))["points"]:
        yield point.get("label", "")


def test_every_label_of_the_protocols_has_a_translation() -> None:
    ours = {label for label in labels() if label}
    assert len(ours) > 80
    assert not sorted(label for label in ours | set(WORDS) if point_title(label) == label)


def test_every_capability_is_translated_with_any_number() -> None:
    for row in CAPABILITIES.values():
        assert point_title(f"{row.title} 2") == f"{i18n.tr(row.title)} 2"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Temperature", "温度"),
        ("switch 2", "开关 2"),
        ("light 1 Power", "灯 1 功率"),
        ("Light 1", "光照 1"),
        ("segment 3 brightness", "灯段 3 亮度"),
        ("Phase A power factor", "A 相 功率因数"),
        ("Nitrogen dioxide (ppb)", "二氧化氮 (ppb)"),
        ("Storage 2: Voltage L1", "储能 2: 电压 L1"),
    ],
)
def test_a_title_made_of_our_words_is_translated_with_its_number(title: str, shown: str) -> None:
    assert point_title(title) == shown
    i18n.set_language("en")
    assert point_title(title) == title


@pytest.mark.parametrize(
    "own", ["Boiler temperature", "Switch by the door", "温度 2", "", " ", "2 kitchens", "(Power", "Power:x"]
)
def test_what_a_device_calls_its_point_stays(own: str) -> None:
    assert point_title(own) == own
