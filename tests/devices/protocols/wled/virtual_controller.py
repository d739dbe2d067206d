"""Runs the WLED of controller_peer.py for a test, on a port that it keeps."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from devices.lab.loopback import IN_URL
from tests.devices.protocols.peer_process import PeerProcess, free_port

UID = "aabbcc001122"


class VirtualController(PeerProcess):
    """A child process with one controller."""

    def __init__(self, document: Path | None = None) -> None:
        self.port = free_port()
        super().__init__(Path(__file__).parent / "controller_peer.py", str(self.port), str(document or "-"))

    @property
    def url(self) -> str:
        return f"wled://{IN_URL}:{self.port}"


@asynccontextmanager
async def virtual_controller(document: Path | None = None) -> AsyncGenerator[VirtualController]:
    controller = VirtualController(document)
    await controller.start()
    try:
        yield controller
    finally:
        await controller.kill()
