"""Runs alarms, automations and schedules of the open project: evaluates them with every batch and at their times,
saves their state in the history and sends their commands (`twin.rules` has the evaluation itself).

Restated values are ignored, and late values start nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

import msgspec

from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.notifier import Notifier
from app.engine.rule_commands import AUTOMATION, SCHEDULE, RuleCommands, cause_of
from app.engine.rule_compiling import CompiledRules, compiled, edited_schedules
from app.engine.rule_host import RuleHost
from app.engine.rule_inputs import (
    NAN,
    RuleInputs,
    carried_over,
    in_turn,
    is_there,
    link_change,
    own_values,
    raised_values,
)
from app.engine.rule_saving import RuleSaver, saved_rules
from app.engine.scene_setting import SceneSetting
from devices.link import LinkState
from twin.model.alarm import AlarmStatus
from twin.model.batch import Batch
from twin.model.change import AlarmsChanged, Change, CommandUpdated, DeviceOnline, LinkChanged
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.rules import clock_step
from twin.rules.alarm_act import AlarmAct
from twin.rules.alarm_evaluation import AlarmMemory, AlarmOutcome, act, adopt, evaluate_alarms
from twin.rules.alarm_list import alarm_list, alarm_status, shown_fields
from twin.rules.alarm_state import AlarmEvent, acked
from twin.rules.device_alarm_act import DeviceAct
from twin.rules.evaluate import RuleInput, evaluate, resume, switch_on, with_overrides, with_scene_set, without_removed
from twin.rules.rule_memory import CommandAnswer, RaisedAlarm, RuleMemory, RuleOutcome
from twin.rules.rule_view import ValueChange, acked_key, alarm_key, online_key
from twin.rules.scene import SceneRun, SceneTarget, scene_at
from twin.rules.wall_clock import local
from twin.store.project.refusals import closed

ROUNDS = 25
"""Most rounds in which alarms and rules of one instant may trigger each other."""
ALIVE_MS = 10_000
"""Interval (ms) of saving the rules' memory while delays or runs are pending, as a sign of life."""
TICK_S = 1.0
SAVE_S = 1.0
"""Longest wait (seconds) before changes are written."""
PAUSE_MS = 60_000
"""Longest pause or clock step (ms) that counts towards delays."""


@dataclass(frozen=True, slots=True)
class _ClockReading:
    now_ms: int
    lived_ms: int


class RuleRunner:
    """The rules of one open project. Event loop only, from `begin` to `close`."""

    def __init__(self, session: RuleHost) -> None:
        self._session, self._context = session, session.context
        self.compiled: CompiledRules = compiled(Twin(), local(0, UTC).date())
        self.alarms, self.memory = AlarmMemory(), RuleMemory()
        self.inputs = RuleInputs(session.state)
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
        self._ticking: asyncio.TimerHandle | None = None
        self._clock = _ClockReading(0, 0)
        self._saved_ms = 0
        self._stale = self._beginning = False
        self._going_on = frozenset[str]()
        """Scene runs of an earlier process that go on, until the rules know."""
        self._compiling: asyncio.Task[object] | None = None
        self._day = local(0, UTC).date()
        self._raised_problems: frozenset[Problem] = frozenset()
        self.acts = False
        """Whether automations and schedules are judged, not only alarms."""

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
        self._clock = self._read_clock()
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

    async def written(self) -> None:
        """Waits until all changes are written to the history, or the write failed."""
        if (newest := self._saver.flush()) is not None:
            with contextlib.suppress(ProblemError):
                await asyncio.wrap_future(newest)

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

    def _keep_before(self, before: Mapping[str, tuple[SceneTarget, ...]]) -> None:
        self._saver.before(before)
        self._save_soon()

    async def _scenes_saved(self) -> None:
        if self.acts:
            self._saver.scenes(self.scenes.runs.values())
            await self.written()

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
            value_change = self._presence_value(change, self._context.now_ms())
            heard = [value_change] if value_change is not None and value_change[0] in self.compiled.keys else []
            reachable = self.commands.reachable(change)
            if heard or reachable:
                self._round(heard, reachable=reachable)
        elif isinstance(change, CommandUpdated):
            point = self.commands.follow(change.result)
            if point is not None:
                self._round([], by_hand=(point,))

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

    # -- judging

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
        view.take([*self.inputs.known(made.keys & there), *self._present(unknown, now_ms)])
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

    def _presence_value(self, change: DeviceOnline | LinkChanged, now_ms: int) -> ValueChange | None:
        if isinstance(change, LinkChanged):
            return link_change(change, now_ms)
        device = self._session.twin.device_of.get(change.device)
        online = device is None or self._session.state_of(device.link) is LinkState.ONLINE
        was = self.compiled.view.get(online_key(change.device))
        return self.inputs.came_or_went(change, was, now_ms, link_online=online)

    def _present(self, keys: Iterable[str], now_ms: int) -> Iterator[ValueChange]:
        """Presence values of the devices and links among these keys, where known."""
        wanted, session = frozenset(keys), self._session
        devices = session.presence.there.items()
        changes = [
            *(DeviceOnline(device, there.online, now_ms, assumed=there.assumed) for device, there in devices),
            *(LinkChanged(link.id, session.state_of(link.id).value) for link in session.twin.links),
        ]
        for change in changes:
            id = change.device if isinstance(change, DeviceOnline) else change.link
            value_change = self._presence_value(change, now_ms) if online_key(id) in wanted else None
            if value_change is not None:
                yield value_change

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
        now_ms = self._context.now_ms()
        moved: list[ValueChange] = []
        for id in (*changed, *gone):
            was, state = before.state(id), self.alarms.state(id)
            moved += [(alarm_key(id), float(state.active), now_ms)] if was.active != state.active else []
            moved += [(acked_key(id), acked(state), now_ms)] if acked(was) != acked(state) else []
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
        worth = outcome.trace or any(
            getattr(before, name) is not getattr(self.memory, name) and getattr(before, name) != getattr(self.memory, name)
            for name in ("seen", "armed", "silent", "levels", "runs", "queue", "deferred", "switched_off", "by_hand", "previous")
        )  # fmt: skip
        if worth:
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

    def _raise_new(self, problems: Iterable[Problem]) -> None:
        found = frozenset(problems)
        self._context.raise_problem(*(found - self._raised_problems))
        self._raised_problems = found

    # -- time

    def _read_clock(self) -> _ClockReading:
        now_ms, lived = self._context.now_ms(), self._context.lived_ms
        return _ClockReading(now_ms, now_ms if lived is None else lived())

    def _watch_clock(self) -> list[ValueChange]:
        """Shifts pending delays by a step of the clock, or restarts them after a pause; returns values of changed
        alarms."""
        last, self._clock = self._clock, self._read_clock()
        passed_ms = self._clock.lived_ms - last.lived_ms
        step_ms = self._clock.now_ms - last.now_ms - passed_ms
        if self._context.lived_ms is None or (passed_ms <= PAUSE_MS and abs(step_ms) <= PAUSE_MS):
            return []
        now_ms, view = self._clock.now_ms, self.compiled.view
        if passed_ms > PAUSE_MS:
            clock_step.restart_silence(view, now_ms)
            states = clock_step.without_delays(self.alarms)
            rules = resume(self.compiled.book, self.memory, now_ms, started=False).memory
        else:
            clock_step.shift_view(view, step_ms)
            states = clock_step.shifted_alarms(self.alarms, step_ms)
            rules = clock_step.shifted_rules(self.memory, step_ms)
            self.notifier.clock_stepped(step_ms)
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
