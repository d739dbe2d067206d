"""Read-only access to a project and its history for `info`, `get`, `history` and `check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from app.engine.history_recorder import PRESENCE, LatestSample, declare_words, latest
from app.engine.recorder_status import RecorderStatus, outdated, status
from twin.model import grouping
from twin.model.capability import ValueType
from twin.model.device import Device, Point
from twin.model.ids import PointId, point_id
from twin.model.observation import Quality, StringTable, Value, decode
from twin.model.problem import Problem
from twin.model.twin import Twin
from twin.store.file_lock import may_be_held
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project

_STARTS = 8
"""Most retained samples (one per start) to skip back to the last value reported by the device itself."""


@dataclass(slots=True)
class ProjectReader:
    """A project and its history opened read-only; a context manager. `history` is None where nothing was recorded yet."""

    project: Project
    history: History | None
    twin: Twin
    strings: StringTable

    @classmethod
    def open(cls, path: Path) -> ProjectReader:
        """Opens both files read-only. Raises ProblemError where the path is no project."""
        project = Project.open(path, readonly=True)
        try:
            history = History.open(history_file(path), readonly=True) if history_file(path).exists() else None
            twin, strings = project.twin(), StringTable(history.strings() if history else ())
            if history is not None:
                declare_words(history, twin.points, strings)
                history.set_exchanges(twin.exchanges_of)
            return cls(project, history, twin, strings)
        except BaseException:
            project.close()
            raise

    def __enter__(self) -> Self:
        return self

    @property
    def damage(self) -> tuple[Problem, ...]:
        """Damage found so far; damaged parts are missing in all answers."""
        found = self.history.damage if self.history is not None else None
        return () if found is None else (found,)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.history is not None:
            self.history.close()
        self.project.close()

    def latest(self, points: Sequence[Point], now_ms: int) -> Mapping[PointId, LatestSample]:
        """Newest sample of each point and of its device's presence; empty without a history."""
        if self.history is None:
            return {}
        wanted = dict.fromkeys(point.id for point in points)
        wanted |= dict.fromkeys(point_id(point.device, PRESENCE) for point in points)
        return latest(self.history, tuple(wanted), now_ms)

    def info(self, now_ms: int) -> dict[str, object]:
        """The document of `oikos info`; times are UTC milliseconds."""
        twin = self.twin
        known = self.latest(twin.points, now_ms)
        before = self._before_silence(known)
        recorder = self.recorder(now_ms)
        devices = [device_row(device, known, before) for device in twin.devices]
        points = [point_row(point, known, self.strings) for point in twin.points]
        if recorder is not None and recorder.stopped:
            outdated((*devices, *points))
        return {
            "name": twin.name,
            "site": site(twin),
            "storeys": [
                {"id": s.id, "name": s.name, "elevation_m": s.elevation_m, "height_m": s.height_m} for s in twin.storeys
            ],
            "rooms": rooms(twin),
            "doors": doors(twin),
            "zones": zones(twin),
            "systems": systems(twin),
            "sources": [
                {"id": id, "path": source.path, "importer": source.importer}
                for id, source in self.project.sources().items()
            ],
            "placeholders": placeholders(twin),
            "undecided": undecided(twin),
            "orphans": orphans(twin),
            "recorder": None if recorder is None else recorder.as_json(),
            "devices": devices,
            "points": points,
        }

    def recorder(self, now_ms: int) -> RecorderStatus | None:
        """Status of the project's recorder; None where nothing was ever recorded."""
        may_run = self.history is not None and may_be_held(self.history.path)
        return status(self.history, now_ms, may_run=may_run)

    def _before_silence(self, known: Mapping[PointId, LatestSample]) -> dict[PointId, LatestSample]:
        """By point whose newest sample is not GOOD: the last GOOD one before it, searched at most _STARTS samples
        back."""
        if self.history is None:
            return {}
        latest_samples: dict[PointId, LatestSample] = {}
        unsaid = {point: found.time_ms for point, found in known.items() if found.quality is not Quality.GOOD}
        for _ in range(_STARTS):
            earlier = {point: latest(self.history, (point,), time_ms - 1) for point, time_ms in unsaid.items()}
            latest_samples |= {point: found for one in earlier.values() for point, found in one.items()}
            unsaid = {
                point: latest_samples[point].time_ms
                for point in unsaid
                if earlier[point] and latest_samples[point].quality is not Quality.GOOD
            }
        return latest_samples


def site(twin: Twin) -> dict[str, object]:
    """JSON of the site: name, coordinates, elevation, true north."""
    place = twin.site
    return {
        "name": place.name,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "elevation_m": place.elevation_m,
        "north_deg": place.north_deg,
    }


