"""Values that rules may read: newest value of each key, since when, last report; time zone, sun, calendars.

A key is a point's id, a room's aggregated capability (`room_key`), a device or link that is online (`online_key`), or
an alarm (`alarm_key`). Values are the numbers of state and history; NaN means unknown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo

import numpy as np

from twin.model.aggregation import aggregate, aggregation_rule, counted_points
from twin.model.capability import capability
from twin.model.ids import PointId, RoomId
from twin.model.twin import Twin
from twin.rules.day_calendar import DayCalendar

type ValueChange = tuple[str, float, int]
"""(key, value, UTC ms); NaN for an unknown value."""


def room_key(room: RoomId | str, capability_id: str) -> str:
    """Key of a room's aggregated value of one capability."""
    return f"room:{room}/{capability_id}"


def online_key(id: str) -> str:
    """Key that is 1 while a device or link is online and 0 while it is not."""
    return f"online:{id}"


def alarm_key(id: str) -> str:
    """Key that is 1 while an alarm is active and 0 while it is not."""
    return f"alarm:{id}"


def acked_key(id: str) -> str:
    """Key that is 1 while an active alarm is acknowledged and 0 while it is not."""
    return f"acked:{id}"


class RuleView:
    """Values and times by key, with one writer (the engine's loop, or a replay)."""

    __slots__ = ("calendars", "gap", "known", "last_report_ms", "members", "rooms_of", "since_ms", "sun", "unknown_ms", "value", "zone")  # fmt: skip

    def __init__(
        self,
        *,
        zone: tzinfo = UTC,
        sun: Mapping[str, tuple[int, ...]] | None = None,
        calendars: Mapping[str, DayCalendar] | None = None,
        rooms: Mapping[str, tuple[PointId, ...]] | None = None,
    ) -> None:
        """`sun`: ascending UTC ms by event (`sunrise`, `sunset` ...); `rooms`: the points of each room key."""
        self.zone = zone
        self.sun = dict(sun or {})
        self.calendars = dict(calendars or {})
        self.value: dict[str, float] = {}
        self.known: dict[str, float] = {}
        """The last known value (not NaN) by key."""
        self.since_ms: dict[str, int] = {}
        """Since when the last known value is unchanged, UTC ms by key."""
        self.last_report_ms: dict[str, int] = {}
        self.unknown_ms: dict[str, int] = {}
        """Since when a value is unknown that was known before, UTC ms by key."""
        self.gap: dict[str, tuple[int, int]] = {}
        """(end, length), ms, of the last time span in which a value was unknown."""
        self.members = dict(rooms or {})
        self.rooms_of: dict[str, list[str]] = {}
        for key, points in self.members.items():
            for point in points:
                self.rooms_of.setdefault(point, []).append(key)

    def get(self, key: str) -> float:
        """The newest value; NaN where unknown."""
        return self.value.get(key, math.nan)

    def held_since(self, key: str, for_ms: int) -> int | None:
        """Since when the value is unchanged, UTC ms; a gap longer than `for_ms` in between restarts it. None where
        never known.
        """
        since = self.since_ms.get(key)
        gap = self.gap.get(key)
        return gap[0] if since is not None and gap is not None and gap[1] > for_ms and gap[0] > since else since

    def take(self, observations: Iterable[ValueChange]) -> list[ValueChange]:
        """Stores a batch; returns the observations, then the changes of aggregated room values."""
        changes = list(observations)
        self._store(changes)
        touched: dict[str, int] = {}
        if self.rooms_of:
            for key, _, time_ms in changes:
                if key in self.rooms_of:
                    touched |= dict.fromkeys(self.rooms_of[key], time_ms)
        return changes + self._pool(touched) if touched else changes

    def pool_rooms(self, time_ms: int) -> list[ValueChange]:
        """Aggregates every room's values again, after its points changed; returns the rooms with another value."""
        return self._pool({room: time_ms for room in self.members if room in self.value})

    def _pool(self, rooms: Mapping[str, int]) -> list[ValueChange]:
        changes: list[ValueChange] = []
        for room, time_ms in rooms.items():
            pooled = self._pooled(room)
            before = self.get(room)
            if pooled != before and not (math.isnan(pooled) and math.isnan(before)):
                changes.append((room, pooled, time_ms))
        self._store(changes)
        return changes

    def _store(self, changes: Iterable[ValueChange]) -> None:
        """One loop without calls: it runs for every observation."""
        newest, known, since_ms, last_report_ms = self.value, self.known, self.since_ms, self.last_report_ms
        unknown_ms = self.unknown_ms
        for key, value, time_ms in changes:
            newest[key] = value
            if value != value:  # NaN
                if key in known:
                    unknown_ms.setdefault(key, time_ms)
                continue
            if unknown_ms and key in unknown_ms:
                gone = unknown_ms.pop(key)
                self.gap[key] = time_ms, time_ms - gone
            if known.get(key) != value:
                known[key] = value
                since_ms[key] = time_ms
            last_report_ms[key] = time_ms

    def _pooled(self, room: str) -> float:
        row = capability(room.rpartition("/")[2])
        values = np.array([self.get(point) for point in self.members[room]])
        return float(aggregate(aggregation_rule(row), values, np.zeros(len(values), np.intp), 1)[0])


def room_members(twin: Twin) -> dict[str, tuple[PointId, ...]]:
    """The points behind every room key of a twin. Rules for rooms stay valid when a device is replaced."""
    found: dict[str, list[PointId]] = {}
    for device in twin.devices:
        if device.room is not None:
            for capability in dict.fromkeys(point.capability.id for point in device.points):
                counted = (point.id for point in counted_points(device, capability))
                found.setdefault(room_key(device.room, capability), []).extend(counted)
    return {key: tuple(points) for key, points in found.items()}
