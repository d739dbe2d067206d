"""A small MQTT 3.1.1 client over asyncio streams, for the lab's devices and the benches.

Deliberately not the library of the adapter, so that they test each other; and it can drop the connection without
DISCONNECT, as real devices do. Packets: MQTT Version 3.1.1, OASIS Standard, sections 2 and 3.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass

MAX_PACKET = 1_048_576


class MqttClientError(ConnectionError):
    """The peer violates MQTT, or refused the connection."""


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """Fields of the CONNECT packet; the will is (topic, payload), sent retained."""

    client: str
    user: str = ""
    password: str = ""
    will: tuple[str, str] | None = None
    keepalive_s: int = 30


def _text(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return len(data).to_bytes(2, "big") + data


def _packet(head: int, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes((head, *length)) + body


def connect_packet(hello: ConnectOptions) -> bytes:
    """CONNECT with a clean session (section 3.1)."""
    flags, tail = 0x02, b""
    if hello.will is not None:
        flags |= 0x04 | 0x08 | 0x20
        tail += _text(hello.will[0]) + _text(hello.will[1])
    if hello.user:
        flags |= 0x80 | 0x40
        tail += _text(hello.user) + _text(hello.password)
    head = _text("MQTT") + bytes((4, flags)) + hello.keepalive_s.to_bytes(2, "big")
    return _packet(0x10, head + _text(hello.client) + tail)


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readexactly(1))[0]
    size, shift = 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
        if shift > 21:
            raise MqttClientError("malformed length")
    if size > MAX_PACKET:
        raise MqttClientError("packet too large")
    return head, await reader.readexactly(size)


class MqttClient:
    """One connection; sends QoS 0, receives QoS 0 and 1."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._id = 0

    @classmethod
    async def open(cls, host: str, port: int, hello: ConnectOptions, tls: ssl.SSLContext | None = None) -> MqttClient:
        """Connects. Raises MqttClientError with the broker's code where it refuses, OSError where it is unreachable."""
        reader, writer = await asyncio.open_connection(
            host, port, ssl=tls, server_hostname=host.partition("%")[0] if tls else None
        )
        try:
            writer.write(connect_packet(hello))
            head, body = await _read(reader)
            if head != 0x20 or len(body) != 2 or body[1] != 0:
                raise MqttClientError(f"the broker refused with code {body[1] if len(body) == 2 else head}")
        except asyncio.IncompleteReadError:
            writer.transport.abort()
            raise MqttClientError("the broker hung up") from None
        except BaseException:
            writer.transport.abort()
            raise
        return cls(reader, writer)

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publishes with QoS 0; sent with the loop's next iteration."""
        self._writer.write(_packet(0x30 | retain, _text(topic) + payload.encode()))

    def subscribe(self, *topics: str) -> None:
        """Subscribes to each topic filter with QoS 1."""
        self._id = self._id % 65_535 + 1
        filters = b"".join(_text(topic) + b"\x01" for topic in topics)
        self._writer.write(_packet(0x82, self._id.to_bytes(2, "big") + filters))

    def ping(self) -> None:
        """Sends PINGREQ to keep the connection alive."""
        self._writer.write(_packet(0xC0, b""))

    async def receive(self) -> tuple[str, bytes]:
        """The next message: topic and payload. Raises OSError when the connection is lost."""
        while True:
            try:
                head, body = await _read(self._reader)
            except asyncio.IncompleteReadError:
                raise ConnectionResetError("the broker hung up") from None
            if head & 0xF0 != 0x30:
                continue
            size = int.from_bytes(body[:2], "big")
            topic, rest = body[2 : 2 + size].decode("utf-8", "replace"), body[2 + size :]
            if head & 0x06:
                self._writer.write(_packet(0x40, rest[:2]))
                rest = rest[2:]
            return topic, rest

    async def drain(self) -> None:
        """Waits until the written data have been passed to the socket."""
        await self._writer.drain()

    async def close(self) -> None:
        """Disconnects in order, so that the broker discards the will."""
        with contextlib.suppress(OSError):
            self._writer.write(_packet(0xE0, b""))
            self._writer.close()
            await self._writer.wait_closed()

    def disconnect_abruptly(self) -> None:
        """Drops the connection as a power cut does: the broker publishes the will."""
        self._writer.transport.abort()
