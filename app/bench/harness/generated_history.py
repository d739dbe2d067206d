"""Histories for the benches: points of every kind with plausible values, the same at every run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.model.device import Device, DeviceInfo, Link, Point, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.observation import Observation

START_MS = 1_735_689_600_000
"""First timestamp of generated histories: 2025-01-01T00:00Z in UTC milliseconds."""

_KINDS = ("temperature", "humidity", "co2", "power", "energy_import", "on_off", "setpoint_heat", "illuminance")


def devices(count: int) -> list[Device]:
    """Devices with one point each, cycling through all kinds."""
    link = Link(id=LinkId("bench"), protocol="bench", address="here")
    return [
        device_from_description(
            DeviceInfo(
                uid=f"d{n}",
                name=f"d{n}",
                points=(PointInfo(key="p", capability=_KINDS[n % len(_KINDS)]),),
                kind="device",
            ),
            link,
        )
        for n in range(count)
    ]


def points(count: int) -> list[Point]:
    """The first point of each of `count` devices."""
    return [device.points[0] for device in devices(count)]


def series(point: int, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values of the n-th point at these times, in the resolution of its sensor."""
    chance = np.random.default_rng(point)
    day = np.sin(times / 86_400_000 * 2 * np.pi + point)
    n = len(times)
    match _KINDS[point % len(_KINDS)]:
        case "temperature":
            return np.round(21 + 2 * day + chance.normal(0, 0.1, n).cumsum() * 0.02, 1)
        case "humidity":
            return np.round(45 + 8 * day + chance.normal(0, 0.3, n), 1)
        case "co2":
            return np.round(650 + 200 * day + chance.normal(0, 15, n))
        case "power":
            return np.round(np.abs(150 + 120 * day + chance.normal(0, 20, n)), 1)
        case "energy_import":
            return np.round(np.abs(chance.normal(3, 1, n)).cumsum())
        case "on_off":
            return (chance.random(n) < 0.5).astype(np.float64)
        case "setpoint_heat":
            return np.where(day > 0, 21.0, 18.0)
        case _:
            return np.round(np.clip(400 * day + chance.normal(0, 10, n), 0, None))


def minutes(days: int, *, step_ms: int = 60_000, jitter: int = 0) -> NDArray[np.int64]:
    """Times, a minute apart, with some jitter as real devices have."""
    times = START_MS + np.arange(days * 86_400_000 // step_ms, dtype=np.int64) * step_ms
    return times + np.random.default_rng(jitter).integers(0, 900, len(times)) if jitter else times


def live(known: list[Point], seconds: int) -> Iterator[list[Observation]]:
    """Live batches: one value of every point per second."""
    times = START_MS + np.arange(seconds, dtype=np.int64) * 1000
    values = [series(n, times).tolist() for n in range(len(known))]
    for second, time_ms in enumerate(times.tolist()):
        yield [Observation(point.id, time_ms + n % 900, values[n][second]) for n, point in enumerate(known)]


def written_bytes() -> int | None:
    """Bytes written by this process to the kernel; None where the system does not count them."""
    try:
        text = Path("/proc/self/io").read_text(encoding="ascii")
    except OSError:
        return None
    return int(text.split("wchar:")[1].split()[0])
