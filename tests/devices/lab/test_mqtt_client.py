"""The lab's own MQTT client, against a peer that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from devices.lab.mqtt_client import ConnectOptions, MqttClient, MqttClientError, connect_packet
from devices.protocols.mqtt.probe import probe


@asynccontextmanager
async def peer(*answers: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says these bytes, one per thing it hears, then hangs up."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            heard.append(await reader.read(4096))
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        await server.wait_closed()


def test_connect_is_written_as_the_standard_shows_it() -> None:
    packet = connect_packet(ConnectOptions("id", "u", "p", ("w/t", "gone"), 30))
    assert packet == b"\x10\x1f\x00\x04MQTT\x04\xee\x00\x1e\x00\x02id\x00\x03w/t\x00\x04gone\x00\x01u\x00\x01p"


@pytest.mark.parametrize(
    "answer", [b"\x20\x02\x00\x05", b"\x20\x02\x00", b"HTTP/1.1 400 Bad", b"\xff\xff\xff\xff\xff\xff", b""]
)
async def test_a_refusal_or_rubbish_is_an_error_and_never_a_hang(answer: bytes) -> None:
    async with peer(answer) as (port, _):
        with pytest.raises((MqttClientError, ConnectionError)):
            async with asyncio.timeout(60):
                await MqttClient.open("127.0.0.1", port, ConnectOptions("x"))


@pytest.mark.parametrize(
    ("answer", "code"), [(b"\x20\x02\x00\x00", 0), (b"\x20\x02\x00\x05", 5), (b"nonsense", None), (b"", None)]
)
async def test_a_probe_tells_an_open_broker_from_a_closed_one_and_from_no_broker(
    answer: bytes, code: int | None
) -> None:
    async with peer(answer) as (port, _):
        assert await probe("127.0.0.1", port, timeout_s=0.5 if code is None else 60.0) == code


async def test_messages_of_quality_one_are_acknowledged() -> None:
    message = b"\x32\x09\x00\x03a/b\x00\x07hi"
    async with peer(b"\x20\x02\x00\x00" + message, b"") as (port, heard):
        wire = await MqttClient.open("127.0.0.1", port, ConnectOptions("x"))
        assert await wire.receive() == ("a/b", b"hi")
        await wire.drain()
        async with asyncio.timeout(60):
            while len(heard) < 2:  # noqa: ASYNC110 - the peer has no event
                await asyncio.sleep(0.01)
        assert heard[1] == b"\x40\x02\x00\x07"
        wire.disconnect_abruptly()
