"""What links to one host have in common: whom they take for their device, and how they leave it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devices import link as links
from devices.host_link import HostPlace
from devices.link import LinkState
from devices.protocols.shelly import shelly_opening
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from tests.devices.protocols.shelly.virtual_shelly import UID as SHELLY
from tests.devices.protocols.shelly.virtual_shelly import VirtualShelly, virtual_shelly
from tests.devices.protocols.wled.virtual_controller import UID as WLED
from tests.devices.protocols.wled.virtual_controller import VirtualController, virtual_controller
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@asynccontextmanager
async def peer(protocol: str) -> AsyncGenerator[VirtualShelly | VirtualController]:
    async with AsyncExitStack() as stack:
        opened = virtual_shelly() if protocol == "shelly" else virtual_controller()
        yield await stack.enter_async_context(opened)


@pytest.mark.parametrize(("protocol", "uid"), [("shelly", SHELLY), ("wled", WLED)])
async def test_another_device_at_the_address_is_not_taken_for_the_links_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, uid: str
) -> None:
    async def first(self: HostPlace, visit: Callable[..., Awaitable[object]]) -> object:
        return await visit(self.hosts, self.port)

    monkeypatch.setattr(HostPlace, "first", first)
    async with peer(protocol) as device:
        async with running(LinkUnderTest(tmp_path / "other", f"{device.url}/ffffffffffff")) as one:
            await until(lambda: one.runner.state is LinkState.WAITING)
            assert one.runner.reason == Text("reason.other_device")
            assert one.ears.devices == ()
        async with running(LinkUnderTest(tmp_path / "own", f"{device.url}/{uid}")) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)


@pytest.mark.parametrize(("protocol", "uid"), [("shelly", SHELLY), ("wled", WLED)])
async def test_the_end_of_a_link_does_not_wait_for_a_device_that_has_lost_its_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, uid: str
) -> None:
    monkeypatch.setattr(links, "CLOSE_S", 9.0)  # below the 10 seconds that aiohttp waits by itself
    async with peer(protocol) as device:
        async with running(LinkUnderTest(tmp_path / "mine", device.url)) as one:
            await until(lambda: one.ears.online.get(uid) is True)
            os.kill(device.pid, signal.SIGSTOP)
        assert one.ears.problems == []


async def test_a_connection_whose_description_fails_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets: list[aiohttp.ClientWebSocketResponse] = []
    connect: Any = aiohttp.ClientSession.ws_connect

    async def connected(self: aiohttp.ClientSession, url: str, **more: Any) -> aiohttp.ClientWebSocketResponse:
        sockets.append(await connect(self, url, **more))
        return sockets[-1]

    def failing(*_: object) -> None:
        raise TypeError(json.dumps("not iterable"))

    monkeypatch.setattr(aiohttp.ClientSession, "ws_connect", connected)
    monkeypatch.setattr(shelly_opening, "ShellySession", failing)
    async with peer("shelly") as device, running(LinkUnderTest(tmp_path / "mine", device.url)) as one:
        await until(lambda: one.ears.problems)
        assert sockets
        assert all(socket.closed for socket in sockets[:1])
