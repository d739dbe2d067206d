"""One connection to a broker: MQTT 5 where the broker supports it, else 3.1.1.

aiomqtt needs `loop.add_reader`: the loop must be a selector loop (on Windows too).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import re
import secrets
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.contract import AuthError, Secret
from devices.protocols.mqtt.aiomqtt_client import AiomqttClient, BrokerMessage
from twin.model.ids import clean_name
from twin.model.text import LIBRARY, Text, why

TIMEOUT_S = 10.0
_PATIENCE_S = (1.0, 2.0, 4.0, 8.0, 15.0)
_LONGEST_S = 300.0
"""Longest time in seconds that a broker may keep sending before it must have answered."""
_SENDING = 64
"""Bytes received during one wait above which the broker counts as still sending, not just answering keep-alives."""
"""`_PATIENCE_S` above: seconds that each successive attempt of a request waits for its answer."""
_NOTHING = "oikos/nothing"
"""Topic without subscribers, used to get an UNSUBACK after all queued messages."""
RECEIVE_MAXIMUM = 65_535
"""Largest number of unacknowledged QoS 1 messages to us; mosquitto queues beyond it (MQTT 5 section 3.1.2.11.3)."""
_MODERN = True
"""Whether MQTT 5 is tried first; tests of MQTT 3.1.1 set it to False."""
MOST_TOGETHER = 250
"""Most messages returned by one `receive`, worth a few milliseconds of work."""
_LOGIN = (4, 5, 134, 135)  # MQTT 3.1.1 table 3.1; MQTT 5 section 3.2.2.2
_NO_MQTT_5 = (1, 132)
_FAILED = 0x80
"""Lowest reason code of a SUBACK that means refusal (MQTT 5 section 3.9.3)."""


def _discreet(record: logging.LogRecord) -> bool:
    """Lowers the library's log records to DEBUG; the link itself reports a lost connection."""
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return True


_LIBRARY = logging.getLogger("oikos.links.mqtt")
_LIBRARY.addFilter(_discreet)


class ConnectError(ConnectionError):
    """The connection could not be opened; `cause` is the error of the socket layer."""

    def __init__(self, text: Text, cause: BaseException | None = None) -> None:
        super().__init__(text)
        self.cause = cause


class _OldBrokerError(Exception):
    """The broker does not support MQTT 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Hosts, port, client id and TLS context of a broker."""

    hosts: Sequence[str]
    """Addresses or names, tried in this order."""
    port: int
    client: str = ""
    tls: ssl.SSLContext | None = None


