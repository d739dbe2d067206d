"""Conflicts between rules, found without running them: from the ranges that they require and the points that they
write.

Users rarely see them by reading (SafeTAP study); a replay shows them with their time (`in_replay`).

Triggers and conditions are approximated by a box: an interval per key, and minutes of the week. Two rules can coincide
where their boxes overlap. Only writes before the first wait are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from twin.rules.automation import (
    Action,
    AllOf,
    At,
    Automation,
    Became,
    Between,
    Condition,
    Do,
    Holds,
    If,
    RuleDays,
    Trigger,
    Wait,
    WaitFor,
)
from twin.rules.replay import TimedCommand, command_number
from twin.rules.room_effect import EffectKind, RoomEffect
from twin.rules.rule_memory import RuleCommand, WriterRank
from twin.rules.schedule import Schedule

TOGETHER_MS = 60_000
"""Two commands to one point within this time, ms, count as simultaneous."""
_INF = float("inf")


class ConflictKind(StrEnum):
    """Reasons why rules contradict or repeat themselves or each other."""

    NEVER = "never"
    """A trigger and the conditions of a rule can never hold together."""
    AGAINST = "against"
    """Two rules may set one point to different values at the same time."""
    TWICE = "twice"
    """Two rules do the same from the same trigger."""
    LOOP = "loop"
    """Rules trigger each other in a cycle."""
    ORPHAN = "orphan"
    """A rule reads or writes a key that does not exist."""
    SCHEDULE = "schedule"
    """A rule writes a point that a schedule writes, too."""
    EFFECT = "effect"
    """Two rules heat and cool a room at once, or one heats it while a window is open."""


class RuleConflict(Struct, frozen=True, kw_only=True):
    """One conflict; `key` is the point or key concerned, `time_ms` its time in a replay."""

    kind: ConflictKind
    rules: tuple[str, ...]
    key: str = ""
    time_ms: int | None = None


class _Box(NamedTuple):
    """What one trigger with all conditions asks for: closed intervals by key, and minutes of the week (None: any)."""

    needs: dict[str, tuple[float, float]]
    week: np.ndarray | None

    @property
    def empty(self) -> bool:
        return any(low > high for low, high in self.needs.values()) or (self.week is not None and not self.week.any())

    def meets(self, other: _Box) -> bool:
        for key in self.needs.keys() & other.needs.keys():
            (a, b), (c, d) = self.needs[key], other.needs[key]
            if max(a, c) > min(b, d):
                return False
        return self.week is None or other.week is None or bool((self.week & other.week).any())


class _Writes(NamedTuple):
    rule: Automation
    boxes: tuple[_Box, ...]
    writes: tuple[tuple[str, float | str | None, bool], ...]
    """(key, value, at once); the value of a choice is its word."""


def conflicts(
    automations: Iterable[Automation],
    schedules: Iterable[Schedule] = (),
    *,
    known: Collection[str] | None = None,
    effects: Mapping[str, RoomEffect] | None = None,
) -> tuple[RuleConflict, ...]:
    """All conflicts, rules ordered by id.

    `known`: existing keys (None: not checked). `effects`: by key, what its value does to a room (`room_effects`).
    """
    rules = [_read(one) for one in sorted(automations, key=lambda one: one.id) if one.on]
    found = [
        RuleConflict(kind=ConflictKind.NEVER, rules=(one.rule.id,))
        for one in rules
        if one.boxes and all(box.empty for box in one.boxes)
    ]
    found += _against(rules)
    found += _loops(rules)
    found += _with_schedules(rules, schedules)
    if known is not None:
        found += [
            RuleConflict(kind=ConflictKind.ORPHAN, rules=(one.rule.id,), key=key)
            for one in rules
            for key in sorted(_keys(one) - set(known))
        ]
    return (*found, *_by_effect(rules, effects or {}))


def in_replay(commands: Iterable[TimedCommand]) -> tuple[RuleConflict, ...]:
    """Pairs of rules that set one point to different values within a minute of a replay, each pair and point once,
    with the time.
    """
    found: dict[tuple[str, ...], RuleConflict] = {}
    last: dict[str, list[TimedCommand]] = {}
    for one in commands:
        recent = [before for before in last.get(one.command.point, []) if one.time_ms - before.time_ms <= TOGETHER_MS]
        for before in recent:
            rules = tuple(sorted((before.command.rule, one.command.rule)))
            if all(rules) and rules[0] != rules[1] and _value(before.command) != _value(one.command):
                found.setdefault(
                    (*rules, one.command.point),
                    RuleConflict(kind=ConflictKind.AGAINST, rules=rules, key=one.command.point, time_ms=one.time_ms),
                )
        last[one.command.point] = [*recent, one]
    return tuple(found.values())


def _value(command: RuleCommand) -> object:
    number = command_number(command)
    return command.value if number is None else number


def _read(rule: Automation) -> _Writes:
    boxes = tuple(_box(trigger, rule.conditions) for trigger in rule.triggers)
    return _Writes(rule, boxes, tuple(_writes(rule.actions)))


def _box(trigger: Trigger, conditions: tuple[Condition, ...]) -> _Box:
    needs: dict[str, tuple[float, float]] = {}
    week: np.ndarray | None = None
    for one in (trigger, *_flat(conditions)):
        if isinstance(one, Became | Holds):
            equal = one.to if isinstance(one, Became) else one.equals
            key, (low, high) = one.selector.key, _interval(equal, one.above, one.below)
            a, b = needs.get(key, (-_INF, _INF))
            needs[key] = max(a, low), min(b, high)
        minutes = _week(one)
        if minutes is not None:
            week = minutes if week is None else week & minutes
    return _Box(needs, week)


def _flat(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for one in conditions:
        if isinstance(one, AllOf):
            yield from _flat(one.conditions)
        else:
            yield one


def _interval(equal: float | None, above: float | None, below: float | None) -> tuple[float, float]:
    """Closed; open ends move by the smallest step, so that "above 20" and "below 20" do not meet."""
    if equal is not None:
        return equal, equal
    low = -_INF if above is None else float(np.nextafter(above, _INF))
    high = _INF if below is None else float(np.nextafter(below, -_INF))
    return low, high


def _week(one: Trigger | Condition) -> np.ndarray | None:
    if not isinstance(one, At | Between):
        return None
    minutes = np.zeros((7, 1440), np.bool_)
    for day in _weekdays(one.days):
        if isinstance(one, At):
            minutes[day, one.minute] = True
        elif one.begin < one.end:
            minutes[day, one.begin : one.end] = True
        else:
            minutes[day, one.begin :] = True
            minutes[(day + 1) % 7, : one.end] = True
    return minutes.ravel()


def _weekdays(days: RuleDays) -> list[int]:
    return [(day - days.ahead) % 7 for day in days.weekdays]


def _writes(actions: Iterable[Action], *, at_once: bool = True) -> Iterator[tuple[str, float | str | None, bool]]:
    for one in actions:
        match one:
            case Do():
                command = RuleCommand(id="", point="", verb=one.verb, value=one.value, rank=WriterRank.AUTOMATION)
                word = one.value if isinstance(one.value, str) else None
                yield one.selector.key, word if word is not None else command_number(command), at_once
            case Wait() | WaitFor():
                at_once = False
            case If(then=then, otherwise=otherwise):
                yield from _writes(then, at_once=at_once)
                yield from _writes(otherwise, at_once=at_once)
            case _:
                pass


def _against(rules: list[_Writes]) -> list[RuleConflict]:
    by_key: dict[str, list[tuple[_Writes, float | str | None]]] = {}
    for one in rules:
        for key, value, at_once in one.writes:
            if at_once:
                by_key.setdefault(key, []).append((one, value))
    found: dict[tuple[ConflictKind, str, str, str], None] = {}
    for key, writers in by_key.items():
        for (a, first), (b, second) in combinations(writers, 2):
            if a is b or not _can_meet(a, b):
                continue
            if first != second:
                found[ConflictKind.AGAINST, a.rule.id, b.rule.id, key] = None
            elif set(a.rule.triggers) & set(b.rule.triggers):
                found[ConflictKind.TWICE, a.rule.id, b.rule.id, key] = None
    return [RuleConflict(kind=kind, rules=(a, b), key=key) for kind, a, b, key in found]


def _loops(rules: list[_Writes]) -> list[RuleConflict]:
    """Circles of "what this rule writes is what that one waits for", each named once."""
    waits: dict[str, list[tuple[int, float, float]]] = {}
    for number, one in enumerate(rules):
        for trigger, box in zip(one.rule.triggers, one.boxes, strict=True):
            if isinstance(trigger, Became) and not box.empty:
                waits.setdefault(trigger.selector.key, []).append(
                    (number, *_interval(trigger.to, trigger.above, trigger.below))
                )
    edges: dict[int, set[int]] = {
        number: {
            other
            for key, value, _ in one.writes
            for other, low, high in waits.get(key, ())
            if isinstance(value, float) and low <= value <= high
        }
        for number, one in enumerate(rules)
    }
    return [
        RuleConflict(kind=ConflictKind.LOOP, rules=tuple(rules[number].rule.id for number in sorted(circle)))
        for circle in _circles(edges)
    ]


def _circles(edges: Mapping[int, Collection[int]]) -> list[frozenset[int]]:
    """Groups of nodes that all reach each other, and nodes that reach themselves."""
    reach = {node: _reached(edges, node) for node in edges}
    found = {frozenset(other for other in reach[node] if node in reach[other]) for node in edges if node in reach[node]}
    return sorted(found, key=min)


def _reached(edges: Mapping[int, Collection[int]], node: int) -> set[int]:
    seen: set[int] = set()
    waiting = list(edges[node])
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += edges[at]
    return seen


def _with_schedules(rules: list[_Writes], schedules: Iterable[Schedule]) -> list[RuleConflict]:
    written = {target.selector.key: one.id for one in schedules if one.on for target in one.targets}
    pairs = {(one.rule.id, key) for one in rules for key, _, _ in one.writes if key in written}
    return [
        RuleConflict(kind=ConflictKind.SCHEDULE, rules=(rule, written[key]), key=key) for rule, key in sorted(pairs)
    ]


def _keys(one: _Writes) -> set[str]:
    return {key for box in one.boxes for key in box.needs} | {key for key, _, _ in one.writes}


def _by_effect(rules: list[_Writes], effects: Mapping[str, RoomEffect]) -> list[RuleConflict]:
    """Rooms that are heated above what they are cooled to, where both can be asked for together; heating while a window
    is asked to be open."""
    heats, cools = _rooms(rules, effects, RoomEffect.heats_to, max), _rooms(rules, effects, RoomEffect.cools_to, min)
    found = [
        RuleConflict(kind=ConflictKind.EFFECT, rules=(a.rule.id,) if a is b else (a.rule.id, b.rule.id), key=room)
        for a, warm in heats
        for b, cold in cools
        for room in sorted(warm.keys() & cold.keys())
        if warm[room] > cold[room] and (a is b or _can_meet(a, b))
    ]
    for a, warm in heats:
        opened = {key for box in a.boxes for key, (low, high) in box.needs.items() if 0 < low <= 1.0 <= high}
        found += [
            RuleConflict(kind=ConflictKind.EFFECT, rules=(a.rule.id,), key=key)
            for key in sorted(opened & effects.keys())
            if effects[key].kind is EffectKind.WINDOW and effects[key].room in warm
        ]
    return found


def _rooms(
    rules: list[_Writes],
    effects: Mapping[str, RoomEffect],
    ends_at: Callable[[RoomEffect, float | str | None], float | None],
    farthest: Callable[[float, float], float],
) -> list[tuple[_Writes, dict[str, float]]]:
    """The rules that heat (or cool) anything at once, and how far, by room."""
    found: list[tuple[_Writes, dict[str, float]]] = []
    for one in rules:
        rooms: dict[str, float] = {}
        for key, value, at_once in one.writes:
            effect = effects.get(key)
            end = ends_at(effect, value) if effect is not None and at_once else None
            if effect is not None and end is not None:
                rooms[effect.room] = farthest(end, rooms.get(effect.room, end))
        found += [(one, rooms)] if rooms else []
    return found


def _can_meet(a: _Writes, b: _Writes) -> bool:
    return any(x.meets(y) for x in a.boxes for y in b.boxes if not (x.empty or y.empty))
