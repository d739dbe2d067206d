"""State of the rules between two calls, and the result of a call: values that survive a restart as JSON."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from twin.model.text import Text
from twin.rules.automation import Action, CommandValue, Do, WaitFor


class WriterRank(IntEnum):
    """Rank of a writer where several want different values of one point at one instant: the lowest number wins."""

    ALARM = 1
    BY_HAND = 2
    AUTOMATION = 3
    SCHEDULE = 4


class AwaitedCommands(Struct, frozen=True, kw_only=True, tag=True):
    """A run waits until all these commands or scenes are answered."""

    ids: tuple[str, ...]
    action: Do | None = None
    """The action to repeat when a command fails; None for a scene."""
    tries_left: int = 0


class AwaitedCondition(Struct, frozen=True, kw_only=True, tag=True):
    """A run waits until the condition holds, or until its `wake_ms`."""

    action: WaitFor


class Run(Struct, frozen=True, kw_only=True):
    """A run of a rule that is under way."""

    id: int
    rule: str
    version: int
    cause: Text
    started_ms: int
    rank: WriterRank
    todo: tuple[Action, ...]
    wake_ms: int
    """The latest time at which it continues: the end of a pause or timeout, UTC ms."""
    awaits: AwaitedCommands | AwaitedCondition | None = None


class QueuedStart(Struct, frozen=True, kw_only=True):
    """A start that waits for the end of the rule's previous run."""

    rule: str
    cause: Text
    rank: WriterRank


class RuleMemory(Struct, frozen=True, kw_only=True):
    """State that `evaluate` keeps between calls; triggers by `Watched.id`, times UTC ms."""

    last_ms: int = 0
    """Time of the last call; 0: never."""
    seen: dict[str, bool] = {}
    """Whether a trigger's condition held at its last known reading."""
    previous: dict[str, float] = {}
    """The last known value of a trigger that compares with the previous value."""
    armed: dict[str, int] = {}
    """Since when the condition of a trigger with `for` holds, while it has not fired."""
    silent: dict[str, int] = {}
    """Since when the value of an armed trigger is unknown."""
    for_due_ms: int | None = None
    clock_ms: int | None = None
    """The next instant of a wall-clock trigger or schedule; None: not computed yet."""
    levels: dict[str, float | None] = {}
    """The last value of each schedule."""
    runs: tuple[Run, ...] = ()
    queue: tuple[QueuedStart, ...] = ()
    """Starts that wait until the rule's previous run ends."""
    deferred: tuple[QueuedStart, ...] = ()
    """Starts beyond the limit of one call, left for the next one."""
    starts: dict[str, tuple[int, ...]] = {}
    """When each rule started within the last minute."""
    switched_off: dict[str, int] = {}
    """Rules that are off because they started too often, and since when."""
    by_hand: dict[str, int] = {}
    """Points set by hand, and when."""
    next_run: int = 1
    ran: dict[str, int] = {}
    """When each automation last started, each schedule last changed its value and each scene was last set."""


class RuleCommand(Struct, frozen=True, kw_only=True):
    """A command to send; its answer must have the same `id`."""

    id: str
    point: str
    verb: str
    value: CommandValue
    rank: WriterRank
    rule: str = ""
    run: int = 0
    schedule: str = ""


class SceneRequest(Struct, frozen=True, kw_only=True):
    """A scene to activate; its answer must have the same `id`."""

    id: str
    scene: str
    rule: str
    run: int
    points: tuple[str, ...] = ()
    """Only these of its points; empty: all."""


class Notice(Struct, frozen=True, kw_only=True):
    """A notice to show; `cause` has the room, value and time that the text may name."""

    rule: str
    run: int
    text: str
    level: str
    cause: Text
    to: tuple[str, ...] = ()
    """Ids of the only recipients of notifications; empty: everyone who gets messages of automations."""


class RaisedAlarm(Struct, frozen=True, kw_only=True):
    """An alarm that a rule raises or ends; the engine sets its key in the view."""

    alarm: str
    active: bool
    rule: str


class CommandAnswer(Struct, frozen=True, kw_only=True):
    """Outcome of a command or scene; `reason` where it failed."""

    id: str
    ok: bool
    reason: Text | None = None


class TraceStep(Struct, frozen=True, kw_only=True):
    """One step of a rule's trace; `run` 0: not part of a run (a refused start, a missed time)."""

    time_ms: int
    rule: str
    run: int
    reason: Text


class RuleOutcome(Struct, frozen=True, kw_only=True):
    """Result of a call. `wake_ms` is the latest time for the next call, UTC ms; None: nothing is pending."""

    memory: RuleMemory
    commands: tuple[RuleCommand, ...] = ()
    scenes: tuple[SceneRequest, ...] = ()
    notices: tuple[Notice, ...] = ()
    alarms: tuple[RaisedAlarm, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    wake_ms: int | None = None