def rooms(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of the rooms."""
    return [
        {
            "id": room.id,
            "storey": room.storey,
            "name": room.name,
            "number": room.number,
            "area_m2": round(room.area_m2, 3),
            "volume_m3": round(room.volume_m3, 3),
            "source_id": room.source_id,
            "zones": list(room.zones),
            "classes": [asdict(one) for one in room.classes],
            "said": dict(room.stated_sizes),
        }
        for room in twin.rooms
    ]


def doors(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of the doors: the rooms they join, and those stated in the building file."""
    return [
        {"id": door.id, "name": door.name, "rooms": list(door.rooms), "said_rooms": list(door.stated_rooms)}
        for door in twin.doors
    ]


def zones(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of the zones, with the ids of their rooms."""
    return [{"name": zone, "rooms": [room.id for room in rooms]} for zone, rooms in grouping.zones(twin.rooms).items()]


def systems(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of the systems, with the ids of their placeholders and of the devices that replace these."""
    return [
        {
            "name": system,
            "placeholders": [holder.id for holder in holders],
            "devices": [holder.device for holder in holders if holder.device],
        }
        for system, holders in grouping.systems(twin.placeholders).items()
    ]


def placeholders(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of the building files' devices (placeholders); `device` is the device that replaces one."""
    return [
        {
            "id": holder.id,
            "name": holder.name,
            "kind": holder.kind,
            "storey": holder.storey,
            "room": holder.room,
            "position_m": holder.position_m,
            "source_id": holder.source_id,
            "device": holder.device,
            "systems": list(holder.systems),
            "classes": [asdict(one) for one in holder.classes],
        }
        for holder in twin.placeholders
    ]


def undecided(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of the building files' devices without a room: none, or more than one, contains them."""
    return [
        {"id": p.id, "name": p.name, "kind": p.kind, "position_m": p.position_m, "candidates": list(p.candidates)}
        for p in twin.placeholders
        if p.room is None and p.device is None
    ]


def orphans(twin: Twin) -> list[dict[str, object]]:
    """JSON rows of devices whose room a re-import removed and that have no new one yet."""
    return [
        {
            "device": orphan.device,
            "name": twin.device_of[orphan.device].name,
            "room": orphan.room,
            "was": orphan.title,
            "position_m": orphan.position_m,
        }
        for orphan in twin.orphans
    ]


def device_row(
    device: Device, known: Mapping[PointId, LatestSample], before: Mapping[PointId, LatestSample]
) -> dict[str, object]:
    """JSON row of a device; `online` and `last_seen` (UTC ms) are None where nothing was ever received.

    `before` has the last good sample of points whose newest one is not good.
    """
    there = known.get(point_id(device.id, PRESENCE))
    if there is not None and there.quality is Quality.UNCERTAIN:
        there = None  # nobody speaks for it and it has not spoken: it was only assumed to be there
    samples = [before.get(point.id, known.get(point.id)) for point in device.points]
    spoke = [found.time_ms for found in samples if found is not None and found.quality is Quality.GOOD]
    if there is not None and there.value:
        spoke.append(there.time_ms)
    return {
        "id": device.id,
        "name": device.name,
        "kind": device.kind,
        "protocol": device.protocol,
        "address": device.address,
        "room": device.room,
        "position_m": device.position_m,
        "online": None if there is None else bool(there.value),
        "last_seen": max(spoke, default=None),
        "maker": device.maker,
        "model": device.model,
        "link": device.link,
    }


def point_row(point: Point, known: Mapping[PointId, LatestSample], strings: StringTable) -> dict[str, object]:
    """JSON row of a point with its newest value in display form; no value where its device is offline."""
    found = known.get(point.id)
    there = known.get(point_id(point.device, PRESENCE))
    gone = there is not None and not there.value
    return {
        "id": point.id,
        "device": point.device,
        "capability": point.info.capability,
        "title": point.title,
        "unit": point.capability.unit,
        "value": None if gone else value_text(point, found, strings),
        "time": found.time_ms if found else None,
        "quality": "offline" if gone else found.quality.name.lower() if found else None,
        "writable": point.writable,
        **(_takes(point) if point.writable else {}),
    }


def _takes(point: Point) -> dict[str, object]:
    """JSON of the values that a command accepts: range and step of numbers in `unit`, or the options of an enum."""
    if point.capability.type is ValueType.NUMBER:
        return {"range": point.range, "step": point.info.step}
    return {"options": point.options} if point.capability.type is ValueType.ENUM else {}


def value_text(point: Point, found: LatestSample | None, strings: StringTable) -> Value:
    """The sample's value in display form; None without a sample or while offline."""
    return decode(point, found.value, strings) if found and found.quality < Quality.OFFLINE else None
