"""Activity of a person at home: when sensors saw the person, when the home was empty, and how long nothing stirred.

Being away is no silence: an outer door, then nothing inside for AWAY_MS, until the next outer door.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import LocalTimes, local_times

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
AWAY_MS = 10 * MINUTE_MS
"""Time after an outer door, ms, without anything inside, from which the home is empty."""
FOREVER_MS = 1 << 62
"""End of a stay away that lasts."""
MOST_UNRECORDED_MS = 10 * MINUTE_MS
"""Longest pause of the recording, ms, within a silence that is learned from."""


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """n signs of a person, ascending: UTC ms, whether it was an outer door, the number of the room, whether that is a
    bathroom."""

    times_ms: NDArray[np.int64]
    door: NDArray[np.bool_]
    room: NDArray[np.int64]
    bath: NDArray[np.bool_]

    def until(self, now_ms: int) -> Activity:
        """The signs before or at a time (UTC ms)."""
        return self.part(0, int(np.searchsorted(self.times_ms, now_ms, side="right")))

    def part(self, begin: int, end: int) -> Activity:
        """The signs [begin, end)."""
        return Activity(self.times_ms[begin:end], self.door[begin:end], self.room[begin:end], self.bath[begin:end])


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """k disjoint ascending spans [begin, end), UTC ms."""

    begin_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]

    def holding(self, time_ms: int) -> int:
        """Index of the span that contains a time; -1 where none does."""
        at = int(np.searchsorted(self.begin_ms, time_ms, side="right")) - 1
        return at if at >= 0 and time_ms < self.end_ms[at] else -1

    def hold(self, times_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each of these times is in a span."""
        if not len(self.begin_ms):
            return np.zeros(len(times_ms), np.bool_)
        at = np.searchsorted(self.begin_ms, times_ms, side="right") - 1
        return (at >= 0) & (times_ms < self.end_ms[at])

    def overlap_ms(self, from_ms: NDArray[np.int64], to_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Time, ms, that the spans cover of each [from, to)."""
        return self._covered(to_ms) - self._covered(from_ms)

    def _covered(self, times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(self.begin_ms):
            return np.zeros(len(times_ms), np.int64)
        before = np.concatenate([[0], np.cumsum(self.end_ms - self.begin_ms)])
        at = np.searchsorted(self.begin_ms, times_ms, side="right") - 1
        inside = np.minimum(times_ms, self.end_ms[at]) - self.begin_ms[at]
        return np.where(at >= 0, before[np.maximum(at, 0)] + inside, 0)


NO_SPANS = Spans(np.zeros(0, np.int64), np.zeros(0, np.int64))


def away_spans(activity: Activity, now_ms: int) -> Spans:
    """Stays away, the last one with end FOREVER_MS while it lasts at `now_ms`."""
    times, doors = activity.times_ms, np.flatnonzero(activity.door)
    if not len(doors):
        return NO_SPANS
    after = np.append(times, now_ms)[doors + 1]
    followed_by_door = np.append(activity.door, False)[doors + 1]
    left = followed_by_door | (after - times[doors] > AWAY_MS)
    end = np.append(times[doors[1:]], FOREVER_MS)
    return Spans(times[doors][left], end[left])


def silences(activity: Activity, away: Spans, unrecorded: Spans = NO_SPANS) -> Spans:
    """The silences between two signs while the person was at home and all was recorded."""
    begin, end = activity.times_ms[:-1], activity.times_ms[1:]
    kept = ~away.hold(begin) & (unrecorded.overlap_ms(begin, end) <= MOST_UNRECORDED_MS)
    return Spans(begin[kept], end[kept])


def silence_now(activity: Activity, now_ms: int, unrecorded: Spans = NO_SPANS) -> int:
    """Recorded time since the last sign, ms; 0 where there was none yet."""
    if not len(activity.times_ms):
        return 0
    last = activity.times_ms[-1:]
    return int(now_ms - last[0] - unrecorded.overlap_ms(last, np.array([now_ms]))[0])


def local_minutes(times_ms: NDArray[np.int64], zone: tzinfo) -> LocalTimes:
    """Wall times of instants (n,), UTC ms, in any order."""
    order = np.argsort(times_ms, kind="stable")
    found, back = local_times(times_ms[order], zone), np.argsort(order, kind="stable")
    return LocalTimes(*(getattr(found, name)[back] for name in ("minute", "weekday", "month", "year", "day")))
