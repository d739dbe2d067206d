"""Runs the physics over a period and keeps what devices report of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from devices.protocols.simulated.blueprint import Blueprint
from devices.protocols.simulated.building_physics import BuildingState, OutsideConditions, Physics, humidity
from devices.protocols.simulated.noise import Floats
from devices.protocols.simulated.schedules import HabitSchedules


@dataclass(slots=True, eq=False)
class Trajectory:
    """What happened: (rooms, moments) arrays, and per moment what concerns the whole building."""

    outside: OutsideConditions
    habits: HabitSchedules
    warm: Floats
    humid: Floats
    co2: Floats
    valve: Floats
    daylight: Floats
    heat_w: Floats

    def lamp_lux(self, plan: Blueprint) -> Floats:
        """(rooms, moments) lux that lamps add: 90 lm/W, half of it reaching the desk."""
        area = np.array([max(room.area_m2, 2.0) for room in plan.rooms])[:, None]
        return self.habits.lamp_w(plan) * 90 * 0.5 / area


def run(world: BuildingState, physics: Physics, outside: OutsideConditions, habits: HabitSchedules) -> Trajectory:
    """Moves the world through every moment of the outside."""
    plan, n = physics.plan, len(outside.time_ms)
    shape = (len(plan.rooms), n)
    warm, humid, co2, valve, daylight = (np.empty(shape) for _ in range(5))
    heat = np.empty(n)
    lamp_w, room_w = habits.lamp_w(plan), habits.room_w(plan)
    controls = world.controls
    for i in range(n):
        controls.setpoint, controls.blind = habits.setpoint[:, i], habits.blind[:, i]
        controls.lamp_w, controls.plug_w = lamp_w[:, i], room_w[:, i]
        physics.step(world, outside, i)
        warm[:, i], humid[:, i], co2[:, i] = world.air.warm, humidity(world), world.air.co2
        valve[:, i], daylight[:, i], heat[i] = world.valve, world.daylight, world.heat_w
    return Trajectory(outside, habits, warm, humid, co2, valve, daylight, heat)
