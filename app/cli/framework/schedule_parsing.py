"""Parses what is typed about schedules: weekdays, dates, and times with values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from app.cli.framework.parsing import order
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from twin.model.device import Point
    from twin.rules.schedule import Entries, Schedule, ScheduleDays

DAY_WORDS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOTHING = frozenset({"-", "none"})
"""Words for no value: the schedule leaves its points alone, or a weaker list counts."""
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_TRUTH = {"on": 1.0, "off": 0.0}

type ValueOf = Callable[[str], float]


def weekdays(text: str) -> tuple[int, ...]:
    """Weekdays (0 is Monday) of `mon-fri`, `sat,sun` or `fri-mon`. ProblemError for other words."""
    found: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = part.strip().partition("-")
        if first not in DAY_WORDS or (dash and last not in DAY_WORDS):
            raise ProblemError(Problem(code="schedule.days", args={"text": text[:40]}))
        begin = DAY_WORDS.index(first)
        count = (DAY_WORDS.index(last) - begin) % 7 + 1 if dash else 1
        found += [(begin + ahead) % 7 for ahead in range(count)]
    return tuple(dict.fromkeys(found))


def dates(text: str) -> ScheduleDays:
    """Days of `2026-12-24` or `2026-12-24..2027-01-02`. ProblemError for other texts."""
    from twin.rules.schedule import ScheduleDays

    first, dots, last = text.partition("..")
    try:
        begin = date.fromisoformat(first)
        end = date.fromisoformat(last) if dots else begin
    except ValueError as error:
        raise ProblemError(Problem(code="schedule.date", args={"text": text[:40]})) from error
    if end < begin:
        raise ProblemError(Problem(code="schedule.date", args={"text": text[:40]}))
    return ScheduleDays(first=begin, last=end)


def entries(words: Iterable[str], value_of: ValueOf) -> Entries:
    """Entries of a day from `07:00=21`, `22:00=off`, `12:00=-`. ProblemError for other texts, and a time given twice."""
    found: dict[int, float | None] = {}
    for word in words:
        clock, equals, value = word.partition("=")
        minute = minute_of(clock)
        if not equals or not value.strip() or minute is None or minute in found:
            raise ProblemError(Problem(code="schedule.entry", args={"text": word[:40]}))
        found[minute] = None if value.strip().lower() in NOTHING else value_of(value.strip())
    return tuple(sorted(found.items()))


def minute_of(text: str) -> int | None:
    """The minute of the day of `07:30`; None for other texts."""
    match = _CLOCK.fullmatch(text.strip())
    return int(match[1]) * 60 + int(match[2]) if match else None


def clock_text(minute: int) -> str:
    """A minute of the day as `07:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def number_for(point: Point | None, text: str) -> float:
    """The canonical number that a typed value means for a point: 1 for on, an option's index, or a number with a unit."""
    if point is None:
        return _plain(text)
    verb, value = order(point, text)
    if verb in _TRUTH and value is None:
        return _TRUTH[verb]
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str) and value in point.options:
        return float(point.options.index(value))
    raise ProblemError(Problem(code="schedule.value", args={"text": text[:40]}, where=point.id))


def words_of(point: Point) -> tuple[str, ...]:
    """The words that a point's values stand for: no and yes, or those of an enum; empty for numbers."""
    from twin.model.capability import ValueType

    if point.capability.type is ValueType.BOOL:
        return point.options if len(point.options) == 2 else ("no", "yes")
    return point.options if point.capability.type is ValueType.ENUM else ()


def _plain(text: str) -> float:
    try:
        return _TRUTH[text.lower()] if text.lower() in _TRUTH else float(text)
    except ValueError as error:
        raise ProblemError(Problem(code="schedule.value", args={"text": text[:40]})) from error


def scene_index(schedule: Schedule, scene: str) -> float:
    """The value by which a schedule names a scene. ProblemError where it does not set that scene."""
    if scene not in schedule.scenes:
        raise ProblemError(Problem(code="schedule.value", args={"text": scene[:40]}))
    return float(schedule.scenes.index(scene))
