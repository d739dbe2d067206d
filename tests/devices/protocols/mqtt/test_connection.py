"""A connection that does not come about leaves nothing behind; one that does loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import Awaitable, Callable
from random import Random

import pytest
from paho.mqtt.client import Client

from devices.contract import AuthError
from devices.protocols.mqtt import aiomqtt_client, connection
from devices.protocols.mqtt.aiomqtt_client import BrokerMessage
from devices.protocols.mqtt.connection import MOST_TOGETHER, BrokerAddress, BrokerConnection
from tests.devices.protocols.mqtt.raw_broker import RawBroker, publish

type Broker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def left_by(give_up: Callable[[asyncio.Task[BrokerConnection]], object], answer: bytes = b"") -> bool:
    """Whether a broker sees the end of the line once whoever connects has given up."""
    asked, left = asyncio.Event(), asyncio.Event()

    async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        writer.write(answer)
        while await reader.read(4096):
            pass
        left.set()
        writer.close()

    async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        task = asyncio.create_task(BrokerConnection.open(BrokerAddress(hosts=("127.0.0.1",), port=port), None))
        await asked.wait()
        give_up(task)
        with pytest.raises((asyncio.CancelledError, OSError, AuthError)):
            await task
        async with asyncio.timeout(60):
            await left.wait()
    return left.is_set()


@pytest.mark.blocks
def test_a_broker_that_says_nothing_is_left_when_connecting_is_cancelled() -> None:
    assert asyncio.run(left_by(lambda task: task.cancel()))


@pytest.mark.blocks
def test_a_broker_that_says_nothing_is_left_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.3)
    assert asyncio.run(left_by(lambda task: None))


@pytest.mark.blocks
def test_a_broker_that_refuses_is_left() -> None:
    refusal = bytes([0x20, 3, 0, 0x87, 0])  # CONNACK, not authorised (MQTT 5, 3.2.2.2)
    assert asyncio.run(left_by(lambda task: None, refusal))


@pytest.mark.blocks
def test_a_socket_that_opens_after_giving_up_is_closed() -> None:
    async def play() -> None:
        left = asyncio.Event()

        async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(4096):
                pass
            left.set()
            writer.close()

        async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
            client = aiomqtt_client.AiomqttClient("127.0.0.1", server.sockets[0].getsockname()[1], identifier="x")
            client.give_up()
            task = asyncio.create_task(client.__aenter__())
            async with asyncio.timeout(60):
                await left.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(play())


MESSAGES = [
    (f"t/{n}".encode(), bytes([n % 251]) * size) for n, size in enumerate([0, 1, 5, 127, 300, 20_000] * 40 + [300_000])
]


async def received(cut: Callable[[bytes], list[bytes]]) -> list[list[BrokerMessage]]:
    """What a connection receives, call by call, of a stream of messages that the broker sends in these pieces."""
    broker = RawBroker()
    port = await broker.start()
    connection = await BrokerConnection.open(BrokerAddress(hosts=("127.0.0.1",), port=port), None)
    found: list[list[BrokerMessage]] = []
    try:
        sending = asyncio.create_task(
            broker.send(cut(b"".join(publish(*message, modern=True) for message in MESSAGES)))
        )
        async with asyncio.timeout(60):
            while sum(map(len, found)) < len(MESSAGES):
                found.append(await connection.receive(None))
        await sending
    finally:
        await connection.close()
        await broker.stop()
    return found


def pieces(seed: int, stream: bytes) -> list[bytes]:
    """A stream cut where chance says: single bytes and long pieces."""
    random = Random(seed)
    found: list[bytes] = []
    while stream:
        size = random.choice([1, 2, 3, 50, 5000, 100_000, 131_072, 200_000])
        found.append(stream[:size])
        stream = stream[size:]
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.blocks
def test_however_the_stream_of_a_broker_is_cut_every_message_comes_whole_and_in_order(seed: int) -> None:
    found = asyncio.run(received(lambda stream: pieces(seed, stream)))
    assert [(one.topic.encode(), one.payload) for some in found for one in some] == MESSAGES


@pytest.mark.blocks
def test_what_comes_together_is_received_together_and_never_all_of_a_flood_at_once() -> None:
    found = asyncio.run(received(lambda stream: [stream]))
    assert [(one.topic.encode(), one.payload) for some in found for one in some] == MESSAGES
    assert len(found) < len(MESSAGES) / 2
    assert max(map(len, found)) <= MOST_TOGETHER


def left_without_collection(play: Callable[[int, RawBroker], Awaitable[None]]) -> int:
    """Clients, aiomqtt's and the library's, that a connection has left behind while garbage is not collected."""

    async def played() -> int:
        broker = RawBroker()
        port = await broker.start()
        known = {id(one) for one in clients()}
        gc.disable()
        try:
            for _ in range(3):
                await play(port, broker)
            for _ in range(100):  # what was cancelled ends, a broker's last words come
                if not (left := sum(id(one) not in known for one in clients())):
                    break
                await asyncio.sleep(0.05)
            return left
        finally:
            gc.enable()
            await broker.stop()

    return asyncio.run(played())


def clients() -> list[object]:
    return [one for one in gc.get_objects() if isinstance(one, aiomqtt_client.AiomqttClient | Client)]


async def opened(port: int) -> BrokerConnection:
    connection = await BrokerConnection.open(BrokerAddress(hosts=("127.0.0.1",), port=port), None)
    await connection.subscribe(["a/#"])
    return connection


@pytest.mark.blocks
def test_a_connection_that_was_closed_is_gone_at_once_and_waits_for_no_collection_of_garbage() -> None:
    async def play(port: int, broker: RawBroker) -> None:
        connection = await opened(port)
        told: list[object] = [connection]
        connection.on_unreadable(lambda topic, reason: told.append(topic))
        await connection.close()

    assert left_without_collection(play) == 0


@pytest.mark.blocks
def test_a_connection_that_was_lost_is_gone_once_it_is_closed() -> None:
    async def play(port: int, broker: RawBroker) -> None:
        connection = await opened(port)
        broker.hang_up()
        with pytest.raises(ConnectionError):
            await connection.receive(None)
        await connection.close()

    assert left_without_collection(play) == 0


@pytest.mark.blocks
def test_what_no_broker_answered_is_gone_at_once() -> None:
    async def play(port: int, broker: RawBroker) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free: int = taken.getsockname()[1]
        with contextlib.suppress(ConnectionError):
            await opened(free)
        await asyncio.sleep(0)

    assert left_without_collection(play) == 0
