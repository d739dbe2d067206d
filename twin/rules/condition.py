"""Evaluation of conditions at a moment: true, false or unknown, and which part fails."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from twin.model.text import Text
from twin.rules.automation import (
    AlarmIs,
    AllOf,
    AnyOf,
    Between,
    Condition,
    Holds,
    NotOf,
    ScheduleIs,
    SunIs,
)
from twin.rules.rule_view import RuleView, alarm_key
from twin.rules.schedule import Schedule, value_at
from twin.rules.wall_clock import MINUTE_MS, local, minute_of_day


class Moment:
    """Context in which conditions are judged: a view, the schedules and the time."""

    def __init__(self, view: RuleView, schedules: Mapping[str, Schedule], now_ms: int) -> None:
        self.view, self.schedules, self.now_ms = view, schedules, now_ms

    @cached_property
    def wall(self) -> datetime:
        """Wall time of the moment in the view's zone."""
        return local(self.now_ms, self.view.zone)


def judge(condition: Condition, at: Moment) -> bool | None:
    """Whether the condition holds; None where a value that it needs is unknown. An alarm without a value counts as not
    active.
    """
    match condition:
        case Holds():
            return _held(condition, at)
        case Between():
            return _between(condition, at)
        case SunIs(up=up):
            return _sun_is(up, at)
        case ScheduleIs(schedule=id, value=value):
            schedule = at.schedules.get(id)
            return None if schedule is None else value_at(schedule, at.wall, at.view.calendars) == value
        case AlarmIs(alarm=alarm, active=active):
            value = at.view.get(alarm_key(alarm))
            return not active if value != value else (value > 0.5) == active
        case AllOf(conditions=parts):
            found = [judge(one, at) for one in parts]
            return False if False in found else None if None in found else True
        case AnyOf(conditions=parts):
            found = [judge(one, at) for one in parts]
            return True if True in found else None if None in found else False
        case NotOf(condition=part):
            holds = judge(part, at)
            return None if holds is None else not holds


def _held(condition: Holds, at: Moment) -> bool | None:
    key = condition.selector.key
    value = at.view.get(key)
    if value != value:
        return None
    if condition.equals is not None and value != condition.equals:
        return False
    if condition.above is not None and value <= condition.above:
        return False
    if condition.below is not None and value >= condition.below:
        return False
    if not condition.for_ms:
        return True
    since = at.view.held_since(key, condition.for_ms)
    return since is not None and at.now_ms - since >= condition.for_ms


def _between(condition: Between, at: Moment) -> bool:
    minute, begin, end = minute_of_day(at.wall), condition.begin, condition.end
    if not (begin <= minute < end if begin < end else minute >= begin or minute < end):
        return False
    day = at.wall.date()
    begun = day if begin < end or minute >= begin else day - timedelta(days=1)
    return condition.days.has(begun, at.view.calendars)


def _sun_is(up: bool, at: Moment) -> bool | None:
    rises, sets = (_last(at.view.sun.get(event, ()), at.now_ms) for event in ("sunrise", "sunset"))
    if rises is None or sets is None:
        return None
    return (rises > sets) == up


def _last(times_ms: tuple[int, ...], now_ms: int) -> int | None:
    number = bisect_right(times_ms, now_ms)
    return times_ms[number - 1] if number else None


def failing(conditions: tuple[Condition, ...], at: Moment) -> Text | None:
    """The first condition that does not hold, as a reason with the value seen; None where all hold."""
    for one in conditions:
        if judge(one, at) is not True:
            return _why_not(one, at)
    return None


def _why_not(condition: Condition, at: Moment) -> Text:
    match condition:
        case Holds(selector=selector, equals=equals, above=above, below=below, for_ms=for_ms):
            key = selector.key
            value = at.view.get(key)
            if value != value:
                return Text("condition.unknown", key=key)
            since = at.view.held_since(key, for_ms)
            return Text("condition.value", key=key, value=value, equals=equals, above=above, below=below, for_ms=for_ms, since_ms=since)  # fmt: skip
        case Between(begin=begin, end=end):
            return Text(
                "condition.time", begin=begin, end=end, minute=minute_of_day(at.wall), weekday=at.wall.weekday()
            )
        case SunIs(up=up):
            return Text("condition.sun", up=up)
        case ScheduleIs(schedule=id, value=wanted):
            schedule = at.schedules.get(id)
            seen = None if schedule is None else value_at(schedule, at.wall, at.view.calendars)
            return Text("condition.schedule", schedule=id, wanted=wanted, value=seen)
        case AlarmIs(alarm=alarm, active=active):
            return Text("condition.alarm", alarm=alarm, active=active)
        case AllOf(conditions=parts):
            return failing(parts, at) or Text("condition.unknown")
        case AnyOf(conditions=parts):
            return Text("condition.none_of", n=len(parts))
        case NotOf(condition=part):
            if judge(part, at) is None:
                return _why_not(part, at)
            return Text("condition.not", kind=type(part).__name__)


@lru_cache(maxsize=4096)
def keys_of(condition: Condition) -> frozenset[str]:
    """Keys of the view that the condition reads."""
    match condition:
        case Holds(selector=selector):
            return frozenset((selector.key,))
        case AlarmIs(alarm=alarm):
            return frozenset((alarm_key(alarm),))
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return frozenset[str]().union(*(keys_of(one) for one in parts))
        case NotOf(condition=part):
            return keys_of(part)
        case Between() | SunIs() | ScheduleIs():
            return frozenset()


@lru_cache(maxsize=4096)
def depends_on_time(condition: Condition) -> bool:
    """Whether the result can change without any new value."""
    match condition:
        case Holds(for_ms=for_ms):
            return for_ms > 0
        case AlarmIs():
            return False
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return any(depends_on_time(one) for one in parts)
        case NotOf(condition=part):
            return depends_on_time(part)
        case Between() | SunIs() | ScheduleIs():
            return True


def next_look_ms(condition: Condition, at: Moment) -> int | None:
    """When the result may change by time alone, UTC ms; None where only values change it."""
    match condition:
        case Holds(selector=selector, for_ms=for_ms):
            since = at.view.held_since(selector.key, for_ms)
            due = None if since is None or not for_ms else since + for_ms
            return due if due is not None and due > at.now_ms else None
        case AlarmIs():
            return None
        case AllOf(conditions=parts) | AnyOf(conditions=parts):
            return min((due for one in parts if (due := next_look_ms(one, at)) is not None), default=None)
        case NotOf(condition=part):
            return next_look_ms(part, at)
        case Between() | SunIs() | ScheduleIs():
            return (at.now_ms // MINUTE_MS + 1) * MINUTE_MS
