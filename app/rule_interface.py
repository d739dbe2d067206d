"""The part of the engine's interface for alarms, automations, schedules and scenes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from app.actions import DEFAULT_SENDER
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import RoomId
from twin.model.rule_status import RulePreview, RuleStatus, RunLogEntry, SceneOutcome
from twin.model.text import Text
from twin.rules.alarm_act import AlarmAct


class RulesApi(Protocol):
    """What may be asked about alarms and rules. Futures fail with ProblemError."""

    def alarms(self) -> Future[tuple[AlarmStatus, ...]]:
        """The status of every alarm, also of those at rest; news come as AlarmsChanged."""
        ...

    def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, *, sender: str = DEFAULT_SENDER
    ) -> Future[tuple[AlarmStatus, ...]]:
        """Acknowledges, resets, shelves alarms, or takes them out of or into service; returns their status. Fails with
        ProblemError for those that refuse, after the others are done.
        """
        ...

    def alarm_log(
        self, from_ms: int, to_ms: int, most: int = 200, alarm: str = ""
    ) -> Future[tuple[AlarmLogEntry, ...]]:
        """Log of alarms (or of one) in [from, to), newest first."""
        ...

    def rules(self) -> Future[tuple[RuleStatus, ...]]:
        """The status of every automation, schedule and scene."""
        ...

    def run_log(self, from_ms: int, to_ms: int, most: int = 200, rule: str = "") -> Future[tuple[RunLogEntry, ...]]:
        """Log of automations and schedules (or of one) in [from, to), newest first."""
        ...

    def preview_rule(
        self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> Future[RulePreview]:
        """What an automation or schedule would have done in the recorded time [from, to]; it need not be in the project.
        Fails with ProblemError where it cannot be read."""
        ...

    def why_not(self, rule: str, at_ms: int = 0) -> Future[tuple[Text, ...]]:
        """The reasons why an automation does not run now, or (`at_ms`) did not at a past time, by its log and the recorded
        values; most important first."""
        ...

    def run_rule(self, rule: str, *, sender: str = DEFAULT_SENDER) -> Future[None]:
        """Starts an automation now, if its conditions hold. Fails with ProblemError."""
        ...

    def set_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        """Sets a scene; the result is the outcome for each of its points."""
        ...

    def put_back_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        """Returns a scene's points to where they were before it was set; fails with ProblemError where not known."""
        ...

    def capture_scene(self, room: RoomId | None = None, title: str = "") -> Future[Definition]:
        """A new scene of what a room's points (None: all points) report now; it is not saved. Fails with ProblemError
        where none of them can be commanded and is known."""
        ...

    def release_points(self, points: Sequence[str]) -> Future[None]:
        """Returns points that were set by hand to the automations."""
        ...

    def change_definitions(self, changes: Sequence[DefinitionEdit]) -> Future[None]:
        """Saves, replaces or deletes alarms, automations, schedules, scenes and calendars: one undo step. Fails with
        ProblemError where one cannot be read, and nothing changes.
        """
        ...
