"""Runs the HomeKit bridge of accessory_peer.py for a test, with its state in a folder, on a port that it keeps."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.lab import tethered_process

CODE = "031-45-154"
BRIDGE = "a1:b2:c3:d4:e5:f6"
START_S, ORDER_S = 60.0, 60.0


class VirtualBridge:
    """A child process; `kill` is without an orderly end."""

    def __init__(self, folder: Path, *, more: int = 0, mdns: str = "") -> None:
        self.port = free_port()
        self._state, self._more, self._mdns = folder / "bridge.state", more, mdns
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"homekit://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        program = Path(__file__).parent / "accessory_peer.py"
        arguments = (str(self.port), str(self._state), str(self._more), self._mdns)
        self._process = await asyncio.create_subprocess_exec(
            *tethered_process.command(sys.executable, str(program), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_S):
            assert await self._line() == {"event": "online"}

    async def _line(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        return json.loads(await self._process.stdout.readline())

    async def order(self, **told: Any) -> None:
        """Commands the bridge, and waits until it has done so."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        async with asyncio.timeout(ORDER_S):
            assert await self._line() == {"event": "done"}

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.communicate()

    async def forget_pairings(self) -> None:
        """A reset to factory settings."""
        await self.kill()
        self._state.unlink(missing_ok=True)
        await self.start()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@asynccontextmanager
async def virtual_bridge(folder: Path, *, more: int = 0, mdns: str = "") -> AsyncGenerator[VirtualBridge]:
    pytest.importorskip("pyhap", reason="HAP-python is not installed (uv sync)")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    bridge = VirtualBridge(folder, more=more, mdns=mdns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
        await bridge.start()
        try:
            yield bridge
        finally:
            await bridge.kill()
