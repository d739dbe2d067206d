"""Table of simulated device kinds: their points, and how values follow from the physics."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from devices.protocols.simulated.blueprint import Blueprint, DeviceFacts
from devices.protocols.simulated.noise import Floats, noise_at, smooth_noise
from devices.protocols.simulated.schedules import number_of
from devices.protocols.simulated.trajectory import Trajectory
from devices.protocols.simulated.weather import DAY_MS, HOUR_MS
from twin.model.device import DeviceInfo, PointInfo
from twin.model.observation import pack_xy

EPOCH_MS = 1_767_225_600_000
"""2026-01-01 in UTC ms, the zero of the energy counters."""
HEARTBEAT_S = 300.0
"""Longest silence in seconds of every simulated point; also the device's `interval_s`."""
_SULTRY_C = 24.5
_AVERAGE_W = {
    "fridge": 28.0, "tv": 14.0, "oven": 62.0, "washer": 24.0, "dryer": 14.0, "desk": 32.0, "server": 640.0, "charger": 390.0,
    "heat_pump": 420.0, "meter": 900.0, "solar": 480.0, "": 15.0,
}  # fmt: skip


type PointModel = Callable[[Blueprint, DeviceFacts, Trajectory], dict[str, Floats]]


def _noise(device: DeviceFacts, trajectory: Trajectory, size: float, minutes: float = 9.0) -> Floats:
    return size * smooth_noise(number_of(device.uid) & 0xFFFF, trajectory.outside.time_ms / 60_000, minutes)


def _battery(device: DeviceFacts, trajectory: Trajectory) -> Floats:
    days = trajectory.outside.time_ms / DAY_MS
    return np.round(99 - (days * 0.06 + number_of(device.uid) % 47) % 62)


