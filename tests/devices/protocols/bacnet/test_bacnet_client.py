"""The client's own socket: who reaches it, what it serves, and that it is closed."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from devices.protocols.bacnet import bacnet_client
from devices.protocols.bacnet.bacnet_client import BacnetClient
from tests.devices.protocols.link_under_test import until

pytestmark = pytest.mark.blocks

WRITE_OWN_NAME = bytes.fromhex("810a0019 0104 0002070f 0c023ffffe 194d 3e 750400 68616d 3f".replace(" ", ""))
"""WriteProperty of the object name of device 4194302, invoke id 7: "ham"."""
REJECTED = bytes.fromhex("810a0009 0100 600709".replace(" ", ""))
"""Reject of invoke id 7: unrecognized service (clauses 18.8, 20.1.8)."""


@pytest.fixture
def device() -> Iterator[socket.socket]:
    """The socket of a device."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        yield one


async def opened(device: socket.socket) -> tuple[BacnetClient, tuple[str, int]]:
    """A client of the device, and where it is reached."""
    client = BacnetClient("127.0.0.1", device.getsockname()[1], timeout_s=30.0)
    await client.ready()
    transport: Any = client._app._link.server.local_transport
    return client, transport.get_extra_info("sockname")


async def answer_of(device: socket.socket) -> bytes:
    async with asyncio.timeout(60):
        return await asyncio.get_running_loop().sock_recv(device, 2048)


async def test_neither_the_device_nor_a_stranger_writes_the_client_s_own_objects(device: socket.socket) -> None:
    client, where = await opened(device)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        stranger.sendto(WRITE_OWN_NAME, where)
        device.sendto(WRITE_OWN_NAME, where)
        assert await answer_of(device) == REJECTED
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    assert str(client._app.device_object.objectName) == "Oikos"  # type: ignore[union-attr]
    client.close()


async def test_malformed_datagrams_leave_the_log_alone(device: socket.socket, caplog: pytest.LogCaptureFixture) -> None:
    client, where = await opened(device)
    for end in range(len(WRITE_OWN_NAME)):
        device.sendto(WRITE_OWN_NAME[:end], where)
        device.sendto(WRITE_OWN_NAME[:2] + end.to_bytes(2) + WRITE_OWN_NAME[4:end], where)
    device.sendto(WRITE_OWN_NAME.replace(b"\x07\x0f", b"\x08\x0f"), where)
    while await answer_of(device) != REJECTED.replace(b"\x07\x09", b"\x08\x09"):
        pass
    client.close()
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_a_client_that_is_closed_before_it_is_ready_closes_its_socket(
    device: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints: list[socket.socket] = []
    connected = bacnet_client._connected

    def kept(host: str, port: int, own_port: int) -> socket.socket:
        endpoints.append(connected(host, port, own_port))
        return endpoints[-1]

    monkeypatch.setattr(bacnet_client, "_connected", kept)
    unhandled: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: unhandled.append(what))
    client = BacnetClient("127.0.0.1", device.getsockname()[1], timeout_s=30.0)
    client.close()
    await until(lambda: endpoints[0].fileno() == -1)
    client.close()
    assert unhandled == []


async def test_what_waits_for_an_answer_sends_nothing_after_the_client_is_closed(device: socket.socket) -> None:
    client, _ = await opened(device)
    asking = asyncio.create_task(client.device())
    await answer_of(device)
    (transaction,) = client._app.asap.clientTransactions
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    client.close()
    assert transaction._timer_handle is None


async def test_without_a_way_to_the_host_opening_fails_at_once_and_leaves_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[socket.socket] = []

    class Unreachable(socket.socket):
        def connect(self, address: object) -> None:
            made.append(self)
            raise OSError(errno.ENETUNREACH, "unreachable")

    monkeypatch.setattr(socket, "socket", Unreachable)
    with pytest.raises(OSError, match="unreachable"):
        BacnetClient("127.0.0.1", 47808, timeout_s=30.0)
    assert made[0].fileno() == -1
