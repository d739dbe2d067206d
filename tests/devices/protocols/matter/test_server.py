"""The managed server's folder: trust that the server cannot throw away, and one server per home."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest

from app.i18n import remedy
from devices.protocols.matter import server, server_programs
from devices.protocols.matter.server import ManagedServer, trust, unfit
from devices.protocols.matter.server_programs import NATIVE
from twin.model.problem import ProblemError

ROOT = "Chip-Test-PAA-NoVID-Cert.der"
WILLING = "import time; print('{\"ready\": true}', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WILLING


@pytest.fixture
def lab_roots(tmp_path: Path) -> Path:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / ROOT).write_bytes(b"certificate")
    (folder / "secret.txt").write_bytes(b"not a root")
    return folder


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    folder = tmp_path / "roots"
    folder.mkdir()
    return folder


def test_a_version_file_keeps_the_server_from_emptying_the_folder(roots: Path) -> None:
    trust(roots, None, online=False)
    assert (roots / ".version").exists()


def test_online_the_first_start_asks_for_the_real_roots(roots: Path) -> None:
    trust(roots, None, online=True)
    assert (roots / ".version").stat().st_mtime < 1000
    os.utime(roots / ".version")
    fresh = (roots / ".version").stat().st_mtime
    trust(roots, None, online=True)
    assert (roots / ".version").stat().st_mtime == fresh


def test_test_roots_are_trusted_only_while_somebody_wants_test_devices(roots: Path, lab_roots: Path) -> None:
    (roots / "dcld_mirror_CN_Real_PAA.der").write_bytes(b"real")
    trust(roots, lab_roots, online=False)
    assert {file.name for file in roots.iterdir()} == {ROOT, ".version", "dcld_mirror_CN_Real_PAA.der"}
    trust(roots, None, online=False)
    assert {file.name for file in roots.iterdir()} == {".version", "dcld_mirror_CN_Real_PAA.der"}


def test_without_the_stack_the_problem_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_programs, "find_spec", lambda _: None)
    problem = unfit(NATIVE)
    assert problem is not None
    assert (problem.code, "ws://" in remedy(problem)) == ("matter.wheel", True)


def test_without_a_network_nothing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server_programs, "find_spec", lambda _: object())
    monkeypatch.setattr(server, "reachable", lambda: False)
    with pytest.raises(ProblemError) as error:
        asyncio.run(ManagedServer(tmp_path / "matter").start())
    problem = error.value.problems[0]
    assert (problem.code, problem.retry) == ("matter.interface", True)
    assert not (tmp_path / "matter").exists()


class Scripted(ManagedServer):
    """A server whose child is a line of Python."""

    script = ""

    async def _spawn(self, token: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", self.script, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
        )
        self._reader = asyncio.ensure_future(self._listen(self._process))


@pytest.fixture
def fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "unfit", lambda _: None)


def failed(folder: Path, script: str) -> str:
    child = Scripted(folder)
    child.script = script
    with pytest.raises(ProblemError) as error:
        asyncio.run(child.start())
    assert remedy(error.value.problems[0])
    return error.value.problems[0].code


@pytest.mark.usefixtures("fit")
@pytest.mark.parametrize("reason", ["libnl", "chip", "damaged", "wheel"])
def test_what_the_child_refuses_for_becomes_a_problem_in_words(tmp_path: Path, reason: str) -> None:
    assert failed(tmp_path / "m", f'print(\'{{"refused": "{reason}", "detail": "x"}}\')') == f"matter.{reason}"


@pytest.mark.usefixtures("fit")
def test_a_child_that_ends_at_once_is_a_problem_with_the_log_s_place(tmp_path: Path) -> None:
    assert failed(tmp_path / "m", "print('noise'); raise SystemExit(7)") == "matter.ended"


@pytest.mark.usefixtures("fit")
def test_a_child_that_never_gets_ready_is_ended_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "READY_S", 0.1)
    assert failed(tmp_path / "m", "import time; time.sleep(60)") == "matter.slow"


@pytest.mark.usefixtures("fit")
def test_two_servers_never_share_one_home(tmp_path: Path) -> None:
    async def both() -> str:
        first, second = Scripted(tmp_path / "m"), Scripted(tmp_path / "m")
        first.script = second.script = WILLING
        await first.start()
        try:
            with pytest.raises(ProblemError) as error:
                await second.start()
        finally:
            await first.stop()
            await second.stop()
        await second.start()
        await second.stop()
        return error.value.problems[0].code

    assert asyncio.run(both()) == "matter.in_use"


@pytest.mark.usefixtures("fit")
@pytest.mark.parametrize("patience_s", [0.05, 60.0])
def test_a_server_that_hangs_is_ended_by_force_even_when_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience_s: float
) -> None:
    monkeypatch.setattr(server, "STOP_S", patience_s)

    async def twice() -> int | None:
        first, second = Scripted(tmp_path / "m"), Scripted(tmp_path / "m")
        first.script, second.script = STUBBORN, WILLING
        await first.start()
        process = first._process  # pyright: ignore[reportPrivateUsage]
        assert process is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await first.stop()
        code = await asyncio.wait_for(process.wait(), 60)
        await second.start()
        await second.stop()
        return code

    assert asyncio.run(twice()) == -9
