"""Backfill: months of plausible history in seconds of computing, with the same physics as the live simulation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from devices.contract import Past
from devices.protocols.simulated.blueprint import Blueprint, load_blueprint
from devices.protocols.simulated.building_physics import BuildingState, OutsideConditions, Physics
from devices.protocols.simulated.noise import Floats
from devices.protocols.simulated.schedules import HabitSchedules
from devices.protocols.simulated.simulated_points import simulated_points
from devices.protocols.simulated.trajectory import Trajectory, run

STEP_MS = {False: 5 * 60_000, True: 15 * 60_000}
"""Time step of the backfill in ms by `Blueprint.office`: a home every 5 minutes, an office every 15."""
HEARTBEAT_MS = 3_600_000


def backfill(name: str, from_ms: int, to_ms: int) -> Iterator[Past]:
    """Yields (uid, key, times, values) of every point of a demo between two times (UTC ms): changes, and one sample
    each hour.
    """
    blueprint = load_blueprint(name)
    trajectory = run_physics(blueprint, from_ms, to_ms)
    for device, told in simulated_points(blueprint, trajectory):
        for key, values in told.items():
            times, kept = changed_samples(trajectory.outside.time_ms, values)
            yield device.uid, key, times, kept


def run_physics(blueprint: Blueprint, from_ms: int, to_ms: int) -> Trajectory:
    """Runs the physics between two times (UTC ms); the last moment is `to_ms`."""
    step = STEP_MS[blueprint.office]
    times = np.arange(to_ms, from_ms - 1, -step, dtype=np.int64)[::-1].copy()
    outside = OutsideConditions.over(blueprint, times)
    habits = HabitSchedules.over(blueprint, outside)
    return run(BuildingState.at(blueprint, int(times[0]) - step), Physics(blueprint), outside, habits)


def changed_samples(times: NDArray[np.int64], values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Times and values where the value changed, where a new hour began, and of the last sample."""
    keep = np.ones(len(values), bool)
    keep[1:] = values[1:] != values[:-1]
    keep[1:] |= times[1:] // HEARTBEAT_MS != times[:-1] // HEARTBEAT_MS
    keep[-1] = True
    return times[keep], values[keep]
