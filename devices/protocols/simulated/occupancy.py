"""Occupancy: people with a daily rhythm, reproducible for every day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from devices.protocols.simulated.blueprint import Blueprint
from devices.protocols.simulated.noise import Floats, noise_at
from devices.protocols.simulated.weather import DAY_MS, HOUR_MS

SLOT_MS = 15 * 60_000
_BY_DAY = {
    "living": 3.0,
    "kitchen": 2.2,
    "dining": 1.4,
    "study": 1.6,
    "hall": 0.3,
    "bath": 0.5,
    "utility": 0.25,
    "child": 1.0,
    "bedroom": 0.4,
    "dressing": 0.15,
}
_MORNING = {"kitchen": 3.0, "dining": 2.0, "bath": 2.5, "dressing": 1.0, "hall": 0.6, "bedroom": 0.8, "child": 0.8}
_EVENING = {"living": 5.0, "kitchen": 1.5, "dining": 1.5, "study": 0.8, "bath": 0.6, "child": 1.2, "bedroom": 0.3}
_OFFICE = {
    "open": 6.0,
    "cell": 1.0,
    "meeting": 1.2,
    "kitchenette": 0.35,
    "lobby": 0.2,
    "corridor": 0.12,
    "wc": 0.15,
    "focus": 0.3,
}


def local_hours(blueprint: Blueprint, time_ms: NDArray[np.int64]) -> Floats:
    """Hour of the day (0-24) in local solar time at each moment."""
    return ((time_ms / HOUR_MS) + blueprint.place.offset_h) % 24


def occupancy(blueprint: Blueprint, time_ms: NDArray[np.int64]) -> Floats:
    """(rooms, moments) number of people in each room."""
    local = time_ms + int(blueprint.place.offset_h * HOUR_MS)
    day = local // DAY_MS
    hour = (local % DAY_MS) / HOUR_MS
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    slot = time_ms // SLOT_MS
    there = np.zeros((len(blueprint.rooms), len(time_ms)))
    for person in range(blueprint.people):
        seed = 100 + person * 17
        early, late = noise_at(seed, day), noise_at(seed + 1, day)
        where = (
            _office_room(blueprint, seed, hour, weekday, slot, early, late)
            if blueprint.office
            else _home_room(blueprint, person, hour, weekday, slot, early, late)
        )
        moments = np.flatnonzero(where >= 0)
        np.add.at(there, (where[moments], moments), 1.0)
    return there


def _choose(blueprint: Blueprint, weights: dict[str, float], seed: int, slot: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of a room for each slot, by weight of its usage and by area."""
    share = np.array([weights.get(room.usage, 0.0) * (room.area_m2**0.3) for room in blueprint.rooms])
    edges = np.cumsum(share) / max(share.sum(), 1e-9)
    return np.searchsorted(edges, noise_at(seed, slot)).clip(0, len(blueprint.rooms) - 1)


def _home_room(
    blueprint: Blueprint,
    person: int,
    hour: Floats,
    weekday: NDArray[np.int64],
    slot: NDArray[np.int64],
    early: Floats,
    late: Floats,
) -> NDArray[np.int64]:
    """Index of the room of a person at home at each moment, -1 while away; a child's bedroom is a child's room."""
    adult = person < 2
    wake = 6.2 + early * 0.8 + (weekday >= 5) * 1.6 + (0.0 if adult else 0.4)
    sleep = (22.4 if adult else 20.6) + late * 0.9
    workday = weekday < 5
    home_office = adult & (noise_at(900 + person, slot // 96 * 0 + weekday) < 0.4)
    leave = np.where(workday, 7.8 + early * 0.5, 10.5 + early * 2)
    back = np.where(workday, (16.6 if adult else 13.6) + late * 1.2, 12.5 + late * 2.5)
    away = (hour > leave) & (hour < back) & ~(workday & home_office) & (workday | (early > 0.45))
    beds = [i for i, room in enumerate(blueprint.rooms) if room.usage == ("bedroom" if adult else "child")] or [0]
    bed = beds[(person - 2) % len(beds)] if not adult else beds[0]
    day, dawn, dusk = (
        _choose(blueprint, weights, 300 + person * 7 + i, slot)
        for i, weights in enumerate((_BY_DAY, _MORNING, _EVENING))
    )
    where = np.where(hour < wake + 1.3, dawn, np.where(hour > 18.5, dusk, day))
    studies = [i for i, room in enumerate(blueprint.rooms) if room.usage == "study"]
    if studies:
        working = workday & home_office & (hour > leave) & (hour < back) & (noise_at(700 + person, slot) < 0.85)
        where = np.where(working, studies[0], where)
    where = np.where((hour < wake) | (hour > sleep), bed, where)
    return np.where(away, -1, where)


def _office_room(
    blueprint: Blueprint,
    seed: int,
    hour: Floats,
    weekday: NDArray[np.int64],
    slot: NDArray[np.int64],
    early: Floats,
    late: Floats,
) -> NDArray[np.int64]:
    """Index of the room of a person in the office at each moment, -1 while away: mostly at the desk, with meetings and
    coffee.
    """
    come, leave = 7.2 + early * 2.3, 15.8 + late * 3.2
    here = (weekday < 5) & (hour > come) & (hour < leave) & (noise_at(seed + 2, slot // 96) < 0.78)
    lunch = (hour > 12.0) & (hour < 12.8) & (noise_at(seed + 3, slot // 96) < 0.7)
    desks = {usage: _OFFICE[usage] for usage in ("open", "cell")}
    own = _choose(blueprint, desks, seed + 4, np.zeros_like(slot))
    roam = _choose(blueprint, _OFFICE, seed + 5, slot)
    where = np.where(noise_at(seed + 6, slot) < 0.68, own, roam)
    return np.where(here & ~lunch, where, -1)
