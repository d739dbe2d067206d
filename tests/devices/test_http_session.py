"""A redirection of a device is followed nowhere, of a WebSocket neither."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from devices.http_session import device_session
from devices.protocols.shelly.rpc_connection import RpcConnection
from twin.model.text import Text

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def listening(handler: Handler) -> tuple[web.AppRunner, int]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


@pytest.fixture
async def redirecting() -> AsyncIterator[tuple[int, list[str]]]:
    """The port of a server that names another one in every answer, and the visits that the other one had."""
    visits: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        visits.append(request.path)
        return web.Response()

    other, port = await listening(elsewhere)

    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{port}/stolen"})

    first, at = await listening(redirect)
    yield at, visits
    await first.cleanup()
    await other.cleanup()


async def test_neither_a_request_nor_a_websocket_follows_a_redirection(redirecting: tuple[int, list[str]]) -> None:
    port, visits = redirecting
    async with device_session() as session:
        with pytest.raises(ConnectionError) as caught:
            await session.get(f"http://127.0.0.1:{port}/")
        assert caught.value.args == (Text("reason.redirected"),)
        with pytest.raises(ConnectionError):
            await session.ws_connect(f"http://127.0.0.1:{port}/ws")
    assert visits == []
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/"):
        assert visits == ["/stolen"], "the library follows it by itself"


async def test_a_shelly_that_redirects_is_not_followed(redirecting: tuple[int, list[str]]) -> None:
    port, visits = redirecting
    with pytest.raises(ConnectionError):
        await RpcConnection.opened("127.0.0.1", port, "", "")
    assert visits == []
