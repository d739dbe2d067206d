"""`door`: one request to a running engine and its answer, compared with a bare aiohttp server that echoes as many
bytes.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from app.bench.harness.door_process import engine_process
from app.bench.harness.result import Result
from app.bench.harness.timing import share

GOAL_MS = 0.5


def run(quick: bool) -> Result:
    """Median time of a `setting` request over an attached client's WebSocket; includes both sides' threads and loops."""
    times = 300 if quick else 2000
    ours: list[float] = []
    bare: list[float] = []
    with engine_process(devices=10) as engine:
        remote = engine.client()
        try:
            remote.start().result(30)
            for _ in range(10):
                for _ in range(times // 10):
                    started = time.perf_counter()
                    remote.setting("last_view").result(10)
                    ours.append(time.perf_counter() - started)
                bare += _bare(times // 10)
        finally:
            remote.stop()
    figure, yardstick = share(ours, 0.5) * 1000, share(bare, 0.5) * 1000
    return Result(
        figure=figure,
        unit="ms",
        yardstick=yardstick,
        ratio=figure / yardstick,
        goal=f"p50 ≤ {GOAL_MS} ms",
        ok=figure <= GOAL_MS,
        note="" if figure <= GOAL_MS else "two threads and two processes hand over: look at what else the machine does",
        more=(("p99_ms", share(ours, 0.99) * 1000),),
    )


def _bare(times: int) -> list[float]:
    """Round trips of a process with itself, without an engine or another thread."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(_echoed(times))


async def _echoed(times: int) -> list[float]:
    import aiohttp
    from aiohttp import web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        wire = web.WebSocketResponse(compress=False)
        await wire.prepare(request)
        async for message in wire:
            await wire.send_bytes(message.data)
        return wire

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    taken: list[float] = []
    with tempfile.TemporaryDirectory(prefix="oikos-") as folder:
        path = str(Path(folder) / "s")
        await web.UnixSite(runner, path).start()
        session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path))
        async with session, session.ws_connect("http://oikos/", compress=0) as wire:
            for _ in range(times):
                started = time.perf_counter()
                await wire.send_bytes(bytes(40))
                await wire.receive()
                taken.append(time.perf_counter() - started)
        await runner.cleanup()
    return taken