class BrokerConnection:
    """An open connection. Failures are raised as AuthError, ConnectError, ConnectionError or TimeoutError."""

    def __init__(self, client: AiomqttClient, *, modern: bool) -> None:
        self._client, self._modern = client, modern
        self._closed = False
        client.lost.add_done_callback(self._wake)

    @classmethod
    async def open(cls, broker: BrokerAddress, secret: Secret | None) -> BrokerConnection:
        """Connects with the newest version that the broker supports, at the first host that answers. Raises the first
        failure.
        """
        failed: Exception | None = None
        for host in broker.hosts:
            try:
                try:
                    return await cls._open(host, broker, secret, modern=_MODERN)
                except _OldBrokerError:
                    return await cls._open(host, broker, secret, modern=False)
            except (OSError, _OldBrokerError) as error:
                failed = failed or error
                if isinstance(error, ConnectError) and isinstance(error.cause, ssl.SSLError):
                    break  # somebody answered: what he says of himself holds for his other addresses too
        try:
            raise failed or ConnectError(Text("mqtt.unreachable"))
        finally:
            del failed  # else the error and this frame hold one another

    @classmethod
    async def _open(cls, host: str, broker: BrokerAddress, secret: Secret | None, *, modern: bool) -> BrokerConnection:
        known = secret if secret and secret.user else None
        more: dict[str, Any] = {}
        if modern:
            properties = Properties(PacketTypes.CONNECT)
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
            more = {"protocol": aiomqtt.ProtocolVersion.V5, "properties": properties, "clean_start": True}
        client = AiomqttClient(
            host,
            broker.port,
            username=known.user if known else None,
            password=known.password if known else None,
            identifier=broker.client or f"oikos-{secrets.token_hex(6)}",
            tls_context=broker.tls,
            tls_insecure=None if broker.tls is None or broker.tls.check_hostname else True,
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
            logger=_LIBRARY,
            keepalive=15,
            timeout=TIMEOUT_S,
            **more,
        )
        try:
            await client.__aenter__()
        except asyncio.CancelledError:
            client.give_up()
            raise
        except aiomqtt.MqttError as error:
            client.give_up()
            asyncio.get_running_loop().call_soon(client.let_go)  # once what `give_up` says is written
            code = getattr(error, "rc", None)
            number = getattr(code, "value", code)
            if modern and (number in _NO_MQTT_5 or "hung up" in str(error)):
                raise _OldBrokerError from None
            raise _understood(error, number) from None
        return cls(client, modern=modern)

    def _wake(self, lost: asyncio.Future[None]) -> None:
        if not lost.cancelled():
            lost.exception()  # seen; `receive` tells it
        self._client.fresh.set()

    def on_unreadable(self, tell: Callable[[str, Text], None]) -> None:
        """Sets the callback `tell(topic, reason)` for each message that is left out."""
        self._client.unreadable = tell

    @property
    def waiting(self) -> int:
        """Number of messages that arrived and were not received yet."""
        return len(self._client.inbox)

    async def receive(self, wait_s: float | None) -> list[BrokerMessage]:
        """The messages present, at most MOST_TOGETHER; empty after `wait_s` seconds or when a message was left out.
        Raises
        ConnectionError once the connection is lost.
        """
        client = self._client
        if client.inbox:
            await asyncio.sleep(0)  # others have work, too, however much comes
        while not client.inbox:
            if client.lost.done():
                error = None if client.lost.cancelled() else client.lost.exception()
                raise ConnectionError(Text("mqtt.gone", why=why(error) if error else Text("mqtt.good_bye")))
            client.fresh.clear()
            if client.noticed or (wait_s is not None and wait_s <= 0):
                client.noticed = False
                return []
            if wait_s is None:
                await client.fresh.wait()
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await client.fresh.wait()
            except TimeoutError:
                return []
        return [client.inbox.popleft() for _ in range(min(len(client.inbox), MOST_TOGETHER))]

    async def subscribe(self, topics: Iterable[str], *, keep: bool = True) -> tuple[str, ...]:
        """Subscribes to topics and returns those that the broker refuses; with `keep` false it only reads what is
        retained.

        Returns when the retained messages have arrived: a broker answers UNSUBSCRIBE in turn, after what it has queued.
        So no two subscriptions fill its queue together. QoS 1 in MQTT 5, where nothing is dropped up to
        RECEIVE_MAXIMUM; QoS 0 in 3.1.1, where mosquitto cuts QoS 1 at its queue's length much earlier.
        """
        wanted = tuple(topics)
        filters: Any = (
            [(topic, SubscribeOptions(qos=1)) for topic in wanted] if self._modern else [(topic, 0) for topic in wanted]
        )
        try:
            codes = await self._insist(lambda wait_s: self._client.subscribe(filters, timeout=wait_s))
            behind = [_NOTHING] if keep else list(wanted)
            await self._insist(lambda wait_s: self._client.unsubscribe(behind, timeout=wait_s))
        except aiomqtt.MqttError as error:
            raise ConnectionError(Text("mqtt.no_listening", why=why(error))) from None
        values = [code if isinstance(code, int) else code.value for code in codes]
        return tuple(topic for topic, value in zip(wanted, values, strict=False) if value >= _FAILED)

    async def _insist[T](self, ask: Callable[[float], Awaitable[T]]) -> T:
        """Repeats a request until it is answered: mosquitto drops acknowledgements too while its queue for us is full.
        Waits
        longer (up to _LONGEST_S) while the broker is still sending.
        """
        end = time.monotonic() + _LONGEST_S
        for wait_s in itertools.chain(_PATIENCE_S, itertools.repeat(_PATIENCE_S[-1])):
            before = self._client.read_bytes
            try:
                return await ask(wait_s)
            except aiomqtt.MqttError as error:
                if self._client.lost.done() or "timed out" not in str(error):
                    raise
                sends = self._client.read_bytes - before > _SENDING
                if sends and time.monotonic() > end:
                    raise ConnectionError(Text("mqtt.too_slow")) from None
                if not sends and wait_s == _PATIENCE_S[-1]:
                    raise
        raise AssertionError  # the waits have no end

    async def unsubscribe(self, topics: Iterable[str]) -> None:
        """Unsubscribes from the topics, 500 at a time; errors are ignored."""
        wanted = sorted(topics)
        with contextlib.suppress(aiomqtt.MqttError):
            for start in range(0, len(wanted), 500):
                await self._client.unsubscribe(wanted[start : start + 500])

    async def publish(self, topic: str, payload: str | bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publishes and returns when the broker has taken it (QoS). Raises ConnectionError; ValueError for an invalid
        topic.
        """
        try:
            await self._client.publish(topic, payload, qos=qos, retain=retain)
        except aiomqtt.MqttError as error:
            raise ConnectionError(Text("mqtt.not_taken", why=why(error))) from None

    async def close(self) -> None:
        """Sends DISCONNECT where the broker still answers and closes; may be called twice."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(aiomqtt.MqttError):
                await self._client.__aexit__(None, None, None)
            self._client.let_go()


def _understood(error: aiomqtt.MqttError, number: object) -> Exception:
    """Maps a failed connection to AuthError, ConnectError or TimeoutError."""
    if number in _LOGIN:
        return AuthError(Text("mqtt.login"))
    cause = error.__context__
    if isinstance(cause, ssl.SSLError):
        return ConnectError(why(cause), cause)
    if "timed out" in str(error).lower():
        return TimeoutError(Text("mqtt.no_answer"))
    if isinstance(cause, OSError):
        return ConnectError(why(cause), cause)
    message = re.sub(r"^\[Errno -?\d+\] ", "", clean_name(error, 200))
    return ConnectError(Text(LIBRARY, text=message) if message else Text("mqtt.unreachable"), cause)
