"""Physics of the demo: heat, CO₂ and humidity of rooms.

One lumped node per room (EN ISO 13790's simple method, without its mass node): loss through walls, exchange with
neighbours, sun through windows and blinds, people (70 W and 20 l CO₂ an hour each), lamps and radiators.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.protocols.simulated.blueprint import Blueprint
from devices.protocols.simulated.noise import Floats, noise_at, smooth_noise
from devices.protocols.simulated.occupancy import local_hours, occupancy
from devices.protocols.simulated.weather import DAY_MS, HOUR_MS, SkyConditions, sky

STEP_MS = 60_000
HEAT_J_PER_M3K = 48_000.0
"""Heat capacity of a room per m³, J/(m³ K): air, contents and the surface layer of the walls."""
PERSON_W, PERSON_CO2_M3H, PERSON_WATER_GH = 70.0, 0.02, 50.0
OUTDOOR_CO2 = 425.0


def saturation(celsius: Floats) -> Floats:
    """Water vapour content of saturated air, g/m³, at temperatures in °C (Magnus formula, WMO-No. 8)."""
    pressure = 611.2 * np.exp(17.62 * celsius / (243.12 + celsius))
    return pressure * 2.1667 / (celsius + 273.15)


@dataclass(slots=True, eq=False)
class RoomAir:
    """State of the rooms' air, (rooms,): temperature in °C, water in g/m³, CO₂ in ppm."""

    warm: Floats
    water: Floats
    co2: Floats


@dataclass(slots=True, eq=False)
class Controls:
    """Inputs of a step, (rooms,): heating set point in °C, blinds in % open, lamp and appliance watts; whether heating
    is allowed.
    """

    setpoint: Floats
    blind: Floats
    lamp_w: Floats
    plug_w: Floats
    heating: bool = True


@dataclass(slots=True, eq=False)
class BuildingState:
    """State of a building at a time; changed in place by `Physics.step`. Arrays are (rooms,)."""

    blueprint: Blueprint
    time_ms: int
    air: RoomAir
    controls: Controls
    valve: Floats = field(default_factory=lambda: np.zeros(0))
    people: Floats = field(default_factory=lambda: np.zeros(0))
    daylight: Floats = field(default_factory=lambda: np.zeros(0))
    """Daylight on the desks, lx."""
    heat_w: float = 0.0
    outdoor: float = 10.0

    @classmethod
    def at(cls, blueprint: Blueprint, time_ms: int) -> BuildingState:
        """The initial state of every run: 20.5 °C, 45 % relative humidity, 600 ppm, no one present."""
        n = len(blueprint.rooms)
        air = RoomAir(np.full(n, 20.5), saturation(np.full(n, 20.5)) * 0.45, np.full(n, 600.0))
        controls = Controls(np.full(n, 20.0), np.full(n, 100.0), np.zeros(n), np.zeros(n))
        zero = np.zeros(n)
        return cls(blueprint, time_ms, air, controls, zero.copy(), zero.copy(), zero.copy())


@dataclass(frozen=True, slots=True, eq=False)
class OutsideConditions:
    """Everything that does not depend on the building's state, computed for many moments at once."""

    time_ms: NDArray[np.int64]
    sky: SkyConditions
    people: Floats
    window_w: Floats
    """(rooms, moments) solar power on the windows, W."""
    hour: Floats

    @classmethod
    def over(cls, blueprint: Blueprint, time_ms: NDArray[np.int64]) -> OutsideConditions:
        """Outside conditions at these times (UTC ms)."""
        above = sky(blueprint.place, time_ms)
        return cls(
            time_ms,
            above,
            occupancy(blueprint, time_ms),
            _window_sun(blueprint, above),
            local_hours(blueprint, time_ms),
        )


def _window_sun(blueprint: Blueprint, above: SkyConditions) -> Floats:
    falling = np.cos(np.radians(above.height.clip(0)))
    rows: list[Floats] = []
    for room in blueprint.rooms:
        total = np.zeros(len(above.height))
        for area, facing in room.windows:
            ahead = np.cos(np.radians(above.direction - facing)).clip(0) * falling
            total = total + area * 0.55 * (above.direct * ahead + above.diffuse * 0.5)
        rows.append(total)
    return np.array(rows)


