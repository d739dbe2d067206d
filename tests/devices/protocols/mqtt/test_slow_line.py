"""A broker behind a slow line: its answer comes after all that it has to send, and is waited for while it sends."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from devices.contract import AdapterContext
from devices.lab.mosquitto import Mosquitto
from devices.protocol_registry import adapters

from .test_snapshot import announce

PIECE, PAUSE_S = 4096, 0.02


async def slow_line(host: str, port: int) -> asyncio.Server:
    """A port behind which the broker sends some 200 kB/s, as a line that holds nothing back of what is sent to it."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause_s: float) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(host, port)
        await asyncio.gather(carry(reader, ours, 0.0), carry(theirs, writer, PAUSE_S))

    return await asyncio.start_server(connected, "127.0.0.1", 0)


@pytest.mark.usefixtures("mosquitto")
@pytest.mark.blocks
async def test_a_broker_whose_answer_is_behind_what_it_still_sends_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.protocols.mqtt.connection._PATIENCE_S", (0.05, 2.0))
    broker = Mosquitto(tmp_path, tls=False)
    facts = await broker.start()
    try:
        await announce(facts.host, facts.port, 50, 2)
        line = await slow_line(facts.host, facts.port)
        adapter = adapters()["mqtt"]
        address = f"mqtt://127.0.0.1:{line.sockets[0].getsockname()[1]}"
        session = await adapter.open(adapter.link(address), None, AdapterContext(folder=tmp_path))
        try:
            devices = await session.describe()
        finally:
            await session.close()
        line.close()
        await line.wait_closed()
    finally:
        await broker.stop()
        await asyncio.get_running_loop().shutdown_default_executor()
    assert len(devices) == 50
