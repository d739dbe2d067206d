"""One thing is never "1 things": sentences that count agree with their number, everywhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from twin.model.plural import counted, pattern

ROOT = Path(__file__).parents[2]
THINGS = (
    "bytes|columns|commands|components|corners|days|devices|doors|elements|features|files|gateways|lines|links|messages|"
    "networks|nodes|observations|pages|pairs|pieces|placeholders|points|problems|references|rooms|rows|samples|sensors|"
    "spaces|storeys|systems|things|topics|values|walls|windows|zones"
)
AGREEMENT = re.compile(rf"^ (?:[a-z]+ )?(?:{THINGS})\b")
HALF = {"devices", "values", "files", "storeys", "shapes", "characters", "announcements", "components"}


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 rooms have no door"), (1, "1 room has no door"), (2, "2 rooms have no door")]
)
def test_a_sentence_agrees_with_its_number(n: int, said: str) -> None:
    assert counted(n, "%n [room|rooms] [has|have] no door") == said
    assert re.fullmatch(pattern("%n [room|rooms] [has|have] no door").replace("%n", r"\d+"), said)


def test_a_pattern_takes_everything_else_as_it_stands() -> None:
    assert re.fullmatch(pattern("a (b) [c] [x|y].*"), "a (b) [c] y.*")
    assert not re.fullmatch(pattern("a [x|y]"), "a z")


def test_no_sentence_writes_a_number_before_a_plural_by_itself() -> None:
    found: list[str] = []
    for part in ("app/cli", "app/engine", "twin", "devices"):
        for file in (ROOT / part).rglob("*.py"):
            if "lab" in file.parts or "bench" in file.name:
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            excused = {
                id(one) for node in ast.walk(tree) if isinstance(node, ast.IfExp | ast.Raise) for one in ast.walk(node)
            }
            found += [
                f"{file.relative_to(ROOT)}:{node.lineno}: {sentence}"
                for node in ast.walk(tree)
                if isinstance(node, ast.JoinedStr) and id(node) not in excused
                for sentence in plain_plurals(node)
            ]
    assert not found, "\n".join(found)


def plain_plurals(node: ast.JoinedStr) -> list[str]:
    """Numbers of a sentence with a plural after them; constants, and totals after "of", are never one."""
    found: list[str] = []
    for i, (number, after) in enumerate(zip(node.values, node.values[1:], strict=False)):
        if not (isinstance(number, ast.FormattedValue) and isinstance(after, ast.Constant)):
            continue
        before = node.values[i - 1] if i else None
        total = isinstance(before, ast.Constant) and str(before.value).endswith("of ")
        constant = ast.unparse(number.value).isupper() or isinstance(number.value, ast.Constant)
        if AGREEMENT.match(str(after.value)) and not total and not constant:
            found.append(ast.unparse(node))
    return found
