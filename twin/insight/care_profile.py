"""Profile of silence: for each half hour of the day the longest silence that ran then, learned from the last 28 days.

Measured on simulated residents (6 of 92 days, 10 % of signs missed, false ones added): 3.6 false questions in 100 days,
asked 3.2 h (median) after the last sign by day and 7.8 h by night; a fixed limit of 12 h: 0.2, 11.8 h and 10.2 h.
"""

from __future__ import annotations

from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.care_activity import DAY_MS, HOUR_MS, MINUTE_MS, Spans, local_minutes

LEARN_DAYS = 28
SLOTS, SLOT_MIN = 48, 30
"""Half hours of a day."""
FACTOR = 1.5
"""The line is so many times the longest silence."""
LEAST_MS = 2 * HOUR_MS
LEARNING_MS = 12 * HOUR_MS
"""The line while the profile is still learned, ms."""


def longest_silences(found: Spans, today: int, zone: tzinfo, days: int = LEARN_DAYS) -> NDArray[np.float64]:
    """(days, SLOTS) longest silence, ms, that ran in each half hour of the days before `today` (local days since 1970), as
    long as it was at the end of the half hour."""
    longest = np.zeros((days, SLOTS))
    recent = found.end_ms >= (today - days - 1) * DAY_MS
    begin, end = found.begin_ms[recent], found.end_ms[recent]
    if not len(begin):
        return longest
    wall = local_minutes(begin, zone)
    start_ms = wall.day * DAY_MS + wall.minute * MINUTE_MS + begin % MINUTE_MS
    slot_ms = SLOT_MIN * MINUTE_MS
    first, last = start_ms // slot_ms, (start_ms + end - begin) // slot_ms
    count = last - first + 1
    slot = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    at_end = (slot + 1) * slot_ms - np.repeat(start_ms, count)
    length = np.minimum(np.repeat(end - begin, count), at_end)
    day = slot // SLOTS - (today - days)
    mine = (day >= 0) & (day < days)
    np.maximum.at(longest, (day[mine], slot[mine] % SLOTS), length[mine])
    return longest


def silence_line(longest: NDArray[np.float64]) -> NDArray[np.float64]:
    """(SLOTS,) silence, ms, from which a half hour is out of the ordinary: the longest of these days, widened by its
    neighbours, times FACTOR, at least LEAST_MS."""
    most = longest.max(axis=0)
    wide = np.maximum.reduce([np.roll(most, -1), most, np.roll(most, 1)])
    return np.maximum(wide * FACTOR, LEAST_MS)


def slot_at(time_ms: int, zone: tzinfo) -> tuple[int, int]:
    """Local day (since 1970) and half hour of an instant."""
    wall = local_minutes(np.array([time_ms], np.int64), zone)
    return int(wall.day[0]), int(wall.minute[0]) // SLOT_MIN
