"""The ports that sleeping devices report to. Imports no HTTP: the adapter has it before there is a link."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devices.protocols.shelly.push_listener import PushListener, TakeFrame


class PushPorts:
    """The listening ports, each opened by the first link that needs it and closed by the last."""

    def __init__(self) -> None:
        self._open: dict[int, PushListener] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def wait_for(self, uid: str, port: int, take: TakeFrame) -> None:
        """Calls `take` with every frame of the device. Raises OSError where the port cannot be had."""
        from devices.protocols.shelly.push_listener import PushListener

        async with self._lock(port):
            listener = self._open.get(port)
            if listener is None:
                listener = PushListener()
                await listener.start(port)
                self._open[port] = listener
            listener.waiting[uid] = take

    async def end(self, uid: str, port: int, take: TakeFrame) -> None:
        """Calls `take` no longer; the port is closed where no other session waits at it."""
        async with self._lock(port):
            listener = self._open.get(port)
            if listener is None:
                return
            if listener.waiting.get(uid) == take:
                del listener.waiting[uid]
            if not listener.waiting:
                del self._open[port]
                await listener.stop()

    def _lock(self, port: int) -> asyncio.Lock:
        """A port is opened and closed by one session at a time."""
        return self._locks.setdefault(port, asyncio.Lock())
