"""The lab's MQTT devices join their broker as those of a house do."""

from __future__ import annotations

import asyncio
import contextlib

from devices.lab.mosquitto import BrokerFacts
from devices.lab.mqtt import JOINING_AT_ONCE, MqttLab


async def test_many_that_lose_their_broker_at_once_come_back_some_at_a_time() -> None:
    waiting, most, welcomed, all_back = 0, 0, 0, asyncio.Event()
    writers: list[asyncio.StreamWriter] = []
    served: set[asyncio.Task[None] | None] = set()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting, most, welcomed
        served.add(asyncio.current_task())
        waiting += 1
        most = max(most, waiting)
        await reader.read(4096)
        await asyncio.sleep(0.01)  # the others come meanwhile, where they may
        waiting -= 1
        welcomed += 1
        if welcomed == 6 * JOINING_AT_ONCE:
            all_back.set()
        writer.write(b"\x20\x02\x00\x00")
        writers.append(writer)
        with contextlib.suppress(OSError):
            while await reader.read(4096):
                pass
        writer.close()

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    lab = MqttLab(BrokerFacts(url=f"mqtt://127.0.0.1:{port}", host="127.0.0.1", port=port, user="", password="", ca=""))
    try:
        assert len(await lab.start(3 * JOINING_AT_ONCE)) == 3 * JOINING_AT_ONCE
        for writer in writers:
            writer.transport.abort()
        async with asyncio.timeout(60):
            await all_back.wait()
        assert most <= JOINING_AT_ONCE
    finally:
        await lab.stop()
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(one for one in served if one), return_exceptions=True)
        await server.wait_closed()
