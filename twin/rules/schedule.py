"""Schedules in the form of BACnet (ASHRAE 135 clause 12.24): effective period, entries per weekday, exceptions with
priorities, default.

Values are canonical numbers; None (BACnet's NULL) relinquishes to what ranks below.

Value in force at a wall time: outside the effective period none; else the strongest exception of the day whose last
entry so far has a value; else the weekday's last entry so far; else the default. An entry holds until midnight; to
continue last night's value an editor writes it as the next day's entry at 0 (`carried_over`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from twin.rules.day_calendar import DayCalendar
from twin.rules.selector import Selector
from twin.rules.wall_clock import clock_changes, days_of, instant_ms, local, minute_of_day

type Entries = tuple[tuple[int, float | None], ...]
"""(minute of the day, value), ascending."""
type Calendars = Mapping[str, DayCalendar]

ODD_MONTHS, EVEN_MONTHS = 13, 14
LAST_DAY = 32
LAST_WEEK = 6


class ScheduleDays(Struct, frozen=True, kw_only=True):
    """Days by pattern; every field that is given must match.

    `month` 13 means odd, 14 even months; `day` 32 the last of the month; `weekday` 0 is Monday; `week` 1 to 5 of the
    month, 6 its last seven days.
    """

    first: date | None = None
    last: date | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    week: int | None = None
    calendar: str = ""
    """Id of a calendar that must contain the day."""
    worked: bool = False
    """True: the worked weekend days of `calendar` instead of its named days."""

    def has(self, day: date, calendars: Calendars) -> bool:
        """Whether the day matches every given field."""
        if (self.first is not None and day < self.first) or (self.last is not None and day > self.last):
            return False
        if self.month is not None and not _month_fits(self.month, day.month):
            return False
        if self.weekday is not None and day.weekday() != self.weekday:
            return False
        if not self._day_fits(day):
            return False
        if not self.calendar:
            return True
        calendar = calendars.get(self.calendar)
        return calendar is not None and day in (calendar.worked if self.worked else calendar.days)

    def _day_fits(self, day: date) -> bool:
        if self.day is None and self.week is None:
            return True
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        if self.day is not None and day.day != (last.day if self.day == LAST_DAY else self.day):
            return False
        if self.week is None:
            return True
        return (last - day).days < 7 if self.week == LAST_WEEK else (day.day - 1) // 7 + 1 == self.week


def _month_fits(wanted: int, month: int) -> bool:
    if wanted in (ODD_MONTHS, EVEN_MONTHS):
        return month % 2 == (wanted == ODD_MONTHS)
    return wanted == month


class ScheduleException(Struct, frozen=True, kw_only=True):
    """Replaces the weekly entries on days that match any of `days`: by own entries, or those of another weekday."""

    days: tuple[ScheduleDays, ...]
    times: Entries = ()
    like_weekday: int | None = None
    """Weekday whose entries apply (a worked Sunday as a Monday)."""
    priority: int = 16
    """1 is the strongest, 16 the weakest."""
    title: str = ""


class ScheduleTarget(Struct, frozen=True, kw_only=True):
    """Points that a schedule commands when its value changes, and the verb."""

    selector: Selector
    verb: str = "set"


_NOTHING: Entries = ()


class Schedule(Struct, frozen=True, kw_only=True):
    """One schedule of a project; `week` has the entries from Monday on."""

    id: str
    title: str = ""
    week: tuple[Entries, Entries, Entries, Entries, Entries, Entries, Entries] = (
        _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING,
    )  # fmt: skip
    exceptions: tuple[ScheduleException, ...] = ()
    default: float | None = None
    first: date | None = None
    last: date | None = None
    """Last day of the effective period; `first` and `last` are included."""
    targets: tuple[ScheduleTarget, ...] = ()
    scenes: tuple[str, ...] = ()
    """Where there are any, a value is the index of the scene that is set."""
    on: bool = True

    def effective(self, day: date) -> bool:
        """Whether the schedule is in effect on a day: within `first` and `last`."""
        return not ((self.first is not None and day < self.first) or (self.last is not None and day > self.last))


def day_lists(schedule: Schedule, day: date, calendars: Calendars) -> tuple[Entries, ...]:
    """The lists of entries that apply on a day, strongest first: exceptions (first of equal priority first), then the
    weekday's.

    The weekday's own list is left out where an exception follows another weekday.
    """
    fitting = [one for one in schedule.exceptions if any(days.has(day, calendars) for days in one.days)]
    fitting.sort(key=lambda one: one.priority)
    lists = [one.times if one.like_weekday is None else schedule.week[one.like_weekday] for one in fitting]
    moved = any(one.like_weekday is not None for one in fitting)
    return tuple(lists) if moved else (*lists, schedule.week[day.weekday()])


def value_at(schedule: Schedule, moment: datetime, calendars: Calendars) -> float | None:
    """The value in force at a wall time; None where there is none."""
    day = moment.date()
    if not schedule.effective(day):
        return None
    return _in_force(day_lists(schedule, day, calendars), minute_of_day(moment), schedule.default)


def _in_force(lists: tuple[Entries, ...], minute: int, default: float | None) -> float | None:
    for entries in lists:
        begun = [value for at, value in entries if at <= minute]
        if begun and begun[-1] is not None:
            return begun[-1]
    return default


def schedule_changes(
    schedule: Schedule, zone: tzinfo, calendars: Calendars, after_ms: int, until_ms: int
) -> list[tuple[int, float | None]]:
    """[(UTC ms, value)] in (after, until] at which the value in force changes, in order."""
    candidates = set(clock_changes(zone, after_ms, until_ms))
    days = list(days_of(after_ms, until_ms, zone))
    for day in (days[0] - timedelta(days=1), *days):
        minutes = {0, *(minute for entries in day_lists(schedule, day, calendars) for minute, _ in entries)}
        candidates |= {instant_ms(day, minute, zone, fold) for minute in minutes for fold in (0, 1)}
    before = value_at(schedule, local(after_ms, zone), calendars)
    found: list[tuple[int, float | None]] = []
    for at in sorted(one for one in candidates if after_ms < one <= until_ms):
        value = value_at(schedule, local(at, zone), calendars)
        if value != before:
            found.append((at, value))
            before = value
    return found


def carried_over(schedule: Schedule) -> Schedule:
    """The same week with the previous day's last value added at midnight to each day that has no entry there."""
    week = list(schedule.week)
    for weekday in range(7):
        entries = week[weekday]
        if entries and entries[0][0] == 0:
            continue
        before = next((week[(weekday - back) % 7] for back in range(1, 8) if schedule.week[(weekday - back) % 7]), ())
        if before:
            week[weekday] = ((0, before[-1][1]), *entries)
    return replace(schedule, week=(week[0], week[1], week[2], week[3], week[4], week[5], week[6]))
