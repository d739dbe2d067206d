"""Status of automations, schedules and scenes, and rows of the run log."""

from __future__ import annotations

from dataclasses import dataclass

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
    """False: the definition cannot be read and has no effect."""
    running: int = 0
    """Number of runs under way."""
    wakes_ms: int | None = None
    """The earliest time at which one of the runs continues; None: no run is under way."""
    circles_since_ms: int | None = None
    """Since when the automation is off because it started too often within a minute; None: it is not."""
    value: float | None = None
    """The value of a schedule in force; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLogEntry:
    """One step of a run; `run` 0: no run (a start that was refused, a time that passed)."""

    time_ms: int
    rule: str
    run: int
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneOutcome:
    """Outcome of setting a scene: points that took their value, and points that did not, each with its reason."""

    confirmed: tuple[str, ...] = ()
    failed: tuple[tuple[str, Text], ...] = ()
