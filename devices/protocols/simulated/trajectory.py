"""Runs the physics over a period and keeps the quantities that devices report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from devices.protocols.simulated.blueprint import Blueprint
from devices.protocols.simulated.building_physics import BuildingState, OutsideConditions, Physics, humidity
from devices.protocols.simulated.noise import Floats
from devices.protocols.simulated.schedules import HabitSchedules


@dataclass(slots=True, eq=False)
class Trajectory:
    """Result of a simulated period: (rooms, moments) temperature °C, humidity %, CO₂ ppm, valve %, daylight lx;
    (moments,) heat W.
    """

    outside: OutsideConditions
    habits: HabitSchedules
    warm: Floats
    humid: Floats
    co2: Floats
    valve: Floats
    daylight: Floats
    heat_w: Floats

    def lamp_lux(self, blueprint: Blueprint) -> Floats:
        """(rooms, moments) illuminance from lamps in lx: 90 lm/W, half of it reaching the desk."""
        area = np.array([max(room.area_m2, 2.0) for room in blueprint.rooms])[:, None]
        return self.habits.lamp_w(blueprint) * 90 * 0.5 / area


def run(
    building_state: BuildingState, physics: Physics, outside: OutsideConditions, habits: HabitSchedules
) -> Trajectory:
    """Runs the physics through every moment of the outside conditions, changing `building_state`."""
    blueprint, n = physics.blueprint, len(outside.time_ms)
    shape = (len(blueprint.rooms), n)
    warm, humid, co2, valve, daylight = (np.empty(shape) for _ in range(5))
    heat = np.empty(n)
    lamp_w, room_w = habits.lamp_w(blueprint), habits.room_w(blueprint)
    controls = building_state.controls
    for i in range(n):
        controls.setpoint, controls.blind = habits.setpoint[:, i], habits.blind[:, i]
        controls.lamp_w, controls.plug_w = lamp_w[:, i], room_w[:, i]
        physics.step(building_state, outside, i)
        warm[:, i], humid[:, i], co2[:, i] = building_state.air.warm, humidity(building_state), building_state.air.co2
        valve[:, i], daylight[:, i], heat[i] = building_state.valve, building_state.daylight, building_state.heat_w
    return Trajectory(outside, habits, warm, humid, co2, valve, daylight, heat)
