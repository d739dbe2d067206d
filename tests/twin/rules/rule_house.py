"""A house whose rules are evaluated by hand: time, values and answers come from the test."""

from __future__ import annotations

import random
from datetime import UTC, tzinfo

import msgspec

from twin.rules.automation import Automation
from twin.rules.evaluate import RuleInput, evaluate, resume
from twin.rules.rule_book import RuleBook
from twin.rules.rule_memory import CommandAnswer, RuleCommand, RuleMemory, RuleOutcome, TraceStep
from twin.rules.rule_view import RuleView
from twin.rules.schedule import Schedule


class RuleHouse:
    """`confirms`: every command is confirmed at once, and its value heard. `saves`: memory goes through JSON at each step.
    `kills`: says when the program is killed."""

    def __init__(
        self,
        *automations: Automation,
        schedules: tuple[Schedule, ...] = (),
        zone: tzinfo = UTC,
        confirms: bool = True,
        saves: bool = False,
        vacancy: dict[str, str] | None = None,
        kills: random.Random | None = None,
        **more: object,
    ) -> None:
        self.book = RuleBook(automations, schedules, vacancy=vacancy)
        self.view = RuleView(zone=zone, **more)  # type: ignore[arg-type]
        self.memory, self.wake = RuleMemory(), None
        self.confirms, self.saves, self.kills, self.killed = confirms, saves, kills, 0
        self.commands: list[tuple[int, RuleCommand]] = []
        self.trace: list[TraceStep] = []
        self.outcomes: list[RuleOutcome] = []

    def _take(self, now: int, outcome: RuleOutcome) -> RuleOutcome:
        self.memory, self.wake = outcome.memory, outcome.wake_ms
        if self.saves:
            self.memory = msgspec.json.decode(msgspec.json.encode(self.memory), type=RuleMemory)
        self.commands += [(now, one) for one in outcome.commands]
        self.trace += outcome.trace
        self.outcomes.append(outcome)
        return outcome

    def call(self, now: int, input: RuleInput) -> RuleOutcome:
        """One call, and those that follow from it at the same instant. `kills`: some are made by a program that was killed
        and started anew just before, with the memory that was saved and the last known values."""
        if self.kills is not None and self.kills.random() < 0.2 and self.memory.last_ms:
            self.killed += 1
            saved = msgspec.json.decode(msgspec.json.encode(self.memory), type=RuleMemory)
            self._take(now, resume(self.book, saved, now))
        outcome = self._take(now, evaluate(self.book, self.memory, self.view, input, now))
        for _ in range(300):
            if not self.confirms or not (outcome.commands or outcome.scenes):
                break
            heard = [(c.point, float(c.value), now) for c in outcome.commands if isinstance(c.value, bool | float)]
            answers = [CommandAnswer(id=c.id, ok=True) for c in (*outcome.commands, *outcome.scenes)]
            outcome = self._take(
                now,
                evaluate(
                    self.book, self.memory, self.view, RuleInput(values=self.view.take(heard), answers=answers), now
                ),
            )
        return outcome

    def hears(self, now: int, **values: float) -> RuleOutcome:
        return self.reads(now, values)

    def reads(self, now: int, values: dict[str, float]) -> RuleOutcome:
        return self.call(now, RuleInput(values=self.view.take((k, v, now) for k, v in values.items())))

    def waits(self, until: int) -> None:
        """Time passes: calls at every wake-up, as the engine does."""
        for _ in range(100_000):
            if self.wake is None or self.wake > until:
                return
            self.call(self.wake, RuleInput())
        raise AssertionError("woken again and again")

    def restarts(self, now: int, *, unbroken: bool = False) -> None:
        self._take(now, resume(self.book, self.memory, now, unbroken=unbroken))
        self.hears(now)

    def sent(self) -> list[tuple[int, str, object]]:
        """(ms, point, value) of each command."""
        return [(now, one.point, one.value) for now, one in self.commands]

    def codes(self, *, without: tuple[str, ...] = ("run.command", "run.confirmed", "run.finished")) -> list[str]:
        return [one.reason.code for one in self.trace if one.reason.code not in without]

    def started(self) -> list[int]:
        return [one.time_ms for one in self.trace if one.reason.code == "run.started"]
