"""Interleaved runs and their medians: what else the machine does hits figure and yardstick alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each work says (seconds, bytes ...), taken turn by turn; one unmeasured turn first."""
    seen: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            figure = work()
            if turn or not rounds:
                seen[name].append(figure)
    return {name: statistics.median(figures) for name, figures in seen.items()}


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """The work as something that says its own wall seconds; garbage of the work before is not its own."""

    def run() -> float:
        gc.collect()
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return run


def share(figures: list[float], part: float) -> float:
    """The figure below which this part of all figures lies (0.95: p95)."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
