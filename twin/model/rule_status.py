"""How automations and schedules stand, and a row of what they did."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """One automation, schedule or scene now. Times are UTC ms."""

    kind: str
    """A DefinitionKind: automation, schedule or scene."""
    id: str
    title: Text
    enabled: bool
    readable: bool = True
    """False: its definition cannot be read, and nothing comes of it."""
    running: int = 0
    """How many of its runs are under way."""
    wakes_ms: int | None = None
    """When one of them goes on at the latest."""
    circles_since_ms: int | None = None
    """It started too often in a minute, and is off since then."""
    value: float | None = None
    """A schedule's value in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLogEntry:
    """One step of a run; `run` 0: no run (a start that was refused, a time that passed)."""

    time_ms: int
    rule: str
    run: int
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOutcome:
    """What became of a scene: the points that are as it says, and those that are not, each with its reason."""

    confirmed: tuple[str, ...] = ()
    failed: tuple[tuple[str, Text], ...] = ()
