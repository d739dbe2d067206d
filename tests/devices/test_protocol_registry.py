"""Adapters are found by walking."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devices.protocol_registry import adapters, find_adapters, found_adapters

GOOD = """
class A:
    protocol = "{name}"
    title = ""
    service_types = ()
    schemes = ()
    def claim(self, service): ...
    def link(self, target): ...
    async def open(self, link, secret, surroundings): ...
ADAPTER = A()
"""


def test_every_adapter_file_of_the_program_loads() -> None:
    assert found_adapters().problems == ()
    assert adapters()["mqtt"].schemes == ("mqtt", "mqtts")
    folder = Path(__file__).parents[2] / "devices" / "protocols"
    assert len(adapters()) == len(list(folder.glob("*/adapter.py")))


def test_a_broken_file_is_a_problem_and_the_others_still_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "planted_adapters"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "good.py").write_text(GOOD.format(name="good"))
    (folder / "twice.py").write_text(GOOD.format(name="good"))
    (folder / "syntax.py").write_text("def (")
    (folder / "crash.py").write_text("1 / 0")
    (folder / "empty.py").write_text("")
    (folder / "half.py").write_text("class A: protocol = 'half'\nADAPTER = A()")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find_adapters("planted_adapters")
    assert list(found.adapters) == ["good"]
    wrong = {problem.where.rpartition(".")[2]: problem.detail for problem in found.problems}
    assert set(wrong) == {"crash", "empty", "half", "syntax", "twice"}
    assert "ZeroDivisionError" in wrong["crash"]
    for name in [name for name in sys.modules if name.startswith("planted_adapters")]:
        del sys.modules[name]
