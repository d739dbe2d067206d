"""Listens for devices that sleep: they connect to this machine by WebSocket when they wake, report, and sleep again.

Nothing listens unless a link's option `push` names a port. What comes in is not authenticated, as the devices cannot do
that; only frames of devices that links wait for are looked at, and nothing is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from devices.json_document import Document, decoded

type TakeFrame = Callable[[Document], None]

PATH = "/shelly"
MAX_FRAME_BYTES = 64 * 1024
FRAMES, FRAMES_PER_S = 200, 20.0
"""Frames that a connection may send at once, and per second from then on: a device sends some a minute."""
MAX_CONNECTIONS = 200
CLOSE_S = 0.5
"""Seconds that the end of a connection waits for the device to agree to it."""


class FrameBudget:
    """How many frames one connection may send: a burst of FRAMES, then FRAMES_PER_S."""

    def __init__(self, now_s: float) -> None:
        self._left, self._at_s = float(FRAMES), now_s

    def delay_s(self, now_s: float) -> float:
        """Registers a frame; returns the seconds until the next one is read."""
        self._left = min(float(FRAMES), self._left + (now_s - self._at_s) * FRAMES_PER_S) - 1.0
        self._at_s = now_s
        return max(0.0, -self._left / FRAMES_PER_S)


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
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=CLOSE_S)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, port=port).start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Closes every connection and the port."""
        await asyncio.gather(*(socket.close() for socket in self._sockets), return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _connected(self, request: web.Request) -> web.StreamResponse:
        if len(self._sockets) >= MAX_CONNECTIONS:
            return web.Response(status=503)
        if _is_of_web_page(request):
            return web.Response(status=403)
        socket = web.WebSocketResponse(timeout=CLOSE_S, max_msg_size=MAX_FRAME_BYTES, heartbeat=30.0)
        await socket.prepare(request)
        loop = asyncio.get_running_loop()
        budget = FrameBudget(loop.time())
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
                if (delay_s := budget.delay_s(loop.time())) > 0:  # the sender waits meanwhile, and nothing is lost
                    await asyncio.sleep(delay_s)
        finally:
            self._sockets.discard(socket)
        return socket

    def _take(self, text: str) -> None:
        frame = decoded(text)
        if frame is not None:
            uid = str(frame.get("src", "")).rpartition("-")[2].lower()
            if (take := self.waiting.get(uid)) is not None:
                take(frame)


def _is_of_web_page(request: web.Request) -> bool:
    """Whether a browser connects for a page of another host (RFC 6455 section 10.2); devices name none, or themselves."""
    origin = request.headers.get("Origin")
    try:
        host = urlsplit(origin or "").hostname
    except ValueError:
        return True
    return origin is not None and host not in (request.remote, request.url.host)
