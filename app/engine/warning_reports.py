"""Early warnings of a project: its sensors' hours and batteries' days, read from its history. Runs on the pool."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event, Lock
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.engine.plant_history import PlantHistory
from app.engine.sensor_hours import Hours, SensorHours
from app.site_time import zone_of
from twin.insight.battery_life import carried
from twin.insight.calendar_span import local_day, local_times, midnight
from twin.insight.early_warnings import WarningQuestion, common_hours, joined, warnings
from twin.insight.sensor_faults import HOUR_MS, deviations, norms
from twin.insight.sensor_findings import Dismissal, group_grid
from twin.insight.sensor_groups import CLASSES, LEAST_GROUP, reporting, room_sensors
from twin.model.definition import DefinitionKind, Definitions
from twin.model.device import Device
from twin.model.early_warning import WarningChart, WarningReport
from twin.model.ids import PointId
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.rules.definition_body import read_body
from twin.rules.normal_mark import NormalMark
from twin.store.history import History

DAYS = 60
"""Days that are read: sensors are learned from their first LEARN_DAYS among them."""
CHART_DAYS = 14
BATTERY_PAST_DAYS = 1500
BATTERY_CARRIED_DAYS = 8
"""Days for which the last percentage stands: many devices report it once a week."""
LEVELS = "warning_levels"
"""Name of the part of the rule memory that has the levels of sensors as they were first learned."""
DAY_MS = 86_400_000


@dataclass(slots=True)
class WarningCache:
    """What was read before, for one project; `lock` lets one report read at a time."""

    hours: SensorHours = field(default_factory=SensorHours)
    lock: Lock = field(default_factory=Lock)
    battery_day: int = -1
    batteries: dict[PointId, NDArray[np.float64]] = field(default_factory=dict[PointId, NDArray[np.float64]])


@dataclass(frozen=True, slots=True)
class WarningAccounts:
    """A project's structure and history, from which early warnings are computed."""

    twin: Twin
    history: History | None
    cache: WarningCache = field(default_factory=WarningCache)
    dropped: Event = field(default_factory=Event)

    def report(self, now_ms: int) -> WarningReport:
        """The warnings of now."""
        begun_s = time.thread_time()
        if self.history is None:
            return WarningReport(at_ms=now_ms)
        with self.cache.lock:
            begin_ms, length = self._span(now_ms)
            points = [point.id for device in self.twin.devices for point in reporting(device)]
            hours = self.cache.hours.read(self.history, points, begin_ms, length, self._check)
            batteries, low = self._batteries(now_ms)
            quiet = [point for point, (_, counts) in hours.items() if not counts.any()]
            last = {point: time_ms for point, (time_ms, _, _) in self.history.latest(quiet, begin_ms).items()}
        question = WarningQuestion(
            twin=self.twin, begin_ms=begin_ms, now_ms=now_ms, cell=self._cells(begin_ms, length), hours=hours,
            recorded=self._recorded(hours, begin_ms, length, now_ms), dismissed=dismissed(self.twin.definitions, begin_ms),
            batteries=batteries, low_batteries=low, last_ms=last, reference={id: one.level for id, one in first_levels(self.history, self.twin).items()},
        )  # fmt: skip
        found, notes = PlantHistory(self.twin, self.history, self._check).warnings(now_ms)
        report = joined(warnings(question), found, question.dismissed, notes)
        return replace(report, computed_s=time.thread_time() - begun_s)

    def chart(self, point: PointId, now_ms: int, rule: str = "") -> WarningChart:
        """The last days of a point and what its peers or the rule of a warning suggest. ProblemError for an unknown point."""
        if point not in self.twin.point_of:
            raise ProblemError(Problem(code="unknown.point", args={"name": point}))
        if rule and self.history is not None:
            return PlantHistory(self.twin, self.history, self._check).chart(point, now_ms, rule)
        begin_ms, length = self._span(now_ms)
        times = begin_ms + np.arange(length, dtype=np.int64) * HOUR_MS
        capability = self.twin.point_of[point].capability.id
        kind = next((one for one in CLASSES if one.capability == capability), None)
        sensors = room_sensors(self.twin, capability) if kind is not None else ()
        ids = [one.point.id for one in sensors] if any(one.point.id == point for one in sensors) else [point]
        hours = SensorHours().read(self.history, ids, begin_ms, length, self._check) if self.history is not None else {}
        value = hours[point][0].astype(np.float64) if point in hours else np.full(length, np.nan)
        expected = np.full(length, np.nan)
        if kind is not None and len(hours) >= LEAST_GROUP and point in hours:
            values, counts = (np.stack([one[at] for one in hours.values()]) for at in (0, 1))
            everywhere = np.ones(values.shape, bool)
            grid, _ = group_grid(
                kind,
                values.astype(np.float64),
                counts.astype(np.int64),
                self._cells(begin_ms, length),
                everywhere,
            )
            expected = value - deviations(grid, norms(grid))[list(hours).index(point)]
        part = slice(max(0, length - CHART_DAYS * 24), None)
        return WarningChart(point, times[part], value[part], expected[part])

    def _span(self, now_ms: int) -> tuple[int, int]:
        """Begin, a local midnight (UTC ms), and number of whole hours since."""
        zone = zone_of(self.twin.site)
        begin_ms = midnight(local_day(now_ms, zone) - timedelta(days=DAYS), zone)
        return begin_ms, (now_ms - begin_ms) // HOUR_MS

    def _cells(self, begin_ms: int, length: int) -> NDArray[np.int64]:
        local = local_times(begin_ms + np.arange(length, dtype=np.int64) * HOUR_MS, zone_of(self.twin.site))
        return local.minute // 60 + 24 * (local.weekday >= 5)

    def _recorded(self, hours: Mapping[PointId, Hours], begin_ms: int, length: int, now_ms: int) -> NDArray[np.bool_]:
        """Hours in which anything was reported, or that the present recording covers."""
        found = common_hours(hours, length)
        session = self.history.session() if self.history is not None else None
        if session is not None and session.ended_ms is None:
            first = -(-(session.started_ms - begin_ms) // HOUR_MS)
            last = (min(session.alive_ms + HOUR_MS, now_ms) - begin_ms) // HOUR_MS
            found[max(0, first) : max(0, last)] = True
        return found

    def _batteries(self, now_ms: int) -> tuple[dict[PointId, NDArray[np.float64]], frozenset[PointId]]:
        """Daily percentages, read once a day, and the points that report a low battery now."""
        assert self.history is not None  # noqa: S101 - `report` asked
        points = {
            name: [point.id for point in self.twin.points if point.capability.id == name]
            for name in ("battery", "battery_low")
        }
        today = now_ms // DAY_MS
        if self.cache.battery_day != today or set(self.cache.batteries) - set(points["battery"]):
            self.cache.batteries = {
                point: days for point in points["battery"] if (days := self._battery_days(point, today)) is not None
            }
            self.cache.battery_day = today
        low = self.history.latest(points["battery_low"], now_ms)
        return self.cache.batteries, frozenset(point for point, (_, value, _) in low.items() if value == 1)

    def _battery_days(self, point: PointId, today: int) -> NDArray[np.float64] | None:
        assert self.history is not None  # noqa: S101 - `report` asked
        self._check()
        first = self.history.first_ms(point)
        if first is None:
            return None
        begin = max(first // DAY_MS, today - BATTERY_PAST_DAYS)
        found = self.history.means(point, begin * DAY_MS, (today + 1) * DAY_MS, HOUR_MS)
        if found is None:
            return None
        days = found[: len(found) // 24 * 24].reshape(-1, 24)
        known = np.isfinite(days)
        with np.errstate(invalid="ignore", divide="ignore"):
            return carried(np.where(known, days, 0.0).sum(axis=1) / known.sum(axis=1), BATTERY_CARRIED_DAYS)

    def _check(self) -> None:
        if self.dropped.is_set():
            raise ProblemError(Problem(code="energy.dropped"))


class LearnedLevel(msgspec.Struct, frozen=True, array_like=True):
    """Level of a sensor against its peers as it was first learned, and of which sensor it is: another, or the same elsewhere,
    is learned anew."""

    level: float
    uid: str
    room: str

    @classmethod
    def of(cls, device: Device, level: float) -> LearnedLevel:
        """The level of a point of this device where it is now."""
        return cls(level, device.uid, device.room or "")


def first_levels(history: History, twin: Twin) -> dict[PointId, LearnedLevel]:
    """Levels of the sensors that are there as they were first learned. Raises ProblemError where they cannot be read."""
    try:
        found = msgspec.json.decode(history.rules.memory().get(LEVELS, "{}"), type=dict[PointId, LearnedLevel])
    except msgspec.DecodeError:
        return {}
    there = {point.id: device for device in twin.devices for point in device.points if point.id in found}
    return {id: one for id, one in found.items() if id in there and LearnedLevel.of(there[id], one.level) == one}


def marks(definitions: Definitions) -> Iterable[NormalMark]:
    """The readable and enabled marks of a project."""
    for one in definitions.normal_marks:
        with suppress(ProblemError):
            if one.enabled:
                yield cast("NormalMark", read_body(DefinitionKind.NORMAL_MARK, one))


def dismissed(definitions: Definitions, begin_ms: int) -> dict[tuple[str, str], Dismissal]:
    """By kind and point: what a person called normal, on the hours from `begin_ms` on."""
    return {
        (one.kind, one.point): Dismissal(one.level, (one.created_ms - begin_ms) / HOUR_MS, one.rules)
        for one in marks(definitions)
    }
