"""Automations and schedules as one function: what changed and what time it is in, commands and the next wake-up out.

The engine calls it with every batch of the event bus (after `RuleView.take`), with answers of the command tracker, and at
`wake_ms`; it sends `commands` as `automation` or `schedule`, and keeps `memory` in the history whenever its runs or armed
triggers changed. After a start it calls `resume` first.

- Starts of the same instant go by the rule's id; two that write one point are settled by `WriterRank`, then by order, and
  the loser's trace names the writer that overruled it.
- A point that a user set by hand is left alone until the next step of its schedule, until its room was empty for half an
  hour, or for four hours at most.
- A rule that starts more than twenty times in a minute goes in circles: it is switched off, with an alarm.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from twin.model.text import Text
from twin.rules.automation import HAND_MS, Automation, RunMode
from twin.rules.condition import Moment, failing
from twin.rules.memory_draft import MemoryDraft
from twin.rules.rule_book import RuleBook
from twin.rules.rule_memory import (
    AwaitedCommands,
    CommandAnswer,
    QueuedStart,
    RaisedAlarm,
    RuleCommand,
    RuleMemory,
    RuleOutcome,
    Run,
    SceneRequest,
    WriterRank,
)
from twin.rules.rule_view import RuleView, ValueChange
from twin.rules.run_steps import ANSWER_MS, RunSteps, begin
from twin.rules.trigger_watch import Fired, SteppedSchedule, watch_clock, watch_durations, watch_values

STARTS_A_CALL = 50
STARTS_A_MINUTE = 20
VACANT_MS = 30 * 60_000
CIRCLES_ALARM = "circles"
"""First part of the id of the alarm for a rule that restarts itself endlessly."""


class RuleInput(Struct, frozen=True, kw_only=True):
    """Input of `evaluate`: what happened since the last call. `values` is the result of `RuleView.take`."""

    values: Sequence[ValueChange] = ()
    answers: Sequence[CommandAnswer] = ()
    asked: Sequence[str] = ()
    """Ids of rules started by the user."""
    asked_by: str = ""
    """Name of the person who starts them; empty if unknown."""
    by_hand: Sequence[str] = ()
    """Points that changed without a command under way; treated as set by hand."""
    released: Sequence[str] = ()
    """Points that the user returned to the control of rules."""
    reachable: Sequence[str] = ()
    """Points that did not get a schedule's last command and can be reached again."""
    edited: Sequence[str] = ()
    """Schedules whose definition changed: their value in force is sent again, unless it changed as well."""


def evaluate(book: RuleBook, memory: RuleMemory, view: RuleView, changes: RuleInput, now_ms: int) -> RuleOutcome:
    """Evaluates all rules once; `view` must contain the changes already. Arguments are not modified."""
    draft = MemoryDraft(memory, now_ms)
    if changes.by_hand or changes.released or draft.by_hand:
        _update_overrides(book, draft, view, changes)
    fired = watch_values(book, draft, view, changes.values) if changes.values else []
    fired += watch_durations(book, draft, view)
    on_time, steps = watch_clock(book, draft, view)
    fired += on_time
    fired += [
        Fired(now_ms, book.rules[id], WriterRank.BY_HAND, _asked(changes.asked_by))
        for id in changes.asked
        if id in book.rules
    ]
    fired += [
        Fired(memory.last_ms, book.rules[one.rule], one.rank, one.cause)
        for one in memory.deferred
        if one.rule in book.rules
    ]
    moment = Moment(view, book.schedules, now_ms)
    runs = RunSteps(book, draft, moment)
    alarms = _start_all(draft, moment, fired)
    runs.answer(changes.answers)
    _say_failed_schedules(book, draft, changes.answers)
    if draft.runs:
        runs.advance({key for key, _, _ in changes.values})
    for step in steps:
        if step.is_step:
            draft.own_ran()[step.id] = now_ms
            draft.trace_step(step.id, 0, Text("run.schedule_step", schedule=step.id, value=step.value))
        _schedule_commands(book, draft, runs, step)
    for id in (book.schedules.keys() & set(changes.edited)) - {step.id for step in steps}:
        _schedule_commands(book, draft, runs, SteppedSchedule(id, draft.levels.get(id), False))
    if changes.reachable:
        again = frozenset(changes.reachable)
        for id in book.schedules.keys() - {step.id for step in steps}:
            _schedule_commands(book, draft, runs, SteppedSchedule(id, draft.levels.get(id), False), again)
    commands = runs.settle()
    return RuleOutcome(
        memory=draft.done(),
        commands=commands,
        scenes=tuple(runs.scenes),
        notices=tuple(runs.notices),
        alarms=(*alarms, *runs.alarms),
        trace=tuple(draft.trace),
        wake_ms=_wake_ms(book, draft, view, runs),
    )


def _asked(who: str) -> Text:
    return Text("trigger.asked_by", who=who) if who else Text("trigger.asked")


