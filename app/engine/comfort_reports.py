"""Comfort reports of a project: the rooms of its twin, read from its history by intervals. Runs on the pool."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import batched
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.energy_reports import outdoor_point
from app.site_time import zone_name, zone_of
from twin.insight.calendar_span import CalendarSpan, midnight, span_at
from twin.insight.comfort_exposure import ComfortGrid, RoomSeries, mould_indices, room_comfort, votes
from twin.insight.ventilation import air_per_person, decays, highest_hour, outdoor_level
from twin.model.device import Point
from twin.model.energy import EnergySpan
from twin.model.ids import PointId, RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.room_comfort import (
    ComfortAssumptions,
    ComfortEvidence,
    ComfortModel,
    ComfortReport,
    CommandFact,
    RoomComfort,
)  # fmt: skip
from twin.model.space import Room
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.history import History

MINUTES_MS, LONGEST_GAP_MS = 120_000, 1_800_000
"""Grid for the decay of CO2, and the longest gap over which it is interpolated, ms."""
QUARTER_MS, HOUR_MS, DAY_MS = 900_000, 3_600_000, 86_400_000
FINE_DAYS = 8
"""Up to this many days the intervals are quarter-hours and ventilation is computed; above, hours."""
AT_ONCE = 64
"""Rooms whose values are in memory at the same time."""
CO2_DAYS = 14
BEFORE_MS, AFTER_MS = 24 * HOUR_MS, 6 * HOUR_MS
"""Time before and after a moment whose commands are evidence."""
MOST_EVENTS = 100_000
_AIR_KINDS = frozenset({"radiator", "thermostat", "air_conditioner", "heat_pump"})
"""Kinds of devices whose own temperature counts only where a room has no other sensor: they sit at a heat source."""

type Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ComfortAccounts:
    """A project's structure and history, from which comfort is computed."""

    twin: Twin
    history: History | None
    outdoor: PointId | None = None
    """The outdoor temperature that is set up; None: proposed from names."""
    dropped: Event = field(default_factory=Event)
    untold: frozenset[PointId] | None = None
    """Where rooms are groups of rooms: points that tell of too few people; None: rooms are single ones."""

    def report(
        self, span: EnergySpan, at_ms: int, now_ms: int, assumed: ComfortAssumptions, only: RoomId | None = None
    ) -> ComfortReport:
        """Comfort of the local day, week, month or year that contains `at_ms`, up to now, of all rooms or one."""
        begun_s = time.thread_time()
        period = span_at(span, at_ms, zone_of(self.twin.site))
        until_ms = max(period.from_ms, min(now_ms, period.to_ms))
        grid = self._grid(period, until_ms)
        rooms = [room for room in self.twin.rooms if only in (None, room.id)]
        found = [made for some in batched(rooms, AT_ONCE) for made in self._rooms(some, grid, assumed)]
        found.sort(key=lambda one: -np.nan_to_num(one.outside_share, nan=-1.0))
        return ComfortReport(
            span=span, from_ms=period.from_ms, to_ms=period.to_ms, until_ms=until_ms, before_ms=period.before_ms,
            zone=zone_name(self.twin.site), days_ms=grid.days_ms, assumptions=assumed, rooms=tuple(found),
            outdoor=self._outdoor(), notes=tuple(_notes(found, grid, assumed)), computed_s=time.thread_time() - begun_s,
        )  # fmt: skip

    def _outdoor(self) -> PointId | None:
        return self.outdoor or outdoor_point(self.twin)

    def _grid(self, period: CalendarSpan, until_ms: int) -> ComfortGrid:
        zone = zone_of(self.twin.site)
        first = period.first.toordinal()
        days = [period.first]
        while midnight(days[-1], zone) < period.to_ms:
            days.append(period.first.fromordinal(first + len(days)))
        days_ms = np.array([midnight(day, zone) for day in days], np.int64)
        fine = len(days) <= FINE_DAYS + 1 or bool((days_ms % HOUR_MS).any())
        width = QUARTER_MS if fine else HOUR_MS
        starts = np.arange(period.from_ms, -(-until_ms // width) * width, width, dtype=np.int64)
        starts = starts[starts < period.to_ms]
        grid = ComfortGrid(starts_ms=starts, width_ms=width, days_ms=days_ms, zone=zone)
        point = self._outdoor()
        if point is None or self.history is None or not len(starts):
            return grid
        earlier = [midnight(period.first.fromordinal(first - 7 + n), zone) for n in range(7)]
        daily = [
            self._mean(point, a, b)
            for a, b in zip([*earlier, *days_ms[:-1].tolist()], [*earlier[1:], *days_ms.tolist()], strict=True)
        ]
        return replace(grid, outdoor=self._means([point], grid), daily_outdoor=np.array(daily))

    def _mean(self, point: PointId, from_ms: int, to_ms: int) -> float:
        hours = self.history.means(point, from_ms, to_ms, HOUR_MS) if self.history is not None else None
        known = hours[np.isfinite(hours)] if hours is not None else np.zeros(0)
        return float(known.mean()) if len(known) else float("nan")

    def _means(self, points: Iterable[PointId], grid: ComfortGrid) -> Numbers | None:
        """(n,) mean over the points of their means in each interval; None where none was ever recorded."""
        table = self._table(points, grid)
        if table is None:
            return None
        there = np.isfinite(table)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(there, table, 0.0).sum(axis=0) / there.sum(axis=0)

    def _most(self, points: Collection[PointId], grid: ComfortGrid) -> Numbers | None:
        """(n,) highest of the points' means in each interval: a room is occupied where one of its sensors is on, and a group
        of rooms where all of them are known, for some alone may tell of too few people."""
        table = self._table(points, grid)
        if table is None or self.untold is None:
            return None if table is None else np.fmax.reduce(table, axis=0)
        return np.maximum.reduce(table, axis=0) if len(table) == len(points) else None

    def _air(self, room: RoomId, capability: str) -> list[Point]:
        """Points of a room, or of a group of rooms, with a capability."""
        untold = self.untold or frozenset[PointId]()
        return [point for point in air_points(self.twin, room, capability) if point.id not in untold]

    def _table(self, points: Iterable[PointId], grid: ComfortGrid) -> Numbers | None:
        """(points, n) means of the points that were recorded; None where none was."""
        if self.dropped.is_set():
            raise ProblemError(Problem(code="energy.dropped"))
        if self.history is None or not len(grid.starts_ms):
            return None
        begin, end = int(grid.starts_ms[0]), int(grid.starts_ms[-1]) + grid.width_ms
        found = [self.history.means(point, begin, end, grid.width_ms) for point in points]
        known = [one for one in found if one is not None]
        if not known:
            return None
        return np.stack(known)

    def _rooms(self, rooms: Iterable[Room], grid: ComfortGrid, assumed: ComfortAssumptions) -> Iterator[RoomComfort]:
        """Those of the rooms that have a temperature; the mould at their walls is computed hour by hour for all together."""
        known = [(room, series) for room in rooms if (series := self._series(room, grid)) is not None]
        moulds = mould_indices([series for _, series in known], grid, assumed)
        for (room, series), mould in zip(known, moulds, strict=True):
            yield replace(self._room(room, series, grid, assumed), mould_index=mould)

    def _room(self, room: Room, series: RoomSeries, grid: ComfortGrid, assumed: ComfortAssumptions) -> RoomComfort:
        made = room_comfort(series, grid, assumed)
        return made if grid.width_ms > QUARTER_MS else self._with_ventilation(made, room, grid)

    def _series(self, room: Room, grid: ComfortGrid) -> RoomSeries | None:
        temperature = self._means((point.id for point in self._air(room.id, "temperature")), grid)
        if temperature is None:
            return None
        values = {
            name: self._means((point.id for point in self._air(room.id, name)), grid) for name in ("humidity", "co2")
        }
        values["occupancy"] = self._most([point.id for point in self._air(room.id, "occupancy")], grid)
        return RoomSeries(
            room=room.id, storey=room.storey, temperature=temperature, humidity=values["humidity"], co2=values["co2"],
            occupied=values["occupancy"],
        )  # fmt: skip

    def _with_ventilation(self, made: RoomComfort, room: Room, grid: ComfortGrid) -> RoomComfort:
        """Adds the air changes after the room was left, by its CO2 and presence sensors."""
        co2, presence = self._air(room.id, "co2"), self._air(room.id, "occupancy")
        if self.history is None or not co2 or not presence or not len(grid.starts_ms):
            return made
        begin, end = int(grid.starts_ms[0]), int(grid.starts_ms[-1]) + grid.width_ms
        air = self.history.raw(co2[0].id, begin, end)
        there = self.history.raw(presence[0].id, begin - DAY_MS, end)
        if len(air.times) < 2 or not len(there.times):
            return made
        times = np.arange(begin, end, MINUTES_MS)
        air = _between(air.times, air.values, times)
        usual = self.history.means(co2[0].id, end - CO2_DAYS * DAY_MS, end, HOUR_MS)
        at = np.searchsorted(there.times, times, side="right") - 1
        occupied = (at >= 0) & (np.nan_to_num(there.values)[np.maximum(at, 0)] > 0.5)
        outdoor = outdoor_level(usual if usual is not None else air)
        if self.untold is None:  # the sensors of a group of rooms may be in different ones
            steady = highest_hour(times, air, occupied)
            made = replace(made, air_per_person_l_s=air_per_person(steady, outdoor))
        found = np.array([one.per_hour for one in decays(times, air, occupied, outdoor)])
        if not len(found):
            return made
        spread = (float(np.percentile(found, 10)), float(np.percentile(found, 90)))
        return replace(made, air_changes=float(np.median(found)), air_changes_spread=spread, decays=len(found))

    # -- evidence of a complaint

    def evidence(self, room: RoomId, at_ms: int, now_ms: int, assumed: ComfortAssumptions) -> ComfortEvidence:
        """What is known about a room at a moment. ProblemError for an unknown room."""
        if room not in self.twin.room_of:
            raise ProblemError(Problem(code="unknown.room", args={"name": room}))
        start = at_ms // QUARTER_MS * QUARTER_MS
        days = np.array([start, start + QUARTER_MS], np.int64)
        grid = ComfortGrid(starts_ms=days[:1], width_ms=QUARTER_MS, days_ms=days, zone=zone_of(self.twin.site))
        outdoor = self._outdoor()
        if outdoor is not None:
            grid = replace(grid, outdoor=self._means([outdoor], grid))
        series = self._series(self.twin.room_of[room], grid)
        pmv = ppd = None
        whole = self._grid(
            span_at(EnergySpan.DAY, at_ms, grid.zone), start + QUARTER_MS
        )  # has the clothing of the morning
        until = self._series(self.twin.room_of[room], whole)
        if until is not None:
            pmv, ppd = (_first(values[whole.starts_ms == start]) for values in votes(until, whole, assumed))
        day = self.report(EnergySpan.DAY, at_ms, now_ms, assumed, room).rooms
        names = ("temperature", "setpoint_heat", "setpoint_cool", "co2", "humidity", "valve", "occupancy")
        points = [point.id for name in names for point in air_points(self.twin, room, name)]
        return ComfortEvidence(
            room=room, time_ms=at_ms, temperature_c=_first(series.temperature) if series else None,
            humidity=_first(series.humidity) if series else None, co2_ppm=_first(series.co2) if series else None,
            outdoor_c=_first(grid.outdoor), pmv=pmv, ppd=ppd, day=day[0] if day else None, points=tuple(points),
            commands=tuple(self._commands(room, at_ms)),
        )  # fmt: skip

    def _commands(self, room: RoomId, at_ms: int) -> list[CommandFact]:
        """Commands to the room's devices, newest first."""
        mine = {point.id: device.id for device in self.twin.devices_in.get(room, ()) for point in device.points}
        if self.history is None:
            return []
        found: list[CommandFact] = []
        for event in self.history.events.rows(at_ms - BEFORE_MS, at_ms + AFTER_MS, MOST_EVENTS):
            body: dict[str, Any] = json.loads(event.body) if event.kind == "command" else {}
            point = PointId(str(body.get("point")))
            if point in mine:
                found.append(
                    CommandFact(
                        time_ms=event.time_ms, who=event.who, device=mine[point], point=point, verb=str(body.get("verb")),
                        value=body.get("value"), result=str(body.get("result")),
                    )
                )  # fmt: skip
        return found


def air_points(twin: Twin, room: RoomId, capability: str) -> list[Point]:
    """Points of a room with a capability; temperatures of heaters and coolers only where there is no other."""
    found = [
        (device.kind, point)
        for device in twin.devices_in.get(room, ())
        for point in device.points
        if point.capability.id == capability
    ]
    if capability == "temperature":
        found = [one for one in found if one[0] not in _AIR_KINDS] or found
    return [point for _, point in found]


def _between(times_ms: NDArray[np.int64], values: Numbers, at_ms: NDArray[np.int64]) -> Numbers:
    """(n,) values between readings of a sensor that reports changes; NaN in gaps of more than LONGEST_GAP_MS."""
    known = np.isfinite(values)
    times, values = times_ms[known], values[known]
    if len(times) < 2:
        return np.full(len(at_ms), np.nan)
    after = np.clip(np.searchsorted(times, at_ms), 1, len(times) - 1)
    gap = times[after] - times[after - 1]
    inside = (at_ms >= times[0]) & (at_ms <= times[-1]) & (gap <= LONGEST_GAP_MS)
    return np.where(inside, np.interp(at_ms, times, values), np.nan)


def _first(values: Numbers | None) -> float | None:
    return float(values[0]) if values is not None and len(values) and np.isfinite(values[0]) else None


def _notes(rooms: list[RoomComfort], grid: ComfortGrid, assumed: ComfortAssumptions) -> Iterable[Text]:
    """What limits the verdicts."""
    if assumed.model is ComfortModel.ADAPTIVE and grid.daily_outdoor is None:
        yield Text("comfort.no_outdoor_adaptive")
    elif grid.outdoor is None:
        yield Text("comfort.no_outdoor")
    if beyond := [one.beyond_range for one in rooms if one.beyond_range > 0]:
        yield Text("comfort.beyond_range", n=len(beyond), hours=max(beyond) / 60)
    if silent := sum(one.minutes is None for one in rooms):
        yield Text("comfort.no_verdict", n=silent)
    if unknown := sum(not one.occupied_known for one in rooms):
        yield Text("comfort.all_hours", n=unknown)
    if dry := sum(not np.isfinite(one.humidity) for one in rooms):
        yield Text("comfort.humidity_assumed", n=dry, humidity=assumed.humidity)
