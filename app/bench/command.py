"""`command`: from the window's call to the device's confirmation, compared with a bare client's round trip."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.bench.harness.lab_process import lab
from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.timing import share

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.device import Point

ALLOWED_S = 0.020
PACE_S = 0.12


def run(quick: bool) -> Result:
    """Milliseconds from a command in the window to the device's confirmation, through a real MQTT broker."""
    times = 15 if quick else 60
    with lab("--mqtt", "3") as facts, tempfile.TemporaryDirectory() as folder:
        ours, bare = _measured(facts["mqtt"], Path(folder), times)
    figure, yardstick = share(ours, 0.5), share(bare, 0.5)
    ok = figure <= 1.1 * yardstick + ALLOWED_S
    return Result(
        figure=figure * 1000,
        unit="ms",
        yardstick=yardstick * 1000,
        ratio=figure / yardstick,
        goal="≤ 1.1 × + 20 ms",
        ok=ok,
        note="" if ok else "look at what stands between the report and the result",
        more=(("p95_ms", share(ours, 0.95) * 1000),),
    )


def _measured(facts: dict[str, Any], folder: Path, times: int) -> tuple[list[float], list[float]]:
    from app.engine.engine import Engine

    ours: list[float] = []
    bare: list[float] = []
    engine = Engine(folder / "home")
    engine.start()
    try:
        engine.new_project(str(folder / "bench.oikos")).result(30)
        devices = engine.add(facts["url"], facts["user"], facts["password"]).result(30)
        point = next((p for d in devices for p in d.points if p.writable and p.info.capability == "on_off"), None)
        if point is None:
            raise UnmeasurableError("the lab announced no switch")
        engine.ready(point.id, 10).result()
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            client = runner.run(_BareClient.open(facts, _name(engine, point)))
            for _ in range(times):  # we switch on, the bare client off: every order is a change
                runner.run(client.forget())
                ours.append(_ours(engine, point))
                runner.run(client.forget())
                bare.append(runner.run(client.round_trip()))
            runner.run(client.close())
    finally:
        engine.stop()
    return ours, bare


def _ours(engine: Engine, point: Point) -> float:
    started = time.perf_counter()
    result = engine.command(point.id, "on").result(20)
    if result.state.value != "confirmed":
        raise UnmeasurableError(f"a command failed: {result.reason}")
    return time.perf_counter() - started


def _name(engine: Engine, point: Point) -> str:
    """The lab's id of the device (`light-1`), used in its topics."""
    return engine.twin.device_of[point.device].uid.rpartition("oikos-lab-")[2]


class _BareClient:
    """The yardstick: only publishes and waits for the state message."""

    def __init__(self, wire: Any, base: str) -> None:  # noqa: ANN401 - imported lazily
        self._wire, self._base = wire, base
        self._listen()

    @classmethod
    async def open(cls, facts: dict[str, Any], device: str) -> _BareClient:
        """A connected client subscribed to the device's state."""
        import ssl

        from devices.lab.mqtt_client import ConnectOptions, MqttClient

        tls = ssl.create_default_context(cafile=facts["ca"]) if facts["ca"] else None
        wire = await MqttClient.open(
            facts["host"], facts["port"], ConnectOptions("bare", facts["user"], facts["password"]), tls
        )
        wire.subscribe(f"oikos-lab/{device}/state")
        return cls(wire, f"oikos-lab/{device}")

    async def forget(self) -> None:
        """Discards messages that arrive within PACE_S seconds, which also paces the commands."""
        end = asyncio.get_running_loop().time() + PACE_S
        while (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait([self._next], timeout=left)
            if self._next.done():
                self._next.result()
                self._listen()

    async def round_trip(self) -> float:
        """Seconds from publishing a command to the device's state message."""
        started = time.perf_counter()
        self._wire.publish(f"{self._base}/set", json.dumps({"state": "OFF"}))
        async with asyncio.timeout(10):
            while True:
                _, payload = await self._next
                self._listen()
                if json.loads(payload).get("state") == "OFF":
                    return time.perf_counter() - started

    def _listen(self) -> None:
        self._next = asyncio.ensure_future(self._wire.receive())  # noqa: TID251 - ended in close()

    async def close(self) -> None:
        """Stops waiting for messages and closes the connection."""
        self._next.cancel()
        await asyncio.gather(self._next, return_exceptions=True)
        await self._wire.close()
