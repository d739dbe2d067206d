"""Findings of the present among like sensors: which sensor, which fault, since when, how far beyond its limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from twin.insight.sensor_faults import (
    DAY_H,
    Counts,
    Mask,
    Numbers,
    Readings,
    SensorGrid,
    SensorNorms,
    deviations,
    levels,
    norms,
    own_shifts,
    quiet_hours,
    scores,
    spans,
)  # fmt: skip
from twin.insight.sensor_groups import LEAST_GROUP, PeerSensor, SensorClass
from twin.model.early_warning import LEARN_DAYS, FaultPlace, WarningKind
from twin.model.ids import PointId

PRESENT_H = 48
"""Age, hours, up to which a finding is shown."""
KNOWN_H = 12
"""Hours with a value from which a day counts as learned."""
WIDER = 1.5
"""Factor by which a finding must exceed the one that a person called normal."""
DEVIATION_H = 3 * DAY_H
"""Hours of which the deviation of a drift is the median."""
LASTING_FLOORS = 2.0
"""Shift of a level since the sensor was first learned, in least deviations of interest, that is a finding."""
LONG_SILENT_H = 7 * DAY_H
"""Silence, hours, that is a finding also for a sensor that is not learned yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorFinding:
    """One fault of a sensor; hours count from the begin of the grid."""

    sensor: PeerSensor
    kind: WarningKind
    since_h: int
    last_h: int
    score: float
    deviation: float | None = None
    """Where the score grows with time: the deviation by itself, in least deviations of interest."""
    peers: int = 0
    value: float | None = None
    expected: float | None = None
    place: FaultPlace = FaultPlace.UNKNOWN
    usual_h: float | None = None
    """Longest silence or standstill that was learned, hours."""
    hours: float = 0.0
    """Silence or standstill, hours."""

    @property
    def level(self) -> float:
        """What a person calls normal with this finding: it does not grow while the fault stays the same."""
        return self.score if self.deviation is None else self.deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFindings:
    """What a group of sensors shows."""

    found: tuple[SensorFinding, ...] = ()
    together: Mapping[WarningKind, int] | None = None
    """Faults that most of the sensors showed at once, with their number: the weather or the plant."""
    days: Mapping[PointId, int] | None = None
    """Days learned of sensors that are not learned yet."""
    hidden: int = 0
    levels: Mapping[PointId, float] | None = None
    """How far each learned sensor usually lies above its peers, canonical unit."""


@dataclass(frozen=True, slots=True)
class Dismissal:
    """What a person called normal, and when: its level, the hour of the grid, and the rules of a fault of the plant."""

    level: float
    at_h: float = 0.0
    rules: tuple[str, ...] = ()

    def covers(self, one: SensorFinding) -> bool:
        """Whether a finding is no more than what was called normal: a silence or standstill as long as it lasts, anything
        else until it is half as large again."""
        lasting = one.kind in (WarningKind.SILENT, WarningKind.STUCK) and one.since_h <= max(0.0, self.at_h)
        return lasting or one.level <= WIDER * self.level


type Dismissed = Mapping[tuple[str, str], Dismissal]
"""By kind and point: what a person called normal."""


def learning_hours(values: Numbers, days: int = LEARN_DAYS) -> tuple[Mask, Counts]:
    """(n, t) the hours of each sensor's first `days` days with values, and (n,) how many of those days there are."""
    whole = values.shape[1] // DAY_H
    known = np.isfinite(values[:, : whole * DAY_H]).reshape(len(values), whole, DAY_H).sum(axis=2) >= KNOWN_H
    learned = known & (np.cumsum(known, axis=1) <= days)
    mask = np.zeros(values.shape, bool)
    mask[:, : whole * DAY_H] = np.repeat(learned, DAY_H, axis=1)
    return mask, learned.sum(axis=1).astype(np.int64)


def group_grid(
    kind: SensorClass, values: Numbers, counts: Counts, cell: Counts, recorded: Mask
) -> tuple[SensorGrid, Counts]:
    """The grid of a group of sensors with their hours of learning, and (n,) the days learned of each."""
    learning, days = learning_hours(values)
    grid = SensorGrid(
        values=values, counts=counts, cell=cell, learning=learning, step=kind.step, floor=kind.floor,
        peers=len(values) >= LEAST_GROUP, recorded=recorded,
    )  # fmt: skip
    return grid, days


