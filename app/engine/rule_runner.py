"""Runs alarms, automations and schedules of the open project: has them judged with every batch and event, at their times
and on request.

Restated values are ignored, and late values start nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC

from app.engine.event_bus import SubscriberRole
from app.engine.rule_compiling import CompiledRules, compiled, edited_schedules
from app.engine.rule_host import RuleHost
from app.engine.rule_inputs import NAN, carried_over, in_turn, is_there, own_values, raised_values
from app.engine.rule_judging import RuleJudging
from app.engine.rule_saving import saved_rules
from twin.model.alarm import AlarmStatus
from twin.model.batch import Batch
from twin.model.change import AlarmsChanged, Change, CommandUpdated, DeviceOnline, LinkChanged
from twin.model.problem import Problem, ProblemError
from twin.rules.alarm_act import AlarmAct
from twin.rules.alarm_evaluation import act, adopt, evaluate_alarms
from twin.rules.alarm_list import alarm_list
from twin.rules.alarm_state import AlarmEvent
from twin.rules.device_alarm_act import DeviceAct
from twin.rules.evaluate import resume, switch_on, without_removed
from twin.rules.rule_memory import RaisedAlarm
from twin.rules.rule_view import ValueChange, online_key
from twin.rules.wall_clock import local
from twin.store.project.refusals import closed

ALIVE_MS = 10_000
"""Interval (ms) of saving the rules' memory while delays or runs are pending, as a sign of life."""
TICK_S = 1.0


