"""Runs of rules: actions one after the other, waits, and which writer may command a point."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from twin.model.text import Text
from twin.rules.automation import Action, Activate, Automation, Do, If, Notify, Raise, Stop, Wait, WaitFor
from twin.rules.condition import Moment, depends_on_time, judge, keys_of, next_look_ms
from twin.rules.memory_draft import MemoryDraft
from twin.rules.rule_book import RuleBook
from twin.rules.rule_memory import (
    AwaitedCommands,
    AwaitedCondition,
    CommandAnswer,
    Notice,
    QueuedStart,
    RaisedAlarm,
    RuleCommand,
    Run,
    SceneRequest,
)
from twin.rules.selector import Selector
from twin.rules.trigger_watch import GRACE_MS

STEPS_A_CALL = 200
ANSWER_MS = 600_000
"""Time without an answer to a command or scene, ms, after which the run continues; its trace notes it."""


def begin(draft: MemoryDraft, rule: Automation, start: QueuedStart) -> None:
    """Adds a new run to the draft, after those under way."""
    draft.runs.append(Run(
        id=draft.next_run, rule=rule.id, version=rule.version, cause=start.cause, started_ms=draft.now_ms, rank=start.rank,
        todo=rule.actions, wake_ms=draft.now_ms,
    ))  # fmt: skip
    draft.trace_step(rule.id, draft.next_run, Text("run.started", cause=start.cause))
    draft.own_ran()[rule.id] = draft.now_ms
    draft.next_run += 1


class RunSteps:
    """Continues runs within one call of `evaluate`."""

    def __init__(self, book: RuleBook, draft: MemoryDraft, moment: Moment) -> None:
        self.book, self.draft, self.moment = book, draft, moment
        self.scenes: list[SceneRequest] = []
        self.notices: list[Notice] = []
        self.alarms: list[RaisedAlarm] = []
        self._asked: list[RuleCommand] = []
        self._steps = 0

    def points(self, selector: Selector) -> tuple[str, ...]:
        """Ids of the points that a selector commands."""
        return (selector.point,) if selector.point else self.moment.view.members.get(selector.key, ())

    def ask(self, command: RuleCommand) -> None:
        """Requests a command; it is sent unless a writer of higher rank commands the point."""
        self._asked.append(command)

    def answer(self, answers: Iterable[CommandAnswer]) -> None:
        """Applies answers of commands and scenes to the runs that wait for them."""
        for one in answers:
            for number, run in enumerate(self.draft.runs):
                if isinstance(run.awaits, AwaitedCommands) and one.id in run.awaits.ids:
                    self.draft.runs[number] = self._answered(run, run.awaits, one)
                    break

    def _answered(self, run: Run, awaits: AwaitedCommands, answer: CommandAnswer) -> Run:
        left = tuple(id for id in awaits.ids if id != answer.id)
        if answer.ok:
            self.draft.trace_step(run.rule, run.id, Text("run.confirmed", id=answer.id))
        elif awaits.action is not None and awaits.tries_left > 0:
            self.draft.trace_step(run.rule, run.id, Text("run.tries_again", id=answer.id, why=answer.reason))
            point = answer.id.split(":", 2)[2]
            command = self._command(run, awaits.action, point, awaits.tries_left)
            self.ask(command)
            awaits = replace(awaits, tries_left=awaits.tries_left - 1)
            return replace(run, awaits=replace(awaits, ids=(*left, command.id)), wake_ms=self.draft.now_ms + ANSWER_MS)
        else:
            self.draft.trace_step(run.rule, run.id, Text("run.failed", id=answer.id, why=answer.reason))
        if left:
            return replace(run, awaits=replace(awaits, ids=left))
        return replace(run, awaits=None, wake_ms=self.draft.now_ms)

    def advance(self, changed: Collection[str]) -> None:
        """Continues every run up to its next wait; `changed` are the keys with a new value."""
        number = 0
        while number < len(self.draft.runs):
            run = self.draft.runs[number]
            if not self._ready(run, changed):
                number += 1
                continue
            after = self._advanced(run)
            if after is not None:
                self.draft.runs[number] = after
                number += 1
                continue
            self.draft.runs.pop(number)
            self._start_next(run.rule)

    def _start_next(self, rule: str) -> None:
        start = next((one for one in self.draft.queue if one.rule == rule), None)
        if start is not None:
            self.draft.queue.remove(start)
            if rule in self.book.rules:
                begin(self.draft, self.book.rules[rule], start)

    def _ready(self, run: Run, changed: Collection[str]) -> bool:
        if self.draft.now_ms >= run.wake_ms:
            return True
        if not isinstance(run.awaits, AwaitedCondition):
            return False
        condition = run.awaits.action.condition
        keys = keys_of(condition)
        touched = any(key in changed for key in keys) or depends_on_time(condition)
        return touched and judge(condition, self.moment) is True

    def _advanced(self, run: Run) -> Run | None:
        """The run up to its next wait; None where it has ended."""
        now_ms = self.draft.now_ms
        overdue_ms = now_ms - run.wake_ms
        if overdue_ms > GRACE_MS and not isinstance(run.awaits, AwaitedCommands):
            self.draft.trace_step(run.rule, run.id, Text("run.overdue", due_ms=run.wake_ms))
            return None
        todo = list(run.todo)
        if isinstance(run.awaits, AwaitedCommands):
            for id in run.awaits.ids:
                self.draft.trace_step(run.rule, run.id, Text("run.no_answer", id=id))
        elif isinstance(run.awaits, AwaitedCondition) and judge(run.awaits.action.condition, self.moment) is not True:
            self.draft.trace_step(
                run.rule, run.id, Text("run.waited_too_long", timeout_ms=run.awaits.action.timeout_ms)
            )
            if not run.awaits.action.go_on:
                return None
        run = replace(run, awaits=None, wake_ms=now_ms)
        while todo:
            if self._steps >= STEPS_A_CALL:
                return replace(run, todo=tuple(todo), wake_ms=now_ms + 1)
            self._steps += 1
            waiting = self._do(run, todo.pop(0), todo)
            if waiting is not None:
                return replace(waiting, todo=tuple(todo))
        self.draft.trace_step(run.rule, run.id, Text("run.finished"))
        return None

    def _do(self, run: Run, action: Action, todo: list[Action]) -> Run | None:
        """Does one action; the run where it has to wait. `todo` is what comes after, and may change."""
        match action:
            case Do():
                return self._ask_points(run, action)
            case Activate(scene=scene):
                id = f"{run.id}:{self._steps}:scene"
                self.scenes.append(SceneRequest(id=id, scene=scene, rule=run.rule, run=run.id))
                self.draft.trace_step(run.rule, run.id, Text("run.scene", scene=scene))
                return replace(run, awaits=AwaitedCommands(ids=(id,)), wake_ms=self.draft.now_ms + ANSWER_MS)
            case Wait(for_ms=for_ms):
                self.draft.trace_step(run.rule, run.id, Text("run.waits", until_ms=run.wake_ms + for_ms))
                return replace(run, wake_ms=self.draft.now_ms + for_ms) if for_ms > 0 else None
            case WaitFor(condition=condition, timeout_ms=timeout_ms):
                if judge(condition, self.moment) is True:
                    return None
                self.draft.trace_step(run.rule, run.id, Text("run.waits_for", until_ms=self.draft.now_ms + timeout_ms))
                return replace(run, awaits=AwaitedCondition(action=action), wake_ms=self.draft.now_ms + timeout_ms)
            case If(condition=condition, then=then, otherwise=otherwise):
                holds = judge(condition, self.moment) is True
                self.draft.trace_step(run.rule, run.id, Text("run.branch", then=holds))
                todo[:0] = then if holds else otherwise
            case Notify(text=text, level=level, to=to):
                self.notices.append(Notice(rule=run.rule, run=run.id, text=text, level=level, cause=run.cause, to=to))
                self.draft.trace_step(run.rule, run.id, Text("run.told", level=level))
            case Raise(alarm=alarm, active=active):
                self.alarms.append(RaisedAlarm(alarm=alarm, active=active, rule=run.rule))
                self.draft.trace_step(run.rule, run.id, Text("run.raised", alarm=alarm, active=active))
            case Stop():
                todo.clear()
                self.draft.trace_step(run.rule, run.id, Text("run.stopped"))
        return None

    def _ask_points(self, run: Run, action: Do) -> Run | None:
        ids: list[str] = []
        points = self.points(action.selector)
        if not points:
            self.draft.trace_step(run.rule, run.id, Text("run.nothing_to_command", key=action.selector.key))
        for point in points:
            until_ms = self._by_hand_until(run, point)
            if until_ms is not None:
                self.draft.trace_step(run.rule, run.id, Text("run.by_hand", point=point, until_ms=until_ms))
                continue
            command = self._command(run, action, point, action.tries)
            self.ask(command)
            ids.append(command.id)
        if not ids:
            return None
        awaits = AwaitedCommands(ids=tuple(ids), action=action, tries_left=action.tries - 1)
        return replace(run, awaits=awaits, wake_ms=self.draft.now_ms + ANSWER_MS)

    def _command(self, run: Run, action: Do, point: str, tries_left: int) -> RuleCommand:
        step = f"{len(run.todo)}.{tries_left}.{self.draft.now_ms}"
        return RuleCommand(
            id=f"{run.id}:{step}:{point}", point=point, verb=action.verb, value=action.value, rank=run.rank, rule=run.rule,
            run=run.id,
        )  # fmt: skip

    def _by_hand_until(self, run: Run, point: str) -> int | None:
        """Time (ms) until which this rule does not command a point set by hand; None if it may."""
        since = self.draft.by_hand.get(point)
        rule = self.book.rules.get(run.rule)
        if since is None or rule is None or not rule.yields_to_hand_ms:
            return None
        until_ms = since + rule.yields_to_hand_ms
        return until_ms if self.draft.now_ms < until_ms else None

    def settle(self) -> tuple[RuleCommand, ...]:
        """The commands to send, one writer per point; a run whose command was overruled continues with the next call."""
        winners: dict[str, RuleCommand] = {}
        for one in sorted(self._asked, key=lambda one: one.rank):
            winner = winners.setdefault(one.point, one)
            if winner is not one:
                self._overruled(one, winner)
        sent = {one.id for one in winners.values()}
        for one in self._asked:
            if one.id in sent and one.run:
                self.draft.trace_step(one.rule, one.run, Text("run.command", point=one.point, verb=one.verb, id=one.id))
        return tuple(one for one in self._asked if one.id in sent)

    def _overruled(self, loser: RuleCommand, winner: RuleCommand) -> None:
        by = winner.rule or winner.schedule
        same = (loser.verb, loser.value) == (winner.verb, winner.value)
        code = "run.same_command" if same else "run.overruled"
        self.draft.trace_step(loser.rule or loser.schedule, loser.run, Text(code, point=loser.point, by=by))
        for number, run in enumerate(self.draft.runs):
            if isinstance(run.awaits, AwaitedCommands) and loser.id in run.awaits.ids:
                left = tuple(id for id in run.awaits.ids if id != loser.id)
                self.draft.runs[number] = (
                    replace(run, awaits=replace(run.awaits, ids=left))
                    if left
                    else replace(run, awaits=None, wake_ms=self.draft.now_ms)
                )

    def wake_ms(self) -> int | None:
        """Earliest time at which a run goes on or checks its condition again, UTC ms; None for none."""
        times = [run.wake_ms for run in self.draft.runs]
        for run in self.draft.runs:
            if isinstance(run.awaits, AwaitedCondition):
                look = next_look_ms(run.awaits.action.condition, self.moment)
                if look is not None:
                    times.append(look)
        return min(times, default=None)
