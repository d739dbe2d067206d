"""Tests wait for what comes, not for luck: no wait ends before a loaded machine has had its time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LEAST_S = 30
"""Seconds that a wait lasts at least where nothing comes; 0 asks without waiting."""


def short_waits(source: str) -> list[int]:
    """Lines of a test file with a wait that ends early, except where its end is what the test expects."""
    tree = ast.parse(source)
    expected = {id(inner) for node in ast.walk(tree) if _expects_the_end(node) for inner in ast.walk(node)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in expected]
    return sorted({call.lineno for call in calls for limit_s in _limits_s(call) if 0 < limit_s < LEAST_S})


def _expects_the_end(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any("TimeoutError" in ast.unparse(item) for item in node.items)


def _limits_s(call: ast.Call) -> Iterator[float]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    named = [word.value for word in call.keywords if word.arg == "timeout"]
    if name in ("waitUntil", "waitSignal", "waitSignals"):  # of pytest-qt, in milliseconds: 5000 where none is said
        yield _number(named[0]) / 1000 if named else 5.0
        return
    at = {"result": 0, "timeout": 0, "wait_for": 1}.get(name)
    yield from map(_number, named if at is None else [*named, *call.args[at : at + 1]])


def _number(node: ast.expr) -> float:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int | float) else LEAST_S


@pytest.mark.parametrize(
    "short",
    [
        "job.result(5)", "asyncio.timeout(2)", "asyncio.wait_for(lost.wait(), 1)", "process.communicate(timeout=20)",
        "qtbot.waitUntil(there)", "qtbot.waitUntil(there, timeout=5000)",
    ],
)  # fmt: skip
def test_a_short_wait_is_seen(short: str) -> None:
    assert short_waits(f"def test():\n    {short}") == [2]
    assert short_waits(f"with pytest.raises(TimeoutError):\n    {short}") == []


def test_no_wait_ends_early() -> None:
    found = {path: short_waits(path.read_text("utf-8")) for path in HERE.rglob("*.py")}
    assert {str(path.relative_to(HERE)): lines for path, lines in found.items() if lines} == {}
