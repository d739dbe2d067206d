"""`moment`: every point's value at a past moment, compared with a latest-before query per point over clustered rows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from app.bench.harness.generated_history import START_MS, minutes, points, series
from app.bench.harness.plain_sqlite import Clustered
from app.bench.harness.result import Result
from app.bench.harness.timing import share
from twin.store.history import History

GOAL = 0.05
GOAL_MS = 100.0
DAY = 86_400_000


def run(quick: bool) -> Result:
    """At moments spread over the time, never the same twice."""
    count, days = (200, 7) if quick else (2000, 14)
    known = points(count)
    times = minutes(days, jitter=3)
    stamps = times.tolist()
    with tempfile.TemporaryDirectory() as folder:
        history = History.open(Path(folder) / "x.oikos-history")
        history.declare(known)
        store = Clustered(Path(folder) / "x.sqlite")
        for number, point in enumerate(known):
            values = series(number, times)
            history.bulk(point.id, times, values)
            store.put(list(zip([number] * len(stamps), stamps, values.tolist(), strict=True)))
        ids, numbers = [point.id for point in known], list(range(count))
        ours: list[float] = []
        bare: list[float] = []
        for turn in range(3 if quick else 9):
            moment = START_MS + int((turn + 0.5) * days * DAY / 9.7)
            begun = time.perf_counter()
            history.moment(moment, ids)
            middle = time.perf_counter()
            store.latest_before(numbers, moment)
            ours.append(middle - begun)
            bare.append(time.perf_counter() - middle)
        history.close()
        store.close()
    figure, yardstick = share(ours, 0.5), share(bare, 0.5)
    ok = figure / yardstick <= GOAL and figure * 1000 <= GOAL_MS
    note = "" if ok else "read the newest tile of every point in one query instead of a block per point"
    return Result(
        figure=figure * 1000,
        unit="ms",
        yardstick=yardstick * 1000,
        ratio=figure / yardstick,
        goal=f"≤ {GOAL} × and ≤ {GOAL_MS:g} ms",
        ok=ok,
        note=f"{note}; {days} days instead of a year" if note else f"{days} days instead of a year",
    )
