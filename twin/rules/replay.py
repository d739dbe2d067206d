"""Preview: replays rules on recorded readings, with every command taking effect at once.

The result is compared with what really happened. For the next 24 hours yesterday's readings are shifted (`moved_on`). A
command's value stays until the record has another one for that point; effects on other values are not simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from twin.rules.automation import Action, If, WaitFor
from twin.rules.condition import keys_of
from twin.rules.evaluate import RuleInput, evaluate
from twin.rules.rule_book import RuleBook
from twin.rules.rule_memory import CommandAnswer, Notice, RuleCommand, RuleMemory, RuleOutcome, SceneRequest, TraceStep
from twin.rules.rule_view import RuleView, ValueChange

BATCH_MS = 1000
CALLS_APART = 256
"""Evaluations between two calls of `breathe`."""
ROUNDS = 25
"""Most rounds in which commands of one instant lead to further ones; endless loops are detected by `evaluate` itself.
"""
_NEVER_MS = 1 << 62


class TimedCommand(Struct, frozen=True, kw_only=True):
    """A command and the time at which it would have been sent, UTC ms."""

    time_ms: int
    command: RuleCommand


class Replay(Struct, frozen=True, kw_only=True):
    """Result of a replay: what the rules would have done."""

    commands: tuple[TimedCommand, ...]
    scenes: tuple[SceneRequest, ...]
    notices: tuple[Notice, ...]
    trace: tuple[TraceStep, ...]
    memory: RuleMemory
    calls: int
    readings: int
    """Number of readings that rules read."""


def command_number(command: RuleCommand) -> float | None:
    """The number that a point reports after a command; None where verb and value do not determine it."""
    if isinstance(command.value, bool | float):
        return float(command.value)
    return {"on": 1.0, "off": 0.0, "open": 100.0, "close": 0.0}.get(command.verb)


def keys_read(book: RuleBook, view: RuleView) -> frozenset[str]:
    """All keys that the triggers, conditions and actions of a book read, with the points behind room keys."""
    found = set(book.by_key)
    for rule in book.rules.values():
        for condition in rule.conditions:
            found |= keys_of(condition)
        for action in rule.actions:
            found |= keys_in_action(action)
    found |= set(book.vacancy.values())
    return frozenset(found | {point for key in found for point in view.members.get(key, ())})


def keys_in_action(action: Action) -> frozenset[str]:
    """Keys that the conditions within an action read."""
    match action:
        case WaitFor(condition=condition):
            return keys_of(condition)
        case If(condition=condition, then=then, otherwise=otherwise):
            return keys_of(condition).union(*(keys_in_action(one) for one in (*then, *otherwise)))
        case _:
            return frozenset()


def moved_on(readings: Iterable[ValueChange], by_ms: int) -> list[ValueChange]:
    """The readings with their times shifted by `by_ms`."""
    return [(key, value, at + by_ms) for key, value, at in readings]


class _Replaying:
    """Simulated building: every command is done and reported at once."""

    def __init__(
        self,
        book: RuleBook,
        view: RuleView,
        number_of: Callable[[RuleCommand], float | None],
        breathe: Callable[[], object],
    ) -> None:
        self.book, self.view, self.number_of, self.breathe = book, view, number_of, breathe
        self.memory = RuleMemory()
        self.commands: list[TimedCommand] = []
        self.scenes: list[SceneRequest] = []
        self.notices: list[Notice] = []
        self.trace: list[TraceStep] = []
        self.calls = 0
        self.wake_ms = _NEVER_MS

    def call(self, values: Sequence[ValueChange], now_ms: int) -> None:
        outcome = self._evaluated(RuleInput(values=values), now_ms)
        for _ in range(ROUNDS):
            if not outcome.commands and not outcome.scenes:
                break
            outcome = self._evaluated(self._done(outcome, now_ms), now_ms)
        wake_ms = _NEVER_MS if outcome.wake_ms is None else outcome.wake_ms
        self.wake_ms = max(wake_ms, now_ms + 1)

    def _evaluated(self, changes: RuleInput, now_ms: int) -> RuleOutcome:
        outcome = evaluate(self.book, self.memory, self.view, changes, now_ms)
        self.calls += 1
        if self.calls % CALLS_APART == 0:
            self.breathe()
        self.memory = outcome.memory
        self.commands += [TimedCommand(time_ms=now_ms, command=one) for one in outcome.commands]
        self.scenes += outcome.scenes
        self.notices += outcome.notices
        self.trace += outcome.trace
        return outcome

    def _done(self, outcome: RuleOutcome, now_ms: int) -> RuleInput:
        reports = [
            (one.point, number, now_ms) for one in outcome.commands if (number := self.number_of(one)) is not None
        ]
        answers = [CommandAnswer(id=one.id, ok=True) for one in (*outcome.commands, *outcome.scenes)]
        return RuleInput(values=self.view.take(reports), answers=answers)


def replay(
    book: RuleBook,
    view: RuleView,
    readings: Sequence[ValueChange],
    from_ms: int,
    to_ms: int,
    *,
    number_of: Callable[[RuleCommand], float | None] = command_number,
    breathe: Callable[[], object] = lambda: None,
) -> Replay:
    """The rules replayed from `from_ms` to `to_ms` (UTC ms, both included).

    `breathe` is called after every CALLS_APART evaluations: it may pause, and ends the replay where it raises.

    `view` has the values at the beginning and is modified; `readings` must be in time order. Readings of one second
    form one batch; those that no rule reads are skipped.
    """
    keys = keys_read(book, view)
    mine = [one for one in readings if one[0] in keys]
    house = _Replaying(book, view, number_of, breathe)
    house.call(
        [(key, value, view.since_ms.get(key, from_ms)) for key, value in view.value.items() if key in keys], from_ms
    )
    at, count = 0, len(mine)
    while True:
        next_ms = mine[at][2] if at < count else _NEVER_MS
        if min(next_ms, house.wake_ms) > to_ms:
            break
        if house.wake_ms < next_ms:
            house.call((), house.wake_ms)
            continue
        until_ms = min((next_ms // BATCH_MS + 1) * BATCH_MS - 1, house.wake_ms, to_ms)
        first = at
        while at < count and mine[at][2] <= until_ms:
            at += 1
        house.call(view.take(mine[first:at]), mine[at - 1][2])
    return Replay(
        commands=tuple(house.commands),
        scenes=tuple(house.scenes),
        notices=tuple(house.notices),
        trace=tuple(house.trace),
        memory=house.memory,
        calls=house.calls,
        readings=count,
    )
