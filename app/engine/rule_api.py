"""The part of EngineApi for alarms, automations, schedules and scenes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from secrets import randbits

from app.actions import DEFAULT_SENDER
from app.author import author
from app.engine.engine_core import EngineCore
from app.engine.problems import unknown
from app.engine.rule_log import alarm_entries, run_entries, with_names
from app.engine.rule_preview import RecordedHouse, next_runs
from app.engine.rule_runner import RuleRunner
from app.engine.session import ProjectSession
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.problem import Problem, ProblemError
from twin.model.rule_status import RulePreview, RuleStatus, RunLogEntry, SceneOutcome
from twin.model.text import Text
from twin.rules.alarm_evaluation import AlarmAct
from twin.rules.alarm_list import alarm_title, rule_title
from twin.rules.alarm_state import AlarmEventKind
from twin.rules.condition import Moment
from twin.rules.definition_body import read_body
from twin.rules.why_not import why_not
from twin.store.project.edit_labels import of_definitions

MOST_ROWS = 10_000


class RuleApi(EngineCore):
    """The part of EngineApi for alarms and rules."""

    def alarms(self) -> Future[tuple[AlarmStatus, ...]]:
        """The status of every alarm, also of those at rest."""
        return self._rules(lambda runner: tuple(runner.statuses()), "alarms")

    def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, *, sender: str = DEFAULT_SENDER
    ) -> Future[tuple[AlarmStatus, ...]]:
        """Acknowledges, shelves etc. these alarms and returns their status; one that refuses does not keep the
        others."""

        def work(runner: RuleRunner) -> tuple[AlarmStatus, ...]:
            known = runner.compiled.alarms.definitions
            if missing := [id for id in alarms if id not in known]:
                raise ProblemError(*(unknown("alarm", id) for id in missing))
            refused: list[Problem] = []
            who = sender if sender != DEFAULT_SENDER else author() or sender
            for id in alarms:
                for event in runner.act(id, act, who):
                    if event.kind is AlarmEventKind.REFUSED:
                        title = alarm_title(known[id], self.session.twin)
                        refused.append(
                            Problem(code="alarm.refused", args={"alarm": title, "why": event.reason}, where=id)
                        )
            if refused:
                raise ProblemError(*refused)
            return tuple(one for one in runner.statuses() if one.id in alarms)

        return self._rules(work, "alarms")

    def alarm_log(
        self, from_ms: int, to_ms: int, most: int = 200, alarm: str = ""
    ) -> Future[tuple[AlarmLogEntry, ...]]:
        """Log of alarms in [from, to), newest first."""

        async def work(session: ProjectSession) -> tuple[AlarmLogEntry, ...]:
            await session.rules.settled()
            await session.rules.written()
            records, definitions = session.history.rules, session.rules.compiled.alarms.definitions
            rows = await self.context.run_blocking(lambda: records.alarm_log(from_ms, to_ms, _bounded(most), alarm))
            return alarm_entries(rows, definitions, session.twin)

        return self._run(self._edited(work), "alarm log")

    def rules(self) -> Future[tuple[RuleStatus, ...]]:
        """The status of every automation, schedule and scene."""

        async def work() -> tuple[RuleStatus, ...]:
            await self.session.rules.settled()
            compiled, now_ms = self.session.rules.compiled, self.context.now_ms()
            next_ms = await self.context.run_blocking(lambda: next_runs(compiled, now_ms))
            return _statuses(self.session, next_ms)

        return self._run(work(), "rules")

    def run_log(self, from_ms: int, to_ms: int, most: int = 200, rule: str = "") -> Future[tuple[RunLogEntry, ...]]:
        """Log of automations and schedules in [from, to), newest first."""

        async def work(session: ProjectSession) -> tuple[RunLogEntry, ...]:
            await session.rules.written()
            records = session.history.rules
            rows = await self.context.run_blocking(lambda: records.run_log(from_ms, to_ms, _bounded(most), rule))
            return run_entries(rows, session.twin)

        return self._run(self._edited(work), "run log")

    def preview_rule(
        self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> Future[RulePreview]:
        """What an automation or schedule would have done in the recorded time [from, to]. One is worked out at a time;
        ProblemError where a newer one of the same definition is asked for before."""

        async def work() -> RulePreview:
            session = self.session
            house = RecordedHouse(session.twin, session.history)
            async with self._previews.turn(definition.id, house.dropped):
                await self._recorded(session)
                return await self.context.run_blocking(lambda: house.preview(kind, definition, from_ms, to_ms))

        return self._run(work(), "preview rule")

    def why_not(self, rule: str, at_ms: int = 0) -> Future[tuple[Text, ...]]:
        """The reasons why an automation does not run now, or did not at a past time, most important first."""

        async def then() -> tuple[Text, ...]:
            session = self.session
            self._known(DefinitionKind.AUTOMATION, rule)
            house = RecordedHouse(session.twin, session.history)
            await self._recorded(session)
            return await self.context.run_blocking(lambda: house.why_not(rule, at_ms))

        if at_ms:
            return self._run(then(), "why not then")

        def work(runner: RuleRunner) -> tuple[Text, ...]:
            self._known(DefinitionKind.AUTOMATION, rule)
            at = Moment(runner.compiled.view, runner.compiled.book.schedules, self.context.now_ms())
            reasons = why_not(runner.compiled.book, rule, at, runner.memory)
            return tuple(with_names(one, self.session.twin) for one in reasons)

        return self._rules(work, "why not")

    def run_rule(self, rule: str, *, sender: str = DEFAULT_SENDER) -> Future[None]:
        """Starts an automation now, where its conditions hold; one that went in circles may start again."""

        def work(runner: RuleRunner) -> None:
            self._known(DefinitionKind.AUTOMATION, rule)
            if rule not in runner.compiled.book.rules:
                raise ProblemError(Problem(code="rules.off", where=rule))
            runner.run(rule, author() if sender == DEFAULT_SENDER else sender)

        return self._rules(work, "run rule")

    def set_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        """Sets a scene; the result is the outcome for each of its points."""

        async def work() -> SceneOutcome:
            runner = self.session.rules
            await runner.settled()
            self._known(DefinitionKind.SCENE, scene)
            found = runner.compiled.rules.scenes.get(scene)
            if found is None:
                raise ProblemError(Problem(code="rules.off", where=scene))
            run = await runner.set_scene(f"scene {randbits(53)}", found, sender)
            return SceneOutcome(confirmed=run.confirmed, failed=tuple(run.failed.items()))

        return self._run(work(), "scene")

    def release_points(self, points: Sequence[str]) -> Future[None]:
        """Returns points that were set by hand to the rules."""
        return self._rules(lambda runner: runner.release(points), "release")

    def change_definitions(self, changes: Sequence[DefinitionEdit]) -> Future[None]:
        """Saves, replaces or deletes alarms, automations, schedules, scenes and calendars as one undo step.
        ProblemError where a
        new one cannot be read, and nothing changes; definitions only renamed or turned off may be unreadable.
        """

        async def work(session: ProjectSession) -> None:
            for one in changes:
                if one.definition is not None:
                    if one.definition.id != one.id or not one.id:
                        raise ProblemError(Problem(code="rules.unreadable", args={"title": one.id}, where=one.id))
                    known = session.twin.definitions.find(one.kind, one.id)
                    if known is None or known.body != one.definition.body or one.definition.enabled > known.enabled:
                        read_body(one.kind, one.definition)
            titles = {one.id: one.title for kind in DefinitionKind for one in session.twin.definitions.of(kind)}
            label = of_definitions(changes, titles)
            await session.edits.edit(lambda project: project.change_definitions(changes), label=label)
            await session.rules.settled()  # from now on they are judged

        return self._run(self._edit(work), "definitions")

    async def _recorded(self, session: ProjectSession) -> None:
        """Waits until everything received so far is in the history; errors while writing are ignored."""
        await session.rules.written()
        with suppress(ProblemError):
            await self.context.run_blocking(session.history.flush)

    def _rules[T](self, work: Callable[[RuleRunner], T], name: str) -> Future[T]:
        async def carried() -> T:
            await self.session.rules.settled()
            return work(self.session.rules)

        return self._run(carried(), name)

    def _known(self, kind: DefinitionKind, id: str) -> None:
        if self.session.twin.definitions.find(kind, id) is None:
            raise ProblemError(unknown("scene" if kind is DefinitionKind.SCENE else "rule", id))


def _bounded(most: int) -> int:
    return min(max(1, most), MOST_ROWS)


def _statuses(session: ProjectSession, next_ms: Mapping[str, int]) -> tuple[RuleStatus, ...]:
    memory, rules = session.rules.memory, session.rules.compiled.rules
    kinds = (
        (DefinitionKind.AUTOMATION, rules.automations),
        (DefinitionKind.SCHEDULE, rules.schedules),
        (DefinitionKind.SCENE, rules.scenes),
    )
    return tuple(
        RuleStatus(
            kind=kind.value,
            id=one.id,
            title=rule_title(one.id, one.title, session.twin),
            enabled=one.enabled,
            readable=one.id in read or not one.enabled,
            running=sum(run.rule == one.id for run in memory.runs) if kind is DefinitionKind.AUTOMATION else 0,
            wakes_ms=min((run.wake_ms for run in memory.runs if run.rule == one.id), default=None),
            circles_since_ms=memory.switched_off.get(one.id) if kind is DefinitionKind.AUTOMATION else None,
            value=memory.levels.get(one.id) if kind is DefinitionKind.SCHEDULE else None,
            last_run_ms=memory.ran.get(one.id),
            next_run_ms=next_ms.get(one.id),
        )
        for kind, read in kinds
        for one in session.twin.definitions.of(kind)
    )