def _start_all(draft: MemoryDraft, moment: Moment, fired: list[Fired]) -> list[RaisedAlarm]:
    alarms: list[RaisedAlarm] = []
    fired.sort(key=lambda one: (one.time_ms, one.rank, one.rule.id))
    for number, one in enumerate(fired):
        if number >= STARTS_A_CALL:
            draft.deferred.append(QueuedStart(rule=one.rule.id, cause=one.cause, rank=one.rank))
        elif one.rule.id not in draft.switched_off:
            alarms += _start(draft, moment, one)
    return alarms


def _start(draft: MemoryDraft, moment: Moment, fired: Fired) -> list[RaisedAlarm]:
    rule, cause = fired.rule, fired.cause
    why_not = failing(rule.conditions, moment)
    if why_not is not None:
        draft.trace_step(rule.id, 0, Text("run.refused", cause=cause, why=why_not))
        return []
    if _in_circles(draft, rule):
        draft.own_switched_off()[rule.id] = draft.now_ms
        draft.trace_step(rule.id, 0, Text("run.circles", most=STARTS_A_MINUTE))
        return [RaisedAlarm(alarm=f"{CIRCLES_ALARM}:{rule.id}", active=True, rule=rule.id)]
    mine = [run for run in draft.runs if run.rule == rule.id]
    if mine and rule.mode is RunMode.SINGLE:
        draft.trace_step(rule.id, 0, Text("run.busy", run=mine[0].id))
        return []
    if mine and rule.mode is RunMode.QUEUED:
        waiting = sum(one.rule == rule.id for one in draft.queue)
        if waiting < rule.most:
            draft.queue.append(QueuedStart(rule=rule.id, cause=cause, rank=fired.rank))
        draft.trace_step(rule.id, 0, Text("run.queued" if waiting < rule.most else "run.dropped", most=rule.most))
        return []
    if mine and rule.mode is RunMode.PARALLEL and len(mine) >= rule.most:
        draft.trace_step(rule.id, 0, Text("run.dropped", most=rule.most))
        return []
    if mine and rule.mode is RunMode.RESTART:
        for run in mine:
            draft.runs.remove(run)
            draft.trace_step(rule.id, run.id, Text("run.restarted"))
    begin(draft, rule, QueuedStart(rule=rule.id, cause=cause, rank=fired.rank))
    return []


def _in_circles(draft: MemoryDraft, rule: Automation) -> bool:
    """Counts a start of the rule; returns whether there are too many within a minute."""
    recent = tuple(at for at in draft.starts.get(rule.id, ()) if at > draft.now_ms - 60_000)
    draft.own_starts()[rule.id] = (*recent, draft.now_ms)
    return len(recent) >= STARTS_A_MINUTE


def _update_overrides(book: RuleBook, draft: MemoryDraft, view: RuleView, changes: RuleInput) -> None:
    """Updates the points set by hand: adds new ones, removes released and expired ones."""
    for point in changes.by_hand:
        draft.own_by_hand()[point] = draft.now_ms
    for point in changes.released:
        if point in draft.by_hand:
            del draft.own_by_hand()[point]
    for point in tuple(draft.by_hand):
        if draft.now_ms >= _override_ends_ms(book, draft, view, point):
            del draft.own_by_hand()[point]


def _override_ends_ms(book: RuleBook, draft: MemoryDraft, view: RuleView, point: str) -> int:
    """Time (ms) from which rules may command a point again; later vacancy of its room can make it earlier."""
    since = draft.by_hand[point]
    vacancy = book.vacancy.get(point)
    if vacancy is not None and view.get(vacancy) == 0:
        return min(since + HAND_MS, max(since, view.since_ms[vacancy]) + VACANT_MS)
    return since + HAND_MS


def _say_failed_schedules(book: RuleBook, draft: MemoryDraft, answers: Sequence[CommandAnswer]) -> None:
    """A trace row for every command of a schedule that failed."""
    for one in answers:
        if not one.ok and one.id.startswith("schedule:"):
            id = max((id for id in book.schedules if one.id.startswith(f"schedule:{id}:")), key=len, default="")
            draft.trace_step(id, 0, Text("run.failed", id=one.id, why=one.reason))


def _schedule_commands(
    book: RuleBook, draft: MemoryDraft, runs: RunSteps, step: SteppedSchedule, only: Collection[str] | None = None
) -> None:
    """What a schedule commands at its step, or asserts after a start or (`only`) once these points can be reached; a step
    takes its points back from people's hands."""
    _schedule_scene(book, draft, runs, step, only)
    for number, target in enumerate(book.schedules[step.id].targets):
        for point in runs.points(target.selector):
            if only is not None and point not in only:
                continue
            if step.is_step and point in draft.by_hand:
                del draft.own_by_hand()[point]
            if step.value is not None and point not in draft.by_hand:
                runs.ask(RuleCommand(
                    id=f"schedule:{step.id}:{draft.now_ms}:{number}:{point}", point=point, verb=target.verb,
                    value=step.value, rank=WriterRank.SCHEDULE, schedule=step.id,
                ))  # fmt: skip


