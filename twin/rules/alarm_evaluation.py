"""Evaluation of all alarms of a project: readings and time in, log entries and the next wake-up out.

The engine calls it with every batch of the event bus (after `RuleView.take`) and again at `wake_ms`, and keeps `memory`
in the history. Operator actions go through `act`. Both return an `AlarmOutcome`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from twin.model.text import Text
from twin.rules import alarm_state
from twin.rules.alarm_act import (
    Acknowledge,
    AlarmAct,
    Reset,
    ReturnToService,
    Shelve,
    Suppress,
    TakeOutOfService,
    Unshelve,
    Unsuppress,
)
from twin.rules.alarm_book import AlarmBook
from twin.rules.alarm_definition import (
    AlarmDefinition,
    AlarmPriority,
    Deviation,
    Equals,
    High,
    Low,
    Rate,
    SetByRule,
    Silent,
)
from twin.rules.alarm_flood import AlarmFlood, flood_due_ms, watch_flood
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase, AlarmState, Step
from twin.rules.device_alarm_act import AcknowledgeUntold, DeviceAct
from twin.rules.device_alarm_definition import is_device_alarm
from twin.rules.device_alarm_state import device_step
from twin.rules.rule_view import RuleView, ValueChange, online_key

HOUR_MS = 3_600_000


class AlarmMemory(Struct, frozen=True, kw_only=True):
    """State of all alarms, and when each must be evaluated again; survives a restart as JSON."""

    states: dict[str, AlarmState] = {}
    due_ms: dict[str, int] = {}
    flood: AlarmFlood = AlarmFlood()

    def state(self, id: str) -> AlarmState:
        """The stored state of one alarm; a new one where there is none."""
        return self.states.get(id, _FRESH)


class AlarmOutcome(Struct, frozen=True, kw_only=True):
    """Result of a call. `wake_ms` is the latest time for the next call, UTC ms; None: nothing is pending."""

    memory: AlarmMemory
    events: tuple[AlarmEvent, ...]
    wake_ms: int | None


_FRESH = AlarmState()


def evaluate_alarms(
    book: AlarmBook, memory: AlarmMemory, view: RuleView, changes: Iterable[ValueChange], now_ms: int
) -> AlarmOutcome:
    """Evaluates the alarms that these changes (already in the view) or the time concern.

    Parents come first, so that a gateway and its sensors failing in one batch are one alarm.
    """
    work = _Work(book, memory, now_ms)
    touched = {id for key, _, _ in changes for id in book.by_key.get(key, ())}
    touched |= {id for id, due in memory.due_ms.items() if due <= now_ms}
    for id in sorted(touched, key=lambda one: book.rank.get(one, -1)):
        work.judge(id, view)
    return work.outcome()


def adopt(book: AlarmBook, memory: AlarmMemory, view: RuleView, now_ms: int) -> AlarmOutcome:
    """Re-evaluates all alarms after a start or an edit.

    Alarms without a definition are removed, all others evaluated with the present values, edited ones with new delays.
    """
    work = _Work(book, memory, now_ms)
    for id in [id for id in memory.states if id not in book.definitions]:
        work.remove(id)
    for id in book.definitions:
        work.judge(id, view)
    return work.outcome()


def act(
    book: AlarmBook, memory: AlarmMemory, id: str, what: AlarmAct | DeviceAct, now_ms: int, who: str
) -> AlarmOutcome:
    """Applies an operator action, or one of its device, to an alarm; KeyError for an unknown id.

    Acknowledging a parent also acknowledges the alarms that it suppresses; devices are not told of theirs yet.
    """
    work = _Work(book, memory, now_ms)
    work.step(id, _acted(book.definitions[id], memory.state(id), what, now_ms, who))
    if isinstance(what, Acknowledge):
        for child in book.children.get(id, ()):
            state = work.state(child)
            if id in state.causes and state.phase is AlarmPhase.UNACK:
                too = AcknowledgeUntold(Text("alarm.device_away")) if is_device_alarm(child) else what
                work.step(child, _acted(book.definitions[child], state, too, now_ms, who))
    return work.outcome()


def _acted(definition: AlarmDefinition, state: AlarmState, what: AlarmAct | DeviceAct, now_ms: int, who: str) -> Step:
    match what:
        case Acknowledge():
            return alarm_state.acknowledge(definition, state, now_ms, who)
        case Reset():
            return alarm_state.reset(definition, state, now_ms, who)
        case Shelve(for_ms=for_ms, why=why, once=once):
            return alarm_state.shelve(definition, state, now_ms, who, for_ms=for_ms, why=why, once=once)
        case Unshelve():
            return alarm_state.unshelve(definition, state, now_ms, who)
        case TakeOutOfService(why=why):
            return alarm_state.take_out_of_service(definition, state, now_ms, who, why=why)
        case ReturnToService():
            return alarm_state.return_to_service(definition, state, now_ms, who)
        case Suppress(cause=cause, until_ms=until_ms):
            return alarm_state.suppress(definition, state, now_ms, cause, until_ms)
        case Unsuppress(cause=cause):
            return alarm_state.unsuppress(definition, state, now_ms, cause)
        case _:
            return device_step(definition, state, what, now_ms, who)


class _Work:
    """One call's states: the memory's are copied only once something changes."""

    def __init__(self, book: AlarmBook, memory: AlarmMemory, now_ms: int) -> None:
        self.book, self.memory, self.now_ms = book, memory, now_ms
        self.changed: dict[str, AlarmState | None] = {}
        self.due: dict[str, int | None] = {}
        self.events: list[AlarmEvent] = []

    def state(self, id: str) -> AlarmState:
        found = self.changed.get(id) or self.memory.states.get(id)
        if found is not None:
            return found
        known = self.memory.states
        above = {up: None for up in self.book.ancestors[id] if (self.changed.get(up) or known.get(up, _FRESH)).active}
        definition = self.book.definitions[id]
        fresh = AlarmState(version=definition.version)
        return replace(fresh, causes=above) if above and definition.priority is not AlarmPriority.CRITICAL else fresh

    def judge(self, id: str, view: RuleView) -> None:
        definition = self.book.definitions.get(id)
        if definition is None:
            self.due[id] = None
            return
        state = self.state(id)
        if state.version != definition.version:
            state = replace(
                state, version=definition.version, true_since_ms=None, false_since_ms=None, anchor=None, rate=None
            )
        state, ended = alarm_state.elapse(definition, state, self.now_ms)
        state = _measured(definition, state, view)
        excess, wake = _excess(definition, state, view, self.now_ms)
        holds = None if excess is None else excess > 0 or (state.active and excess > -definition.deadband)
        value = view.get(definition.key)
        state, events = alarm_state.judge(definition, state, holds, self.now_ms, None if math.isnan(value) else value)
        self.step(id, (state, (*ended, *events)), wake)

    def step(self, id: str, step: Step, wake_ms: int | None = None) -> None:
        """Takes a step in: the new state, its events, when time touches it next; tells the children of a parent."""
        state, events = step
        before = self.state(id)
        self.changed[id] = state
        times = [one for one in (wake_ms, alarm_state.due_ms(self.book.definitions[id], state)) if one is not None]
        self.due[id] = min(times, default=None)
        self.events += events
        if before.active != state.active and id in self.book.children:
            self._parent_changed(id, active=state.active)

    def _parent_changed(self, id: str, *, active: bool) -> None:
        until = None if active else self.now_ms + self.book.grace_ms[id]
        for child in self.book.children[id]:
            state = self.state(child)
            if active or id in state.causes:
                self.step(
                    child, alarm_state.suppress(self.book.definitions[child], state, self.now_ms, id, until),
                    self.due.get(child) or self.memory.due_ms.get(child),
                )  # fmt: skip

    def remove(self, id: str) -> None:
        if self.memory.states[id].phase is not AlarmPhase.NORMAL:
            self.events.append(AlarmEvent(
                alarm=id, time_ms=self.now_ms, kind=AlarmEventKind.REMOVED, reason=Text("alarm.definition_removed")
            ))  # fmt: skip
        self.changed[id], self.due[id] = None, None

    def outcome(self) -> AlarmOutcome:
        states = _merged(self.memory.states, self.changed)
        due = _merged(self.memory.due_ms, self.due)
        flood, events = watch_flood(self.memory.flood, self.events, self.now_ms)
        wakes = [*due.values(), *([at] if (at := flood_due_ms(flood)) is not None else [])]
        memory = AlarmMemory(states=states, due_ms=due, flood=flood)
        return AlarmOutcome(memory=memory, events=events, wake_ms=min(wakes, default=None))


def _merged[T](known: dict[str, T], changed: dict[str, T | None]) -> dict[str, T]:
    """The known values with the changed ones in their place; None takes one away. The same dictionary where nothing is new."""
    if all(known.get(id) == one for id, one in changed.items()):
        return known
    return {id: one for id, one in (known | changed).items() if one is not None}


def _measured(definition: AlarmDefinition, state: AlarmState, view: RuleView) -> AlarmState:
    """Of a rate: takes the newest reading as the next one's comparison once the last is old enough."""
    condition = definition.condition
    if not isinstance(condition, Rate):
        return state
    value, at = view.get(definition.key), view.last_report_ms.get(definition.key)
    if at is None or math.isnan(value):
        return replace(state, anchor=None, rate=None) if state.anchor is not None else state
    if state.anchor is None:
        return replace(state, anchor=(at, value))
    began, before = state.anchor
    if at - began < condition.over_ms:
        return state
    return replace(state, anchor=(at, value), rate=(value - before) * HOUR_MS / (at - began))


