"""Early warnings of a building: findings of its sensors and batteries as sentences, at most one for each device."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from twin.insight.battery_life import BatteryOutlook, life_spans, lives, outlook
from twin.insight.sensor_faults import DAY_H, HOUR_MS, Counts, Mask, Numbers, Readings
from twin.insight.sensor_findings import WIDER, Dismissed, SensorFinding, group_findings, group_grid, silences
from twin.insight.sensor_groups import CLASSES, PeerSensor, reporting, room_sensors
from twin.insight.warning_texts import battery_warning, sensor_warning
from twin.model.device import Device, Point
from twin.model.early_warning import EarlyWarning, SensorLearning, WarningKind, WarningReport
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.text import Text
from twin.model.twin import Twin

BATTERY_DAYS = 30.0
"""A battery is named this many days before it is expected to be empty."""
_ORDER = tuple(WarningKind)
_TOGETHER = 256
"""Devices whose silence is judged at once: some 5 kB for each and a day."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WarningQuestion:
    """What was recorded of a building in the hours (t) before now; days begin with every 24th hour."""

    twin: Twin
    begin_ms: int
    now_ms: int
    cell: Counts
    """(t,) see SensorGrid."""
    hours: Mapping[PointId, tuple[NDArray[np.floating], Readings]]
    """By point: (t,) values and (t,) readings. Points that were never recorded are left out."""
    recorded: Mask
    """(t,) hours in which the history recorded."""
    dismissed: Dismissed
    batteries: Mapping[PointId, Numbers] = field(default_factory=dict[PointId, Numbers])
    """By point: (days,) daily percentages, the last of today; NaN where unknown."""
    low_batteries: frozenset[PointId] = frozenset()
    """Points that report that their battery is low."""
    reference: Mapping[PointId, float] = field(default_factory=dict[PointId, float])
    """Levels of sensors against their peers, as first learned; see WarningReport."""
    last_ms: Mapping[PointId, int] = field(default_factory=dict[PointId, int])
    """When points last reported that have no readings in these hours, UTC ms."""


def warnings(question: WarningQuestion) -> WarningReport:
    """The report of what is recorded."""
    twin, dismissed = question.twin, question.dismissed
    found: list[SensorFinding] = []
    learning: list[SensorLearning] = []
    notes: list[Text] = []
    levels: dict[PointId, float] = {}
    heard = _Heard(question)
    watched = alone = hidden = 0
    for kind in CLASSES:
        sensors = tuple(one for one in room_sensors(twin, kind.capability) if one.point.id in question.hours)
        if not sensors:
            continue
        values, counts = (np.stack([question.hours[one.point.id][at] for one in sensors]) for at in (0, 1))
        grid, days = group_grid(
            kind, values.astype(np.float64), counts.astype(np.int64), question.cell, heard.of(sensors)
        )
        group = group_findings(sensors, grid, days, dismissed, question.reference)
        levels |= group.levels or {}
        found += group.found
        hidden += group.hidden
        watched, alone = (watched + len(sensors), alone) if grid.peers else (watched, alone + len(sensors))
        waiting = group.days or {}
        learning += [
            SensorLearning(point=one.point.id, device=one.device.id, days=waiting[one.point.id])
            for one in sensors
            if one.point.id in waiting
        ]
        notes += [
            Text("warning.together", kind=Text(f"warning.kind.{which.value}"), number=number, capability=Text(f"warning.class.{kind.capability}"))
            for which, number in (group.together or {}).items()
        ]  # fmt: skip
    quiet, called_normal = _silences(question, heard)
    made = [sensor_warning(one, question.begin_ms) for one in (*found, *quiet)]
    batteries, normal = _batteries(question)
    listed = one_each([*made, *batteries])
    return WarningReport(
        at_ms=question.now_ms, warnings=listed, learning=tuple(learning), watched=watched, alone=alone,
        dismissed=hidden + called_normal + normal, notes=tuple(notes), levels=levels,
    )  # fmt: skip


def joined(
    report: WarningReport, found: Iterable[EarlyWarning], dismissed: Dismissed, notes: Iterable[Text] = ()
) -> WarningReport:
    """The report with further warnings, each rule or fault of a device by itself; what a person called normal is hidden until
    it is half as large again or a further rule tells of the fault, and so is a fault of which each rule was called normal."""

    def normal(one: EarlyWarning) -> bool:
        mark = dismissed.get(one.mark)
        return (
            mark is not None and one.level <= WIDER * mark.level and {part.rule for part in one.parts} <= {*mark.rules}
        )

    more = list(found)
    shown = [one for one in more if not normal(one) and not (one.parts and all(map(normal, one.parts)))]
    listed = sorted(
        (*report.warnings, *shown),
        key=lambda one: (_ORDER.index(one.kind), not one.sure, -(one.kwh or 0.0), -one.score, one.device),
    )
    return replace(
        report,
        warnings=tuple(listed),
        dismissed=report.dismissed + len(more) - len(shown),
        notes=(*report.notes, *notes),
    )


def one_each(found: Iterable[EarlyWarning]) -> tuple[EarlyWarning, ...]:
    """For each device its gravest warning, with the kinds of the others; the gravest first."""
    by_device: dict[DeviceId, list[EarlyWarning]] = {}
    for one in found:
        by_device.setdefault(one.device, []).append(one)
    kept: list[EarlyWarning] = []
    for ones in by_device.values():
        first, *rest = sorted(ones, key=lambda one: (_ORDER.index(one.kind), -one.score))
        also = {one.kind for one in rest} - {first.kind}
        if first.kind is WarningKind.SILENT:
            also.discard(WarningKind.STUCK)  # its last value stands for a while
        kept.append(replace(first, also=tuple(sorted(also, key=_ORDER.index))))
    return tuple(sorted(kept, key=lambda one: (_ORDER.index(one.kind), not one.sure, -one.score, one.device)))


