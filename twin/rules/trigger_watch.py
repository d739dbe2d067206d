"""Starts of rules: values that reach a state or hold it long enough, and instants of the wall clock.

The first known reading of a trigger only initialises it. An unknown value neither arms, starts nor resets; a gap longer
than the trigger's own `for` restarts it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from twin.model.text import Text
from twin.rules.automation import Automation, Became, Differs, Every, Pressed
from twin.rules.memory_draft import MemoryDraft
from twin.rules.rule_book import RuleBook, Watched, instants
from twin.rules.rule_memory import WriterRank
from twin.rules.rule_view import RuleView, ValueChange
from twin.rules.schedule import value_at
from twin.rules.wall_clock import DAY_MS, local

GRACE_MS = 300_000
"""An instant overdue by more than this, ms, is traced as missed and not started."""
LOOK_BACK_MS = 7 * DAY_MS
"""Instants further back than this, ms, are not traced either."""


class Fired(NamedTuple):
    """A rule to start, with the time at which its trigger fired, and the cause."""

    time_ms: int
    rule: Automation
    rank: WriterRank
    cause: Text


class SteppedSchedule(NamedTuple):
    """A schedule that reached a value; `is_step` False: the value is only sent again after a start."""

    id: str
    value: float | None
    is_step: bool


def watch_values(book: RuleBook, draft: MemoryDraft, view: RuleView, changes: Iterable[ValueChange]) -> list[Fired]:
    """The starts that these changes cause now; triggers with `for` are armed instead."""
    fired: list[Fired] = []
    by_key = book.by_key
    for key, value, time_ms in [change for change in changes if change[0] in by_key]:
        for one in by_key[key]:
            cause = _watch(one, draft, view, value, time_ms)
            if cause is not None:
                fired.append(Fired(time_ms, one.rule, one.rank, cause))
    return fired


def _watch(one: Watched, draft: MemoryDraft, view: RuleView, value: float, time_ms: int) -> Text | None:
    trigger = one.trigger
    # Became is asked for first: that a Struct is not of a class takes much longer to find out than that it is.
    if not isinstance(trigger, Became) and isinstance(trigger, Pressed):
        return Text("trigger.pressed", key=one.key, word=value) if value == trigger.word else None
    was = draft.seen.get(one.id)
    holds = _inside(trigger, view, value, bool(was))
    if holds is None:
        if one.id in draft.armed and one.id not in draft.silent:
            draft.own_silent()[one.id] = time_ms
        return None
    if one.by_change:
        return _watch_change(one, draft, value, time_ms, holds)
    if one.id in draft.silent:
        _value_returned(one, draft, time_ms)
    if holds == was:
        return None
    draft.own_seen()[one.id] = holds
    if not holds:
        _disarm(one, draft)
        return None
    if one.for_ms:
        _arm(one, draft, time_ms)
        return None
    return None if was is None else _cause(one, value)


def _watch_change(one: Watched, draft: MemoryDraft, value: float, time_ms: int, holds: bool) -> Text | None:
    """Cause of a start by a trigger that compares with the previous value; None where it does not start now."""
    before = draft.previous.get(one.id)
    if before == value:
        if one.id in draft.silent:
            _value_returned(one, draft, time_ms)
        return None
    draft.own_previous()[one.id] = value
    if one.id in draft.silent:
        del draft.own_silent()[one.id]  # another value than before the silence: whatever was pending is over
    if one.id in draft.armed and not holds:
        _disarm(one, draft)
    came_from = one.trigger.came_from if isinstance(one.trigger, Became) else None
    if before is None or not holds or (came_from is not None and before != came_from):
        return None
    if one.for_ms:
        _arm(one, draft, time_ms)
        return None
    return _cause(one, value)


def _inside(trigger: Became | Differs, view: RuleView, value: float, was: bool) -> bool | None:
    """Whether the state holds; its deadband counts on the way out."""
    if value != value:
        return None
    if not isinstance(trigger, Became):
        excess = view.get(trigger.one.key) - view.get(trigger.other.key) - trigger.by
        return None if math.isnan(excess) else excess > 0
    if trigger.to is not None:
        return value == trigger.to
    deadband = trigger.deadband if was else 0.0
    if trigger.above is not None and value <= trigger.above - deadband:
        return False
    return trigger.below is None or value < trigger.below + deadband


def _cause(one: Watched, value: float, for_ms: int = 0) -> Text:
    trigger = one.trigger
    if not isinstance(trigger, Became) and isinstance(trigger, Differs):
        return Text("trigger.differs", key=one.key, other=trigger.other.key, value=value, for_ms=for_ms)
    return Text("trigger.became", key=one.key, value=value, for_ms=for_ms)


def _arm(one: Watched, draft: MemoryDraft, time_ms: int) -> None:
    draft.own_armed()[one.id] = time_ms
    due = time_ms + one.for_ms
    draft.for_due_ms = due if draft.for_due_ms is None else min(due, draft.for_due_ms)


def _disarm(one: Watched, draft: MemoryDraft) -> None:
    if one.id in draft.armed:
        del draft.own_armed()[one.id]
    if one.id in draft.silent:
        del draft.own_silent()[one.id]


def _value_returned(one: Watched, draft: MemoryDraft, time_ms: int) -> None:
    """An armed trigger's value is known again: its `for` goes on, or begins anew after too long a silence."""
    gap_ms = time_ms - draft.own_silent().pop(one.id)
    since = draft.armed.get(one.id, time_ms)
    if gap_ms > one.for_ms:
        draft.trace_step(one.rule.id, 0, Text("trigger.for_anew", key=one.key, silent_ms=gap_ms))
        since = time_ms
    _arm(one, draft, since)


