"""What is kept for ever: observations, words, and when each device was there."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from twin.store.history import History
from twin.store.project import Project

from twin.model.device import Device, Point, PointInfo
from twin.model.ident import DeviceId, PointId, point_id
from twin.model.observation import Observation, Quality, Words

PRESENCE = "@online"
"""The key of the point that exists in history only: 1 while the device is there. No adapter makes such a key."""

WORDS = "words"
"""The project setting that holds the texts of enum and text points in code order."""


def presence(device: DeviceId) -> Point:
    """The history's point for whether a device is there."""
    info = PointInfo(key=PRESENCE, capability="raw_bool", label="Online")
    return Point(id=point_id(device, PRESENCE), device=device, info=info)


def known_words(project: Project) -> Words:
    """The project's words, as they were last kept."""
    texts = json.loads(str(project.setting(WORDS, "[]")))
    return Words(tuple(str(text) for text in texts))


@dataclass(slots=True)
class Recording:
    """Runs on the loop; History has its own writer thread, and making points known waits for it: that runs on a pool."""

    history: History
    words: Words
    remember: Callable[[str, str], None]
    """Keeps a project setting, soon."""
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    off_loop: Callable[[Callable[[], None]], Coroutine[Any, Any, None]]
    _declared: set[PointId] = field(default_factory=set[PointId])
    _declaring: int = 0
    _held: list[Observation] = field(default_factory=list[Observation])
    """What was observed while points were being made known: history must learn their kind first."""
    _kept: int = 0

    def __post_init__(self) -> None:
        self._kept = len(self.words)

    def declare(self, devices: Iterable[Device]) -> None:
        """Tells history of the points that it does not know yet; what they say meanwhile is held, not lost."""
        fresh = [
            point
            for device in devices
            for point in (*device.points, presence(device.id))
            if point.id not in self._declared
        ]
        if fresh:
            self._declared.update(point.id for point in fresh)
            self._declaring += 1
            self.spawn(self._declare(fresh))

    async def _declare(self, points: list[Point]) -> None:
        try:
            await self.off_loop(lambda: self.history.declare(points))
        finally:
            self._declaring -= 1
            if not self._declaring and self._held:
                held, self._held = self._held, []
                self.history.put(held)

    def put(self, observations: Iterable[Observation]) -> None:
        """Keeps observations, and the words they mean."""
        if self._declaring:
            self._held.extend(observations)
        else:
            self.history.put(observations)
        if len(self.words) != self._kept:
            texts = self.words.texts
            self._kept = len(texts)
            self.remember(WORDS, json.dumps(texts, ensure_ascii=False))

    def came_or_went(self, device: DeviceId, online: bool, time_ms: int) -> None:
        """Keeps that a device came or went."""
        self.put([Observation(point_id(device, PRESENCE), time_ms, float(online))])


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest that history knows of one point."""

    time_ms: int
    value: float
    quality: Quality


def latest(history: History, points: Sequence[PointId], now_ms: int) -> dict[PointId, Latest]:
    """The newest sample of each point that has one."""
    return {
        point: Latest(time_ms, value, Quality(quality))
        for point, (time_ms, value, quality) in history.latest(points, now_ms).items()
    }
