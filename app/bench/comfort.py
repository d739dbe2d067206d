"""`comfort`: predicted mean vote and dissatisfaction of 630 rooms at once, compared with the same for one room after another."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved
from twin.insight.thermal_comfort import pmv_ppd

ROOMS = 630
GOAL_MS = 1.0


def run(quick: bool) -> Result:
    """CPU milliseconds of both; rooms of an office on a winter's day, everybody dressed for it."""
    rng = np.random.default_rng(4)
    air, humidity = rng.normal(22, 1.5, ROOMS), rng.normal(40, 8, ROOMS)
    found = interleaved(
        {"ours": lambda: _together(air, humidity), "yard": lambda: _in_turn(air, humidity)}, 3 if quick else 9
    )
    ok = found["ours"] <= GOAL_MS
    return Result(
        figure=found["ours"],
        unit="ms",
        yardstick=found["yard"],
        ratio=found["ours"] / found["yard"],
        goal=f"≤ {GOAL_MS:g} ms",
        ok=ok,
        note="" if ok else "let the iteration of the clothes end for all rooms together",
        more=(("rooms", float(ROOMS)),),
    )


def _together(air: NDArray[np.float64], humidity: NDArray[np.float64]) -> float:
    began = time.thread_time()
    pmv_ppd(air, air, 0.1, humidity, 1.2, 1.0)
    return (time.thread_time() - began) * 1000


def _in_turn(air: NDArray[np.float64], humidity: NDArray[np.float64]) -> float:
    began = time.thread_time()
    for one, wet in zip(air.tolist(), humidity.tolist(), strict=True):
        pmv_ppd(one, one, 0.1, wet, 1.2, 1.0)
    return (time.thread_time() - began) * 1000
