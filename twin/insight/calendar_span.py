"""Periods of the local calendar: day, week, month and year, their intervals, and the period before.

All edges are midnights, or hours of a day, of the zone: a day has 23, 24 or 25 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.model.energy import EnergySpan

HOUR_MS = 3_600_000
QUARTER_MS = 900_000
DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class CalendarSpan:
    """A period [edges[0], edges[-1]), UTC ms, in intervals; `before_ms` is the begin of the period before."""

    span: EnergySpan
    edges_ms: NDArray[np.int64]
    before_ms: int
    first: date
    """Local day on which it begins."""

    @property
    def from_ms(self) -> int:
        """Begin, UTC ms."""
        return int(self.edges_ms[0])

    @property
    def to_ms(self) -> int:
        """End, UTC ms."""
        return int(self.edges_ms[-1])


def midnight(day: date, zone: tzinfo) -> int:
    """First instant of a local day, UTC ms, on a quarter-hour."""
    at = datetime.combine(day, time(), zone)
    exact = (at - _EPOCH) // timedelta(milliseconds=1)
    return -(-exact // QUARTER_MS) * QUARTER_MS


def local_day(at_ms: int, zone: tzinfo) -> date:
    """The local date of an instant."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).date()


def span_at(span: EnergySpan, at_ms: int, zone: tzinfo) -> CalendarSpan:
    """The period of the local calendar that contains an instant: intervals are hours of a day, days of a week or month,
    months of a year."""
    first = _first(span, local_day(at_ms, zone))
    before = _first(span, first - timedelta(days=1))
    end = _first(span, first + timedelta(days=_LONGEST[span]))
    if span is EnergySpan.DAY:
        edges = np.append(np.arange(midnight(first, zone), midnight(end, zone), HOUR_MS), midnight(end, zone))
    elif span is EnergySpan.YEAR:
        edges = np.array([midnight(date(first.year + m // 12, m % 12 + 1, 1), zone) for m in range(13)])
    else:
        days = range((end - first).days + 1)
        edges = np.array([midnight(first + timedelta(days=n), zone) for n in days])
    return CalendarSpan(span, edges.astype(np.int64), midnight(before, zone), first)


_LONGEST = {EnergySpan.DAY: 1, EnergySpan.WEEK: 7, EnergySpan.MONTH: 31, EnergySpan.YEAR: 366}


def _first(span: EnergySpan, day: date) -> date:
    match span:
        case EnergySpan.DAY:
            return day
        case EnergySpan.WEEK:
            return day - timedelta(days=day.weekday())
        case EnergySpan.MONTH:
            return day.replace(day=1)
        case EnergySpan.YEAR:
            return day.replace(month=1, day=1)


@dataclass(frozen=True, slots=True, eq=False)
class LocalTimes:
    """Local wall time of n instants: minute of the day, weekday (0 Monday), month (1 to 12), year and day since 1970."""

    minute: NDArray[np.int64]
    weekday: NDArray[np.int64]
    month: NDArray[np.int64]
    year: NDArray[np.int64]
    day: NDArray[np.int64]


def local_times(times_ms: NDArray[np.int64], zone: tzinfo) -> LocalTimes:
    """The wall times of ascending instants (n,), UTC ms. The zone is asked once a day, and at each instant of days on which
    its offset changes."""
    local = times_ms + _offsets(times_ms, zone)
    day = local // DAY_MS
    months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return LocalTimes(local % DAY_MS // 60_000, (day + 3) % 7, months % 12 + 1, months // 12 + 1970, day)


def _offsets(times_ms: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    if not len(times_ms):
        return np.zeros(0, np.int64)
    days = times_ms // DAY_MS
    first = int(days[0])
    at_midnight = np.array([_offset((first + n) * DAY_MS, zone) for n in range(int(days[-1]) - first + 2)], np.int64)
    found = at_midnight[days - first]
    changing = np.flatnonzero(found != at_midnight[days - first + 1])
    found[changing] = [_offset(int(times_ms[at]), zone) for at in changing]
    return found


def _offset(at_ms: int, zone: tzinfo) -> int:
    offset = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)
