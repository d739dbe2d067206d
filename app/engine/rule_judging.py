"""Judges alarms, automations and schedules of the open project: evaluates them, saves their state in the history, and
sends their commands (`twin.rules` has the evaluation itself)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

import msgspec

from app.engine.event_bus import Unsubscribe
from app.engine.notifier import Notifier
from app.engine.rule_clock import RuleClock
from app.engine.rule_commands import AUTOMATION, SCHEDULE, RuleCommands, cause_of
from app.engine.rule_compiling import CompiledRules, compiled
from app.engine.rule_host import RuleHost
from app.engine.rule_inputs import RuleInputs, moved_values, raised_values
from app.engine.rule_presence import RulePresence
from app.engine.rule_saving import RuleSaver, is_worth_saving
from app.engine.scene_setting import SceneSetting
from twin.model.change import AlarmsChanged
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.rules import clock_step
from twin.rules.alarm_evaluation import AlarmMemory, AlarmOutcome, adopt, evaluate_alarms
from twin.rules.alarm_list import alarm_status, shown_fields
from twin.rules.evaluate import RuleInput, evaluate, resume, with_overrides, with_scene_set
from twin.rules.rule_memory import CommandAnswer, RuleMemory, RuleOutcome
from twin.rules.rule_view import ValueChange
from twin.rules.scene import SceneRun, SceneTarget, scene_at
from twin.rules.wall_clock import local

ROUNDS = 25
"""Most rounds in which alarms and rules of one instant may trigger each other."""
SAVE_S = 1.0
"""Longest wait (seconds) before changes are written."""


class RuleJudging:
    """The state of alarms and rules, and what follows from their evaluation. Event loop only."""

    def __init__(self, session: RuleHost) -> None:
        self._session, self._context = session, session.context
        self.compiled: CompiledRules = compiled(Twin(), local(0, UTC).date())
        self.alarms, self.memory = AlarmMemory(), RuleMemory()
        self.inputs, self.presence = RuleInputs(session.state), RulePresence(session)
        self.commands = RuleCommands(session, self._answered)
        self.scenes = SceneSetting(
            session, self.commands.send, lambda: self.compiled.view.members, self._scenes_saved, self._keep_before,
            self._scene_ended, self._answered,
        )  # fmt: skip
        self._saver = RuleSaver(session.history.rules, self._context.loop.call)
        self.notifier = Notifier(session, lambda: self.compiled, self._saver, self.written)
        self._unsubscribe: Unsubscribe | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.TimerHandle | None = None
        self._clock = RuleClock(self._context)
        self.acts = False
        """Whether automations and schedules are judged, not only alarms."""

    async def written(self) -> None:
        """Waits until all changes are written to the history, or the write failed."""
        if (newest := self._saver.flush()) is not None:
            with contextlib.suppress(ProblemError):
                await asyncio.wrap_future(newest)

    # -- judging

    def _round(
        self,
        heard: Iterable[ValueChange],
        *,
        learned: Sequence[ValueChange] = (),
        answers: Sequence[CommandAnswer] = (),
        asked: Sequence[str] = (),
        asked_by: str = "",
        by_hand: Sequence[str] = (),
        released: Sequence[str] = (),
        reachable: Sequence[str] = (),
        edited: Sequence[str] = (),
    ) -> None:
        """Evaluates new values and everything due until nothing more follows. The view already contains `learned`."""
        adopted = self._watch_clock()
        now_ms, view = self._context.now_ms(), self.compiled.view
        given = RuleInput(
            values=[*adopted, *learned, *view.take(heard)], answers=answers, asked=asked, asked_by=asked_by,
            by_hand=by_hand, released=released, reachable=reachable, edited=edited,
        )  # fmt: skip
        wakes: list[int] = []
        for _ in range(ROUNDS):
            alarms = evaluate_alarms(self.compiled.alarms, self.alarms, view, given.values, now_ms)
            more = self._took_alarms(alarms)
            given = msgspec.structs.replace(given, values=[*given.values, *more])
            outcome = self._judged(given, now_ms)
            self._took_rules(outcome)
            wakes = [at for at in (alarms.wake_ms, outcome.wake_ms) if at is not None]
            changes = raised_values(self.compiled.alarms, outcome.alarms, now_ms)
            if not changes:
                break
            given = RuleInput(values=view.take(changes))
        self._wake_at(min(wakes, default=None), now_ms)

    def _judged(self, given: RuleInput, now_ms: int) -> RuleOutcome:
        if self.acts:
            return evaluate(self.compiled.book, self.memory, self.compiled.view, given, now_ms)
        return RuleOutcome(memory=with_overrides(self.memory, given.by_hand, given.released, now_ms))

    def _took_alarms(self, outcome: AlarmOutcome) -> list[ValueChange]:
        """Saves and publishes what an outcome changed; returns the changed values of the alarms' own keys."""
        before, self.alarms = self.alarms, outcome.memory
        if before is outcome.memory or (before.states is self.alarms.states and not outcome.events):
            return []
        self._saver.alarms(before, self.alarms, outcome.events)
        self.notifier.alarms(outcome.events)
        known = before.states
        changed = {id for id, state in self.alarms.states.items() if state is not known.get(id)}
        gone = known.keys() - self.alarms.states.keys()
        self._publish_alarms(
            [id for id in changed if shown_fields(known.get(id)) != shown_fields(self.alarms.state(id))], gone
        )
        self._save_soon(0.0 if outcome.events else SAVE_S)
        moved = moved_values(before, self.alarms, (*changed, *gone), self._context.now_ms())
        return self.compiled.view.take(moved)

    def _publish_alarms(self, changed: Iterable[str], gone: Iterable[str]) -> None:
        twin, view, definitions = self._session.twin, self.compiled.view, self.compiled.alarms.definitions
        there = (id for id in changed if id in definitions)
        statuses = [alarm_status(definitions[id], self.alarms.state(id), twin, view, definitions) for id in there]
        if statuses or gone:
            self._context.bus.publish(AlarmsChanged(tuple(statuses), gone=tuple(gone)))

    def _took_rules(self, outcome: RuleOutcome) -> None:
        """Saves an outcome's memory and trace, sends its commands, begins its scenes and raises its notices."""
        before, self.memory = self.memory, outcome.memory
        if outcome.trace or is_worth_saving(before, self.memory):
            self._saver.rules(self.memory, outcome.trace)
            self._save_soon()
        for one in outcome.commands:
            sender = SCHEDULE if one.schedule else AUTOMATION
            self.commands.send(one.id, one.point, one.verb, one.value, sender, cause_of(self.memory, one, sender))
        for request in outcome.scenes:
            scene = self.compiled.rules.scenes.get(request.scene)
            if scene is None:
                self._context.loop.asyncio.call_soon(self._answered, CommandAnswer(id=request.id, ok=False))
            else:
                if not request.points:
                    self.scenes.remember_before(scene)
                sender = SCHEDULE if request.rule in self.compiled.book.schedules else AUTOMATION
                part = scene_at(scene, request.points, self.compiled.view.members)
                cause = cause_of(self.memory, request, sender)
                begun = self.scenes.begin(request.id, part, sender, cause, whole=not request.points)
                self._session.spawn_task(begun, name="scene")
        for notice in outcome.notices:
            self.notifier.notice(notice)

    # -- scenes and answers

    def _keep_before(self, before: Mapping[str, tuple[SceneTarget, ...]]) -> None:
        self._saver.before(before)
        self._save_soon()

    async def _scenes_saved(self) -> None:
        if self.acts:
            self._saver.scenes(self.scenes.runs.values())
            await self.written()

    def _answered(self, answer: CommandAnswer) -> None:
        if self._unsubscribe is None:
            return
        if self.scenes.take(answer):
            if self.acts:
                self._saver.scenes(self.scenes.runs.values())
                self._save_soon()
        else:
            self._round([], answers=(answer,))

    def _scene_ended(self, run: SceneRun) -> None:
        if self.acts:
            if run.whole:
                self.memory = with_scene_set(self.memory, run.scene, self._context.now_ms())
                self._saver.rules(self.memory, ())
            self._saver.scenes(self.scenes.runs.values())  # one that ended at once was saved as under way
            self._save_soon()

    # -- time

    def _watch_clock(self) -> list[ValueChange]:
        """Shifts pending delays by a step of the clock, or restarts them after a pause; returns values of changed
        alarms."""
        if (jump := self._clock.jump()) is None:
            return []
        now_ms, view = jump.now_ms, self.compiled.view
        if jump.paused:
            clock_step.restart_silence(view, now_ms)
            states = clock_step.without_delays(self.alarms)
            rules = resume(self.compiled.book, self.memory, now_ms, started=False).memory
        else:
            clock_step.shift_view(view, jump.step_ms)
            states = clock_step.shifted_alarms(self.alarms, jump.step_ms)
            rules = clock_step.shifted_rules(self.memory, jump.step_ms)
            self.notifier.clock_stepped(jump.step_ms)
        self.memory = rules if self.acts else self.memory
        before, self.alarms = self.alarms, states
        self._saver.alarms(before, states, ())
        return self._took_alarms(adopt(self.compiled.alarms, self.alarms, view, now_ms))

    def _wake_at(self, at_ms: int | None, now_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at_ms is not None and self._unsubscribe is not None:
            delay_s = min(max(0.0, (at_ms - now_ms) / 1000), 86_400.0)
            self._timer = self._context.loop.asyncio.call_later(delay_s, self._round, ())

    def _save_soon(self, delay_s: float = SAVE_S) -> None:
        if self._unsubscribe is None:
            return
        if self._saving is not None:
            if delay_s:
                return
            self._saving.cancel()
        self._saving = self._context.loop.asyncio.call_later(delay_s, self._save)

    def _save(self) -> None:
        self._saving = None
        self._saver.save()
