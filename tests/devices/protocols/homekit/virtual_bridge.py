"""Runs the HomeKit bridge of accessory_peer.py for a test, with its state in a folder, on a port that it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import override

import pytest

from devices.lab.loopback import IN_URL, LOOPBACK
from tests.devices.protocols.peer_process import PeerProcess, free_port

CODE = "031-45-154"
BRIDGE = "a1:b2:c3:d4:e5:f6"


class VirtualBridge(PeerProcess):
    """A child process with one HomeKit bridge; its port may be changed while it is off."""

    def __init__(self, folder: Path, *, more: int = 0, mdns: str = "") -> None:
        super().__init__(Path(__file__).parent / "accessory_peer.py")
        self.port = free_port()
        self._state, self._more, self._mdns = folder / "bridge.state", more, mdns

    @property
    def url(self) -> str:
        return f"homekit://{IN_URL}:{self.port}"

    @override
    async def start(self) -> None:
        self.arguments = (str(self.port), str(self._state), str(self._more), self._mdns)
        await super().start()

    async def forget_pairings(self) -> None:
        """A reset to factory settings."""
        await self.kill()
        self._state.unlink(missing_ok=True)
        await self.start()


@asynccontextmanager
async def virtual_bridge(folder: Path, *, more: int = 0, mdns: str = "") -> AsyncGenerator[VirtualBridge]:
    pytest.importorskip("pyhap", reason="HAP-python is not installed (uv sync)")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    bridge = VirtualBridge(folder, more=more, mdns=mdns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OIKOS_MDNS_INTERFACES", LOOPBACK)
        await bridge.start()
        try:
            yield bridge
        finally:
            await bridge.kill()
