"""Publishes presence of a shared building by hour and group of rooms, rounded, before single values are deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from secrets import SystemRandom
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from app.engine.session import ProjectSession
from twin.insight.presence_counts import Numbers, room_people, rounded, seen_quarters
from twin.insight.presence_groups import presence_points
from twin.model.ids import PointId, RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.privacy import HOUR_MS, LEAST_PLACES, SEES_PEOPLE, PresenceGroup, PresenceHours, PresenceZone

type Samples = tuple[NDArray[np.int64], Numbers]
"""Times (n,), UTC ms, and values (n,) of a sensor; NaN where it is not known."""

KEPT_MS = 5 * 365 * 24 * HOUR_MS
"""How long the table is kept, ms."""
LEAST_HOURS = 3
"""Hours before the present that are published at least: a look may come late."""
LATE_MS = HOUR_MS // 4
"""Time (ms) after an hour that is waited for late readings."""


class StandingValue(NamedTuple):
    """The last report of a sensor before a time; the sample itself may be deleted since."""

    value: float
    quality: int
    told_ms: int


UNKNOWN = StandingValue(float("nan"), Quality.OFFLINE, 0)


class PresenceTable:
    """The published table of one project. Its methods block; one at a time publishes."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._draw = session, SystemRandom()
        self._since_ms, self._stood = 0, dict[PointId, StandingValue]()
        """Begin of the first hour that is not published (UTC ms), and what stood then."""

    def publish(self, groups: Sequence[PresenceGroup], now_ms: int, hours: int) -> int:
        """Adds the whole hours since the newest one, of the last `hours` (LEAST_HOURS at least) at most; deletes what is too
        old. Returns from when on (UTC ms) values are needed for hours to come."""
        records = self._session.history.presence
        end = (now_ms - LATE_MS) // HOUR_MS
        newest = records.newest_before(end * HOUR_MS)
        first = max(end - max(hours, LEAST_HOURS), -1 if newest is None else newest + 1)
        shown = [group for group in groups if group.counted]
        if shown and first < end:
            seen = self._by_room({room for group in shown for room in group.rooms}, first, end)
            by_hour = {
                hour: self._rounded(shown, {room: people[hour] for room, people in seen.items()})
                for hour in range(first, end)
            }
            records.keep(by_hour).result()
        records.forget_before(now_ms - KEPT_MS).result()
        return end * HOUR_MS if shown else now_ms

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
        before = self._standing([point for _, point in points], first * HOUR_MS)
        for room, point in points:
            found = history.raw(point, first * HOUR_MS, end * HOUR_MS)
            times, values = np.r_[first * HOUR_MS - 1, found.times], np.r_[before[point].value, found.values]
            quality = np.r_[before[point].quality, found.quality]
            sensors.setdefault(room, []).append((times, np.where(quality < Quality.STALE, values, np.nan)))
        self._stood = self._standing([point for _, point in points], end * HOUR_MS)
        self._since_ms = end * HOUR_MS
        return {
            room: {
                hour: room_people([seen_quarters(times, values, hour * HOUR_MS) for times, values in found])
                for hour in range(first, end)
            }
            for room, found in sensors.items()
        }

    def _standing(self, points: Sequence[PointId], time_ms: int) -> dict[PointId, StandingValue]:
        """The last report of each sensor at a time, UTC ms."""
        history = self._session.history
        found, latest = history.moment(time_ms, points), history.latest(points, time_ms)
        return {
            one: StandingValue(float(found.value[at]), int(found.quality[at]), latest[one][0])
            if one in latest
            else self._stood_still(one, time_ms)
            for at, one in enumerate(points)
        }

    def _stood_still(self, point: PointId, time_ms: int) -> StandingValue:
        """The last report of a sensor that has no sample before a time (UTC ms) any more; OFFLINE where that is not known."""
        known, there = self._stood.get(point), self._session.twin.point_of.get(point)
        if known is None or there is None or self._since_ms > time_ms:
            return UNKNOWN
        if len(self._session.history.raw(point, self._since_ms, time_ms).times):
            return UNKNOWN  # recording was interrupted
        hold_ms = there.info.expires_s * 1000
        return known if not hold_ms or time_ms - known.told_ms <= hold_ms else UNKNOWN

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
