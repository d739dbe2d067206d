# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Reads calendar files (.ics, RFC 5545) in a child process with limits, because the files are untrusted.

Repetitions more often than daily are refused, since they can produce millions of events. Rules that never match are
stopped by the child's CPU limit.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from twin.building import child_lifetime
from twin.files.opening import check_regular
from twin.model.calendar_event import CalendarEvent
from twin.model.ids import clean_name

MOST_BYTES = 1 << 20
MOST_EVENTS = 5_000
MEMORY_BYTES = 1 << 30
CPU_S, WALL_S = 10, 20.0
FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarReading:
    """Events in time order, or the code why the file was refused: `calendar.large`, `calendar.slow`,
    `calendar.too_often`, `calendar.too_many`, `calendar.broken`.
    """

    events: tuple[CalendarEvent, ...] = ()
    refused: str = ""
    detail: str = ""
    """The library's own message."""


def read_calendar(path: Path, first: date, last: date, zone: str) -> CalendarReading:
    """Events with their repetitions from `first` to `last`, both included, in local time of `zone` (IANA). Blocks up
    to WALL_S seconds.

    Raises OSError where the file cannot be opened; unreadable contents are returned as `refused`.
    """
    check_regular(path)
    if path.stat().st_size > MOST_BYTES:
        return CalendarReading(refused="calendar.large")
    command = [sys.executable, "-m", "twin.building.calendar_reader", str(path.resolve()), str(first), str(last), zone]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    try:
        with child_lifetime.held() as stdin:
            done = subprocess.run(command, stdin=stdin, capture_output=True, timeout=WALL_S, env=env, check=False)
    except subprocess.TimeoutExpired:
        return CalendarReading(refused="calendar.slow")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
        if "refused" in answer:
            return CalendarReading(refused=str(answer["refused"]), detail=clean_name(answer["detail"], 200))
        return CalendarReading(events=tuple(_taken(row) for row in answer["events"]))
    except (ValueError, TypeError, KeyError):
        slow = done.returncode < 0
        return CalendarReading(refused="calendar.slow" if slow else "calendar.broken", detail=f"exit {done.returncode}")


def _taken(row: dict[str, Any]) -> CalendarEvent:
    """One row of the child, checked again: the file may have taken the child over."""
    first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    begin, end = int(row["begin"]), int(row["end"])
    if not (first <= last and 0 <= begin <= 1440 and 0 <= end <= 1440):
        raise ValueError("an event that ends before it begins")
    return CalendarEvent(
        title=clean_name(row["title"]),
        first=str(first),
        last=str(last),
        begin=begin,
        end=end,
        all_day=bool(row["all_day"]),
    )


# ---------------------------------------------------------------- the child
class _Refused(Exception):  # noqa: N818
    """The file cannot be read; the argument is the code of the reason."""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _events(content: bytes, first: date, last: date, zone: tzinfo) -> Iterator[CalendarEvent]:
    import icalendar
    import recurring_ical_events

    calendar = icalendar.Calendar.from_ical(content)
    events = calendar.walk("VEVENT")
    if len(events) > MOST_EVENTS:
        raise _Refused("calendar.too_many")
    for event in events:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if not {str(word).upper() for word in rule.get("FREQ", [])} <= FREQUENCIES or rule.get("BYSECOND"):
                raise _Refused("calendar.too_often")
    found = recurring_ical_events.of(calendar).between(first, last + timedelta(days=1))
    rows = [_event(one, zone) for one in found]
    yield from sorted((one for one in rows if one.last >= str(first) and one.first <= str(last)), key=_order)


def _order(event: CalendarEvent) -> tuple[str, int, str]:
    return event.first, event.begin, event.title


def _event(event: Any, zone: tzinfo) -> CalendarEvent:
    title = clean_name(event.get("SUMMARY", ""))
    begin, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if not isinstance(begin, datetime):
        last = end - timedelta(days=1) if end is not None and end > begin else begin
        return CalendarEvent(title=title, first=str(begin), last=str(last))
    begin, end = _wall(begin, zone), _wall(end if isinstance(end, datetime) else begin, zone)
    last, minute = end.date(), end.hour * 60 + end.minute
    if minute == 0 and last > begin.date():
        last, minute = last - timedelta(days=1), 1440
    return CalendarEvent(
        title=title,
        first=str(begin.date()),
        last=str(last),
        begin=begin.hour * 60 + begin.minute,
        end=minute,
        all_day=False,
    )


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    """The wall time of the site; a time without zone floats: it is the site's own."""
    return moment if moment.tzinfo is None else moment.astimezone(zone)


def _answer(path: Path, first: date, last: date, zone: tzinfo) -> dict[str, object]:
    try:
        return {"events": [asdict(one) for one in _events(path.read_bytes(), first, last, zone)]}
    except _Refused as error:
        return {"refused": str(error), "detail": ""}
    except Exception as error:
        return {"refused": "calendar.broken", "detail": f"{type(error).__name__}: {error}"[:200]}


def main() -> None:
    """Main function of the child: reads the file named on the command line and writes JSON to standard output."""
    child_lifetime.follow()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries may print
    path, first, last = Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3])
    zone = ZoneInfo(sys.argv[4])
    _limit()
    json.dump(_answer(path, first, last, zone), out)
    out.close()


if __name__ == "__main__":
    main()
