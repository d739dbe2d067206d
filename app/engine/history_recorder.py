"""Writes observations, enum word lists and online states into the history."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from twin.model.batch import Batch
from twin.model.capability import ValueType
from twin.model.device import Device, Point, PointInfo
from twin.model.ids import DeviceId, PointId, point_id
from twin.model.observation import ENUM_OFFSET, Observation, Quality, StringTable
from twin.store.history import History

PRESENCE = "@online"
"""Key of a device's presence point, which exists in history only: 1 while online. No adapter uses this key."""


def presence(device: DeviceId) -> Point:
    """The history's point for a device's presence."""
    info = PointInfo(key=PRESENCE, capability="raw_bool", label="Online")
    return Point(id=point_id(device, PRESENCE), device=device, info=info)


@dataclass(slots=True)
class HistoryRecorder:
    """Queues everything for the history's writer thread; never blocks. Event loop only."""

    history: History
    strings: StringTable
    _declared: dict[PointId, str] = field(default_factory=dict[PointId, str])
    """The unit that each point was declared with."""
    _spelled: dict[PointId, tuple[str, ...]] = field(default_factory=dict[PointId, tuple[str, ...]])
    _kept: int = 0
    """Number of texts that were given to the history."""
    _lost: deque[int] = field(default_factory=deque[int])
    """First codes of texts that it could not write."""

    def __post_init__(self) -> None:
        self._kept = len(self.strings)

    def declare(self, devices: Iterable[Device]) -> None:
        """Registers new points and current enum word lists in the history."""
        devices = tuple(devices)
        fresh = [
            point
            for device in devices
            for point in (*device.points, presence(device.id))
            if self._declared.get(point.id) != point.capability.unit
        ]
        if fresh:
            self._declared |= {point.id: point.capability.unit or self._declared.get(point.id, "") for point in fresh}
            self.history.declare(fresh)
        changed = [
            p for device in devices for p in device.points if is_spelled(p) and self._spelled.get(p.id) != p.options
        ]
        self._spelled |= {point.id: point.options for point in changed}
        declare_words(self.history, changed, self.strings)
        self._keep_words()

    def unit_of(self, point: PointId) -> str | None:
        """The unit in which a point's values are recorded, empty for none; None where nothing was ever recorded of it."""
        there, declared = self.history.unit_of(point), self._declared.get(point)
        return there or (there if declared is None else declared)

    def put(self, observations: Batch | Iterable[Observation]) -> None:
        """Stores new texts of enum and text points, then the observations."""
        self._keep_words()
        self.history.put(observations)

    def _keep_words(self) -> None:
        first = self._kept
        while self._lost:
            first = min(first, self._lost.popleft())
        if len(self.strings) == first:
            return
        self._kept = len(self.strings)
        self.history.keep_words(self.strings.since(first), first).add_done_callback(partial(self._ended, first))

    def _ended(self, first: int, done: Future[None]) -> None:
        """Notes texts that could not be written, so that they go with the next; on the writer's thread."""
        if done.cancelled() or done.exception() is not None:
            self._lost.append(first)

    def came_or_went(self, device: DeviceId, online: bool, time_ms: int, assumed: bool = False) -> None:
        """Records a device's presence; UNCERTAIN where it is only assumed to be online."""
        quality = Quality.UNCERTAIN if assumed else Quality.GOOD
        self.put([Observation(point_id(device, PRESENCE), time_ms, float(online), quality)])


def is_spelled(point: Point) -> bool:
    """Whether a point's values are words, which history stores with their word list."""
    return point.capability.type in (ValueType.ENUM, ValueType.EVENT)


def declare_words(history: History, points: Iterable[Point], strings: StringTable) -> None:
    """Registers these points' word lists in the history."""
    for point in points:
        if is_spelled(point):
            history.set_word_codes(point.id, [ENUM_OFFSET + strings.code(text) for text in point.options])


@dataclass(frozen=True, slots=True)
class LatestSample:
    """The newest stored sample of a point."""

    time_ms: int
    value: float
    quality: Quality


def latest(history: History, points: Sequence[PointId], now_ms: int) -> dict[PointId, LatestSample]:
    """The newest sample of each point that has one."""
    return {
        point: LatestSample(time_ms, value, Quality(quality))
        for point, (time_ms, value, quality) in history.latest(points, now_ms).items()
    }