def _excess(
    definition: AlarmDefinition, state: AlarmState, view: RuleView, now_ms: int
) -> tuple[float | None, int | None]:
    """How far the condition is exceeded (above 0: it holds; None: not known), and when time alone makes it so."""
    value = view.get(definition.key)
    match definition.condition:
        case Silent(after_ms=after_ms):
            heard = view.last_report_ms.get(definition.key)
            if heard is None:
                return None, None
            if value == 0 and definition.key.startswith(online_key("")):
                return 1.0, None
            late = now_ms - heard - after_ms
            return float(late), (heard + after_ms + 1 if late <= 0 else None)
        case Rate(per_hour=limit):
            return (None if state.rate is None else abs(state.rate) - limit), None
        case Deviation(other=other, by=by):
            found = abs(value - view.get(other)) - by
        case High(limit=limit):
            found = value - limit
        case Low(limit=limit):
            found = limit - value
        case Equals(value=wanted):
            found = value if math.isnan(value) else 1.0 if value == wanted else -math.inf
        case SetByRule():
            found = value if math.isnan(value) else 1.0 if value > 0.5 else -math.inf
    return (None if math.isnan(found) else found), None


def standing(book: AlarmBook, memory: AlarmMemory) -> tuple[str, ...]:
    """Ids of the alarms that are shown: most urgent first, then the newest."""
    shown = [
        (state.priority or book.definitions[id].priority, -state.since_ms, id)
        for id, state in memory.states.items()
        if state.phase is not AlarmPhase.NORMAL and not state.hidden and id in book.definitions
    ]
    return tuple(id for _, _, id in sorted(shown))
