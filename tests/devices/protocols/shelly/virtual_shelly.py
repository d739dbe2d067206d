"""Runs the Shelly of device_peer.py for a test, on a port that it keeps."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.lab.loopback import IN_URL
from tests.devices.protocols.peer_process import PeerProcess, free_port

UID = "aabbccddeeff"
PASSWORD = "open sesame"


class VirtualShelly(PeerProcess):
    """A child process with one device."""

    def __init__(self, *, password: str = "", documents: Path | None = None) -> None:
        self.port = free_port()
        arguments = (str(self.port), password, str(documents or "-"))
        super().__init__(Path(__file__).parent / "device_peer.py", *arguments)

    @property
    def url(self) -> str:
        return f"shelly://{IN_URL}:{self.port}"


@asynccontextmanager
async def virtual_shelly(*, password: str = "", documents: Path | None = None) -> AsyncGenerator[VirtualShelly]:
    device = VirtualShelly(password=password, documents=documents)
    await device.start()
    try:
        yield device
    finally:
        await device.kill()