class RuleRunner(RuleJudging):
    """The rules of one open project. Event loop only, from `begin` to `close`."""

    def __init__(self, session: RuleHost) -> None:
        super().__init__(session)
        self._ticking: asyncio.TimerHandle | None = None
        self._saved_ms = 0
        self._stale = self._beginning = False
        self._going_on = frozenset[str]()
        """Scene runs of an earlier process that go on, until the rules know."""
        self._compiling: asyncio.Task[object] | None = None
        self._day = local(0, UTC).date()
        self._raised_problems: frozenset[Problem] = frozenset()

    async def begin(self, *, acts: bool = True) -> None:
        """Loads the saved memory and subscribes to the bus. Without `acts`, automations, schedules and scenes are not
        run, but can be listed, edited and marked as set by hand. ProblemError where the project closes meanwhile."""
        self.acts = acts
        saved = await self._context.run_blocking(lambda: saved_rules(self._session.history.rules))
        if self._session.closing:
            raise ProblemError(closed(self._session.path))
        known = self._session.twin.definitions
        there = {one.id for one in (*known.automations, *known.schedules, *known.scenes)}
        self.alarms, self.memory = saved.alarms, without_removed(saved.rules, there)
        self.scenes.before = {id: targets for id, targets in saved.before.items() if id in there}
        self._going_on, self.notifier.outbox = frozenset(run.id for run in saved.scenes), saved.outbox
        self._context.raise_problem(*saved.problems)
        self._clock.begin()
        self._unsubscribe = self._context.bus.subscribe(SubscriberRole.RULES, self._take_batch, self._event)
        self._beginning = True
        made = await self._context.run_blocking(self._made)
        self._beginning = False
        if self._unsubscribe is None:  # closed meanwhile
            raise ProblemError(closed(self._session.path))
        self._adopt(made, started=True)
        if self._stale:  # edited meanwhile: what was compiled then must not be replaced by what was compiled before
            self.twin_changed()
        self._context.bus.publish(self.standing())
        self._tick()
        self.notifier.begin(sends=acts)
        if acts:
            self.scenes.resume(saved.scenes)

    def close(self) -> None:
        """Unsubscribes and hands unsaved changes to the history's writer."""
        if self._unsubscribe is None:
            return
        self._unsubscribe()
        self._unsubscribe = None
        for timer in filter(None, (self._timer, self._saving, self._ticking)):
            timer.cancel()
        self.notifier.close()
        self.scenes.close()
        if self._pending:
            self._saver.rules(self.memory, ())
        self._saver.flush()

    @property
    def _pending(self) -> bool:
        """Whether the rules' memory must be saved at the end: there are rules, armed delays or runs."""
        return self.acts and bool(self.memory.armed or self.memory.runs or self.compiled.book.rules)

    def twin_changed(self) -> None:
        """Recompiles the rules in a task after definitions, devices or rooms changed."""
        if self._unsubscribe is None:
            return
        self._stale = True
        if self._compiling is None and not self._beginning:
            self._compiling = self._context.loop.spawn(self._compile(), name="rules")

    async def settled(self) -> None:
        """Waits until the rules of the newest twin are compiled and in force."""
        if self._compiling is not None:
            await asyncio.shield(self._compiling)

    # -- what people ask for

    def act(self, id: str, what: AlarmAct | DeviceAct, who: str) -> tuple[AlarmEvent, ...]:
        """Applies the action of a person, or of its device, to an alarm; returns the log's rows, refusals included. KeyError:
        unknown."""
        outcome = act(self.compiled.alarms, self.alarms, id, what, self._context.now_ms(), who)
        self._round(self._took_alarms(outcome))
        return outcome.events

    def run(self, rule: str, who: str = "") -> None:
        """Starts an automation for a person; one that was stopped as circular may start again."""
        self.memory = switch_on(self.memory, rule)
        self._round([], asked=(rule,), asked_by=who)

    def release(self, points: Sequence[str]) -> None:
        """Returns points that a person set by hand to the rules."""
        self._round([], released=tuple(points))

    def show_raised(self, raised: Iterable[RaisedAlarm], more: Iterable[ValueChange] = ()) -> None:
        """Sets alarms that are raised from outside the rules, such as early warnings, and values that no point has."""
        self._round([*raised_values(self.compiled.alarms, raised, self._context.now_ms()), *more])

    def standing(self) -> AlarmsChanged:
        """A change with all alarms that are not at rest, for a client without earlier news."""
        return AlarmsChanged(tuple(one for one in self.statuses() if not one.at_rest), whole=True)

    def statuses(self) -> list[AlarmStatus]:
        """The status of every alarm."""
        return alarm_list(self.compiled.alarms, self.alarms, self._session.twin, self.compiled.view)

    # -- when something happened

    def look(self) -> None:
        """Evaluates what is due, checks the clock, and recompiles on a new local day."""
        now_ms = self._context.now_ms()
        if self._unsubscribe is None:
            return
        if self._compiling is None and local(now_ms, self.compiled.view.zone).date() != self._day:
            self.twin_changed()
        self._round([])
        self.notifier.look()
        if self.acts and (self.memory.armed or self.memory.runs) and abs(now_ms - self._saved_ms) >= ALIVE_MS:
            self._saver.rules(self.memory, ())
            self._save()
            self._saved_ms = now_ms

    def _tick(self) -> None:
        """Calls `look` and schedules itself again in TICK_S seconds, even after a failure."""
        self._ticking = self._context.loop.asyncio.call_later(TICK_S, self._tick)
        self.look()

    def _take_batch(self, batch: Batch) -> None:
        now_ms = self._context.now_ms()
        view, alarms = self.compiled.view, self.alarms
        back: list[ValueChange] = []
        for device in self.inputs.spoke(batch):
            key = online_key(device)
            view.last_report_ms[key] = now_ms
            watching = self.compiled.alarms.by_key.get(key, ())
            if view.get(key) != 0 and any(
                alarms.state(id).active or alarms.state(id).uncertain_since_ms is not None for id in watching
            ):
                back.append((key, 1.0, now_ms))
        now, past = self.inputs.changes(batch, now_ms)
        learned: list[ValueChange] = []
        for part in in_turn(past):
            if part:
                judged = evaluate_alarms(self.compiled.alarms, self.alarms, view, view.take(part), now_ms)
                learned += self._took_alarms(judged)
        for part in in_turn(now):
            if part or back or learned:
                hands = [
                    key for key, value, _ in part if self.commands.moved_by_hand(key, view.get(key), value, now_ms)
                ]
                self._round([*back, *part], learned=learned, by_hand=hands)
                back, learned = [], []

    def _event(self, change: Change) -> None:
        if isinstance(change, DeviceOnline | LinkChanged):
            value_change = self.presence.change(change, self.compiled.view, self._context.now_ms())
            heard = [value_change] if value_change is not None and value_change[0] in self.compiled.keys else []
            reachable = self.commands.reachable(change)
            if heard or reachable:
                self._round(heard, reachable=reachable)
        elif isinstance(change, CommandUpdated):
            point = self.commands.follow(change.result)
            if point is not None:
                self._round([], by_hand=(point,))

    def _made(self) -> CompiledRules:
        """The compiled rules of the newest twin. Blocks (time zones, calendars): runs on the pool."""
        return compiled(self._session.twin, local(self._context.now_ms(), self.compiled.view.zone).date())

    async def _compile(self) -> None:
        try:
            while self._stale:
                self._stale = False
                made = await self._context.run_blocking(self._made)
                if self._unsubscribe is not None:
                    self._adopt(made, started=False)
        finally:
            self._compiling = None

    def _adopt(self, made: CompiledRules, *, started: bool) -> None:
        """Puts new compiled rules in force; their view takes over the values that the former view knew."""
        now_ms, before = self._context.now_ms(), self.compiled
        self.compiled, view = made, made.view
        self._day = local(now_ms, view.zone).date()
        twin = self._session.twin
        there = {key for key in made.keys if is_there(key, twin, view)}
        carried_over(view, before.view, before.keys & there)
        view.take([(key, NAN, now_ms) for key in made.keys - there])
        self.commands.commanded = self.compiled.commanded
        self.inputs.watch(self.compiled.keys, self.compiled.silent)
        unknown = [key for key in made.keys if key not in view.value]
        view.take([*self.inputs.known(made.keys & there), *self.presence.known(unknown, view, now_ms)])
        view.pool_rooms(now_ms)
        for device in self.compiled.silent:
            view.last_report_ms.setdefault(online_key(device.id), now_ms)  # its silence is counted from now
        self.compiled.view.take(own_values(self.compiled.alarms, self.alarms, self.compiled.view, now_ms))
        self._raise_new(self.compiled.problems)
        learned = [(key, value, view.since_ms.get(key, now_ms)) for key, value in view.value.items()]
        changes = self._took_alarms(adopt(self.compiled.alarms, self.alarms, view, now_ms))
        if self.acts:
            going_on, self._going_on = self._going_on, frozenset[str]()
            self._took_rules(resume(self.compiled.book, self.memory, now_ms, started=started, going_on=going_on))
        edited = edited_schedules(before.rules.schedules, made.rules.schedules)
        self._round([], learned=[*learned, *changes], edited=edited)

    def _raise_new(self, problems: Iterable[Problem]) -> None:
        found = frozenset(problems)
        self._context.raise_problem(*(found - self._raised_problems))
        self._raised_problems = found
