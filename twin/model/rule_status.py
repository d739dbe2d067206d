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
    """False where the definition cannot be parsed: it has no effect."""
    running: int = 0
    """Number of runs under way."""
    wakes_ms: int | None = None
    """Earliest time at which one of its runs continues; None while no run is under way."""
    circles_since_ms: int | None = None
    """Since when the automation is disabled because it started too often within a minute; None: it is not."""
    value: float | None = None
    """Value of a schedule in force; None where there is none."""


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
