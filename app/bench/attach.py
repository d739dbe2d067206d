"""`attach`: a client of a running engine has the twin and all values, compared with opening the project itself."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.bench.harness.door_process import engine_process
from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved

if TYPE_CHECKING:
    from app.server.remote_engine import RemoteEngine

GOAL_MS = 50.0


def run(quick: bool) -> Result:
    """Wall milliseconds until the client has the twin, on the demo home; the engine is another process."""
    with engine_process(devices=76) as engine:
        found = interleaved(
            {"ours": lambda: _attached(engine.client), "yard": lambda: _opened(engine.project)},
            3 if quick else 11,
        )
    figure, yardstick = found["ours"] * 1000, found["yard"] * 1000
    return Result(
        figure=figure,
        unit="ms",
        yardstick=yardstick,
        ratio=figure / yardstick,
        goal=f"≤ {GOAL_MS:g} ms",
        ok=figure <= GOAL_MS,
        note="" if figure <= GOAL_MS else "look at what the engine tells one that comes late",
    )


def _attached(client: Callable[[], RemoteEngine]) -> float:
    gc.collect()
    started = time.perf_counter()
    remote = client()
    try:
        remote.start().result(30)
        return time.perf_counter() - started
    finally:
        remote.stop()


def _opened(path: Path) -> float:
    """The yardstick: project and history opened read only in this process."""
    from app.engine.reading import ProjectReader

    gc.collect()
    started = time.perf_counter()
    with ProjectReader.open(path) as reader:
        reader.latest(reader.twin.points, time.time_ns() // 1_000_000)
    return time.perf_counter() - started
