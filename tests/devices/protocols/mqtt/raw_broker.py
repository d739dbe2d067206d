"""A broker of a few lines that sends whatever bytes a test wants, as no honest broker would."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable


def packet(head: int, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((head, *length)) + body


def publish(topic: bytes, payload: bytes, *, modern: bool, retain: bool = False) -> bytes:
    return packet(0x30 | retain, len(topic).to_bytes(2, "big") + topic + (b"\x00" if modern else b"") + payload)


class RawBroker:
    """Accepts everybody and every subscription; `old` says how it meets MQTT 5: speaks, refuses, or hangs up."""

    def __init__(self, old: str = "") -> None:
        self.old = old
        self.connections: list[int] = []
        """Protocol level of each CONNECT that was accepted."""
        self.retained: list[tuple[bytes, bytes]] = []
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        if self._writer is not None:
            self._writer.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=30)

    def hang_up(self) -> None:
        assert self._writer is not None
        self._writer.transport.abort()

    def push(self, topic: bytes, payload: bytes) -> None:
        assert self._writer is not None
        self._writer.write(publish(topic, payload, modern=self.connections[-1] == 5))

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Writes a stream piece by piece, each in its own packet where the network allows it."""
        assert self._writer is not None
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head, body = await self._packet(reader)
                if not self._answer(head & 0xF0, body, writer):
                    break
        writer.close()

    async def _packet(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head, size, shift = (await reader.readexactly(1))[0], 0, 0
        while True:
            byte = (await reader.readexactly(1))[0]
            size, shift = size | (byte & 0x7F) << shift, shift + 7
            if not byte & 0x80:
                return head, await reader.readexactly(size)

    def _answer(self, kind: int, body: bytes, writer: asyncio.StreamWriter) -> bool:
        if kind == 0x10:
            level = body[6]
            if level == 5 and self.old:
                if self.old == "refuses":
                    writer.write(packet(0x20, b"\x00\x01"))
                return False
            self.connections.append(level)
            self._writer = writer
            writer.write(packet(0x20, b"\x00\x00\x00" if level == 5 else b"\x00\x00"))
        modern = bool(self.connections) and self.connections[-1] == 5
        between = b"\x00" if modern else b""
        if kind == 0x80:
            filters = _filters(body[2 + len(between) :])
            writer.write(packet(0x90, body[:2] + between + b"\x00" * filters))
            for topic, payload in self.retained:
                if topic.split(b"/")[1:2] and b"/" + topic.split(b"/")[1] + b"/+/+/" in body:
                    writer.write(publish(topic, payload, modern=modern, retain=True))
        elif kind == 0xA0:
            writer.write(packet(0xB0, body[:2] + (b"\x00\x11" if modern else b"")))
        elif kind == 0xC0:
            writer.write(packet(0xD0, b""))
        elif kind == 0xE0:
            return False
        return True


def _filters(rest: bytes) -> int:
    count = 0
    while rest:
        size = int.from_bytes(rest[:2], "big")
        rest, count = rest[2 + size + 1 :], count + 1
    return count