class Physics:
    """Constants of a building, and the step of its state."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        rooms = blueprint.rooms
        self.volume = np.array([max(room.volume_m3, 5.0) for room in rooms])
        self.area = np.array([max(room.area_m2, 2.0) for room in rooms])
        glass = np.array([sum(area for area, _ in room.windows) for room in rooms])
        outer = np.array([room.outer_m2 for room in rooms])
        self.loss = 0.32 * (outer - glass).clip(0) + 1.2 * glass + 0.12 * self.area  # W/K
        self.store = HEAT_J_PER_M3K * self.volume  # J/K
        self.radiator = 55.0 * self.area + 250.0  # W at most
        self.pairs = np.array([(a, b) for a, b, _ in blueprint.neighbours] or [(0, 0)], np.intp)
        self.between = np.array([2.2 * m2 for _, _, m2 in blueprint.neighbours] or [0.0])
        self.wet = np.array([room.usage in ("bath", "kitchen", "utility", "wc") for room in rooms])

    def step(self, building_state: BuildingState, outside: OutsideConditions, i: int) -> None:
        """Advances the state, in place, to the i-th moment of the outside conditions; internal steps of at most 300 s."""
        seconds = (int(outside.time_ms[i]) - building_state.time_ms) / 1000.0
        building_state.time_ms = int(outside.time_ms[i])
        building_state.outdoor = float(outside.sky.outdoor[i])
        building_state.people = outside.people[:, i]
        through = outside.window_w[:, i] * (0.08 + 0.92 * building_state.controls.blind / 100)
        building_state.daylight = 1.1 * through / self.area * 12
        parts = max(1, int(np.ceil(seconds / 300)))
        for _ in range(parts):
            self._warm(building_state, through, seconds / parts)
            self._breathe(building_state, outside, i, seconds / parts)

    def _warm(self, building_state: BuildingState, through: Floats, seconds: float) -> None:
        air, controls = building_state.air, building_state.controls
        gap = controls.setpoint - air.warm
        wanted = (gap / 0.8 * 60 + 8).clip(0, 100) * (gap > -0.15)
        building_state.valve = wanted if controls.heating else np.zeros_like(wanted)
        heat = building_state.valve / 100 * self.radiator
        building_state.heat_w = float(heat.sum())
        gain = heat + through * 0.8 + building_state.people * PERSON_W + controls.lamp_w * 0.9 + controls.plug_w * 0.9
        flow = self.between * (air.warm[self.pairs[:, 1]] - air.warm[self.pairs[:, 0]])
        np.add.at(gain, self.pairs[:, 0], flow)
        np.add.at(gain, self.pairs[:, 1], -flow)
        # People open windows when it is warm and fresher outside.
        airing = 9.0 * self.area * ((air.warm - 23.2).clip(0, 1)) * (building_state.outdoor < air.warm)
        loss = self.loss + airing
        # implicit in the loss to outside: stable for any step
        air.warm = (air.warm + seconds / self.store * (gain + loss * building_state.outdoor)) / (
            1 + seconds * loss / self.store
        )

    def _breathe(self, building_state: BuildingState, outside: OutsideConditions, i: int, seconds: float) -> None:
        air = building_state.air
        hours = seconds / 3600
        fresh = (
            0.35
            + 0.25 * building_state.people
            + 1.2 * (air.co2 > 1300)
            + 1.5 * (self.wet & (air.water > saturation(air.warm) * 0.72))
        )
        keep = np.exp(-fresh * hours)
        made = building_state.people * PERSON_CO2_M3H / self.volume * 1e6 / fresh
        air.co2 = OUTDOOR_CO2 + made + (air.co2 - OUTDOOR_CO2 - made) * keep
        out = saturation(np.array([building_state.outdoor]))[0] * outside.sky.humidity[i] / 100
        wet = building_state.people * PERSON_WATER_GH * np.where(self.wet, 9.0, 1.0) / self.volume / fresh
        air.water = out + wet + (air.water - out - wet) * keep
        air.water = np.minimum(air.water, saturation(air.warm) * 0.97)


def humidity(building_state: BuildingState) -> Floats:
    """Relative humidity of each room, %, limited to 5-98."""
    return (building_state.air.water / saturation(building_state.air.warm) * 100).clip(5, 98)


def appliance_w(load: str, blueprint: Blueprint, outside: OutsideConditions) -> Floats:
    """(moments,) electric power of an appliance, W."""
    time_ms, hour = outside.time_ms, outside.hour
    local = time_ms + int(blueprint.place.offset_h * HOUR_MS)
    day = local // DAY_MS
    home = outside.people.sum(0) > 0
    match load:
        case "fridge":
            return np.where((time_ms / 60_000 + 7 * smooth_noise(5, time_ms / 60_000, 400)) % 52 < 19, 74.0, 1.5)
        case "tv":
            return np.where(
                (hour > 19.2) & (hour < 22.4) & home & (noise_at(41, day) < 0.85),
                96.0 + 9 * smooth_noise(6, time_ms / 60_000, 3),
                0.6,
            )
        case "oven":
            on = (((hour > 11.9) & (hour < 12.5)) | ((hour > 18.1) & (hour < 18.9))) & home & (noise_at(42, day) < 0.8)
            return np.where(on, np.where(time_ms // 120_000 % 3 < 2, 2150.0, 300.0), 2.0)
        case "washer" | "dryer":
            start = (9.2 if load == "washer" else 11.4) + 6 * noise_at(43, day)
            into = hour - start
            on = (into > 0) & (into < (1.9 if load == "washer" else 1.2)) & (noise_at(44, day) < 0.55)
            heating = into < (0.5 if load == "washer" else 1.0)
            return np.where(on, np.where(heating, 2050.0 if load == "washer" else 720.0, 180.0), 0.8)
        case "desk":
            return np.where(home, 85.0, 3.0)
        case "server":
            return 640.0 + 60 * smooth_noise(8, hour, 2.0)
        case _:
            return np.where(home, 40.0, 2.0)
