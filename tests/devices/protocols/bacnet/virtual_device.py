"""Runs the BACnet device of device_peer.py for a test, on a port that it keeps."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.lab.loopback import FAMILY, LOOPBACK
from devices.loopback_address import bracketed
from tests.devices.protocols.peer_process import PeerProcess

UID = "device-260001"
ALARM_UID = "device-260002"


def free_port() -> int:
    """A free UDP port below those that the system hands out, so that it stays free until the device binds it."""
    for port in random.sample(range(20_000, 32_000), 1000):
        with socket.socket(FAMILY, socket.SOCK_DGRAM) as free, contextlib.suppress(OSError):
            free.bind((LOOPBACK, port))
            return port
    raise OSError("no free port")


class VirtualDevice(PeerProcess):
    """A child process with one BACnet device."""

    def __init__(self, *, more: int = 0, host: str = LOOPBACK) -> None:
        self.port, self.host = free_port(), host
        super().__init__(Path(__file__).parent / "device_peer.py", str(self.port), str(more), host)

    @property
    def url(self) -> str:
        return f"bacnet://{bracketed(self.host)}:{self.port}"


class AlarmDevice(PeerProcess):
    """A child process with one BACnet device whose alarm wants to be acknowledged."""

    def __init__(self) -> None:
        self.port = free_port()
        super().__init__(Path(__file__).parent / "alarm_peer.py", str(self.port))

    @property
    def url(self) -> str:
        return f"bacnet://127.0.0.1:{self.port}"


@asynccontextmanager
async def alarm_device() -> AsyncGenerator[AlarmDevice]:
    if FAMILY == socket.AF_INET6:
        pytest.skip("this device has BACnet/IP alone")
    device = AlarmDevice()
    await device.start()
    try:
        yield device
    finally:
        await device.kill()


@asynccontextmanager
async def virtual_device(*, more: int = 0, host: str = LOOPBACK) -> AsyncGenerator[VirtualDevice]:
    pytest.importorskip("rusty_bacnet", reason="rusty-bacnet is not installed (uv sync)")
    if "%" in host:
        pytest.skip("rusty-bacnet takes no link-local address with its zone")
    device = VirtualDevice(more=more, host=host)
    await device.start()
    try:
        yield device
    finally:
        await device.kill()
