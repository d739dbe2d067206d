"""`chart`: ten series at any zoom into 2,000 columns, beside GROUP BY over clustered rows for a year."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from app.bench.harness.generated_history import START_MS, minutes, points, series
from app.bench.harness.plain_sqlite import Clustered
from app.bench.harness.result import Result
from app.bench.harness.timing import share
from twin.model.device import Point
from twin.store.history import History

GOAL_MS = 16.0
GOAL = 0.002
SERIES = 10
COLUMNS = 2000
DAY = 86_400_000
ZOOMS = {"1 h": DAY // 24, "24 h": DAY, "7 d": 7 * DAY, "30 d": 30 * DAY, "90 d": 90 * DAY, "1 y": 365 * DAY}


def run(quick: bool) -> Result:
    """p95 of every zoom, warm, at places spread over the year; the ratio is that of the whole year."""
    count, days = (SERIES, 90) if quick else (50, 365)
    known = points(count)
    times = minutes(days, jitter=2)
    with tempfile.TemporaryDirectory() as folder:
        history = History.open(Path(folder) / "x.oikos-history")
        history.declare(known)
        for number, point in enumerate(known):
            history.bulk(point.id, times, series(number, times))
        zooms = {name: span for name, span in ZOOMS.items() if span <= days * DAY} | {"all": days * DAY}
        p95 = {name: _p95(history, known, span, days * DAY, 20 if quick else 60) for name, span in zooms.items()}
        bare = _bare(Path(folder) / "x.sqlite", days)
        history.close()
    whole = p95["all"]
    worst = max(p95.values())
    ok = worst * 1000 <= GOAL_MS and whole / bare <= GOAL
    return Result(
        figure=whole * 1000,
        unit=f"ms p95, {count * len(times) / 1e6:.1f} M samples",
        yardstick=bare * 1000,
        ratio=whole / bare,
        goal=f"≤ {GOAL} ×, every zoom ≤ {GOAL_MS:g} ms",
        ok=ok,
        note="" if ok else f"the worst zoom is {max(p95, key=lambda name: p95[name])}: cache its decoded blocks",
        more=tuple((f"{name} p95 ms", seconds * 1000) for name, seconds in p95.items()),
    )


def _p95(history: History, known: list[Point], span: int, whole: int, times: int) -> float:
    ids = [point.id for point in known[:SERIES]]
    seen: list[float] = []
    for turn in range(times + 3):
        start = START_MS + (whole - span) * (turn % 7) // 7
        begun = time.perf_counter()
        history.columns(ids, start, start + span, COLUMNS)
        if turn >= 3:
            seen.append(time.perf_counter() - begun)
    return share(seen, 0.95)


def _bare(path: Path, days: int) -> float:
    """The same ten series of the whole time, from rows in key order."""
    times = minutes(days, jitter=2)
    stamps = times.tolist()
    store = Clustered(path)
    for number in range(SERIES):
        store.put(list(zip([number] * len(stamps), stamps, series(number, times).tolist(), strict=True)))
    seen: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        for number in range(SERIES):
            store.columns(number, START_MS, START_MS + days * DAY, COLUMNS)
        seen.append(time.perf_counter() - begun)
    store.close()
    return share(seen, 0.5)
