"""Runs the BACnet device of device_peer.py for a test, on a port that it keeps."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.lab.loopback import FAMILY
from tests.devices.protocols.peer_process import PeerProcess

UID = "device-260001"
ALARM_UID = "device-260002"


def free_port() -> int:
    """A free UDP port below those that the system hands out, so that it stays free until the device binds it."""
    for port in random.sample(range(20_000, 32_000), 1000):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


class VirtualDevice(PeerProcess):
    """A child process with one BACnet device."""

    def __init__(self, *, more: int = 0) -> None:
        self.port = free_port()
        super().__init__(Path(__file__).parent / "device_peer.py", str(self.port), str(more))

    @property
    def url(self) -> str:
        return f"bacnet://127.0.0.1:{self.port}"


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
        pytest.skip("BACnet/IPv6 (ASHRAE 135-2020, Annex U) is not supported yet")
    device = AlarmDevice()
    await device.start()
    try:
        yield device
    finally:
        await device.kill()


@asynccontextmanager
async def virtual_device(*, more: int = 0) -> AsyncGenerator[VirtualDevice]:
    pytest.importorskip("rusty_bacnet", reason="rusty-bacnet is not installed (uv sync)")
    if FAMILY == socket.AF_INET6:
        pytest.skip("BACnet/IPv6 (ASHRAE 135-2020, Annex U) is not supported yet")
    device = VirtualDevice(more=more)
    await device.start()
    try:
        yield device
    finally:
        await device.kill()
