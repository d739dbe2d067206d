"""Description of a simulated building: rooms with windows, and devices with their rooms. Read from assets/demo."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from devices.protocols.simulated.weather import WeatherPlace
from twin.model.problem import Problem, ProblemError


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """One room; windows as (area in m², direction in degrees from north)."""

    name: str
    usage: str
    storey: int
    area_m2: float
    volume_m3: float
    outer_m2: float
    windows: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One simulated device."""

    uid: str
    name: str
    kind: str
    room: int
    """Index of its room."""
    facts: dict[str, float | str] = field(default_factory=dict[str, float | str])


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Description of a simulated building."""

    name: str
    people: int
    office: bool
    place: WeatherPlace
    rooms: tuple[RoomFacts, ...]
    neighbours: tuple[tuple[int, int, float], ...]
    """Pairs of rooms (indices) and the wall area between them, m²."""
    devices: tuple[DeviceFacts, ...]


@cache
def load_blueprint(name: str) -> Blueprint:
    """The blueprint of a demo, cached. Raises ProblemError where there is none of this name."""
    file = files("assets").joinpath("demo", f"{name}.json")
    if not name.isidentifier() or not file.is_file():
        raise ProblemError(Problem(code="simulated.unknown", args={"name": name}))
    return parsed(json.loads(file.read_text(encoding="utf-8")))


def parsed(data: dict[str, Any]) -> Blueprint:
    """Parses a blueprint from decoded JSON."""
    rooms = tuple(
        RoomFacts(
            r["name"],
            r["usage"],
            r["storey"],
            r["area_m2"],
            r["volume_m3"],
            r["outer_m2"],
            tuple((a, d) for a, d in r["windows"]),
        )
        for r in data["rooms"]
    )
    index = {room.name: i for i, room in enumerate(rooms)}
    devices = tuple(
        DeviceFacts(uid, d["name"], d["kind"], index[d["room"]], dict(d.get("facts", {})))
        for uid, d in data["devices"].items()
    )
    place = WeatherPlace(data["latitude"], data["longitude"])
    pairs = tuple((a, b, m2) for a, b, m2 in data["neighbours"])
    return Blueprint(data["name"], data["people"], data["office"], place, rooms, pairs, devices)
