"""`ingest`: rows per second committed with synchronous=FULL, sealed and rolled up, compared with bare executemany."""

from __future__ import annotations

import tempfile
import time
from itertools import chain
from pathlib import Path

from app.bench.harness.generated_history import live, points
from app.bench.harness.plain_sqlite import bare_ingest
from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.timing import interleaved
from twin.model.device import Point
from twin.model.observation import Observation
from twin.store.history import History, QueueFull

GOAL = 0.3
POINTS = 200


def run(quick: bool) -> Result:
    """Both in rows per second; ours through the queue and the writer thread, with all roll-ups that charts need later."""
    seconds = 300 if quick else 1500
    known = points(POINTS)
    batches = list(live(known, seconds))
    total = POINTS * seconds
    flat = [(int(o.point.rsplit(".", 1)[0][:8], 16), o.time_ms, o.value) for o in chain.from_iterable(batches)]
    found = interleaved(
        {"ours": lambda: total / _ours(known, batches), "yard": lambda: total / _bare(flat)}, 2 if quick else 5
    )
    ratio = found["ours"] / found["yard"]
    return Result(
        figure=found["ours"],
        unit="rows/s",
        yardstick=found["yard"],
        ratio=ratio,
        goal=f"≥ {GOAL} ×",
        ok=ratio >= GOAL,
        note="" if ratio >= GOAL else "hand columns instead of rows to the writer, and seal in numpy only",
    )


def ingest(history: History, batches: list[list[Observation]]) -> None:
    """Puts batches as fast as the writer accepts them, without loss, and seals them all."""
    for batch in batches:
        history.put(batch, full=QueueFull.WAIT)
    sealed(history)


def sealed(history: History) -> None:
    """Waits until everything is committed and rolled up; UnmeasurableError where something was merged away."""
    history.flush()
    history.seal()
    if history.counts.merged:
        raise UnmeasurableError(f"{history.counts.merged} rows were merged away")


def _ours(known: list[Point], batches: list[list[Observation]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        history = History.open(Path(folder) / "x.oikos-history")
        history.declare(known)
        started = time.perf_counter()
        ingest(history, batches)
        spent = time.perf_counter() - started
        history.close()
        return spent


def _bare(rows: list[tuple[int, int, float]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return bare_ingest(Path(folder) / "x.sqlite", rows)
