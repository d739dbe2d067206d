"""A peer of the tests in a process of its own, which answers each line of JSON with one."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

from devices import tethered_process
from devices.lab.loopback import FAMILY, LOOPBACK

ANSWER_S = 60.0


class PeerProcess:
    """Runs a program of the tests; `kill` is without an orderly end."""

    def __init__(self, program: Path, *arguments: str) -> None:
        self._program, self.arguments = program, arguments
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self) -> list[str]:
        """The command line of the program."""
        return [sys.executable, str(self._program), *self.arguments]

    async def start(self) -> None:
        """Starts it, and waits until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *tethered_process.command(*self.command()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await self._line() == {"event": "online"}

    async def _line(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(ANSWER_S):
            return json.loads(await self._process.stdout.readline())

    async def order(self, **told: Any) -> None:
        """Commands it, and waits until it has done so."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        assert await self._line() == {"event": "done"}

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.communicate()


def free_port() -> int:
    """A port that the system gives to nobody else until this process ends: it stays bound here, without listening, and who
    binds it by its number (with SO_REUSEADDR, as asyncio does) may listen on it."""
    held = socket.socket(FAMILY)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(socket.getaddrinfo(LOOPBACK, 0)[0][4])
    port = held.getsockname()[1]
    held.detach()
    return port
