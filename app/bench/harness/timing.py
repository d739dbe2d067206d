"""Interleaved runs and their medians, which spread other load on the machine evenly over both sides."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median figure of each work (seconds, bytes ...), run in turn `rounds` times after one unmeasured round."""
    seen: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            figure = work()
            if turn or not rounds:
                seen[name].append(figure)
    return {name: statistics.median(figures) for name, figures in seen.items()}


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """The work wrapped to return its wall seconds; garbage is collected before."""

    def run() -> float:
        gc.collect()
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return run


def share(figures: list[float], part: float) -> float:
    """The value below which this share of all figures lies (0.95: p95)."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