def _silent_rows(question: WarningQuestion) -> Iterable[tuple[PeerSensor, Readings, float]]:
    """What is watched for silence: each compared sensor, and every other device by all that it reports; with the hour of
    the last reading before all hours, NaN for none."""
    singles = {one.point.id for kind in CLASSES for one in room_sensors(question.twin, kind.capability)}
    for device in question.twin.devices:
        known = [point for point in reporting(device) if point.id in question.hours]
        mine = [point for point in known if point.id in singles]
        for point in mine:
            yield PeerSensor(device, point), question.hours[point.id][1], _last_h(question, [point])
        if known and not mine:
            counts = np.sum([question.hours[point.id][1] for point in known], axis=0)
            yield PeerSensor(device, _main(device, known)), counts, _last_h(question, known)


def _main(device: Device, points: list[Point]) -> Point:
    """The point that stands for a device: the first that is no figure about its health."""
    return next((point for point in points if point.capability.group != "health"), points[0])


def _silences(question: WarningQuestion, heard: _Heard) -> tuple[list[SensorFinding], int]:
    """What `silences` finds of all devices, some at a time: of thousands at once it would take hundreds of megabytes."""
    found, hidden = list[SensorFinding](), 0
    for rows in itertools.batched(_silent_rows(question), _TOGETHER):
        sensors = tuple(sensor for sensor, _, _ in rows)
        counts = np.stack([counts for _, counts, _ in rows])
        last_h = np.array([last for _, _, last in rows])
        some, normal = silences(sensors, counts, heard.of(sensors), question.dismissed, last_h)
        found, hidden = found + some, hidden + normal
    return found, hidden


def _last_h(question: WarningQuestion, points: list[Point]) -> float:
    times_ms = [question.last_ms[point.id] for point in points if point.id in question.last_ms]
    return (max(times_ms) - question.begin_ms) / HOUR_MS if times_ms else np.nan


class _Heard:
    """Hours in which the history recorded, and anything of a sensor's link where it has several devices: what a dead gateway
    or a stopped engine hides is no silence of each sensor."""

    def __init__(self, question: WarningQuestion) -> None:
        devices: dict[LinkId, set[DeviceId]] = {}
        spoke: dict[LinkId, Mask] = {}
        for device in question.twin.devices:
            devices.setdefault(device.link, set()).add(device.id)
            for point in device.points:
                if point.id in question.hours:
                    mine = spoke.setdefault(device.link, np.zeros(len(question.recorded), bool))
                    mine |= question.hours[point.id][1] > 0
        self._recorded = question.recorded
        self._by_link = {link: question.recorded & spoke[link] for link in spoke if len(devices[link]) > 1}

    def of(self, sensors: Iterable[PeerSensor]) -> Mask:
        """(n, t) for these sensors."""
        return np.stack([self._by_link.get(one.device.link, self._recorded) for one in sensors])


def _batteries(question: WarningQuestion) -> tuple[list[EarlyWarning], int]:
    """Batteries that will be empty soon, and how many of them a person called normal."""
    twin = question.twin
    by_model: dict[tuple[str, str], list[tuple[PointId, list[Numbers]]]] = {}
    of_point: dict[PointId, tuple[tuple[str, str], list[Numbers]]] = {}
    for point, percent in question.batteries.items():
        device = twin.device_of[twin.point_of[point].device]
        model, mine = (device.maker, device.model), lives(percent)
        by_model.setdefault(model, []).append((point, mine))
        of_point[point] = (model, mine)
    found: list[EarlyWarning] = []
    for point, (model, mine) in of_point.items():
        if not mine or not np.isfinite(question.batteries[point][-2:]).any():
            continue
        dead = [life for _, others in by_model[model] for life in others[:-1]] if any(model) else mine[:-1]
        expected = outlook(mine[-1], dead)
        if expected is not None and expected.days <= BATTERY_DAYS:
            found.append(_battery(question, point, float(mine[-1][-1]), expected))
    named = {one.device for one in found}
    found += [
        _battery(question, point, None, None)
        for point in question.low_batteries
        if twin.point_of[point].device not in named
    ]
    shown = [one for one in found if not _is_normal(question, one)]
    return shown, len(found) - len(shown)


def _is_normal(question: WarningQuestion, one: EarlyWarning) -> bool:
    """Whether a person called the state of this battery normal: not that of a new one, nor much less that is left."""
    normal = question.dismissed.get((one.kind.value, one.point))
    if normal is None:
        return False
    percent = question.batteries.get(one.point)
    spans = life_spans(percent) if percent is not None else []
    if percent is not None and spans:
        marked_day = len(percent) - 1 - (len(question.recorded) - normal.at_h) / DAY_H
        if marked_day < spans[-1][0]:
            return False
    return one.level <= WIDER * normal.level


def _battery(
    question: WarningQuestion, point: PointId, percent: float | None, expected: BatteryOutlook | None
) -> EarlyWarning:
    device = question.twin.device_of[question.twin.point_of[point].device]
    at_ms = question.begin_ms + len(question.recorded) * HOUR_MS
    return battery_warning(PeerSensor(device, question.twin.point_of[point]), at_ms, percent, expected)


def common_hours(hours: Mapping[PointId, tuple[NDArray[np.floating], Readings]], length: int) -> Mask:
    """(t,) hours in which anything was reported: the history recorded then."""
    found = np.zeros(length, bool)
    for _, counts in hours.values():
        found |= counts > 0
    return found