def group_findings(
    sensors: tuple[PeerSensor, ...],
    grid: SensorGrid,
    days: Counts,
    dismissed: Dismissed,
    reference: Mapping[PointId, float],
) -> GroupFindings:
    """The present faults of a group, silence apart: without peers standstill alone. Those that most show at once are
    common, not faults of each. `reference` are levels as they were when the sensors were first learned."""
    learned = norms(grid)
    judged = scores(grid, learned)
    residual = deviations(grid, learned)
    ready = days >= LEARN_DAYS
    found: list[SensorFinding] = []
    together: dict[WarningKind, int] = {}
    hidden = 0
    for kind, score in judged.items():
        if kind is WarningKind.SILENT or not (grid.peers or kind is WarningKind.STUCK):
            continue
        here: list[SensorFinding] = []
        for row in np.flatnonzero(ready).tolist():
            normal = dismissed.get((kind.value, sensors[row].point.id))
            one = _present(kind, row, sensors, grid, learned, score[row])
            if one is not None and kind is WarningKind.DRIFT:
                one = replace(one, deviation=_deviation(one, grid, residual[row] - learned.day_mean[row]))
            if one is not None and normal is not None and normal.covers(one):
                hidden += 1
            elif one is not None:
                here.append(one)
        if len(here) >= LEAST_GROUP and 2 * len(here) > len(sensors):
            together[kind] = len(here)
        else:
            found += [_described(one, sensors, grid, residual) for one in here]
    waiting = {sensors[row].point.id: int(days[row]) for row in np.flatnonzero(~ready).tolist()}
    group = GroupFindings(found=tuple(found), together=together, days=waiting, hidden=hidden)
    level = levels(grid, learned)
    return _with_levels(group, level, _lasting_shifts(sensors, grid, level, ready, reference), sensors, dismissed)


def _with_levels(
    group: GroupFindings,
    level: Numbers,
    shifts: list[SensorFinding],
    sensors: tuple[PeerSensor, ...],
    dismissed: Dismissed,
) -> GroupFindings:
    """The findings with lasting shifts of sensors that do not drift anyway, and the levels (n,) of those that are learned."""
    learning = group.days or {}
    drifting = {one.sensor.point.id for one in group.found if one.kind is WarningKind.DRIFT}
    more, hidden = list[SensorFinding](), group.hidden
    for one in shifts:
        normal = dismissed.get((WarningKind.DRIFT.value, one.sensor.point.id))
        if normal is not None and normal.covers(one):
            hidden += 1
        elif one.sensor.point.id not in drifting and WarningKind.DRIFT not in (group.together or {}):
            more.append(one)
    known = {
        one.point.id: found
        for one, found in zip(sensors, level.tolist(), strict=True)
        if one.point.id not in learning and np.isfinite(found)
    }
    return replace(group, found=(*group.found, *more), hidden=hidden, levels=known)


def _lasting_shifts(
    sensors: tuple[PeerSensor, ...], grid: SensorGrid, level: Numbers, ready: Mask, reference: Mapping[PointId, float]
) -> list[SensorFinding]:
    """Sensors whose level against their peers is another one than when they were first learned: a fault that is older than
    all that is read, and would else be learned as normal."""
    before = np.array([reference.get(one.point.id, np.nan) for one in sensors])
    shift = level - before
    own = own_shifts(grid, shift)
    last = grid.values.shape[1] - 1
    found: list[SensorFinding] = []
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(ready & (np.abs(own) > LASTING_FLOORS * grid.floor))
    for row in rows.tolist():
        value, floors = float(grid.values[row, last]), float(abs(own[row])) / grid.floor
        known = bool(np.isfinite(value))
        found.append(
            SensorFinding(
                sensor=sensors[row], kind=WarningKind.DRIFT, since_h=0, last_h=last, score=floors / LASTING_FLOORS,
                deviation=floors, peers=len(sensors) - 1, value=value if known else None,
                expected=value - float(shift[row]) if known else None, hours=float(last),
            )
        )  # fmt: skip
    return found


def _present(
    kind: WarningKind, row: int, sensors: tuple[PeerSensor, ...], grid: SensorGrid, learned: SensorNorms, score: Numbers
) -> SensorFinding | None:
    """The newest episode of a fault, where it is not over for longer than PRESENT_H."""
    episodes = spans((score > 1) & ~grid.learning[row])
    if not episodes or episodes[-1][1] < len(score) - 1 - PRESENT_H:
        return None
    first, last = episodes[-1]
    since, usual = first, None
    if kind is WarningKind.DRIFT:  # it began on the day after the sum was last zero
        while since >= DAY_H and score[since - DAY_H] > 0:
            since -= DAY_H
        since = max(0, since - DAY_H + 1)
    if kind is WarningKind.STUCK:
        if last < len(score) - 1:  # it moves again
            return None
        moving = np.flatnonzero(~_same(grid.values[row, : last + 1], grid.step))
        since, usual = int(moving[-1]), float(learned.standstill_h[row])
    return SensorFinding(
        sensor=sensors[row], kind=kind, since_h=since, last_h=last, score=float(score[first : last + 1].max()),
        peers=len(sensors) - 1 if grid.peers else 0, usual_h=usual, hours=float(last - since + 1),
    )  # fmt: skip


