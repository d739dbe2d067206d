"""Simulator of a building that reacts to commands."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from devices.protocols.simulated.backfill import run_physics
from devices.protocols.simulated.blueprint import Blueprint
from devices.protocols.simulated.building_physics import BuildingState, OutsideConditions, Physics, RoomAir, saturation
from devices.protocols.simulated.kept_counters import SAVE_MS, KeptCounters
from devices.protocols.simulated.schedules import HabitSchedules
from devices.protocols.simulated.simulated_points import DEADBAND, EPOCH_MS, HEARTBEAT_S, simulated_points
from devices.protocols.simulated.trajectory import run
from devices.protocols.simulated.weather import HOUR_MS

WARM_UP_MS = 6 * HOUR_MS
HOLD_MS = 3 * HOUR_MS
"""Milliseconds that a command overrides the schedules."""
BLIND_PER_S = 6.0
"""Percent that a blind moves in a second."""

type SimulatedReport = tuple[str, str, float]
"""Device uid, point key, value as a number."""


@dataclass(slots=True)
class Simulator:
    """State of one simulated session; `advance` moves it on and returns new values."""

    blueprint: Blueprint
    now_ms: int
    before: KeptCounters = field(default_factory=lambda: KeptCounters(None))
    """The readings with which the energy counters go on."""
    _held: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict[tuple[str, str], tuple[float, int]])
    _blind: dict[str, float] = field(default_factory=dict[str, float])
    _energy: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _at_most: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    _reported: dict[tuple[str, str], tuple[float, int]] = field(
        default_factory=dict[tuple[str, str], tuple[float, int]]
    )

    building_state: BuildingState = field(init=False)
    keys: dict[str, tuple[str, ...]] = field(init=False)
    """Point keys by device uid."""
    _physics: Physics = field(init=False)

    def __post_init__(self) -> None:
        self._physics = Physics(self.blueprint)
        trajectory = run_physics(self.blueprint, self.now_ms - WARM_UP_MS, self.now_ms)
        last = RoomAir(trajectory.warm[:, -1].copy(), np.zeros(len(self.blueprint.rooms)), trajectory.co2[:, -1].copy())
        self.building_state = BuildingState.at(self.blueprint, self.now_ms)
        self.building_state.air = last
        self.building_state.air.water = saturation(last.warm) * trajectory.humid[:, -1] / 100
        self.keys = {device.uid: tuple(told) for device, told in simulated_points(self.blueprint, trajectory)}

    def set_command(self, uid: str, key: str, value: float) -> None:
        """Sets a point by command; the schedules leave it alone for HOLD_MS."""
        self._held[uid, key] = (value, self.now_ms + HOLD_MS)
        if key in ("level", "fan_speed") and value > 0:
            self._held[uid, "on_off"] = (1.0, self.now_ms + HOLD_MS)

    def held_value(self, uid: str, key: str) -> float | None:
        """The commanded value of a point; None where no command is in force."""
        found = self._held.get((uid, key))
        if found is None or not 0 <= found[1] - self.now_ms <= HOLD_MS:
            return None
        return found[0]

    def last_report(self, uid: str, key: str) -> float | None:
        """The last reported value of a point; None before the first."""
        found = self._reported.get((uid, key))
        return found[0] if found else None

    def stop(self, uid: str) -> None:
        """Stops a moving blind at its current position."""
        if uid in self._blind:
            self.set_command(uid, "position", self._blind[uid])

    def advance(self, now_ms: int) -> list[SimulatedReport]:
        """Advances to `now_ms` (UTC); returns every point that changed enough or was silent for HEARTBEAT_S."""
        seconds = max(0.0, (now_ms - self.now_ms) / 1000)
        self.now_ms = now_ms
        outside = OutsideConditions.over(self.blueprint, np.array([now_ms], np.int64))
        habits = HabitSchedules.over(self.blueprint, outside)
        self._obey(habits, seconds)
        trajectory = run(self.building_state, self._physics, outside, habits)
        spoken: list[SimulatedReport] = []
        for device, told in simulated_points(self.blueprint, trajectory):
            for key, values in told.items():
                value = self._own(device.uid, key, float(values[-1]), told, seconds)
                if self._worth_telling(device.uid, key, value):
                    spoken.append((device.uid, key, value))
        return spoken

    def _obey(self, habits: HabitSchedules, seconds: float) -> None:
        self._obey_setpoints(habits)
        for device in self.blueprint.devices:
            uid, room = device.uid, device.room
            if uid in habits.lamp:
                on, level = self.held_value(uid, "on_off"), self.held_value(uid, "level")
                usual = float(habits.lamp[uid][0])
                bright = level if level is not None else (usual or float(device.facts.get("level", 85.0)))
                habits.lamp[uid] = np.array([bright if (usual > 0 if on is None else on > 0) else 0.0])
            elif device.kind == "cover":
                self._move(habits, uid, room, seconds)
            elif uid in habits.plug_w and self.held_value(uid, "on_off") == 0.0:
                habits.plug_w[uid] = np.array([0.0])
            if device.kind == "thermostat":
                self.building_state.controls.heating = self.held_value(uid, "hvac_mode") != 0.0

    def _obey_setpoints(self, habits: HabitSchedules) -> None:
        """Those of thermostats are for all rooms but the ones whose radiators have a set-point of their own."""
        for device in sorted(self.blueprint.devices, key=lambda one: one.kind != "thermostat"):
            if (wanted := self.held_value(device.uid, "setpoint_heat")) is not None:
                habits.setpoint[slice(None) if device.kind == "thermostat" else device.room] = wanted

    def _move(self, habits: HabitSchedules, uid: str, room: int, seconds: float) -> None:
        wanted = self.held_value(uid, "position")
        target = float(habits.blind[room, 0]) if wanted is None else wanted
        here = self._blind.get(uid, target)
        self._blind[uid] = here + float(np.clip(target - here, -BLIND_PER_S * seconds, BLIND_PER_S * seconds))
        habits.blind[room] = self._blind[uid]

    def _own(self, uid: str, key: str, value: float, told: dict[str, np.ndarray], seconds: float) -> float:
        """The value kept by the device itself: a commanded state, or a counter that never falls."""
        if key in ("energy_import", "energy_export"):
            power = max(0.0, float(told["power"][-1]))
            start = self._energy.get((uid, key))
            start = self._first_reading(uid, key, value) if start is None else start + power * seconds / 3600
            self._energy[uid, key] = start
            self._at_most[uid, key] = start + power * SAVE_MS / 3_600_000
            return float(round(start))
        own_switch = key == "on_off" and ("power" in told or "fan_speed" in told)
        if own_switch or key in ("hvac_mode", "lock", "color", "color_temperature", "level", "fan_speed"):
            wanted = self.held_value(uid, key)
            return value if wanted is None else wanted
        return value

    def _first_reading(self, uid: str, key: str, usual: float) -> float:
        """The reading that was kept, and what was counted since at the long-term average of which `usual` is the sum."""
        kept = self.before.readings.get((uid, key))
        if kept is None:
            return usual
        return kept + usual * max(0, self.now_ms - self.before.time_ms) / (self.now_ms - EPOCH_MS)

    def keep_counters(self, *, at_once: bool = False) -> None:
        """Keeps the readings for the next session: as high as they can be before the next time. Blocks."""
        self.before.keep(self._at_most, self.now_ms, at_once=at_once)

    def _worth_telling(self, uid: str, key: str, value: float) -> bool:
        before = self._reported.get((uid, key))
        if (
            before is not None
            and abs(before[0] - value) < DEADBAND.get(key, 1e-9)
            and 0 <= self.now_ms - before[1] < HEARTBEAT_S * 1000  # a clock that was set back silences nobody
        ):
            return False
        self._reported[uid, key] = (value, self.now_ms)
        return True
