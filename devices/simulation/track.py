"""Running the physics over a stretch of time and keeping what devices will tell of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from devices.simulation.blueprint import Blueprint
from devices.simulation.chance import Floats
from devices.simulation.habits import Habits
from devices.simulation.world import Outside, Physics, World, humidity


@dataclass(slots=True, eq=False)
class Track:
    """What happened: (rooms, moments) arrays, and per moment what concerns the whole building."""

    outside: Outside
    habits: Habits
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


def run(world: World, physics: Physics, outside: Outside, habits: Habits) -> Track:
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
    return Track(outside, habits, warm, humid, co2, valve, daylight, heat)
