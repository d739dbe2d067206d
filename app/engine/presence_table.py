"""Publishes presence of a shared building by hour and group of rooms, rounded, before single values are deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from secrets import SystemRandom
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.engine.session import ProjectSession
from twin.insight.presence_counts import Numbers, room_people, rounded, seen_quarters
from twin.insight.presence_groups import presence_points
from twin.model.ids import RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.privacy import HOUR_MS, LEAST_PLACES, SEES_PEOPLE, PresenceGroup, PresenceHours, PresenceZone

type Samples = tuple[NDArray[np.int64], Numbers]
"""Times (n,), UTC ms, and values (n,) of a sensor; NaN where it is not known."""

KEPT_MS = 5 * 365 * 24 * HOUR_MS
"""How long the table is kept, ms."""
LATE_MS = HOUR_MS // 4
"""Time (ms) after an hour that is waited for late readings."""


class PresenceTable:
    """The published table of one project. Its methods block."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._draw = session, SystemRandom()

    def publish(self, groups: Sequence[PresenceGroup], now_ms: int, hours: int) -> None:
        """Adds the whole hours since the newest one, of the last `hours` at most; deletes what is too old."""
        records = self._session.history.presence
        end, newest = (now_ms - LATE_MS) // HOUR_MS, records.newest()
        first = max(end - hours, -1 if newest is None else newest + 1)
        shown = [group for group in groups if group.shown]
        if shown and first < end:
            seen = self._by_room({room for group in shown for room in group.rooms}, first, end)
            by_hour = {
                hour: self._rounded(shown, {room: people[hour] for room, people in seen.items()})
                for hour in range(first, end)
            }
            records.keep(by_hour).result()
        records.forget_before(now_ms - KEPT_MS).result()

    def _rounded(self, groups: Sequence[PresenceGroup], by_room: Mapping[RoomId, float]) -> dict[str, int]:
        """Rounded people by zone. A storey with several zones is one of its own, rounded by itself: sums tell nothing."""
        sums = {group: _sum(by_room[room] for room in group.rooms if room in by_room) for group in groups}
        found = {_zone(group.rooms, group.places): people for group, people in sums.items()}
        rooms = self._session.twin.room_of
        for storey in self._session.twin.storeys:
            mine = [group for group in groups if rooms[group.rooms[0]].storey == storey.id]
            if len(mine) > 1:
                inner = tuple(room for group in mine for room in group.rooms)
                found[_zone(inner, sum(group.places for group in mine), storey.id)] = sum(sums[one] for one in mine)
        known = {zone: people for zone, people in found.items() if np.isfinite(people)}
        return {zone: rounded(people, LEAST_PLACES, self._draw.random()) for zone, people in known.items()}

    def _by_room(self, rooms: set[RoomId], first: int, end: int) -> dict[RoomId, dict[int, float]]:
        """By hour people of each room that has a sensor that sees some; NaN where that is not known."""
        history, sensors = self._session.history, dict[RoomId, list[Samples]]()
        points = [
            (room, point.id)
            for room, point in presence_points(self._session.twin)
            if room is not None and room in rooms and point.capability.id in SEES_PEOPLE
        ]
        before = history.moment(first * HOUR_MS, [point for _, point in points])
        for at, (room, point) in enumerate(points):
            found = history.raw(point, first * HOUR_MS, end * HOUR_MS)
            times, values = np.r_[first * HOUR_MS - 1, found.times], np.r_[before.value[at], found.values]
            quality = np.r_[before.quality[at], found.quality]
            sensors.setdefault(room, []).append((times, np.where(quality < Quality.STALE, values, np.nan)))
        return {
            room: {
                hour: room_people([seen_quarters(times, values, hour * HOUR_MS) for times, values in found])
                for hour in range(first, end)
            }
            for room, found in sensors.items()
        }

    def read(self, from_ms: int, to_ms: int) -> PresenceHours:
        """The hours that begin in [from, to), UTC ms."""
        rows = self._session.history.presence.rows(from_ms, to_ms)
        bodies = list(dict.fromkeys(body for _, body, _ in rows))
        at = {body: number for number, body in enumerate(bodies)}
        return PresenceHours(
            zones=tuple(map(_zone_of, bodies)), rows=tuple((hour, at[body], people) for hour, body, people in rows)
        )


def _sum(people: Iterable[float]) -> float:
    """The sum; NaN without rooms, or where one of them is not known."""
    known = list(people)
    return sum(known) if known else float("nan")


def _zone(rooms: Iterable[RoomId], places: int, storey: StoreyId | None = None) -> str:
    return json.dumps({"rooms": list(rooms), "places": places, "storey": storey}, ensure_ascii=False)


def _zone_of(body: str) -> PresenceZone:
    found = cast("dict[str, object]", json.loads(body))
    rooms, storey = cast("list[str]", found["rooms"]), found["storey"]
    return PresenceZone(
        rooms=tuple(map(RoomId, rooms)), places=cast("int", found["places"]),
        storey=StoreyId(storey) if isinstance(storey, str) else None,
    )  # fmt: skip