def _deviation(one: SensorFinding, grid: SensorGrid, off: Numbers) -> float | None:
    """Median deviation (t,) of the last days of a drift, in least deviations of interest; None where unknown."""
    recent = off[max(0, one.last_h + 1 - DEVIATION_H) : one.last_h + 1]
    recent = recent[np.isfinite(recent)]
    return float(abs(np.median(recent))) / grid.floor if len(recent) else None


def _same(values: Numbers, step: float) -> Mask:
    same = np.zeros(len(values), bool)
    same[1:] = np.abs(np.diff(values)) <= step / 2
    return same


def _described(
    one: SensorFinding, sensors: tuple[PeerSensor, ...], grid: SensorGrid, residual: Numbers
) -> SensorFinding:
    """With the values of its newest hour, and whether a second sensor of the room agrees."""
    row = sensors.index(one.sensor)
    value, off = grid.values[row, one.last_h], residual[row, one.last_h]
    place = FaultPlace.UNKNOWN
    if grid.peers and one.kind in (WarningKind.JUMP, WarningKind.DRIFT):
        room = one.sensor.device.room
        others = [at for at, other in enumerate(sensors) if at != row and other.device.room == room]
        beside = residual[others, one.last_h]
        if len(beside) and np.isfinite(beside).any() and np.isfinite(off):
            agree = np.nanmax(beside * np.sign(off)) >= abs(off) / 2
            place = FaultPlace.ROOM if agree else FaultPlace.SENSOR
    return replace(
        one, value=float(value) if np.isfinite(value) else None, place=place,
        expected=float(value - off) if grid.peers and np.isfinite(value - off) else None,
    )  # fmt: skip


def silences(
    sensors: tuple[PeerSensor, ...], counts: Readings, recorded: Mask, dismissed: Dismissed, last_h: Numbers
) -> tuple[list[SensorFinding], int]:
    """Silent sensors or devices (n) by the readings in each hour (n, t): longer than twice the longest silence of their
    first days, or for a week; and the number of those that a person called normal. `last_h` (n) is the hour of the last
    reading of those that have none on the grid, which is before it; NaN where there is none. Memory grows with n times t, so
    ask for a few hundred at a time."""
    spoken = counts > 0
    whole = spoken.shape[1] // DAY_H
    spoke = spoken[:, : whole * DAY_H].reshape(len(spoken), whole, DAY_H).any(axis=2)
    begun = np.logical_or.accumulate(spoke, axis=1)
    day = np.cumsum(begun, axis=1)
    learning = np.zeros(spoken.shape, bool)
    learning[:, : whole * DAY_H] = np.repeat(begun & (day <= LEARN_DAYS), DAY_H, axis=1)
    run = quiet_hours(spoken, recorded)
    # pauses that ended with a reading, but for the time before the first one
    ended = spoken[:, 1:] & learning[:, 1:] & np.logical_or.accumulate(spoken, axis=1)[:, :-1]
    usual = np.max(run[:, :-1], axis=1, initial=0.0, where=ended)
    ready = day[:, -1] >= LEARN_DAYS if whole else np.zeros(len(spoken), bool)
    limit = np.where(ready, np.maximum(6.0, 2 * usual), LONG_SILENT_H)
    found: list[SensorFinding] = []
    hidden = 0
    known = begun.any(axis=1) | np.isfinite(last_h)
    for row in np.flatnonzero(known & (run[:, -1] > limit)).tolist():
        heard_h = np.flatnonzero(spoken[row])
        last = int(heard_h[-1]) if len(heard_h) else int(np.floor(last_h[row]))
        hours = float(run[row, -1]) + max(0, -1 - last)
        one = SensorFinding(
            sensor=sensors[row], kind=WarningKind.SILENT, since_h=last + 1, last_h=spoken.shape[1] - 1,
            score=hours / float(limit[row]), usual_h=float(usual[row]) if ready[row] else None, hours=hours,
        )  # fmt: skip
        normal = dismissed.get((WarningKind.SILENT.value, sensors[row].point.id))
        if normal is not None and normal.covers(one):
            hidden += 1
        else:
            found.append(one)
    return found, hidden
