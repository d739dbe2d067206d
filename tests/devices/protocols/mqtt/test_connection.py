"""A connection that does not come about leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from devices.contract import AuthError
from devices.protocols.mqtt import connection
from devices.protocols.mqtt.connection import BrokerAddress, BrokerConnection

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
        async with asyncio.timeout(10):
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
            client = connection.AiomqttClient("127.0.0.1", server.sockets[0].getsockname()[1], identifier="x")
            client.give_up()
            task = asyncio.create_task(client.__aenter__())
            async with asyncio.timeout(10):
                await left.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(play())
