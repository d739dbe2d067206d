"""aiomqtt's client with the reading, writing and inbox that a busy broker needs. The only modules that use aiomqtt are
this one and `connection`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

import aiomqtt

from devices.protocols.mqtt.packet_tables import share_tables
from devices.protocols.mqtt.publish_packet import read_without_copies
from twin.model.ids import clean_name
from twin.model.text import Text

share_tables()
read_without_copies()
MAX_INBOX = 200_000
"""Most messages waiting to be read; further ones are dropped and noted."""
MAX_PACKET = 16_777_216
"""Most bytes of a message; of a longer one only the beginning is kept, for its topic. MQTT 5's Maximum Packet Size is
not used: a broker drops longer messages without notice (section 3.1.2.11.4).
"""
_TOO_LONG = Text("mqtt.long_message", most=MAX_PACKET >> 20)
_PIECE = 131_072
"""Bytes read at a time, and kept of a message that is too long; more than a topic and its properties need."""
_HOOKS = tuple(
    f"on_{name}"
    for name in (
        "connect", "disconnect", "subscribe", "unsubscribe", "message", "publish",
        "socket_open", "socket_close", "socket_register_write", "socket_unregister_write",
    )
)  # fmt: skip
"""The library's callbacks that aiomqtt sets."""
_PACKETS = 100
"""Most packets read in one turn of the loop."""


@dataclass(frozen=True, slots=True)
class BrokerMessage:
    """A received MQTT message; `retained` if the broker had stored it before we subscribed."""

    topic: str
    payload: bytes
    retained: bool = False


def _nobody(_topic: str, _reason: Text) -> None:
    """Ignores what is left out."""


class AiomqttClient(aiomqtt.Client):
    """aiomqtt client whose inbox survives messages that cannot be decoded: they are reported and left out."""

    def __init__(self, host: str, port: int, **more: Any) -> None:  # noqa: ANN401 - aiomqtt's own arguments
        super().__init__(host, port, **more)
        self.inbox: deque[BrokerMessage] = deque()
        self.fresh = asyncio.Event()
        self.unreadable: Callable[[str, Text], None] = _nobody
        self.noticed = False
        """Whether anything was left out since the last return of `receive`."""
        self.dropped = 0
        self.read_bytes = 0
        """Bytes received from the broker so far."""
        self._given_up = False
        self._paho: Any = self._client
        self._ahead, self._ahead_at = b"", 0
        """Bytes read ahead from the socket, and the offset up to which the library has consumed them."""
        self._reading_on = False
        self._loop_thread = threading.get_ident()
        self._receive, self._read = self._paho._sock_recv, self._paho.loop_read  # noqa: SLF001 - no public hook
        self._paho._sock_recv, self._paho.loop_read = self._piece, self._packets  # noqa: SLF001 - no public hook

    def _piece(self, size: int) -> bytes:
        """Reads the socket in large pieces, of which the library gets its single bytes. The rest of a message that is too long
        is discarded, since the library appends every piece to its packet."""
        if self._ahead_at >= len(self._ahead):
            under_way = self._paho._in_packet  # noqa: SLF001 - no public hook
            if under_way["remaining_length"] > MAX_PACKET:
                del under_way["packet"][_PIECE:]
            self._ahead, self._ahead_at = self._receive(_PIECE), 0
            self.read_bytes += len(self._ahead)
        start = self._ahead_at
        self._ahead_at += size
        return self._ahead[start : start + size]

    def _packets(self) -> int:
        """Reads all packets present in one turn (at most _PACKETS); a rest is read in the next turn, since the selector does
        not announce bytes that were already read ahead."""
        for _ in range(_PACKETS):
            code = self._read()
            if code or self._ahead_at >= len(self._ahead):
                return code
        if not self._reading_on:
            self._reading_on = True
            self._loop.call_soon(self._read_on)
        return 0

    def _read_on(self) -> None:
        self._reading_on = False
        try:
            self._packets()
        except Exception as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    @override
    def _on_message(self, client: object, userdata: object, message: Any) -> None:
        try:
            one = BrokerMessage(message.topic, bytes(message.payload), bool(message.retain))
        except ValueError:  # UnicodeDecodeError is one
            raw = getattr(message, "_topic", b"")
            self._leave_out(clean_name(repr(raw), 200), Text("mqtt.topic_text"))
            return
        if self._paho._in_packet["remaining_length"] > MAX_PACKET:  # noqa: SLF001 - no public hook
            self._leave_out(one.topic, _TOO_LONG)
            return
        if len(self.inbox) >= MAX_INBOX:
            self.dropped += 1
            self._leave_out("", Text("mqtt.too_fast", n=self.dropped))
            return
        self.inbox.append(one)
        self.fresh.set()

    def _leave_out(self, topic: str, reason: Text) -> None:
        self.unreadable(topic, reason)
        self.noticed = True
        self.fresh.set()

    def give_up(self) -> None:
        """Closes the socket of a connection that failed, also while connecting; the library would leave it open."""
        self._given_up = True
        self._paho.disconnect()

    def let_go(self) -> None:
        """Closes the socket if it is still open and unties this client from the library's, which call one another: all that was
        received would else wait for a full collection of garbage. For a client that was left; twice does nothing more."""
        paho, self.unreadable = self._paho, _nobody
        paho._sock_close()  # noqa: SLF001 - `disconnect` only asks for it
        self._misc_task = None
        if not self._disconnected.done():
            self._disconnected.set_result(None)
        for hook in _HOOKS:
            setattr(paho, hook, None)
        for wrapped in ("_sock_recv", "loop_read"):
            with contextlib.suppress(AttributeError):
                delattr(paho, wrapped)

    @override
    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:
        super()._on_socket_open(client, userdata, sock)
        if self._given_up:  # the library's connecting thread cannot be stopped: it ends later
            self._loop.call_soon_threadsafe(self._paho.disconnect)

    @override
    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:
        """Writes what is queued at the end of this turn of the loop. The library would first wait for the
        selector to announce that the socket is writable: two more turns for each command."""
        if threading.get_ident() == self._loop_thread:
            self._loop.call_soon(self._write)
        else:  # the library connects in a thread of its own
            super()._on_socket_register_write(client, userdata, sock)

    def _write(self) -> None:
        """Writes what is queued; the selector announces when the socket takes the rest."""
        paho = self._paho
        try:
            paho.loop_write()
        except Exception as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)
            return
        if paho.want_write() and (sock := paho.socket()) is not None:
            super()._on_socket_register_write(paho, None, sock)

    @override
    def _on_disconnect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        if self._given_up:  # nobody waits, and a cancelled wait would be raised here
            return
        if not self._connected.done():  # else nobody hears of it until the time-out
            self._connected.set_exception(aiomqtt.MqttError("the broker hung up"))
            return
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    @property
    def lost(self) -> asyncio.Future[None]:
        """Future that is done when the connection is lost."""
        return self._disconnected
