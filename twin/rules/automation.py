"""Automations as values: what starts them, what must hold, what they do. JSON writes and reads them; nothing here runs.

Numbers are canonical (a truth is 0 or 1, a word its code), times in ms, wall times minutes of the day. No loops and no template
language: notices know `{room}`, `{value}` and `{since}`.
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
    """What a start does while the same rule is still running."""

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
    """Days by weekday (0 is Monday) and by what a calendar calls them; `ahead` 1 asks the same of tomorrow."""

    weekdays: tuple[int, ...] = ALL_DAYS
    kind: DayKind = DayKind.ANY
    calendar: str = ""
    ahead: int = 0

    def has(self, day: date, calendars: Calendars) -> bool:
        """Whether a day is one of these; without the calendar, people work from Monday to Friday."""
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
    """A value came to be equal to, above or below something (without a bound: another than before), and stayed so for
    `for_ms`. `came_from`: only where it was this before."""

    selector: Selector
    to: float | None = None
    came_from: float | None = None
    above: float | None = None
    below: float | None = None
    for_ms: int = 0
    deadband: float = 0.0


class Differs(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: one value exceeds another by more than `by`."""

    one: Selector
    other: Selector
    by: float = 0.0
    for_ms: int = 0


class At(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: the wall clock shows this minute of the day, on some days."""

    minute: int
    days: RuleDays = EVERY_DAY


class SunEvent(Struct, frozen=True, tag=True, kw_only=True):
    """An event of the sun table (`sunrise`, `sunset`, `dawn`, `dusk` ...), earlier or later by an offset."""

    event: str
    offset_ms: int = 0


class Every(Struct, frozen=True, tag=True, kw_only=True):
    """Each time that the wall clock shows a multiple of so many minutes."""

    minutes: int


class Scheduled(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: a schedule changed its value (to this one, or to any)."""

    schedule: str
    to: float | None = None


class Pressed(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an event occurred (a button's word, by its code); each one counts."""

    selector: Selector
    word: float


class Came(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: a device or link went online or offline, and stayed so for `for_ms`."""

    id: str
    online: bool = True
    for_ms: int = 0


class Alarmed(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an alarm became active, or ended."""

    alarm: str
    active: bool = True


class Warned(Struct, frozen=True, tag=True, kw_only=True):
    """Trigger: an early warning of this kind came."""

    kind: str


type Trigger = Became | Differs | At | SunEvent | Every | Scheduled | Pressed | Came | Alarmed | Warned


class Holds(Struct, frozen=True, tag=True, kw_only=True):
    """A value is equal to, above or below something, and has been for `for_ms`."""

    selector: Selector
    equals: float | None = None
    above: float | None = None
    below: float | None = None
    for_ms: int = 0


class Between(Struct, frozen=True, tag=True, kw_only=True):
    """A stretch of the day, its end excluded; one past midnight belongs to the day on which it began."""

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
    """Not this; what is not known is not known the other way round, either."""

    condition: Condition


type Condition = Holds | Between | SunIs | ScheduleIs | AlarmIs | AllOf | AnyOf | NotOf

type CommandValue = bool | float | str | tuple[float, float] | None


class Do(Struct, frozen=True, tag=True, kw_only=True):
    """Commands a point, or each of a room's, and waits until it is confirmed or failed; failed, tries again."""

    selector: Selector
    verb: str
    value: CommandValue = None
    tries: int = 1


class Activate(Struct, frozen=True, tag=True, kw_only=True):
    """Sets a scene, and waits until that is done."""

    scene: str


class Wait(Struct, frozen=True, tag=True, kw_only=True):
    """Pauses the run."""

    for_ms: int


class WaitFor(Struct, frozen=True, tag=True, kw_only=True):
    """Waits until something holds, at most so long; then goes on, or gives up."""

    condition: Condition
    timeout_ms: int
    go_on: bool = True


class If(Struct, frozen=True, tag=True, kw_only=True):
    """Runs one of two lists of actions, depending on a condition."""

    condition: Condition
    then: tuple[Action, ...] = ()
    otherwise: tuple[Action, ...] = ()


class Tell(Struct, frozen=True, tag=True, kw_only=True):
    """Tells people something, in their own words."""

    text: str
    level: str = "note"


class Raise(Struct, frozen=True, tag=True, kw_only=True):
    """Makes an alarm active, or ends it (a definition whose condition is `Told`)."""

    alarm: str
    active: bool = True


class Stop(Struct, frozen=True, tag=True):
    """Ends the run."""


type Action = Do | Activate | Wait | WaitFor | If | Tell | Raise | Stop


class Automation(Struct, frozen=True, kw_only=True):
    """One rule. `version` rises with every edit: a run that is under way ends as it began."""

    id: str
    title: str = ""
    on: bool = True
    version: int = 1
    mode: RunMode = RunMode.SINGLE
    most: int = 10
    """Most runs that are under way or queued at once."""
    triggers: tuple[Trigger, ...] = ()
    conditions: tuple[Condition, ...] = ()
    """Conditions that must all hold when the rule starts."""
    actions: tuple[Action, ...] = ()
    yields_to_hand_ms: int = HAND_MS
    """Time for which the rule leaves a point alone that was set by hand, ms; 0: none."""
