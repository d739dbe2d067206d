"""Definitions of a project: alarms, automations, schedules, scenes and calendars, each with its body as JSON text.

The model does not parse the body; `twin.rules` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DefinitionKind(StrEnum):
    """Kind of a definition; the value is its table in the project's file."""

    ALARM = "alarm_definition"
    AUTOMATION = "automation"
    SCHEDULE = "schedule"
    SCENE = "scene"
    CALENDAR = "day_calendar"


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition as the project stores it; `id` is unique within its kind."""

    id: str
    title: str
    enabled: bool
    """False: the definition is kept but has no effect."""
    body: str
    """JSON text; `twin.rules.definition_body` reads and writes it."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """All definitions of a project, each kind in the order shown to users."""

    alarms: tuple[Definition, ...] = ()
    automations: tuple[Definition, ...] = ()
    schedules: tuple[Definition, ...] = ()
    scenes: tuple[Definition, ...] = ()
    calendars: tuple[Definition, ...] = ()

    def of(self, kind: DefinitionKind) -> tuple[Definition, ...]:
        """The definitions of one kind."""
        match kind:
            case DefinitionKind.ALARM:
                return self.alarms
            case DefinitionKind.AUTOMATION:
                return self.automations
            case DefinitionKind.SCHEDULE:
                return self.schedules
            case DefinitionKind.SCENE:
                return self.scenes
            case DefinitionKind.CALENDAR:
                return self.calendars

    def find(self, kind: DefinitionKind, id: str) -> Definition | None:
        """The definition with this id; None where there is none."""
        return next((one for one in self.of(kind) if one.id == id), None)


@dataclass(frozen=True, slots=True)
class DefinitionEdit:
    """Adds or replaces the definition with this id; removes it where `definition` is None."""

    kind: DefinitionKind
    id: str
    definition: Definition | None = None


NO_DEFINITIONS = Definitions()