def _schedule_scene(
    book: RuleBook, draft: MemoryDraft, runs: RunSteps, step: SteppedSchedule, only: Collection[str] | None
) -> None:
    """Asks for the scene that a schedule's value names; between steps not where a person set one of its points. With
    `only` it is asked for at those of its points among these that no person set."""
    scenes = book.schedules[step.id].scenes
    if step.value is None or not 0 <= int(step.value) < len(scenes):
        return
    scene = scenes[int(step.value)]
    points = {point for one in book.scene_selectors.get(scene, ()) for point in runs.points(one)}
    by_hand = points & draft.by_hand.keys()
    id = f"schedule:{step.id}:{draft.now_ms}:scene"
    if only is not None:
        if again := tuple(sorted((points & set(only)) - by_hand)):
            runs.scenes.append(SceneRequest(id=f"{id}:{again[0]}", scene=scene, rule=step.id, run=0, points=again))
        return
    if by_hand and not step.is_step:
        return
    for point in by_hand:
        del draft.own_by_hand()[point]
    runs.scenes.append(SceneRequest(id=id, scene=scene, rule=step.id, run=0))


def _wake_ms(book: RuleBook, draft: MemoryDraft, view: RuleView, runs: RunSteps) -> int | None:
    times = [at for at in (draft.for_due_ms, draft.clock_ms, runs.wake_ms()) if at is not None]
    if draft.deferred:
        return draft.now_ms
    times += [_override_ends_ms(book, draft, view, point) for point in draft.by_hand]
    return max(min(times), draft.now_ms) if times else None


def resume(
    book: RuleBook,
    memory: RuleMemory,
    now_ms: int,
    *,
    started: bool = True,
    unbroken: bool = False,
    going_on: Collection[str] = (),
) -> RuleOutcome:
    """The memory adapted after a start or, with `started` False, after an edit of the rules.

    A pending `for` continues; it restarts where the evaluation was interrupted for longer than it lasts and the history
    has a gap (`unbroken` False). Runs of removed rules end. After a start, commands under way will not be answered,
    except the scenes `going_on`, and the next call sends the value in force of every schedule.
    """
    draft = MemoryDraft(memory, now_ms)
    away_ms = now_ms - memory.last_ms
    for id, since in tuple(memory.armed.items()):
        one = book.watched.get(id)
        if one is None:
            del draft.own_armed()[id]
        elif away_ms > one.for_ms and not unbroken:
            draft.own_armed()[id] = now_ms
            draft.trace_step(one.rule.id, 0, Text("trigger.for_anew", key=one.key, silent_ms=away_ms, since_ms=since))
    for name in ("seen", "previous", "silent"):
        for id in [id for id in getattr(memory, name) if id not in book.watched]:
            del getattr(draft, f"own_{name}")()[id]
    runs: list[Run] = []
    for run in draft.runs:
        if run.rule not in book.rules:
            draft.trace_step(run.rule, run.id, Text("run.rule_removed"))
        else:
            waits = run.awaits.ids if isinstance(run.awaits, AwaitedCommands) else None
            unanswered = started and waits is not None and not set(waits) <= set(going_on)
            wake_ms = now_ms if unanswered else now_ms + ANSWER_MS if started and waits is not None else run.wake_ms
            runs.append(replace(run, wake_ms=wake_ms))
    draft.runs = runs
    draft.queue = [one for one in draft.queue if one.rule in book.rules]
    draft.levels = {} if started else {id: one for id, one in draft.levels.items() if id in book.schedules}
    draft.clock_ms = None
    draft.for_due_ms = min((at for at in draft.armed.values()), default=None)
    after = replace(draft.done(), last_ms=memory.last_ms)
    return RuleOutcome(memory=after, trace=tuple(draft.trace), wake_ms=now_ms)


def with_overrides(memory: RuleMemory, by_hand: Sequence[str], released: Sequence[str], now_ms: int) -> RuleMemory:
    """The memory with points added to or removed from those set by hand, without evaluating rules."""
    if not by_hand and not released:
        return memory
    left = {point: since for point, since in memory.by_hand.items() if point not in released}
    return replace(memory, by_hand=left | dict.fromkeys(by_hand, now_ms))


def without_removed(memory: RuleMemory, there: Collection[str]) -> RuleMemory:
    """The memory without the last runs of rules, schedules and scenes whose ids are not among `there`."""
    ran = {id: at for id, at in memory.ran.items() if id in there}
    return memory if len(ran) == len(memory.ran) else replace(memory, ran=ran)


def with_scene_set(memory: RuleMemory, scene: str, now_ms: int) -> RuleMemory:
    """The memory after a scene was set."""
    return replace(memory, ran={**memory.ran, scene: now_ms})


def switch_on(memory: RuleMemory, rule: str) -> RuleMemory:
    """The memory with a rule enabled again that was switched off for starting too often."""
    left = {id: since for id, since in memory.switched_off.items() if id != rule}
    return replace(memory, switched_off=left, starts={id: at for id, at in memory.starts.items() if id != rule})