def watch_durations(book: RuleBook, draft: MemoryDraft, view: RuleView) -> list[Fired]:
    """The starts of armed triggers whose `for` has elapsed."""
    if draft.for_due_ms is None or draft.now_ms < draft.for_due_ms:
        return []
    fired: list[Fired] = []
    watched, silent, now_ms, done, next_ms = book.watched, draft.silent, draft.now_ms, list[str](), None
    for id, since in draft.armed.items():
        one = watched.get(id)
        if one is None:
            done.append(id)
        elif id not in silent:
            due = since + one.for_ms
            if now_ms >= due:
                done.append(id)
                fired.append(Fired(due, one.rule, one.rank, _cause(one, view.get(one.key), one.for_ms)))
            elif next_ms is None or due < next_ms:
                next_ms = due
    if done:
        armed = draft.own_armed()
        for id in done:
            del armed[id]
    draft.for_due_ms = next_ms
    return fired


def watch_clock(book: RuleBook, draft: MemoryDraft, view: RuleView) -> tuple[list[Fired], list[SteppedSchedule]]:
    """The starts of wall-clock triggers since the last call, and the schedules whose value changed.

    Missed instants are traced, except those of `Every`.
    """
    now_ms = draft.now_ms
    if now_ms < draft.before.last_ms - DAY_MS:
        draft.clock_ms = None  # the machine's clock was wrong by days, and was set right
    if draft.clock_ms is not None and now_ms < draft.clock_ms:
        return [], []
    fired: list[Fired] = []
    last_ms = max(draft.before.last_ms, now_ms - LOOK_BACK_MS) if draft.before.last_ms else now_ms
    for rule, trigger in book.clock:
        times = list(instants(trigger, view, last_ms, now_ms)) if last_ms < now_ms else []
        if isinstance(trigger, Every):
            times = times[-1:] if times and now_ms - times[-1] <= GRACE_MS else []
        for at in times:
            if now_ms - at > GRACE_MS:
                draft.trace_step(rule.id, 0, Text("trigger.missed", time_ms=at))
            else:
                fired.append(Fired(at, rule, WriterRank.AUTOMATION, Text("trigger.time", time_ms=at)))
    steps = _schedule_steps(book, draft, view)
    for step in steps:
        fired += [
            Fired(now_ms, rule, WriterRank.AUTOMATION, Text("trigger.schedule", schedule=step.id, value=step.value))
            for rule, trigger in book.scheduled
            if trigger.schedule == step.id and step.is_step and trigger.to in (None, step.value)
        ]
    draft.clock_ms = book.next_instant(view, now_ms)
    return fired, steps


def _schedule_steps(book: RuleBook, draft: MemoryDraft, view: RuleView) -> list[SteppedSchedule]:
    found: list[SteppedSchedule] = []
    moment = local(draft.now_ms, view.zone)
    for id, schedule in book.schedules.items():
        value = value_at(schedule, moment, view.calendars)
        known = id in draft.levels
        if known and draft.levels[id] == value:
            continue
        draft.own_levels()[id] = value
        found.append(SteppedSchedule(id, value, known))
    return found
