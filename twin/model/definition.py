"""Definitions of a project: alarms, automations, schedules, scenes, calendars, channels and recipients of notifications,
work orders, warnings called normal, and schedules of reports, each with its body as JSON text.

The model does not parse the body; `twin.rules` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class DefinitionKind(StrEnum):
    """Kind of a definition; the value is its table in the project's file."""

    ALARM = "alarm_definition"
    AUTOMATION = "automation"
    SCHEDULE = "schedule"
    SCENE = "scene"
    CALENDAR = "day_calendar"
    CHANNEL = "notification_channel"
    RECIPIENT = "notification_recipient"
    WORK_ORDER = "work_order"
    NORMAL_MARK = "normal_mark"
    REPORT_SCHEDULE = "report_schedule"
    ENERGY_SETUP = "energy_setup"


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
    channels: tuple[Definition, ...] = ()
    recipients: tuple[Definition, ...] = ()
    work_orders: tuple[Definition, ...] = ()
    normal_marks: tuple[Definition, ...] = ()
    """Early warnings that a person called normal."""
    report_schedules: tuple[Definition, ...] = ()
    energy_setups: tuple[Definition, ...] = ()
    """At most one: tariffs, emission factors and the tree of meters."""

    def of(self, kind: DefinitionKind) -> tuple[Definition, ...]:
        """The definitions of one kind."""
        return getattr(self, _FIELDS[kind])

    def find(self, kind: DefinitionKind, id: str) -> Definition | None:
        """The definition with this id; None where there is none."""
        return next((one for one in self.of(kind) if one.id == id), None)


_FIELDS = {
    DefinitionKind.ALARM: "alarms",
    DefinitionKind.AUTOMATION: "automations",
    DefinitionKind.SCHEDULE: "schedules",
    DefinitionKind.SCENE: "scenes",
    DefinitionKind.CALENDAR: "calendars",
    DefinitionKind.CHANNEL: "channels",
    DefinitionKind.RECIPIENT: "recipients",
    DefinitionKind.WORK_ORDER: "work_orders",
    DefinitionKind.NORMAL_MARK: "normal_marks",
    DefinitionKind.REPORT_SCHEDULE: "report_schedules",
    DefinitionKind.ENERGY_SETUP: "energy_setups",
}


@dataclass(frozen=True, slots=True)
class DefinitionEdit:
    """Adds or replaces the definition with this id; removes it where `definition` is None."""

    kind: DefinitionKind
    id: str
    definition: Definition | None = None


type StepCheck = Callable[[frozenset[str], Sequence[DefinitionEdit]], None]
"""Raises ProblemError where a step of the undo list is not allowed; gets its tables, and its edits of definitions."""

NO_DEFINITIONS = Definitions()
