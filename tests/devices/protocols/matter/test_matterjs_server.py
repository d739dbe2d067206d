"""The managed server on matter.js: commissionings beside one that was cut off, and its end where Oikos ends."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import platformdirs
import pytest

from devices.loopback_address import LOOPBACKS, bracketed
from devices.node_runtime import installed, node_program
from devices.protocols.matter.server_client import SCHEMA, NotAMatterServerError, ServerAddress, ServerConnection
from devices.protocols.matter.server_programs import MATTERJS_PROGRAM
from twin.model.problem import ProblemError

FETCHED = platformdirs.user_cache_path("oikos-tests", appauthor=False) / "matter-server"
"""The packages are fetched once per machine, not once per test."""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    try:
        asyncio.run(installed(MATTERJS_PROGRAM, FETCHED))
    except ProblemError as error:
        pytest.skip(str(error))
    folder = tmp_path / "program"
    folder.mkdir()
    for name in MATTERJS_PROGRAM.files:
        shutil.copy(MATTERJS_PROGRAM.source / name, folder)
    (folder / "node_modules").symlink_to(FETCHED / "node_modules", target_is_directory=True)
    return folder


def test_a_node_that_comes_back_is_taken_in_while_others_are_commissioned(program: Path) -> None:
    command = [node_program(), str(Path(__file__).with_name("commissionings.mjs")), str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    wrong_code, both = json.loads(done.stdout)
    assert sorted(wrong_code) == ["refused", "taken in"]
    assert both == ["taken in", "joined"], "nothing is told as failed, and no mark is left"


def test_the_server_ends_where_oikos_ends_while_it_starts(program: Path, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "roots").mkdir()
    command = [node_program(), str(program / "server.mjs"), "--folder", str(tmp_path / "store")]
    command += ["--roots", str(tmp_path / "roots"), "--socket", str(tmp_path / "socket"), "--parent", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            server.communicate(b"token\n", timeout=60)  # and stdin ends at once
            assert server.returncode == 0
        finally:
            server.kill()


@pytest.mark.parametrize("host", LOOPBACKS)
def test_without_unix_sockets_it_serves_its_owner_on_loopback_of_ipv4_or_ipv6(
    program: Path, tmp_path: Path, host: str
) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "roots").mkdir()
    command = [node_program(), str(program / "server.mjs"), "--folder", str(tmp_path / "store")]
    command += ["--roots", str(tmp_path / "roots"), "--host", host, "--parent", str(os.getpid())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(b"token\n")
            server.stdin.flush()
            port = next(fact["port"] for fact in map(json.loads, server.stdout) if "ready" in fact)
            url = f"ws://{bracketed(host)}:{port}/ws"

            async def greeted(token: str) -> int:
                wire = await ServerConnection.open(ServerAddress(url, token))
                await wire.close()
                return wire.hello.schema

            assert asyncio.run(greeted("token")) == SCHEMA
            with pytest.raises(NotAMatterServerError, match="401"):
                asyncio.run(greeted("guessed"))
        finally:
            server.kill()
