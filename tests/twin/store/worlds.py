"""Points, histories and buildings for the tests of the store."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twin.model.building import Building, Source
from twin.model.device import Device, DeviceInfo, Link, Point, PointInfo, device_from_description
from twin.model.ids import DoorId, LinkId, PlaceholderId, PointId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.meter_register import RegisterLimits, meter_increase
from twin.model.observation import Observation, Quality
from twin.model.space import Classified, Door, DoorLeaf, Placeholder, Room, Site, Storey
from twin.store.history import History, WriterPace

T0 = 1_735_689_600_000
"""2025-01-01T00:00Z."""
LINK = Link(id=LinkId("l"), protocol="test", address="here", title="Bench", options=(("tls", "1"),))
QUIET = WriterPace(flush_s=0.01, seal_rows=10**9, seal_s=10**9)
"""Seals only when it is told to."""


def device(uid: str = "u", *capabilities: str, name: str = "") -> Device:
    """A device with these points, by capability."""
    points = tuple(PointInfo(key=name, capability=name) for name in capabilities or ("temperature",))
    return device_from_description(DeviceInfo(uid=uid, name=name or uid.title(), points=points), LINK)


def points(count: int, capability: str = "temperature") -> list[Point]:
    """So many points, one per device."""
    return [device(f"d{n}", capability).points[0] for n in range(count)]


def say(point: Point, times: Iterable[int], values: Iterable[float]) -> list[Observation]:
    """Good observations of a point."""
    return [Observation(point.id, int(t), float(v)) for t, v in zip(times, values, strict=True)]


@dataclass
class Truth:
    """What was said, kept the simplest way: every word on its instant, or on the next that is free."""

    said: dict[PointId, dict[int, tuple[float, int]]] = field(default_factory=dict)

    def take(self, observations: Iterable[Observation]) -> None:
        for one in observations:
            value = float("nan") if one.quality >= 8 else one.value
            said, time_ms = self.said.setdefault(one.point, {}), one.time_ms
            if repr(said.get(time_ms)) == repr((value, int(one.quality))):
                continue
            while time_ms in said:
                time_ms += 1
            said[time_ms] = (value, int(one.quality))

    def of(self, point: Point) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        said = self.said.get(point.id, {})
        times = sorted(said)
        return (
            np.array(times, np.int64),
            np.array([said[t][0] for t in times], np.float64),
            np.array([said[t][1] for t in times], np.uint8),
        )


def brute(
    times: np.ndarray, values: np.ndarray, at: np.ndarray, counting: RegisterLimits | None
) -> dict[str, np.ndarray]:
    """Roll-ups as one would write them for a reader, sample by sample; slow and obvious."""
    if counting is not None:
        good = ~np.isnan(values)
        times, values = times[good], values[good]
    n, width = len(at) - 1, int(at[1] - at[0])
    out = {name: np.zeros(n) for name in ("count", "total", "integral", "held", "increase")}
    out |= {name: np.full(n, np.nan) for name in ("low", "high", "last")}
    pairs = list(zip(times.tolist(), values.tolist(), strict=True))
    for i, (time, value) in enumerate(pairs):
        k = (time - int(at[0])) // width
        if 0 <= k < n and value == value:
            out["count"][k] += 1
            out["total"][k] += value
            _stretch(out, k, value)
        if i + 1 == len(pairs):
            break
        after = pairs[i + 1][0]
        a = max(time, int(at[0]))
        while a < min(after, int(at[-1])):
            k = (a - int(at[0])) // width
            b = min(after, int(at[k + 1]))
            if value == value:
                out["held"][k] += b - a
                out["integral"][k] += value * (b - a)
                _stretch(out, k, value)
            a = b
    if counting is not None:
        found = meter_increase(times, values, counting)
        kept = np.flatnonzero(~found.glitch)
        for a, b in itertools.pairwise(kept.tolist()):
            _count(out, (int(times[a]), int(times[b])), float(found.increase[b]), at)
    return out


def _stretch(out: dict[str, np.ndarray], k: int, value: float) -> None:
    out["low"][k] = np.fmin(out["low"][k], value)
    out["high"][k] = np.fmax(out["high"][k], value)
    out["last"][k] = value


def _count(out: dict[str, np.ndarray], span: tuple[int, int], grown: float, at: np.ndarray) -> None:
    a, b = span
    for k in range(len(at) - 1):
        inside = min(b, int(at[k + 1])) - max(a, int(at[k]))
        if inside > 0:
            out["increase"][k] += grown * inside / (b - a)


@dataclass
class Weather:
    """A stream of observations with everything that goes wrong: late, doubled, missing, reset."""

    points: list[Point]
    chance: random.Random
    now: int = T0
    counters: dict[PointId, float] = field(default_factory=dict)

    def batch(self, most: int = 400, step_ms: int = 30_000) -> list[Observation]:
        out: list[Observation] = []
        for _ in range(self.chance.randrange(1, most)):
            self.now += self.chance.randrange(1, step_ms)
            out.append(self._one(self.chance.choice(self.points), self.now))
        if self.chance.random() < 0.4:
            for _ in range(self.chance.randrange(1, 20)):
                late = self.now - self.chance.randrange(0, 2 * 10**8)
                out.append(self._one(self.chance.choice(self.points), late))
        if out and self.chance.random() < 0.3:
            again = self.chance.choice(out)
            out.append(Observation(again.point, again.time_ms, round(self.chance.gauss(20, 3), 2)))
        return out

    def _one(self, point: Point, time_ms: int) -> Observation:
        if self.chance.random() < 0.01:
            return Observation(point.id, time_ms, float("nan"), Quality.OFFLINE)
        if point.info.capability != "energy_import":
            return Observation(point.id, time_ms, round(self.chance.gauss(20, 3), 2))
        if self.chance.random() < 0.02:  # a glitch: one reading of 0, or of far too much
            return Observation(point.id, time_ms, self.chance.choice([0.0, 50_000.0]))
        grown = self.counters.get(point.id, 1000.0) + round(self.chance.random() * 0.5, 3)
        self.counters[point.id] = 0.0 if self.chance.random() < 0.002 else round(grown, 3)
        return Observation(point.id, time_ms, self.counters[point.id])


def history(path: Path, known: Iterable[Point], *, pace: WriterPace = QUIET) -> History:
    """An open history that knows these points."""
    opened = History.open(path, pace=pace)
    opened.declare(known)
    return opened


def building(*names: str, sha: str = "a" * 64, mesh: bool = True) -> Building:
    """One storey of rooms in a row, a door between neighbours, a lamp nobody connected, a triangle per room."""
    storey = Storey(id=StoreyId("s"), name="Ground", elevation_m=0.0, height_m=2.7, source_id="S")
    rooms = tuple(
        Room(
            id=RoomId(f"r-{name}"), storey=storey.id, name=name, number=str(n), source_id=f"guid-{name}",
            outline=((4.0 * n, 0.0), (4.0 * n + 4, 0.0), (4.0 * n + 4, 3.0), (4.0 * n, 3.0)), area_m2=12.0,
            zones=("Flat",), classes=(Classified("Uniclass", "SL_45_10", name),), stated_sizes=(("NetFloorArea", 12.5),),
        )
        for n, name in enumerate(names)
    )  # fmt: skip
    doors = tuple(
        Door(
            id=DoorId(f"{a.id}|{b.id}"),
            storey=storey.id,
            name="",
            rooms=(a.id, b.id),
            position_m=(4.0, 1.5, 0.0),
            swing=(DoorLeaf((4.0, 1.0), 90.0, -85.5, 0.9),),
            stated_rooms=(a.id,),
        )
        for a, b in itertools.pairwise(rooms)
    )
    holder = Placeholder(id=PlaceholderId("p"), kind="light", name="Lamp", storey=storey.id, room=rooms[0].id if rooms else None, candidates=tuple(room.id for room in rooms[:1]), power=0.5, colour="#ffcc88", systems=("Circuit 4",), classes=(Classified("OmniClass", "23-35 47 11", "Lamps"),))  # fmt: skip
    shape = Mesh(parts=tuple(part(n) for n in range(len(rooms))), elements=(Element(name="W", ifc_class="IfcWall"),))
    return Building(
        source=Source(path="house.ifc", sha256=sha, importer="ifc 1", size=9),
        site=Site(name="Hill", latitude=47.5, origin_m=(1000.0, 2000.0, 0.0), time_zone="Europe/Vienna"),
        storeys=(storey,), rooms=rooms, doors=doors, placeholders=(holder,), mesh=shape if mesh else Mesh(),
    )  # fmt: skip


def part(n: int) -> MeshPart:
    """One triangle."""
    corners = np.array([[n, 0, 0], [n + 1, 0, 0], [n, 1, 0]], np.float32)
    return MeshPart(
        storey=StoreyId("s"), category="wall", positions=corners, triangles=np.array([[0, 1, 2]], np.uint32),
        colours=np.array([[9, 9, 9, 255]], np.uint8), elements=np.zeros(1, np.uint32),
    )  # fmt: skip
