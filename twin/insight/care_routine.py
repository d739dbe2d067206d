"""Routines of a person at home: when the day begins, what happens by night, and what changes slowly.

A day's figures are compared with those of the 28 days before it; slow change is the two-sided CUSUM (Page 1954) of weekly
medians against those of the first four weeks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.care_activity import DAY_MS, HOUR_MS, MINUTE_MS, Activity, Spans, local_minutes
from twin.insight.care_profile import LEARN_DAYS

MORNING_MIN, NOON_MIN = 5 * 60, 14 * 60
"""Minutes of the day between which the first sign is the morning."""
NIGHT_MIN = 5 * 60
"""Minute of the day until which it is night, from midnight on."""
LATE_MADS, LEAST_LATE_MIN = 3.0, 90.0
"""A morning is missed from so many deviations after the median, and at least so many minutes."""
NIGHT_MORE = 3
"""Changes of the room by night above the 95th percentile that are out of the ordinary."""
BATH_MS, BATH_FACTOR = 45 * MINUTE_MS, 1.5
"""Time, ms, since the person was seen in a bathroom by night and nowhere else, at least, and times the longest learned."""
LEAST_DAYS = 7
"""Fewest days with a figure from which anything is judged."""
WEEKS_LEARNED, SLACK, CLIP, LIMIT = 4, 0.75, 3.0, 6.0
"""CUSUM: z - SLACK of each week, z at most CLIP, alarm at LIMIT."""
FLOORS = (30.0, 2.0, 3.0)
"""Least change that matters, of each routine: minutes, visits, rooms."""


@dataclass(frozen=True, slots=True, eq=False)
class Routines:
    """Figures of n consecutive local days (days since 1970), NaN where not known."""

    first_day: int
    morning_min: NDArray[np.float64]
    """Minute of the day of the first sign between MORNING_MIN and NOON_MIN."""
    night_rooms: NDArray[np.float64]
    """Changes of the room between midnight and NIGHT_MIN."""
    night_visits: NDArray[np.float64]
    """Visits to a bathroom in that time."""
    rooms: NDArray[np.float64]
    """Changes of the room in the whole day."""
    bath_ms: NDArray[np.float64]
    """Longest time by night after the person was seen in a bathroom and before anywhere else."""

    def before(self, day: int) -> Routines:
        """The LEARN_DAYS days before a day, fewer where there are fewer."""
        end = max(0, day - self.first_day)
        part = slice(max(0, end - LEARN_DAYS), end)
        return Routines(
            self.first_day + part.start, self.morning_min[part], self.night_rooms[part], self.night_visits[part],
            self.rooms[part], self.bath_ms[part],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SlowChange:
    """A routine that has changed over weeks: 0 the morning (minutes), 1 visits to the bathroom by night, 2 rooms a day."""

    routine: int
    before: float
    now: float


def routines(activity: Activity, first_day: int, days: int, zone: tzinfo, unrecorded: Spans) -> Routines:
    """Figures of `days` local days from `first_day` on. A day of which an hour or more was not recorded has none."""
    inside = ~activity.door
    times, room, bath = activity.times_ms[inside], activity.room[inside], activity.bath[inside]
    wall = local_minutes(times, zone)
    day = wall.day - first_day
    found = [np.full(days, np.nan) for _ in range(5)]
    known = _recorded_days(first_day, days, zone, unrecorded)
    for number in np.flatnonzero(known).tolist():
        mine = day == number
        if not mine.any():
            continue
        minute, rooms, baths = wall.minute[mine], room[mine], bath[mine]
        morning = minute[(minute >= MORNING_MIN) & (minute < NOON_MIN)]
        night = minute < NIGHT_MIN
        found[0][number] = morning.min() if len(morning) else np.nan
        found[1][number] = changes_of_room(rooms[night])
        found[2][number] = _visits(baths[night])
        found[3][number] = changes_of_room(rooms)
        found[4][number] = _longest_bath(times[mine], baths, night)
    return Routines(first_day, *found)


def _recorded_days(first_day: int, days: int, zone: tzinfo, unrecorded: Spans) -> NDArray[np.bool_]:
    edges = (first_day + np.arange(days + 1, dtype=np.int64)) * DAY_MS
    wall = local_minutes(edges, zone)
    edges -= (wall.day * DAY_MS + wall.minute * MINUTE_MS) - edges  # local midnights
    return unrecorded.overlap_ms(edges[:-1], edges[1:]) < HOUR_MS


def changes_of_room(rooms: NDArray[np.int64]) -> float:
    """How often the room changes along consecutive signs; the first sign counts."""
    return float(np.count_nonzero(rooms[1:] != rooms[:-1]) + bool(len(rooms)))


def _visits(baths: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(baths & ~np.concatenate([[False], baths[:-1]]))) if len(baths) else 0.0


def _longest_bath(times: NDArray[np.int64], baths: NDArray[np.bool_], night: NDArray[np.bool_]) -> float:
    """The longest time from the first sign of a visit that begins by night to the next sign anywhere else."""
    begins = np.flatnonzero(baths & night & ~np.concatenate([[False], baths[:-1]]))
    elsewhere = np.flatnonzero(~baths)
    longest = 0.0
    for begin in begins.tolist():
        after = elsewhere[np.searchsorted(elsewhere, begin) :]
        if len(after):
            longest = max(longest, float(times[after[0]] - times[begin]))
    return longest


def morning_line(learned: Routines) -> float:
    """Minute of the day from which a morning without a sign is missed; NaN where too little is known."""
    known = learned.morning_min[np.isfinite(learned.morning_min)]
    if len(known) < LEAST_DAYS:
        return float("nan")
    middle = float(np.median(known))
    deviation = 1.4826 * float(np.median(np.abs(known - middle)))
    return middle + max(LATE_MADS * deviation, LEAST_LATE_MIN)


def night_line(learned: Routines) -> float:
    """Changes of the room by night above which it is out of the ordinary; NaN where too little is known."""
    known = learned.night_rooms[np.isfinite(learned.night_rooms)]
    return float(np.quantile(known, 0.95)) + NIGHT_MORE if len(known) >= LEAST_DAYS else float("nan")


def bath_line_ms(learned: Routines) -> float:
    """Time in a bathroom by night, ms, that is out of the ordinary; NaN where too little is known."""
    known = learned.bath_ms[np.isfinite(learned.bath_ms)]
    return max(BATH_MS, float(known.max()) * BATH_FACTOR) if len(known) >= LEAST_DAYS else float("nan")


def bath_now_ms(activity: Activity, now_ms: int) -> int:
    """Time since the person was first seen in a bathroom and nowhere else after that, ms; 0 where the last sign is of
    another room."""
    elsewhere = np.flatnonzero(~activity.bath)
    begin = int(elsewhere[-1]) + 1 if len(elsewhere) else 0
    return now_ms - int(activity.times_ms[begin]) if begin < len(activity.times_ms) else 0


def slow_changes(of: Routines) -> Iterator[SlowChange]:
    """Routines that differ from those of the first weeks, and go on to. The first WEEKS_LEARNED weeks are the norm."""
    for number, days in enumerate((of.morning_min, of.night_visits, of.rooms)):
        weeks = days[: len(days) // 7 * 7].reshape(-1, 7)
        weeks = weeks[np.isfinite(weeks).sum(axis=1) >= 4]
        if len(weeks) <= WEEKS_LEARNED:
            continue
        norm = weeks[:WEEKS_LEARNED]
        middle = float(np.nanmedian(norm))
        deviation = 1.4826 * float(np.nanmedian(np.abs(norm - middle)))
        # the median of seven days varies by 1.2533 / sqrt(7) of what a day does
        sigma = max(deviation * 1.2533 / 7**0.5, FLOORS[number] / 3)
        medians = np.nanmedian(weeks[WEEKS_LEARNED:], axis=1)
        up = down = 0.0
        for z in np.clip((medians - middle) / sigma, -CLIP, CLIP):
            up, down = max(0.0, up + z - SLACK), max(0.0, down - z - SLACK)
        if max(up, down) >= LIMIT:
            yield SlowChange(number, middle, float(medians[-1]))
