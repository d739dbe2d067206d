"""Automations as values: triggers, conditions, actions; JSON encodes and decodes them, `evaluate` runs them.

Numbers are canonical (a bool is 0 or 1, an enum its code), times in ms, wall times in minutes of the day. There are no
loops and no template language: texts of notices may use `{room}`, `{value}` and `{since}`.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from twin.rules.schedule import Calendars
from twin.rules.selector import Selector

HAND_MS = 4 * 3_600_000
"""Longest time for which rules leave a point alone that was set by hand, ms."""
ALL_DAYS = (0, 1, 2, 3, 4, 5, 6)


class RunMode(StrEnum):
    """What happens when a rule starts while it is still running."""

    SINGLE = "single"
    RESTART = "restart"
    QUEUED = "queued"
    PARALLEL = "parallel"


class DayKind(StrEnum):
    """Kind of days that a calendar selects."""

    ANY = "any"
    WORKDAY = "workday"
    DAY_OFF = "day_off"


class RuleDays(Struct, frozen=True, kw_only=True):
    """Days by weekday (0 is Monday) and kind of day in a calendar; `ahead` 1 tests the following day instead."""

    weekdays: tuple[int, ...] = ALL_DAYS
    kind: DayKind = DayKind.ANY
    calendar: str = ""
    ahead: int = 0

    def has(self, day: date, calendars: Calendars) -> bool:
        """Whether a day is one of these; without the calendar, Monday to Friday are workdays."""
        if self.ahead:
            day += timedelta(days=self.ahead)
        if day.weekday() not in self.weekdays:
            return False
        if self.kind is DayKind.ANY:
            return True
        calendar = calendars.get(self.calendar)
        works = day.weekday() < 5 if calendar is None else calendar.is_workday(day)
        return works == (self.kind is DayKind.WORKDAY)


EVERY_DAY = RuleDays()


class Became(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: a value becomes equal to, above or below a bound and stays so for `for_ms`; without a bound, any
    change.

    `came_from`: only where it had this value before. `deadband`: distance that it must return by before the trigger can
    fire again.
    """

    selector: Selector
    to: float | None = None
    came_from: float | None = None
    above: float | None = None
    below: float | None = None
    for_ms: int = 0
    deadband: float = 0.0


class Differs(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: one value exceeds another by more than `by`, for `for_ms`."""

    one: Selector
    other: Selector
    by: float = 0.0
    for_ms: int = 0


class At(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: the local time reaches this minute of the day, on some days."""

    minute: int
    days: RuleDays = EVERY_DAY


class SunEvent(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an event of the sun table (`sunrise`, `sunset`, `dawn`, `dusk` ...), shifted by `offset_ms`."""

    event: str
    offset_ms: int = 0


class Every(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: the local time reaches a multiple of this many minutes."""

    minutes: int


class Scheduled(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: a schedule's value changes (to `to`, or to any)."""

    schedule: str
    to: float | None = None


class Pressed(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an event occurs, such as a button press; `word` is its code, and each occurrence counts."""

    selector: Selector
    word: float


class Came(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: a device or link goes online or offline and stays so for `for_ms`."""

    id: str
    online: bool = True
    for_ms: int = 0


class Alarmed(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an alarm becomes active, ends, or (`acknowledged`) is acknowledged while it is active."""

    alarm: str
    active: bool = True
    acknowledged: bool = False


class Warned(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an early warning of this kind appears."""

    kind: str


type Trigger = Became | Differs | At | SunEvent | Every | Scheduled | Pressed | Came | Alarmed | Warned


class Holds(Struct, frozen=True, tag=True, kw_only=True):
    """Condition: a value is equal to, above or below a bound, and has been for `for_ms`."""

    selector: Selector
    equals: float | None = None
    above: float | None = None
    below: float | None = None
    for_ms: int = 0


class Between(Struct, frozen=True, tag=True, kw_only=True):
    """Condition: a time of the day, `end` excluded; a span past midnight belongs to the day on which it began."""

    begin: int
    end: int
    days: RuleDays = EVERY_DAY


class SunIs(Struct, frozen=True, tag=True, kw_only=True):
    """Condition: the sun is up, or down."""

    up: bool


class ScheduleIs(Struct, frozen=True, tag=True, kw_only=True):
    """Condition: the schedule's value in force is this one."""

    schedule: str
    value: float


class AlarmIs(Struct, frozen=True, tag=True, kw_only=True):
    """Condition: an alarm is active, or not."""

    alarm: str
    active: bool = True


class AllOf(Struct, frozen=True, tag=True):
    """Condition: all of these hold."""

    conditions: tuple[Condition, ...]


class AnyOf(Struct, frozen=True, tag=True):
    """Condition: at least one of these holds."""

    conditions: tuple[Condition, ...]


class NotOf(Struct, frozen=True, tag=True):
    """Condition: this does not hold; unknown stays unknown."""

    condition: Condition


type Condition = Holds | Between | SunIs | ScheduleIs | AlarmIs | AllOf | AnyOf | NotOf

type CommandValue = bool | float | str | tuple[float, float] | None


class Do(Struct, frozen=True, tag=True, kw_only=True):
    """Action: commands a point, or each one that a room's selector means, and waits for the outcome; repeats a failed
    command up to `tries` times.
    """

    selector: Selector
    verb: str
    value: CommandValue = None
    tries: int = 1


class Activate(Struct, frozen=True, tag=True, kw_only=True):
    """Action: activates a scene and waits until that is done."""

    scene: str


class Wait(Struct, frozen=True, tag=True, kw_only=True):
    """Action: pauses the run."""

    for_ms: int


class WaitFor(Struct, frozen=True, tag=True, kw_only=True):
    """Action: waits until a condition holds, at most `timeout_ms`; then continues (`go_on`) or ends the run."""

    condition: Condition
    timeout_ms: int
    go_on: bool = True


class If(Struct, frozen=True, tag=True, kw_only=True):
    """Action: runs one of two lists of actions, depending on a condition."""

    condition: Condition
    then: tuple[Action, ...] = ()
    otherwise: tuple[Action, ...] = ()


class Notify(Struct, frozen=True, tag="Tell", kw_only=True):
    """Action: shows a notice, in the words of the rule's author, and sends it to recipients of notifications."""

    text: str
    level: str = "note"
    to: tuple[str, ...] = ()
    """Ids of the only recipients; empty: everyone who gets messages of automations."""


class Raise(Struct, frozen=True, tag=True, kw_only=True):
    """Action: raises or ends an alarm whose condition is `SetByRule`."""

    alarm: str
    active: bool = True


class Stop(Struct, frozen=True, tag=True):
    """Action: ends the run."""


type Action = Do | Activate | Wait | WaitFor | If | Notify | Raise | Stop


class Automation(Struct, frozen=True, kw_only=True):
    """One automation. `version` rises with every edit; a run under way finishes with the actions that it started with."""

    id: str
    title: str = ""
    on: bool = True
    version: int = 1
    mode: RunMode = RunMode.SINGLE
    most: int = 10
    """Most runs under way or queued at once."""
    triggers: tuple[Trigger, ...] = ()
    conditions: tuple[Condition, ...] = ()
    """Conditions that must all hold when the rule starts."""
    actions: tuple[Action, ...] = ()
    yields_to_hand_ms: int = HAND_MS
    """Time for which the rule does not command a point after it was set by hand, ms; 0: none."""
