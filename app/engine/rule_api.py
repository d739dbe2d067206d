"""The part of EngineApi for alarms, automations, schedules and scenes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from app.actions import DEFAULT_SENDER
from app.engine.engine_core import EngineCore
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.ids import RoomId
from twin.model.rule_status import RulePreview, RuleStatus, RunLogEntry, SceneOutcome
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.device_acknowledging import Answered
    from app.engine.rule_requests import RuleRequests
    from twin.rules.alarm_act import AlarmAct
    from twin.rules.alarm_metrics import AlarmMetricsReport


class RuleApi(EngineCore):
    """The part of EngineApi for alarms and rules; RuleRequests does the work."""

    def alarms(self) -> Future[tuple[AlarmStatus, ...]]:
        """The status of every alarm, also of those at rest."""
        return self._rules(lambda rules: rules.alarms(), "alarms")

    def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, *, sender: str = DEFAULT_SENDER
    ) -> Future[tuple[AlarmStatus, ...]]:
        """Acknowledges, shelves etc. these alarms and returns their status; one that refuses does not keep the
        others. One that a device raises is acknowledged at the device first; a device that does not answer is told when it does
        again."""
        asked = partial(self._asked, lambda rules: rules.act_on_alarms(alarms, act, sender, self._acknowledge_there))
        return self._run(self._logged(asked, "act_on_alarms", alarms=[*alarms], act=type(act).__name__), "alarms")

    async def _acknowledge_there(self, alarms: Iterable[str], who: str, answered: Answered) -> None:
        await (await self.alarm_mirror()).acknowledging.acknowledge(alarms, who, answered)

    def alarm_log(
        self, from_ms: int, to_ms: int, most: int = 200, alarm: str = ""
    ) -> Future[tuple[AlarmLogEntry, ...]]:
        """Log of alarms in [from, to), newest first."""
        return self._rules(lambda rules: rules.alarm_log(from_ms, to_ms, most, alarm), "alarm log")

    def alarm_metrics(self, span: EnergySpan, at_ms: int) -> Future[AlarmMetricsReport]:
        """The performance of the alarms in the period that contains `at_ms`, up to now."""
        return self._rules(lambda rules: rules.alarm_metrics(span, at_ms), "alarm metrics")

    def alarm_metrics_of(
        self, counts: Callable[[str], bool], span: EnergySpan, at_ms: int
    ) -> Future[AlarmMetricsReport]:
        """The performance of the alarms whose id `counts` takes."""
        return self._rules(lambda rules: rules.alarm_metrics(span, at_ms, counts), "alarm metrics")

    def rules(self) -> Future[tuple[RuleStatus, ...]]:
        """The status of every automation, schedule and scene."""
        return self._rules(lambda rules: rules.rules(), "rules")

    def run_log(self, from_ms: int, to_ms: int, most: int = 200, rule: str = "") -> Future[tuple[RunLogEntry, ...]]:
        """Log of automations and schedules in [from, to), newest first."""
        return self._rules(lambda rules: rules.run_log(from_ms, to_ms, most, rule), "run log")

    def preview_rule(
        self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> Future[RulePreview]:
        """What an automation or schedule would have done in the recorded time [from, to]. One is worked out at a time;
        ProblemError where a newer one of the same definition is asked for before."""
        return self._rules(lambda rules: rules.preview_rule(kind, definition, from_ms, to_ms), "preview rule")

    def why_not(self, rule: str, at_ms: int = 0) -> Future[tuple[Text, ...]]:
        """The reasons why an automation does not run now, or did not at a past time, most important first."""
        return self._rules(lambda rules: rules.why_not(rule, at_ms), "why not")

    def run_rule(self, rule: str, *, sender: str = DEFAULT_SENDER) -> Future[None]:
        """Starts an automation now, where its conditions hold; one that went in circles may start again."""
        asked = partial(self._asked, lambda rules: rules.run_rule(rule, sender))
        return self._run(self._logged(asked, "run_rule", rule=rule), "run rule")

    def set_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        """Sets a scene; the result is the outcome for each of its points."""
        asked = partial(self._asked, lambda rules: rules.set_scene(scene, sender))
        return self._run(self._logged(asked, "set_scene", scene=scene), "scene")

    def put_back_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        """Returns the points of a scene to where they were before it was set; ProblemError where that is not known."""
        asked = partial(self._asked, lambda rules: rules.put_back_scene(scene, sender))
        return self._run(self._logged(asked, "put_back_scene", scene=scene), "scene")

    def capture_scene(self, room: RoomId | None = None, title: str = "") -> Future[Definition]:
        """A new scene of what a room's points (None: all points) report now; it is not saved. ProblemError where none
        of them can be commanded and is known."""
        return self._rules(lambda rules: rules.capture_scene(room, title), "capture")

    def release_points(self, points: Sequence[str]) -> Future[None]:
        """Returns points that were set by hand to the rules."""
        asked = partial(self._asked, lambda rules: rules.release_points(points))
        return self._run(self._logged(asked, "release_points", points=[*points]), "release")

    def change_definitions(self, changes: Sequence[DefinitionEdit]) -> Future[None]:
        """Saves, replaces or deletes alarms, automations, schedules, scenes and calendars as one undo step.
        ProblemError where a
        new one cannot be read, and nothing changes; definitions only renamed or turned off may be unreadable.
        """
        return self._rules(lambda rules: rules.change_definitions(changes), "definitions")

    def _rules[T](self, ask: Callable[[RuleRequests], Coroutine[Any, Any, T]], name: str) -> Future[T]:
        return self._run(self._asked(ask), name)

    async def _asked[T](self, ask: Callable[[RuleRequests], Coroutine[Any, Any, T]]) -> T:
        session = self.session
        runner = await session.begin_rules()
        loaded = await self.context.imported("app.engine.rule_requests")
        return await ask(loaded.RuleRequests(session, runner, self._previews))
