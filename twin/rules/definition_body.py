"""Encoding of definitions: the one place that converts a project's JSON to values of the rules and back.

Input from files and users is checked here: types by msgspec, ranges by `_wrong`. An unreadable definition affects only
itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import cast

import msgspec
from msgspec.structs import replace

from twin.model.definition import Definition, DefinitionKind, Definitions
from twin.model.problem import Problem, ProblemError
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.automation import At, Automation, Between, Every, RuleDays, SunEvent
from twin.rules.day_calendar import DayCalendar
from twin.rules.energy_definition import EnergyDefinition
from twin.rules.normal_mark import NormalMark
from twin.rules.notification import NotificationChannel, QuietHours, Recipient
from twin.rules.report_schedule import ReportSchedule, wrong_time
from twin.rules.scene import Scene
from twin.rules.schedule import Schedule
from twin.rules.selector import Selector
from twin.rules.work_order import WorkOrder

type RuleValue = (
    AlarmDefinition
    | Automation
    | Schedule
    | Scene
    | DayCalendar
    | NotificationChannel
    | Recipient
    | WorkOrder
    | NormalMark
    | ReportSchedule
    | EnergyDefinition
)

_TYPES: dict[DefinitionKind, type[RuleValue]] = {
    DefinitionKind.ALARM: AlarmDefinition,
    DefinitionKind.AUTOMATION: Automation,
    DefinitionKind.SCHEDULE: Schedule,
    DefinitionKind.SCENE: Scene,
    DefinitionKind.CALENDAR: DayCalendar,
    DefinitionKind.CHANNEL: NotificationChannel,
    DefinitionKind.RECIPIENT: Recipient,
    DefinitionKind.WORK_ORDER: WorkOrder,
    DefinitionKind.NORMAL_MARK: NormalMark,
    DefinitionKind.REPORT_SCHEDULE: ReportSchedule,
    DefinitionKind.ENERGY_SETUP: EnergyDefinition,
}
_DECODERS = {kind: msgspec.json.Decoder(one) for kind, one in _TYPES.items()}
_NO_RULES = frozenset(
    {
        DefinitionKind.WORK_ORDER, DefinitionKind.NORMAL_MARK, DefinitionKind.REPORT_SCHEDULE,
        DefinitionKind.ENERGY_SETUP,
    }
)  # fmt: skip
"""Kinds that nothing of the rules reads."""
_ENCODER = msgspec.json.Encoder(order="deterministic")
LARGEST = 1_000_000
"""Longest body, characters."""
LONGEST_MS = 400 * 86_400_000
"""Longest duration in a rule, ms."""
LONGEST_OFFSET_MS = 12 * 3_600_000
"""Farthest that a trigger may lie before or after an event of the sun, ms."""


_MOMENTS = frozenset(("time_ms", "created_ms", "closed_ms", "since_ms"))
"""Fields that are moments (UTC ms), no durations."""


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """All readable and enabled definitions of a project by id, but work orders, marks and schedules of reports, and problems
    for the unreadable ones."""

    alarms: dict[str, AlarmDefinition] = {}
    automations: dict[str, Automation] = {}
    schedules: dict[str, Schedule] = {}
    scenes: dict[str, Scene] = {}
    calendars: dict[str, DayCalendar] = {}
    channels: dict[str, NotificationChannel] = {}
    recipients: dict[str, Recipient] = {}
    problems: tuple[Problem, ...] = ()


def read_rules(definitions: Definitions) -> RuleSet:
    """The enabled definitions as values, with problems for those that cannot be read."""
    found: dict[DefinitionKind, dict[str, RuleValue]] = {kind: {} for kind in DefinitionKind}
    problems: list[Problem] = []
    for kind in DefinitionKind:
        for one in definitions.of(kind) if kind not in _NO_RULES else ():
            try:
                if one.enabled:
                    found[kind][one.id] = read_body(kind, one)
            except ProblemError as error:
                problems += error.problems
    return RuleSet(
        alarms=cast("dict[str, AlarmDefinition]", found[DefinitionKind.ALARM]),
        automations=cast("dict[str, Automation]", found[DefinitionKind.AUTOMATION]),
        schedules=cast("dict[str, Schedule]", found[DefinitionKind.SCHEDULE]),
        scenes=cast("dict[str, Scene]", found[DefinitionKind.SCENE]),
        calendars=cast("dict[str, DayCalendar]", found[DefinitionKind.CALENDAR]),
        channels=cast("dict[str, NotificationChannel]", found[DefinitionKind.CHANNEL]),
        recipients=cast("dict[str, Recipient]", found[DefinitionKind.RECIPIENT]),
        problems=tuple(problems),
    )


def read_body(kind: DefinitionKind, definition: Definition) -> RuleValue:
    """The value of a definition, with the definition's id and title. Raises ProblemError where the body is invalid or
    too large.
    """
    try:
        if len(definition.body) > LARGEST:
            raise ValueError("it is too large")
        value = replace(_DECODERS[kind].decode(definition.body), id=definition.id, title=definition.title)
        wrong = next(_wrong(value), None)
    except (ValueError, RecursionError) as error:
        raise ProblemError(_unreadable(definition, str(error))) from error
    if wrong is not None:
        raise ProblemError(_unreadable(definition, wrong))
    return value


def definition_of(value: RuleValue, *, enabled: bool = True) -> Definition:
    """The definition that stores this value."""
    return Definition(value.id, value.title, enabled, _ENCODER.encode(value).decode())


def _unreadable(definition: Definition, why: str) -> Problem:
    return Problem(
        code="rules.unreadable",
        args={"title": definition.title or definition.id},
        where=definition.id,
        detail=why[:300],
    )


def _wrong(value: object, name: str = "") -> Iterator[str]:
    """What is out of range in a value and everything in it; English, for the detail of a problem."""
    if isinstance(value, float):
        if not math.isfinite(value):
            yield f"{name} is no finite number"
    elif isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("_ms") and name not in _MOMENTS and not 0 <= value <= LONGEST_MS:
            yield f"{name} is {value}, not 0 to {LONGEST_MS}"
    elif isinstance(value, msgspec.Struct):
        yield from _wrong_of(value)
        for field in value.__struct_fields__:
            if field != "offset_ms":  # signed, no duration: `_wrong_of` knows its range
                yield from _wrong(getattr(value, field), field)
    elif isinstance(value, tuple):
        for one in cast("tuple[object, ...]", value):
            yield from _wrong(one, name)


def _wrong_of(value: msgspec.Struct) -> Iterator[str]:
    match value:
        case AlarmDefinition(key="") | Selector(point="", room="") | Selector(point="", capability=""):
            yield f"a {type(value).__name__} names nothing"
        case At(minute=minute) if not 0 <= minute < 1440:
            yield f"the minute {minute} is on no day"
        case Between(begin=begin, end=end) if not (0 <= begin < 1440 and 0 <= end <= 1440):
            yield f"minutes {begin} to {end} are on no day"
        case SunEvent(offset_ms=offset_ms) if abs(offset_ms) > LONGEST_OFFSET_MS:
            yield f"{offset_ms} ms from the sun's event, not {-LONGEST_OFFSET_MS} to {LONGEST_OFFSET_MS}"
        case Every(minutes=minutes) if not 1 <= minutes <= 1440:
            yield f"every {minutes} minutes, not 1 to 1440"
        case RuleDays(weekdays=weekdays, ahead=ahead) if not (_weekdays(weekdays) and 0 <= ahead <= 7):
            yield "a weekday is 0 (Monday) to 6, ahead 0 to 7 days"
        case Automation(most=most) if not 1 <= most <= 100:
            yield f"{most} runs at once, not 1 to 100"
        case NotificationChannel(address=""):
            yield "a channel without an address"
        case Recipient(priority=priority) | WorkOrder(priority=priority) if not 1 <= priority <= 4:
            yield f"the priority {priority} is not 1 to 4"
        case QuietHours(begin=begin, end=end) if not (0 <= begin < 1440 and 0 <= end < 1440):
            yield f"quiet hours of {begin} to {end} minutes are on no day"
        case Schedule() | ReportSchedule():
            yield from _wrong_schedule(value)
        case _:
            pass


def _weekdays(days: Iterable[int]) -> bool:
    return all(0 <= day <= 6 for day in days)


def _wrong_schedule(schedule: Schedule | ReportSchedule) -> Iterator[str]:
    if isinstance(schedule, ReportSchedule):
        if wrong := wrong_time(schedule):
            yield wrong
        return
    lists = (*schedule.week, *(one.times for one in schedule.exceptions))
    for entries in lists:
        minutes = [minute for minute, _ in entries]
        if minutes != sorted(set(minutes)) or any(not 0 <= minute < 1440 for minute in minutes):
            yield "the times of a day rise from 0 to 1439 minutes"
    for one in schedule.exceptions:
        if not 1 <= one.priority <= 16 or (one.like_weekday is not None and not _weekdays([one.like_weekday])):
            yield "an exception has a priority of 1 to 16 and goes like a weekday of 0 to 6"
