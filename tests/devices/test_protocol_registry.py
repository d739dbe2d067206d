"""Adapters are found by walking."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devices.contract import HasLogin, RemovesAtPeer
from devices.protocol_registry import adapters, find_adapters, found_adapters, own_adapter

GOOD = """
class A:
    protocol = "{name}"
    title = ""
    service_types = ()
    schemes = ()
    def claim(self, service): ...
    def link(self, target): ...
    async def open(self, link, secret, adapter_context): ...
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


@pytest.mark.parametrize("protocol", sorted(adapters()))
def test_the_folder_of_a_protocol_has_its_name_and_it_is_found_without_the_others(protocol: str) -> None:
    assert own_adapter(protocol) is adapters()[protocol]
    code = (
        "import sys; from devices.protocol_registry import own_adapter; "
        f"assert own_adapter({protocol!r}); "
        "print([name for name in sys.modules if name.startswith('devices.protocols.') and name.count('.') == 2])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=400)
    assert done.stdout.strip() == str([f"devices.protocols.{protocol}"])


def test_a_protocol_that_nobody_speaks_has_no_adapter() -> None:
    assert own_adapter("nobody") is None


def test_each_protocol_declares_whether_it_has_a_login_and_what_a_removal_does_at_its_devices() -> None:
    every = adapters()
    with_login = {name for name, one in every.items() if isinstance(one, HasLogin) and one.has_login}
    assert with_login == {"mqtt", "homekit", "shelly", "esphome", "knx"}
    noticed = {name: one.removal.code for name, one in every.items() if isinstance(one, RemovesAtPeer)}
    assert noticed == {"matter": "matter.removal", "homekit": "homekit.removal", "hue": "hue.removal"}
