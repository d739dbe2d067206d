"""Conversion of wall times to instants, correct on days of clock changes.

A time that does not exist becomes the instant at which the gap ends, one that exists twice the first (as Debian's cron
does). Instants are UTC ms, wall times minutes of the day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTE_MS = 60_000
DAY_MS = 86_400_000
DAY_MINUTES = 1440

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def local(time_ms: int, zone: tzinfo) -> datetime:
    """Local time of an instant (UTC ms) in a zone."""
    return (_EPOCH + time_ms * _MS).astimezone(zone)


def minute_of_day(moment: datetime) -> int:
    """Minutes since midnight by local time; across a clock change not the elapsed minutes."""
    return moment.hour * 60 + moment.minute


def offset_ms(time_ms: int, zone: tzinfo) -> int:
    """Offset of local time from UTC at an instant, ms; positive east."""
    ahead = local(time_ms, zone).utcoffset()
    return 0 if ahead is None else ahead // _MS


def instant_ms(day: date, minute: int, zone: tzinfo, fold: int = 0) -> int:
    """The instant of a wall time, UTC ms; `fold` 1 selects the second where it exists twice."""
    moment = datetime.combine(day, time(minute // 60, minute % 60), zone).replace(fold=fold)
    found = (moment - _EPOCH) // _MS
    if local(found, zone).replace(tzinfo=None) == moment.replace(tzinfo=None, fold=0):
        return found
    return _change_between(found - DAY_MS, found + DAY_MS, zone) or found


def _change_between(low: int, high: int, zone: tzinfo) -> int | None:
    """The instant in (low, high] at which the wall clock jumps, to the second; None where it does not."""
    before = offset_ms(low, zone)
    if offset_ms(high, zone) == before:
        return None
    while high - low > 1000:
        middle = (low + high) // 2
        if offset_ms(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high // 1000 * 1000


def clock_changes(zone: tzinfo, after_ms: int, until_ms: int) -> list[int]:
    """Every instant in (after, until] at which the offset from UTC changes, UTC ms."""
    found: list[int] = []
    at = after_ms
    while at < until_ms:
        upto = min(at + DAY_MS, until_ms)
        change = _change_between(at, upto, zone)
        if change is not None:
            found.append(change)
        at = upto
    return found


def days_of(after_ms: int, until_ms: int, zone: tzinfo) -> Iterator[date]:
    """Every local day that may hold an instant of (after, until], in order."""
    day, last = local(after_ms, zone).date(), local(until_ms, zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
