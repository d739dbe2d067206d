"""Listens for devices that sleep: they connect to this machine by WebSocket when they wake, report, and sleep again.

Nothing listens unless a link's option `push` names a port. What comes in is not authenticated, as the devices cannot do
that; only frames of devices that links wait for are looked at, and nothing is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import aiohttp
import msgspec
from aiohttp import web

from devices.json_document import Document

type TakeFrame = Callable[[Document], None]

PATH = "/shelly"
MAX_FRAME_BYTES = 64 * 1024
MAX_CONNECTIONS = 200


class PushListener:
    """One port, and who waits for which device (by hardware address)."""

    def __init__(self) -> None:
        self.waiting: dict[str, TakeFrame] = {}
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Listens at the port on every interface. Raises OSError."""
        application = web.Application()
        application.router.add_get(PATH, self._connected)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, port=port).start()
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Closes every connection and the port."""
        for socket in tuple(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _connected(self, request: web.Request) -> web.StreamResponse:
        if len(self._sockets) >= MAX_CONNECTIONS:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME_BYTES, heartbeat=30.0)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self._sockets.discard(socket)
        return socket

    def _take(self, text: str) -> None:
        try:
            frame: object = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return
        if isinstance(frame, Mapping):
            frame = cast(Document, frame)
            uid = str(frame.get("src", "")).rpartition("-")[2].lower()
            if (take := self.waiting.get(uid)) is not None:
                take(frame)
