"""What is recorded of air handlers, meters and rooms, for the early warnings that need no peers. Runs on the pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.site_time import zone_of
from twin.insight.air_handler_points import AirHandlingUnit, Role, air_handler_points, air_handlers
from twin.insight.air_handler_rules import STEP_MS, Numbers
from twin.insight.air_handler_warnings import air_handler_report, evidence
from twin.insight.calendar_span import local_times
from twin.insight.control_warnings import STEP_MS as MINUTE_MS
from twin.insight.control_warnings import ControlQuestion, control_points, control_warnings
from twin.insight.interval_means import interval_means, values_at
from twin.insight.use_warnings import QUARTER_MS, MeterQuarters, base_load_warning, burst_warning, water_warnings
from twin.model.capability import Group
from twin.model.device import Device, Point
from twin.model.early_warning import EarlyWarning, WarningChart
from twin.model.ids import PointId
from twin.model.observation import Quality
from twin.model.quantity import Quantity, to_canonical
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.history import History

DAY_MS = 86_400_000
AIR_DAYS, METER_DAYS, FLOW_DAYS, CONTROL_DAYS, CHART_DAYS = 28, 42, 30, 2, 4
HELD_MS = 26 * 3_600_000
"""Longest time for which a measured value stands for the present one."""
SET_MS = 400 * DAY_MS
"""The same for what is set, switched or opened: it is reported on change, and may stand for months."""


@dataclass(frozen=True, slots=True)
class PlantHistory:
    """A project's structure and history; `check` is called before each point and may raise."""

    twin: Twin
    history: History
    check: Callable[[], None]

    def warnings(self, now_ms: int) -> tuple[list[EarlyWarning], list[Text]]:
        """All warnings of air handlers, meters and rooms, and what the rules of air handlers cannot judge."""
        found, notes = list[EarlyWarning](), list[Text]()
        for unit in air_handlers(self.twin):
            begin_ms, series = self._series(unit, now_ms, AIR_DAYS)
            if series:
                report = air_handler_report(unit, series, begin_ms)
                found += report.warnings
                notes += report.notes
        return [*found, *self._meters(now_ms), *self._rooms(now_ms)], notes

    def chart(self, point: PointId, now_ms: int, rule: str) -> WarningChart:
        """The last days of a point, and what the rule of its air handler expects of it."""
        for unit in air_handlers(self.twin):
            if any(one.id == point for one in unit.points.values()):
                begin_ms, series = self._series(unit, now_ms, AIR_DAYS)
                found = evidence(unit, series, rule) if series else None
                if found is not None:
                    part = slice(max(0, len(found[0]) - CHART_DAYS * DAY_MS // STEP_MS), None)
                    times = begin_ms + np.arange(len(found[0]), dtype=np.int64) * STEP_MS
                    return WarningChart(point, times[part], found[0][part], found[1][part], rule)
        begin_ms, number = self._span(now_ms, CHART_DAYS, QUARTER_MS)
        times = begin_ms + np.arange(number, dtype=np.int64) * QUARTER_MS
        means = self._means([self.twin.point_of[point]], begin_ms, QUARTER_MS, number)
        shown = means.get(point, np.full(number, np.nan))
        return WarningChart(point, times, shown, np.full(number, np.nan), rule)

    @staticmethod
    def _span(now_ms: int, days: int, width_ms: int) -> tuple[int, int]:
        number = days * DAY_MS // width_ms
        return now_ms // width_ms * width_ms - number * width_ms, number

    def _series(self, unit: AirHandlingUnit, now_ms: int, days: int) -> tuple[int, Mapping[Role, Numbers]]:
        """Begin of the means of five minutes, UTC ms, and (t,) of each role that was ever recorded."""
        begin_ms, number = self._span(now_ms, days, STEP_MS)
        means = self._means(unit.points.values(), begin_ms, STEP_MS, number)
        return begin_ms, {role: means[point.id] for role, point in unit.points.items() if point.id in means}

    def _samples(
        self, points: Iterable[Point], begin_ms: int, end_ms: int
    ) -> Iterator[tuple[Point, NDArray[np.int64], Numbers]]:
        """Times and values, canonical unit, NaN where a point was not known, of the points that were ever recorded; with the
        last value before."""
        known = [point for point in points if self.history.knows(point.id)]
        before = self.history.latest([point.id for point in known], begin_ms)
        for point in known:
            self.check()
            samples = self.history.raw(point.id, begin_ms, end_ms)
            times, values = np.asarray(samples.times, np.int64), np.asarray(samples.values, np.float64)
            values = np.where(samples.quality < Quality.STALE, values, np.nan)
            if (last := before.get(point.id)) is not None:
                earlier = last[1] if last[2] < Quality.STALE else np.nan
                times, values = np.r_[last[0], times], np.r_[earlier, values]
            yield point, times, _canonical(point, values)

    def _means(self, points: Iterable[Point], begin_ms: int, width_ms: int, number: int) -> dict[PointId, Numbers]:
        return {
            point.id: interval_means(times, values, begin_ms, width_ms, number, _held_ms(point))
            for point, times, values in self._samples(points, begin_ms, begin_ms + number * width_ms)
        }

    def _meters(self, now_ms: int) -> list[EarlyWarning]:
        found: list[EarlyWarning] = []
        air = air_handler_points(self.twin)
        for device in self.twin.devices:
            water = [point for point in device.points if point.capability.id == "water_volume"]
            for point in water:
                meter = self._quarters(device, point, now_ms)
                found += water_warnings(meter) if meter is not None else []
            if (load := _load_point(device)) is not None:
                meter = self._quarters(device, load, now_ms)
                found += [one] if meter is not None and (one := base_load_warning(meter)) is not None else []
            flows = [point for point in device.points if point.capability.id == "flow" and point.id not in air]
            if flows and (water or device.kind == "flow_sensor"):
                begin_ms, number = self._span(now_ms, FLOW_DAYS, STEP_MS)
                for id, values in self._means(flows, begin_ms, STEP_MS, number).items():
                    one = burst_warning(device, self.twin.point_of[id], values, begin_ms, STEP_MS)
                    found += [one] if one is not None else []
        return found

    def _quarters(self, device: Device, point: Point, now_ms: int) -> MeterQuarters | None:
        """The use of a meter; NaN in hours without a reading in which the counter rose, since when it rose is unknown."""
        self.check()
        begin_ms, number = self._span(now_ms, METER_DAYS, QUARTER_MS)
        half_ms = number // 2 * QUARTER_MS  # a span of 42 days would be judged by whole days
        found = [self.history.quarter_use(point.id, at, at + half_ms) for at in (begin_ms, begin_ms + half_ms)]
        parts = [np.where(one.estimated, np.nan, one.use) for one in found if one is not None]
        if len(parts) < len(found):
            return None
        local = local_times(begin_ms + np.arange(number, dtype=np.int64) * QUARTER_MS, zone_of(self.twin.site))
        return MeterQuarters(device, point, begin_ms, np.concatenate(parts), local.minute, local.day)

    def _rooms(self, now_ms: int) -> list[EarlyWarning]:
        begin_ms, number = self._span(now_ms, CONTROL_DAYS, MINUTE_MS)
        times = begin_ms + np.arange(number, dtype=np.int64) * MINUTE_MS
        read = self._samples(control_points(self.twin), begin_ms, now_ms)
        values = {point.id: values_at(said, value, times, _held_ms(point)) for point, said, value in read}
        return control_warnings(ControlQuestion(self.twin, begin_ms, values))


def _load_point(device: Device) -> Point | None:
    """The point of a meter whose base load is watched: its counter, else its power; generators and batteries have none."""
    if device.kind in ("solar", "battery_storage"):
        return None
    for name in ("energy_import", "power"):
        found = next((point for point in device.points if point.capability.id == name), None)
        if found is not None:
            return found
    return None


def _held_ms(point: Point) -> int:
    return HELD_MS if point.capability.group in (Group.SENSOR, Group.METER) and not point.writable else SET_MS


_QUANTITIES = (Quantity.TEMPERATURE, Quantity.PRESSURE, Quantity.FLOW)


def _canonical(point: Point, values: Numbers) -> Numbers:
    """Values of a raw number with a known unit in the canonical one."""
    if point.capability.id != "raw_number" or not point.info.unit:
        return values
    for quantity in _QUANTITIES:
        zero, one = (to_canonical(value, point.info.unit, quantity) for value in (0.0, 1.0))
        if zero is not None and one is not None:
            return values * (one - zero) + zero
    return values
