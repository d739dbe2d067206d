"""Explanation why a rule did not start at a moment, derived from the values at that time."""

from __future__ import annotations

from twin.model.text import Text
from twin.rules.automation import Became, Differs, Pressed
from twin.rules.condition import Moment, failing
from twin.rules.rule_book import AHEAD_MS, RuleBook, Watched, instants
from twin.rules.rule_memory import RuleMemory
from twin.rules.wall_clock import DAY_MS


def why_not(book: RuleBook, rule: str, at: Moment, memory: RuleMemory) -> tuple[Text, ...]:
    """All reasons, the gravest first: disabled or unknown, switched off, its triggers, the condition that failed, a
    run under way.

    `memory` must be that of the moment. All triggers are listed, since any of them would have sufficed.
    """
    automation = book.rules.get(rule)
    if automation is None:
        return (Text("why.rule_off"),)
    found: list[Text] = []
    if rule in memory.switched_off:
        found.append(Text("why.circles", since_ms=memory.switched_off[rule]))
    found += [_of_level(one, at, memory) for one in book.watched.values() if one.rule.id == rule]
    for owner, trigger in book.clock:
        if owner.id == rule:
            before = list(instants(trigger, at.view, at.now_ms - DAY_MS, at.now_ms))
            after = next(instants(trigger, at.view, at.now_ms, at.now_ms + AHEAD_MS), None)
            found.append(Text("why.not_the_time", last_ms=before[-1] if before else None, next_ms=after))
    found += [
        Text("why.schedule_did_not_step", schedule=trigger.schedule, value=memory.levels.get(trigger.schedule))
        for owner, trigger in book.scheduled
        if owner.id == rule
    ]
    if not automation.triggers:
        found.append(Text("why.only_by_hand"))
    condition = failing(automation.conditions, at)
    if condition is not None:
        found.append(Text("why.condition", why=condition))
    running = [run for run in memory.runs if run.rule == rule]
    if running:
        found.append(Text("why.busy", run=running[0].id, since_ms=running[0].started_ms, mode=automation.mode.value))
    return tuple(found)


def _of_level(one: Watched, at: Moment, memory: RuleMemory) -> Text:
    """Why a level trigger started nothing: not in its state, in it for too short, or in it already for long."""
    trigger, value = one.trigger, at.view.get(one.key)
    if isinstance(trigger, Pressed):
        return Text("why.not_pressed", key=one.key, word=trigger.word)
    if value != value:
        return Text("why.value_unknown", key=one.key, since_ms=at.view.unknown_ms.get(one.key))
    since = at.view.held_since(one.key, trigger.for_ms)
    if one.id in memory.armed:
        armed = memory.armed[one.id]
        return Text("why.not_long_enough", key=one.key, value=value, since_ms=armed, due_ms=armed + trigger.for_ms)
    if memory.seen.get(one.id):
        return Text("why.was_so_already", key=one.key, value=value, since_ms=since)
    if isinstance(trigger, Differs):
        other = at.view.get(trigger.other.key)
        return Text(
            "why.not_so_different", key=one.key, value=value, other=None if other != other else other, by=trigger.by
        )
    return _bounds(one, trigger, value, since)


def _bounds(one: Watched, trigger: Became, value: float, since: int | None) -> Text:
    return Text(
        "why.value_not_so", key=one.key, value=value, since_ms=since, to=trigger.to, above=trigger.above,
        below=trigger.below, came_from=trigger.came_from,
    )  # fmt: skip
