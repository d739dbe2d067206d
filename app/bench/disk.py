"""`disk`: bytes per sample on disk including roll-ups, and bytes written to the kernel while recording live."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.bench.harness.generated_history import live, minutes, points, series, written_bytes
from app.bench.harness.plain_sqlite import Clustered
from app.bench.harness.result import Result, UnmeasurableError
from twin.model.device import Point
from twin.model.observation import Observation
from twin.store.history import History

BYTES = 6.0
WRITTEN = 0.05
LIVE_POINTS = 200
SEALED_S = 3600
"""The store seals once an hour, so the costs of an hour are measured by one round of writing."""


def run(quick: bool) -> Result:
    """200 points at 1 Hz with a commit a second, an hour; the file is measured on a year of minutes."""
    count, days = (8, 60) if quick else (16, 365)
    at_rest = _at_rest(points(count), days)
    known = points(LIVE_POINTS)
    seconds = 120 if quick else SEALED_S
    batches = list(live(known, seconds))
    ours, bare = _written_live(known, batches), _written_bare(known, batches[:600])
    ratio = ours / bare
    ok = at_rest <= BYTES and ratio <= WRITTEN
    note = "" if ok else "a longer stretch between seals spreads the roll-ups over more samples"
    if quick:
        note = (note + "; " if note else "") + f"sealed after {seconds} s instead of an hour, which costs ours more"
    return Result(
        figure=ours,
        unit="bytes written/sample",
        yardstick=bare,
        ratio=ratio,
        goal=f"≤ {WRITTEN} ×, and ≤ {BYTES:g} B/sample on disk",
        ok=ok,
        note=note,
        more=(("bytes_on_disk_per_sample", at_rest),),
    )


def _at_rest(known: list[Point], days: int) -> float:
    times = minutes(days, jitter=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.oikos-history"
        history = History.open(path)
        history.declare(known)
        for number, point in enumerate(known):
            history.bulk(point.id, times, series(number, times))
        history.close()
        return path.stat().st_size / (len(known) * len(times))


def _written_live(known: list[Point], batches: list[list[Observation]]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        history = History.open(Path(folder) / "x.oikos-history")
        history.declare(known)
        history.flush()
        before = _written()
        for batch in batches:
            history.put(batch)
            history.flush()
        history.seal()
        history.close()
        return (_written() - before) / (len(known) * len(batches))


def _written_bare(known: list[Point], batches: list[list[Observation]]) -> float:
    number = {point.id: n for n, point in enumerate(known)}
    with tempfile.TemporaryDirectory() as folder:
        store = Clustered(Path(folder) / "x.sqlite")
        before = _written()
        for batch in batches:
            store.put([(number[o.point], o.time_ms, o.value) for o in batch])
        store.close()
        return (_written() - before) / (len(known) * len(batches))


def _written() -> int:
    count = written_bytes()
    if count is None:
        raise UnmeasurableError("this system does not count the bytes a process writes")
    return count