def _climate(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    return {
        "temperature": np.round(trajectory.warm[device.room] + _noise(device, trajectory, 0.12), 1),
        "humidity": np.round(trajectory.humid[device.room] + _noise(device, trajectory, 0.7), 0),
        "battery": _battery(device, trajectory),
    }


def _air(blueprint: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    climate = _climate(blueprint, device, trajectory)
    del climate["battery"]
    fine = (
        4
        + 5 * noise_at(9, trajectory.outside.time_ms // DAY_MS)
        + _noise(device, trajectory, 1.5, 40)
        + 9 * (trajectory.outside.people[device.room] > 1)
    )
    return climate | {
        "co2": np.round((trajectory.co2[device.room] + _noise(device, trajectory, 14)) / 5) * 5,
        "pm25": np.round(fine.clip(0.5), 0),
    }


def _lamp(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    level = trajectory.habits.lamp[device.uid]
    told = {
        "on_off": (level > 0).astype(float),
        "level": np.where(level > 0, level, float(device.facts.get("level", 85.0))),
    }
    warmth = float(device.facts.get("color_temperature", 2900.0))
    if "color" in device.facts:
        hue = number_of(device.uid) % 3
        told["color"] = np.full(len(level), pack_xy(*((0.45, 0.41), (0.22, 0.25), (0.50, 0.36))[hue]))
    else:
        told["color_temperature"] = np.full(len(level), warmth)
    return told


def _motion(blueprint: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    people = trajectory.outside.people[device.room]
    stirs = noise_at(number_of(device.uid) & 0xFFFF, trajectory.outside.time_ms // 120_000) < 0.8
    lux = trajectory.daylight[device.room] + trajectory.lamp_lux(blueprint)[device.room]
    key = "motion" if device.kind == "motion_sensor" else "occupancy"
    return {
        key: ((people > 0) & (stirs | (key == "occupancy"))).astype(float),
        "illuminance": np.round(lux / 5) * 5,
        "battery": _battery(device, trajectory),
    }


def _radiator(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    return {
        "temperature": np.round(trajectory.warm[device.room] + 0.3 + _noise(device, trajectory, 0.1), 1),
        "setpoint_heat": trajectory.habits.setpoint[device.room],
        "valve": np.round(trajectory.valve[device.room]),
        "battery": _battery(device, trajectory),
    }


def _thermostat(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    heating = trajectory.heat_w > 150
    n = len(trajectory.heat_w)
    return {
        "temperature": np.round(trajectory.warm[device.room] + _noise(device, trajectory, 0.08), 1),
        "setpoint_heat": trajectory.habits.setpoint[device.room],
        "hvac_mode": np.full(n, 1.0),
        "hvac_action": np.where(heating, 2.0, 1.0),
    }


def _contact(blueprint: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    busy = blueprint.rooms[device.room].usage == "hall"
    chance = 0.12 if busy else 0.05
    seed = number_of(device.uid) & 0xFFFF
    home = trajectory.outside.people.sum(0) > 0
    airing = (trajectory.outside.hour > 7) & (trajectory.outside.hour < 20) & home
    opened = airing & (noise_at(seed, trajectory.outside.time_ms // (300_000 if busy else 900_000)) < chance)
    return {"contact": opened.astype(float), "battery": _battery(device, trajectory)}


def _cover(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    return {"position": trajectory.habits.blind[device.room]}


def _fan(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    """On while the room is occupied by day, or warm; faster where it is warm. Speed in %."""
    warm = trajectory.warm[device.room]
    day = (trajectory.outside.hour > 8.5) & (trajectory.outside.hour < 21.0)
    on = ((trajectory.outside.people[device.room] > 0) & day) | (warm > _SULTRY_C)
    return {"on_off": on.astype(float), "fan_speed": np.where(warm > _SULTRY_C, 80.0, 40.0)}


def _quiet(key: str) -> PointModel:
    def values(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
        return {key: np.zeros(len(trajectory.heat_w)), "battery": _battery(device, trajectory)}

    return values


def _lock(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    home = trajectory.outside.people.sum(0) > 0
    day = (trajectory.outside.hour > 6.5) & (trajectory.outside.hour < 21.5)
    return {"lock": (home & day).astype(float), "battery": _battery(device, trajectory)}


def counted(power: Floats, time_ms: NDArray[np.int64], average_w: float) -> Floats:
    """Readings of an energy counter in Wh; the last follows from the long-term average, so that periods join."""
    hours = np.diff(time_ms, prepend=time_ms[:1]) / HOUR_MS
    climbed = np.cumsum(power.clip(0) * hours)
    end = average_w * (time_ms[-1] - EPOCH_MS) / HOUR_MS
    return (end - climbed[-1] + climbed).round()


def _plug(_: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    power = trajectory.habits.plug_w[device.uid]
    power = np.round(np.where(power > 5, power + _noise(device, trajectory, 0.015, 2) * power, power), 1)
    average = _AVERAGE_W["charger" if device.kind == "charger" else str(device.facts.get("load", ""))]
    return {
        "on_off": np.ones(len(power)),
        "power": power,
        "energy_import": counted(power, trajectory.outside.time_ms, average),
    }


def heat_pump_w(blueprint: Blueprint, trajectory: Trajectory) -> Floats:
    """(moments,) electric power in W for the heat of the radiators (COP by outdoor temperature)."""
    cop = (2.3 + 0.09 * trajectory.outside.sky.outdoor).clip(2, 5)
    base = 900.0 if blueprint.office else 25.0
    return base + trajectory.heat_w / cop


def solar_w(blueprint: Blueprint, trajectory: Trajectory) -> Floats:
    """(moments,) power in W of a south-facing solar roof."""
    sky = trajectory.outside.sky
    ahead = (np.cos(np.radians(sky.height.clip(0) - 35)) * np.cos(np.radians((sky.direction - 180) * 0.6))).clip(0)
    peak = 24.0 if blueprint.office else 8.4
    return np.round((sky.direct * ahead + sky.diffuse * 0.8) * peak * 0.82, 0)


def _heat_pump(blueprint: Blueprint, _: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    power = np.round(heat_pump_w(blueprint, trajectory), 0)
    average = _AVERAGE_W["heat_pump"] * (6 if blueprint.office else 1)
    return {"power": power, "energy_import": counted(power, trajectory.outside.time_ms, average)}


def _solar(blueprint: Blueprint, _: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    power = solar_w(blueprint, trajectory)
    return {
        "power": power,
        "energy_export": counted(
            power, trajectory.outside.time_ms, _AVERAGE_W["solar"] * (3 if blueprint.office else 1)
        ),
    }


STANDBY_W = 60.0
"""Power of what is never off on a storey of the office, or in the home."""


def _meter(blueprint: Blueprint, device: DeviceFacts, trajectory: Trajectory) -> dict[str, Floats]:
    rooms = [
        i
        for i, room in enumerate(blueprint.rooms)
        if not blueprint.office or "all" in device.facts or room.storey == blueprint.rooms[device.room].storey
    ]
    storeys = len({blueprint.rooms[i].storey for i in rooms}) if blueprint.office else 1
    power = trajectory.habits.lamp_w(blueprint)[rooms].sum(0) + STANDBY_W * storeys
    for other in blueprint.devices:
        if other.uid in trajectory.habits.plug_w and other.room in rooms:
            power = power + trajectory.habits.plug_w[other.uid]
    if "all" in device.facts or not blueprint.office:
        power = power + heat_pump_w(blueprint, trajectory) - solar_w(blueprint, trajectory)
    power = np.round(power + _noise(device, trajectory, 6, 2), 0)
    average = _AVERAGE_W["meter"] * (9 if blueprint.office else 1)
    return {
        "power": power,
        "energy_import": counted(power, trajectory.outside.time_ms, average),
        "voltage": np.round(231 + _noise(device, trajectory, 2.6, 25), 1),
    }


KINDS: dict[str, PointModel] = {
    "climate_sensor": _climate, "air_sensor": _air, "light": _lamp, "lamp": _lamp, "motion_sensor": _motion,
    "occupancy_sensor": _motion, "radiator": _radiator, "thermostat": _thermostat, "contact_sensor": _contact, "cover": _cover, "fan": _fan,
    "smoke_alarm": _quiet("smoke"), "leak_sensor": _quiet("water_leak"), "lock": _lock, "plug": _plug, "charger": _plug,
    "heat_pump": _heat_pump, "solar": _solar, "meter": _meter,
}  # fmt: skip
WRITABLE = {
    "on_off",
    "level",
    "color_temperature",
    "color",
    "setpoint_heat",
    "hvac_mode",
    "position",
    "lock",
    "fan_speed",
}
DEADBAND = {"temperature": 0.1, "humidity": 1.0, "co2": 10.0, "power": 2.0, "illuminance": 10.0, "energy_import": 1.0, "energy_export": 1.0, "voltage": 0.4, "pm25": 1.0, "valve": 3.0}  # fmt: skip


def simulated_points(blueprint: Blueprint, trajectory: Trajectory) -> Iterator[tuple[DeviceFacts, dict[str, Floats]]]:
    """Yields every device with its points' values, (moments,), by key."""
    for device in blueprint.devices:
        yield device, KINDS[device.kind](blueprint, device, trajectory)


def device_description(blueprint: Blueprint, device: DeviceFacts, keys: tuple[str, ...]) -> DeviceInfo:
    """The description of a device as the adapter reports it."""
    limits = {
        "setpoint_heat": (5.0, 30.0, 0.5),
        "color_temperature": (2200.0, 6500.0, 50.0),
        "level": (1.0, 100.0, 1.0),
    }
    points: list[PointInfo] = []
    for key in keys:
        low, high, step = limits.get(key, (None, None, None))
        options = ("off", "heat") if key == "hvac_mode" else ()
        writable = key in WRITABLE
        points.append(
            PointInfo(key=key, capability=key, minimum=low, maximum=high, step=step, options=options, writable=writable)
        )
    return DeviceInfo(
        uid=device.uid, name=device.name, kind=device.kind, points=tuple(points), maker="Oikos",
        model=f"Simulated {device.kind.replace('_', ' ')}", serial=f"SIM-{number_of(device.uid):08X}", firmware="1.0",
        address=f"simulated://{blueprint.name}", area=blueprint.rooms[device.room].name, interval_s=HEARTBEAT_S,
    )  # fmt: skip
