"""An engine in a process of its own with many devices, fed with values; this side attaches to it and asks for its CPU time.

Run as a module it is that process: `PROJECT DEVICES RATE`; it answers each line on stdin with its CPU seconds.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from app.bench.harness.result import UnmeasurableError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.server.remote_engine import RemoteEngine

TICK_S = 1 / 60


class EngineProcess:
    """Handle on a running engine process: its project and its pipes."""

    def __init__(self, project: Path, process: subprocess.Popen[str]) -> None:
        self.project = project
        self._in, self._out = _pipe(process.stdin), _pipe(process.stdout)

    def client(self) -> RemoteEngine:
        """A new client of the engine, not attached yet."""
        from app.server.door_address import door_of
        from app.server.remote_engine import RemoteEngine

        return RemoteEngine.of(lambda: door_of(self.project), lambda: time.time_ns() // 1_000_000)

    def cpu_s(self) -> float:
        """CPU seconds used by the engine process since its start; NaN if it has ended."""
        self._in.write("\n")
        self._in.flush()
        return float(self._out.readline() or "nan")

    def cpu_share(self, seconds: float) -> float:
        """Share of one core, 0 to 1, that the engine process uses during this many seconds."""
        before = self.cpu_s()
        pause(seconds)
        return (self.cpu_s() - before) / seconds


def pause(seconds: float) -> None:
    """Blocks for this many seconds while the other process works."""
    threading.Event().wait(seconds)


def _pipe(one: IO[str] | None) -> IO[str]:
    if one is None:
        raise UnmeasurableError("the engine says nothing")
    return one


@contextmanager
def engine_process(*, devices: int, rate: int = 0) -> Generator[EngineProcess]:
    """An engine with this many devices (a point each) and `rate` observations per second; ends with the context."""
    with tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        project = Path(folder) / "bench.oikos"
        command = [sys.executable, "-m", "app.bench.harness.door_process", str(project), str(devices), str(rate)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            made = EngineProcess(project, process)
            try:
                if _pipe(process.stdout).readline().strip() != "open":
                    raise UnmeasurableError("the engine did not open its door")
                yield made
            finally:
                process.terminate()
                process.wait(20)


def _serve(project: Path, devices: int, rate: int) -> None:
    from app.bench.harness.generated_history import devices as generated
    from app.engine.engine import Engine
    from app.server.door_address import door_of
    from twin.model.device import Link
    from twin.model.ids import LinkId
    from twin.store.project import Project

    with Project.create(project, name="Bench") as made:
        made.add_link(Link(id=LinkId("bench"), protocol="bench", address="here"))
        made.put_devices(tuple(generated(devices)))
    engine = Engine(project.parent / "home")
    engine.context.__dict__["adapters"] = {}
    engine.start()
    engine.listen()
    try:
        engine.open(project).result(60)
        while door_of(project) is None:
            pause(0.01)
        if rate:
            engine.context.loop.submit(_feed(engine, rate), name="feed")
        print("open", flush=True)  # noqa: T201 - the other side reads it
        for _ in sys.stdin:
            print(time.process_time(), flush=True)  # noqa: T201 - the other side reads it
    finally:
        engine.stop()


async def _feed(engine: Engine, rate: int) -> None:
    """Reports values of all points in turn, sixty times a second, as a gateway would."""
    import numpy as np

    from twin.model.batch import Batch

    table, began, sent = engine.session.state.table, time.monotonic(), 0
    while True:
        await asyncio.sleep(TICK_S)
        due = round((time.monotonic() - began) * rate)
        row = np.arange(sent, due, dtype=np.intp) % len(table)
        count, sent = due - sent, due
        times = np.full(count, engine.now_ms(), np.int64)
        no = np.zeros(count, np.bool_)
        value = np.random.default_rng(due).normal(20.0, 1.0, count)
        engine.context.bus.publish(Batch(table, row, times, value, np.zeros(count, np.uint8), no, no, restated=True))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
