"""The gate before the managed server: its token opens, a web page, a foreign Host and another user find it shut."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from devices.loopback_address import LOOPBACKS, bracketed
from devices.protocols.matter.server import ManagedServer, socket_path
from devices.protocols.matter.server_client import NotAMatterServerError, ServerAddress, ServerConnection
from devices.protocols.matter.server_gate import guard, new_token, site
from tests.devices.protocols.matter.peer import HELLO

unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")


@asynccontextmanager
async def gated(token: str, path: str = "", host: str = LOOPBACKS[0]) -> AsyncGenerator[ServerAddress]:
    """A server behind the gate, at this path or on loopback."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse()
        await wire.prepare(request)
        await wire.send_str(json.dumps(HELLO))
        async for message in wire:
            await wire.send_json({"message_id": json.loads(message.data)["message_id"], "result": "the nodes"})
        return wire

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="the dashboard")

    app = web.Application()
    app.middlewares.append(guard(token))
    app.router.add_get("/ws", talk)
    app.router.add_get("/", page)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await site(runner, path, host).start()
        (address,) = runner.addresses
        url = "ws://localhost/ws" if path else f"ws://{bracketed(host)}:{address[1]}/ws"
        yield ServerAddress(url, token, path)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("path", "host"), [pytest.param("s", "", marks=unix), *(("", host) for host in LOOPBACKS)])
async def test_who_holds_the_token_is_served(tmp_path: Path, path: str, host: str) -> None:
    async with gated(new_token(), str(tmp_path / path) if path else "", host) as address:
        wire = await ServerConnection.open(address)
        assert await wire.call("get_nodes") == "the nodes"
        await wire.close()


@pytest.mark.parametrize("path", [pytest.param("s", marks=unix), ""])
@pytest.mark.parametrize("token", ["", "guessed", "Ж"])
async def test_without_the_right_token_the_server_does_not_even_greet(tmp_path: Path, path: str, token: str) -> None:
    async with gated(new_token(), str(tmp_path / path) if path else "") as address:
        with pytest.raises(NotAMatterServerError, match="401"):
            await ServerConnection.open(ServerAddress(address.url, token, address.socket_path))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({}, 200),
    ],
)
async def test_a_web_page_is_refused_even_with_the_token(headers: dict[str, str], status: int) -> None:
    async with gated(token := new_token()) as address, aiohttp.ClientSession() as session:
        url = address.url.replace("ws://", "http://").removesuffix("ws")
        async with session.get(url, headers={"Authorization": f"Bearer {token}"} | headers) as answer:
            assert answer.status == status


@pytest.mark.parametrize("path", ["", "ws", "info", "nowhere"])
async def test_a_stranger_does_not_learn_what_there_is(path: str) -> None:
    async with gated(new_token()) as address, aiohttp.ClientSession() as session:
        answer = await session.get(address.url.replace("ws://", "http://").removesuffix("ws") + path)
        assert (answer.status, "dashboard" in await answer.text()) == (401, False)


def test_a_gate_needs_a_token_and_tokens_never_print() -> None:
    with pytest.raises(ValueError, match="open"):
        guard("")
    token = new_token()
    assert len(token) >= 43
    assert token not in repr(ServerAddress("ws://localhost/ws", token))


@unix
def test_the_socket_lies_in_the_server_s_own_folder_or_in_a_new_private_one(tmp_path: Path) -> None:
    assert socket_path(tmp_path) == str(tmp_path / "server.sock")
    deep = tmp_path / ("x" * 100)
    path = Path(socket_path(deep))
    try:
        assert len(os.fsencode(path)) < 104
        assert path.parent.stat().st_mode & 0o777 == 0o700
    finally:
        path.parent.rmdir()


@unix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as another user")
@pytest.mark.blocks  # folders are made on the loop
async def test_another_user_of_the_machine_cannot_reach_the_socket(request: pytest.FixtureRequest) -> None:
    tmp_path = Path(tempfile.mkdtemp())  # pytest's own folders are private already
    request.addfinalizer(lambda: shutil.rmtree(tmp_path))
    tmp_path.chmod(0o755)  # noqa: ASYNC240
    (tmp_path / "m").mkdir(mode=0o755)
    managed = ManagedServer(tmp_path / "m")
    managed._prepare()  # pyright: ignore[reportPrivateUsage]
    old = os.umask(0o077)
    try:
        async with gated("token", managed._socket_path):  # pyright: ignore[reportPrivateUsage]
            refused = _connects_as_nobody(managed._socket_path)  # pyright: ignore[reportPrivateUsage]
    finally:
        os.umask(old)
        await managed.stop()
    assert refused == errno.EACCES
    assert not Path(managed._socket_path).exists()  # noqa: ASYNC240 # pyright: ignore[reportPrivateUsage]


def _connects_as_nobody(path: str) -> int:
    """What another user's process gets (errno); 0 where it gets in."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.setgroups(())
        os.setgid(65534)
        os.setuid(65534)
        socket.socket(socket.AF_UNIX).connect(path)
        os._exit(0)
    except OSError as error:
        os._exit(error.errno or 255)
