"""Status of automations, schedules and scenes, and rows of the run log."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.ids import PointId
from twin.model.observation import Value
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """Present status of one automation, schedule or scene. Times are UTC ms."""

    kind: str
    """A DefinitionKind: automation, schedule or scene."""
    id: str
    title: Text
    enabled: bool
    readable: bool = True
    """False where the definition cannot be parsed: it has no effect."""
    running: int = 0
    """Number of runs under way; of a scene: how often it is being set or put back."""
    wakes_ms: int | None = None
    """Earliest time at which one of its runs continues; None while no run is under way."""
    circles_since_ms: int | None = None
    """Since when the automation is disabled because it started too often within a minute; None: it is not."""
    value: float | None = None
    """Value of a schedule in force; None where there is none."""
    last_run_ms: int | None = None
    """When it last ran: an automation started, a schedule changed its value, a scene was set; None where that is not
    known."""
    next_run_ms: int | None = None
    """When the clock starts it next; None where only values do, or none is near."""
    matches: int = 0
    """Points of a scene that have the value it sets."""
    differs: tuple[PointId, ...] = ()
    """Points of a scene that are not, or are not known."""
    can_put_back: bool = False
    """Whether it is known where a scene's points were before it was set."""

    @property
    def is_active(self) -> bool:
        """Whether all points of a scene have the value it sets."""
        return self.matches > 0 and not self.differs

    @property
    def is_nearly_active(self) -> bool:
        """Whether some points of a scene differ, but fewer than match."""
        return 0 < len(self.differs) < self.matches


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLogEntry:
    """One step of a run; `run` is 0 for entries without a run (a refused start, a missed time)."""

    time_ms: int
    rule: str
    run: int
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOutcome:
    """Outcome of activating a scene: points that confirmed their value, and points that failed, each with the reason."""

    confirmed: tuple[str, ...] = ()
    failed: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewedCommand:
    """A command that a rule would have sent."""

    time_ms: int
    point: PointId
    verb: str
    value: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleClash:
    """A conflict of rules."""

    kind: str
    """A ConflictKind: never, against, twice, loop, orphan, schedule, effect."""
    rules: tuple[str, ...]
    titles: tuple[Text, ...]
    key: str = ""
    """The point or key that it is about."""
    name: Text | None = None
    """What `key` is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreview:
    """What an automation or schedule would have done on recorded readings. Times are UTC ms."""

    from_ms: int
    """The replay's beginning: later than asked where more was recorded than is replayed."""
    to_ms: int
    shortened: bool = False
    """Whether it begins later than asked: only the newest part of what was recorded is replayed."""
    starts_ms: tuple[int, ...] = ()
    refused: int = 0
    """Number of starts that a condition prevented."""
    happened_ms: tuple[int, ...] = ()
    """When the rule really started, by its log."""
    steps: tuple[RunLogEntry, ...] = ()
    """The newest steps, oldest first."""
    commands: tuple[PreviewedCommand, ...] = ()
    """The newest commands, oldest first."""
    commanded: int = 0
    """Number of all commands."""
    readings: int = 0
    """Number of recorded readings that concern the rule; 0: nothing was recorded that it reads."""
    clashes: tuple[RuleClash, ...] = ()
