"""Schedules of lamps, blinds and set points while no command is in force."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from devices.protocols.simulated.blueprint import Blueprint, DeviceFacts
from devices.protocols.simulated.building_physics import OutsideConditions, appliance_w
from devices.protocols.simulated.noise import Floats, noise_at
from devices.protocols.simulated.occupancy import SLOT_MS

LAMP_W = {"light": 14.0, "lamp": 8.0}
DARK_LX = 220.0


def number_of(uid: str) -> int:
    """A stable number from a device's uid (CRC-32)."""
    return zlib.crc32(uid.encode())


@dataclass(slots=True, eq=False)
class HabitSchedules:
    """(rooms, moments) blinds in % open and set points in °C; by uid, (moments,) lamp levels in % and appliance watts."""

    blind: Floats
    setpoint: Floats
    lamp: dict[str, Floats]
    plug_w: dict[str, Floats]

    @classmethod
    def over(cls, blueprint: Blueprint, outside: OutsideConditions) -> HabitSchedules:
        """Habit schedules at the times of the outside conditions."""
        lamps = [device for device in blueprint.devices if device.kind in LAMP_W]
        plugs = [device for device in blueprint.devices if device.kind in ("plug", "charger")]
        blind = _blinds(blueprint, outside)
        return cls(
            blind,
            _setpoints(blueprint, outside),
            {lamp.uid: _lamp(blueprint, lamp, outside, blind) for lamp in lamps},
            {plug.uid: plug_power(blueprint, plug, outside) for plug in plugs},
        )

    def lamp_w(self, blueprint: Blueprint) -> Floats:
        """(rooms, moments) electric power of lamps, W."""
        total = np.zeros_like(self.blind)
        for device in blueprint.devices:
            if device.uid in self.lamp:
                total[device.room] += self.lamp[device.uid] / 100 * _rated(blueprint, device)
        return total

    def room_w(self, blueprint: Blueprint) -> Floats:
        """(rooms, moments) appliance power that stays in the room as heat, W: 60 %, of washers and dryers 12 %."""
        total = np.zeros_like(self.blind)
        for device in blueprint.devices:
            if device.uid in self.plug_w and device.kind == "plug":
                stays = 0.12 if device.facts.get("load") in ("washer", "dryer") else 0.6
                total[device.room] += stays * self.plug_w[device.uid]
        return total


def _rated(blueprint: Blueprint, device: DeviceFacts) -> float:
    area = blueprint.rooms[device.room].area_m2
    return 6.5 * area if blueprint.office else LAMP_W[device.kind]


def _blinds(blueprint: Blueprint, outside: OutsideConditions) -> Floats:
    rows: list[Floats] = []
    for i, room in enumerate(blueprint.rooms):
        glare = outside.window_w[i] / max(room.area_m2, 1)
        shaded = np.where(glare > 90, 35.0, np.where(glare > 55, 65.0, 100.0))
        asleep = (outside.hour < 6.8) | (outside.hour > 21.6)
        closed = asleep & (room.usage in ("bedroom", "child"))
        rows.append(np.where(closed, 0.0, shaded))
    return np.array(rows)


def _setpoints(blueprint: Blueprint, outside: OutsideConditions) -> Floats:
    hour = outside.hour
    day = (hour > 5.5) & (hour < (19.5 if blueprint.office else 22.3))
    usual = {
        "bath": 22.5,
        "bedroom": 19.0,
        "child": 20.5,
        "utility": 18.0,
        "hall": 19.0,
        "dressing": 19.0,
        "server": 15.0,
        "corridor": 19.5,
        "lobby": 20.0,
    }
    rows = [
        np.where(day, usual.get(room.usage, 21.5), min(usual.get(room.usage, 21.5), 18.5)) for room in blueprint.rooms
    ]
    return np.array(rows)


def _lamp(blueprint: Blueprint, lamp: DeviceFacts, outside: OutsideConditions, blind: Floats) -> Floats:
    """(moments,) brightness of a lamp in %; on where the room is occupied and dark and the lamp is among those used."""
    room = blueprint.rooms[lamp.room]
    daylight = 13.2 * outside.window_w[lamp.room] * (0.08 + 0.92 * blind[lamp.room] / 100) / max(room.area_m2, 1)
    someone = outside.people[lamp.room] > 0
    seed = number_of(lamp.uid) & 0xFFFF
    liked = noise_at(seed, outside.time_ms // (4 * SLOT_MS)) < (0.9 if blueprint.office or "on" in lamp.facts else 0.62)
    awake = (outside.hour > 5.8) & (outside.hour < 23.2)
    asleep = (room.usage in ("bedroom", "child")) & ((outside.hour < 6.3) | (outside.hour > 22.2))
    on = someone & liked & awake & ~asleep & (daylight < DARK_LX)
    if "on" in lamp.facts:  # a light that likes company: also when somebody is just in the house and the day is grey
        grey = outside.sky.direct + outside.sky.diffuse < 420
        on = on | (liked & awake & ~asleep & grey & (outside.people.sum(0) > 0))
    bright = float(lamp.facts.get("level", 85.0))
    if blueprint.office:
        return np.where(on, (100 - daylight / DARK_LX * 55).clip(30, 100).round(), 0.0)
    late = np.where(outside.hour > 21.3, 0.6, 1.0)
    return np.where(on, np.maximum(10.0, np.round(bright * late)), 0.0)


def plug_power(blueprint: Blueprint, plug: DeviceFacts, outside: OutsideConditions) -> Floats:
    """(moments,) power through a plug or charger, W."""
    if plug.kind == "charger":
        start = 17.8 + 1.5 * noise_at(77, outside.time_ms // 86_400_000)
        charging = (
            (outside.hour > start) & (outside.hour < start + 2.1) & (noise_at(78, outside.time_ms // 86_400_000) < 0.6)
        )
        return np.where(charging, 7360.0, 3.2)
    return appliance_w(str(plug.facts.get("load", "")), blueprint, outside)
