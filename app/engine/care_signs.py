"""Signs of a person in the history: the changes of the points that she has agreed to. Runs on the pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.site_time import zone_of
from twin.insight.care_activity import DAY_MS, NO_SPANS, Activity, Spans
from twin.insight.care_judgement import KEPT_DAYS
from twin.insight.care_profile import slot_at
from twin.insight.care_sources import SWITCHED, looked_at, sign_times
from twin.model.capability import ValueType
from twin.model.care import CareConsent, CareRole
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.twin import Twin
from twin.store.history import History

REREAD_MS = 2 * DAY_MS
"""Age, ms, up to which samples are read again at each look: devices report late."""


@dataclass(slots=True)
class _KnownSigns:
    """Signs of a point before the time from which on it is read again, and its value then."""

    times_ms: NDArray[np.int64]
    last: float


@dataclass(frozen=True, slots=True, eq=False)
class PersonSigns:
    """n signs of a person since the consent, and which of them a source gave that others have agreed to, too."""

    activity: Activity
    common: NDArray[np.bool_]


@dataclass(slots=True)
class CareSigns:
    """Reads the signs of one consent: all of them once a day, the newest at each look. For one thread at a time."""

    history: History
    _consent: CareConsent | None = None
    _day: int = -1
    _cut_ms: int = 0
    _blinks: Spans = NO_SPANS
    """When the lamp blinked: what is switched then is no sign."""
    _known: dict[PointId, _KnownSigns] = field(default_factory=dict[PointId, _KnownSigns])

    def read(
        self, consent: CareConsent, twin: Twin, now_ms: int, common: Collection[PointId] = (), blinks: Spans = NO_SPANS
    ) -> PersonSigns:
        """The signs since the consent; `common`: the sources that others have agreed to, too; `blinks`: when the lamp of the
        question blinked."""
        self._blinks = blinks
        day, _ = slot_at(now_ms, zone_of(twin.site))
        if self._day != day or consent != self._consent:
            self._consent, self._day = consent, day
            self._read_all(consent, twin, now_ms)
        return self._signs_of(consent, twin, now_ms, common)

    def _read_all(self, consent: CareConsent, twin: Twin, now_ms: int) -> None:
        begin_ms = max(consent.given_ms, now_ms - KEPT_DAYS * DAY_MS)
        self._cut_ms = max(begin_ms, now_ms - REREAD_MS)
        self._known = {}
        for source in looked_at(consent.setup, twin):
            point = twin.point_of.get(source.point)
            if point is not None:
                found = self.history.raw(point.id, begin_ms, self._cut_ms)
                values = found.values[np.isfinite(found.values)]
                last = float(values[-1]) if len(values) else float("nan")
                self._known[point.id] = _KnownSigns(self._signs(point, found.times, found.values), last)

    def _signs_of(self, consent: CareConsent, twin: Twin, now_ms: int, common: Collection[PointId]) -> PersonSigns:
        times, rows = list[NDArray[np.int64]](), list[tuple[int, bool, bool, bool]]()
        numbers = _room_numbers(consent, twin)
        for source in looked_at(consent.setup, twin):
            known = self._known.get(source.point)
            point = twin.point_of.get(source.point)
            if known is None or point is None:
                continue
            times += [known.times_ms, self._newest(point, known, now_ms)]
            role = source.role
            one = numbers[source.point], role is CareRole.DOOR, role is CareRole.BATH, source.point in common
            rows += [one, one]
        lengths = [len(part) for part in times]
        all_times = np.concatenate(times) if times else np.zeros(0, np.int64)
        order = np.argsort(all_times, kind="stable")
        columns = np.repeat(np.array(rows, np.int64).reshape(-1, 4), lengths, axis=0)[order]
        activity = Activity(all_times[order], columns[:, 1] != 0, columns[:, 0], columns[:, 2] != 0)
        return PersonSigns(activity, columns[:, 3] != 0)

    def _newest(self, point: Point, known: _KnownSigns, now_ms: int) -> NDArray[np.int64]:
        found = self.history.raw(point.id, self._cut_ms, now_ms + 1)
        if point.capability.type is ValueType.EVENT or not np.isfinite(known.last):
            return self._signs(point, found.times, found.values)
        times = np.concatenate([np.array([self._cut_ms], np.int64), found.times])
        return self._signs(point, times, np.concatenate([[known.last], found.values]))

    def _signs(self, point: Point, times_ms: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int64]:
        signs = sign_times(times_ms, values, point.capability)
        return signs[~self._blinks.hold(signs)] if point.capability.id in SWITCHED else signs


def _room_numbers(consent: CareConsent, twin: Twin) -> Mapping[PointId, int]:
    """By source: the number of its room, its own where it has none."""
    rooms: dict[str, int] = {}
    found: dict[PointId, int] = {}
    for source in consent.setup.sources:
        point = twin.point_of.get(source.point)
        device = twin.device_of.get(point.device) if point is not None else None
        place = (device.room or device.id) if device is not None else source.point
        found[source.point] = rooms.setdefault(str(place), len(rooms))
    return found


def spans_of(pairs: tuple[tuple[int, int], ...]) -> Spans:
    """Disjoint ascending spans of times [begin, end), UTC ms, which may overlap."""
    joined: list[list[int]] = []
    for begin, end in sorted(pairs):
        if joined and begin <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        elif end > begin:
            joined.append([begin, end])
    table = np.array(joined, np.int64).reshape(-1, 2)
    return Spans(table[:, 0], table[:, 1])
