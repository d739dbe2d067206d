"""`edit`: GUI thread time of edits in the real window, compared with the same edits by an engine alone."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from app.bench.harness.many_devices import make_office
from app.bench.harness.result import Result, UnmeasurableError
from app.bench.start import display

COUNT = 2000
RENAME_S, MANY_S, STALL_S = 0.002, 1.0, 0.1
LIMIT_S = 400

type Costs = list[tuple[str, dict[str, float]]]
"""Edits in order: name, and seconds by measured quantity."""


def run(quick: bool) -> Result:
    """CPU seconds of the GUI thread; repainting counts, idling does not."""
    with display() as shown:
        window = [_played("window", shown) for _ in range(1 if quick else 3)]
    alone = _played("alone", {})
    rename = _median(window, "rename", "busy_s")
    yardstick = statistics.median(costs["wall_s"] for name, costs in alone if name == "rename")
    many = {name for costs in window for name, _ in costs} - {"idle", "rename", "rename room"}
    slowest = max(_median(window, name, "busy_s") for name in many)
    stall = max(_median(window, name, "longest_s") for name in many)
    ok = rename <= RENAME_S and slowest <= MANY_S and stall <= STALL_S
    figures = ((f"{name} {what}", _median(window, name, key) * 1e3) for name in sorted({*many, "rename", "rename room"}) for what, key in (("ms", "busy_s"), ("stall ms", "longest_s")))  # fmt: skip
    return Result(
        figure=rename * 1e3,
        unit="ms",
        yardstick=yardstick * 1e3,
        ratio=rename / yardstick,
        goal="rename ≤ 2 ms; each 2,000 ≤ 1 s, stall ≤ 100 ms",
        ok=ok,
        note="" if ok else f"the slowest of 2,000 took {slowest * 1e3:.0f} ms, the longest stall {stall * 1e3:.0f} ms",
        more=(("slowest of 2,000, ms", slowest * 1e3), ("longest stall, ms", stall * 1e3), *figures),
    )


def _played(how: str, shown: dict[str, str]) -> Costs:
    """The edits in a process of their own: Qt and VTK are never loaded here."""
    with tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        path = Path(folder) / "office.oikos"
        make_office(path)
        command = [sys.executable, "-m", "app.bench.harness.edit_window", str(path), str(COUNT), how]
        surroundings = {**os.environ, **shown}
        done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        tail = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise UnmeasurableError(f"the window cannot be measured here: {tail[0][:200]}")
    return cast("Costs", json.loads(done.stdout.splitlines()[-1]))


def _median(runs: Iterable[Costs], wanted: str, key: str) -> float:
    """Median over the runs, and over repetitions of the same edit."""
    return statistics.median(costs[key] for one in runs for name, costs in one if name == wanted)
