"""An engine in a process of its own that lives through a recorded day in seconds, and clients of it in theirs.

Run as a module: `engine PROJECT SECONDS` replays the last recorded day of the project's history once a line comes on stdin;
`client PROJECT` is a client that drains its inbox sixty times a second. Both answer each line with one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.bench.harness.door_process import TICK_S, pause
from app.bench.harness.result import UnmeasurableError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.ids import PointId

DAY_MS = 86_400_000
STATM = Path("/proc/self/statm")
"""Memory of this process in pages (proc(5))."""


class TalkingProcess:
    """Handle on one of the processes of this module."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self) -> dict[str, float]:
        """The figures that the process answers with."""
        _pipe(self.process.stdin).write("\n")
        _pipe(self.process.stdin).flush()
        return json.loads(self._line())

    def wait_ready(self) -> None:
        """Waits until the engine is open, or the client attached."""
        if self._line().strip() != "ready":
            raise UnmeasurableError("a process of the bench did not begin")

    def signal(self, number: int) -> None:
        """Sends a signal, such as SIGSTOP."""
        self.process.send_signal(number)

    def _line(self) -> str:
        return _pipe(self.process.stdout).readline()


@contextmanager
def talking(*words: str) -> Generator[TalkingProcess]:
    """One of the processes of this module; ends with the context."""
    command = [sys.executable, "-m", "app.bench.harness.replay_process", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            made = TalkingProcess(process)
            made.wait_ready()
            yield made
        finally:
            process.kill()
            process.wait(20)


def _pipe(one: IO[str] | None) -> IO[str]:
    if one is None:
        raise UnmeasurableError("a process of the bench has no pipe")
    return one


def memory_mb() -> float:
    """Resident memory of this process, MB. Raises UnmeasurableError where the system does not tell."""
    try:
        pages = int(STATM.read_text(encoding="ascii").split()[1])
    except OSError as error:
        raise UnmeasurableError(str(error)) from error
    import resource

    return pages * resource.getpagesize() / 1e6


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """The samples of a day in the order of their times (UTC ms): the points by number, values, qualities."""

    points: list[PointId]
    number: NDArray[np.intp]
    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]


def recorded_day(project: Path) -> RecordedDay:
    """The last day in a project's history."""
    from app.engine.reading import ProjectReader

    with ProjectReader.open(project) as reader:
        history, points = reader.history, [point.id for point in reader.twin.points]
        if history is None:
            raise UnmeasurableError("the demo has no history")
        latest = reader.latest(reader.twin.points, time.time_ns() // 1_000_000)
        end = max((found.time_ms for found in latest.values()), default=0)
        found = [history.raw(point, end - DAY_MS, end) for point in points]
    number = np.concatenate([np.full(len(times), at, np.intp) for at, (times, _, _) in enumerate(found)])
    times = np.concatenate([times for times, _, _ in found])
    order = np.argsort(times, kind="stable")
    value = np.concatenate([values for _, values, _ in found])
    quality = np.concatenate([qualities for _, _, qualities in found])
    return RecordedDay(points, number[order], times[order], value[order], quality[order])


class DayReplay:
    """Publishes a recorded day in so many seconds; the engine's clock runs as fast."""

    def __init__(self, day: RecordedDay, seconds: float) -> None:
        self._day, self._factor = day, DAY_MS / seconds
        self._began: float | None = None
        self.sent = 0

    def now_ms(self) -> int:
        """The engine's clock: a day after the recorded one, UTC ms."""
        passed = 0.0 if self._began is None else (time.monotonic() - self._began) * self._factor
        return int(self._day.time_ms[0]) + DAY_MS + round(passed)

    @property
    def done(self) -> bool:
        """Whether the whole day was sent."""
        return self.sent == len(self._day.time_ms)

    async def run(self, engine: Engine) -> None:
        """Sends the day."""
        from twin.model.batch import Batch

        day, table = self._day, engine.session.state.table
        rows = np.array([table.row(point) for point in day.points], np.intp)
        self._began = time.monotonic()
        while not self.done:
            await asyncio.sleep(TICK_S)
            due = int(np.searchsorted(day.time_ms, self.now_ms() - DAY_MS, side="right"))
            part, self.sent = slice(self.sent, due), due
            count = part.stop - part.start
            no = np.zeros(count, np.bool_)
            times = day.time_ms[part] + DAY_MS
            row = rows[day.number[part]]
            engine.context.bus.publish(
                Batch(table, row, times, day.value[part], day.quality[part], no, no, restated=False)
            )


def _engine(project: Path, seconds: float) -> None:
    from app.engine.engine import Engine
    from app.server.door_address import door_of

    replay = DayReplay(recorded_day(project), seconds)
    # The clock runs a thousandfold: against real time it would count as set in every turn, each ends all values, and what
    # is read for that fills the cache of pages.
    engine = Engine(project.parent / "replay-home", now_ms=replay.now_ms, lived_ms=None)
    engine.context.__dict__["adapters"] = {}
    engine.start()
    engine.listen()
    try:
        engine.open(project).result(120)
        while door_of(project) is None:
            pause(0.01)
        print("ready", flush=True)  # noqa: T201 - the other side reads it
        sys.stdin.readline()
        engine.context.loop.submit(replay.run(engine), name="replay")
        _answer({"memory_mb": memory_mb()})
        for _ in sys.stdin:
            _answer(
                {
                    "memory_mb": memory_mb(),
                    "cpu_s": time.process_time(),
                    "sent": replay.sent,
                    "done": float(replay.done),
                }
            )
    finally:
        engine.stop()


def _client(project: Path) -> None:
    """Attaches, and drains in its main thread until it is killed; answers lines on another."""
    from app.server.door_address import door_of
    from app.server.remote_engine import RemoteEngine
    from twin.model.state import State

    remote, state, received = RemoteEngine.of(lambda: door_of(project), lambda: time.time_ns() // 1_000_000), State(), 0
    remote.start().result(60)
    print("ready", flush=True)  # noqa: T201 - the other side reads it

    def drain() -> None:
        nonlocal received
        for batch in remote.inbox.drain()[0]:
            state.extend(batch.table.points)
            rows = np.array([state.index(batch.table.points[int(row)]) for row in batch.row], np.intp)
            state.apply_rows(rows, batch.value, batch.time_ms, batch.quality)
            received += len(batch)

    import select

    while True:
        if select.select([sys.stdin], [], [], TICK_S)[0]:
            if not sys.stdin.readline():
                break
            drain()
            newest = int(state.time_ms.max(initial=0))
            _answer({"received": received, "newest_ms": newest, "memory_mb": memory_mb()})
        drain()
    remote.stop()


def _answer(figures: dict[str, Any]) -> None:
    print(json.dumps(figures), flush=True)  # noqa: T201 - the other side reads it


if __name__ == "__main__":
    if sys.argv[1] == "engine":
        _engine(Path(sys.argv[2]), float(sys.argv[3]))
    else:
        _client(Path(sys.argv[2]))
