"""Months of plausible past in seconds, by the same physics that goes on living afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from devices.adapter import Past
from devices.simulation.blueprint import Blueprint, blueprint
from devices.simulation.chance import Floats
from devices.simulation.habits import Habits
from devices.simulation.readings import readings
from devices.simulation.track import Track, run
from devices.simulation.world import Outside, Physics, World

STEP_MS = {False: 5 * 60_000, True: 15 * 60_000}
"""A home every five minutes, an office every quarter of an hour."""
HEARTBEAT_MS = 3_600_000


def past(name: str, from_ms: int, to_ms: int) -> Iterator[Past]:
    """Every point of a demo over a stretch, changes only, with a heartbeat each hour."""
    plan = blueprint(name)
    track = lived(plan, from_ms, to_ms)
    for device, told in readings(plan, track):
        for key, values in told.items():
            times, kept = changes(track.outside.time_ms, values)
            yield device.uid, key, times, kept


def lived(plan: Blueprint, from_ms: int, to_ms: int) -> Track:
    """The physics over a stretch, the last moment being `to_ms`."""
    step = STEP_MS[plan.office]
    times = np.arange(to_ms, from_ms - 1, -step, dtype=np.int64)[::-1].copy()
    outside = Outside.over(plan, times)
    habits = Habits.over(plan, outside)
    return run(World.at(plan, int(times[0]) - step), Physics(plan), outside, habits)


def changes(times: NDArray[np.int64], values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Samples where the value changed, where an hour has passed, and the last one."""
    keep = np.ones(len(values), bool)
    keep[1:] = values[1:] != values[:-1]
    keep[1:] |= times[1:] // HEARTBEAT_MS != times[:-1] // HEARTBEAT_MS
    keep[-1] = True
    return times[keep], values[keep]
