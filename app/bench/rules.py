"""`rules`: 915 observations through 111 rules, half a minute of the demo office, compared with ingesting them alone."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved
from twin.rules.automation import Automation, Became, Between, Do, Holds, RunMode, Wait
from twin.rules.evaluate import RuleInput, evaluate
from twin.rules.rule_book import RuleBook
from twin.rules.rule_memory import RuleMemory
from twin.rules.rule_view import RuleView, ValueChange
from twin.rules.selector import of_point

GOAL_MS = 1.0
RULES, OBSERVATIONS, POINTS, BATCH = 111, 915, 400, 60
START_MS = 1_790_000_000_000


def run(quick: bool) -> Result:
    """CPU ms of both, in batches as on the event bus. The rules wait for temperatures that stay above a limit; initial
    values have been processed before.
    """
    book = RuleBook(_rule(number) for number in range(RULES))
    rng = np.random.default_rng(5)
    rows = zip(rng.integers(0, POINTS, OBSERVATIONS).tolist(), rng.normal(21, 2, OBSERVATIONS).tolist(), strict=True)
    observations: list[ValueChange] = [(f"p{row}", value, START_MS + 30 * n) for n, (row, value) in enumerate(rows)]
    batches = [observations[at : at + BATCH] for at in range(0, OBSERVATIONS, BATCH)]
    found = interleaved(
        {
            "ours": lambda: _spent(batches, _evaluating(book)),
            "yard": lambda: _spent(batches, lambda view: lambda values: None),
        },
        20 if quick else 60,
    )
    ok = found["ours"] <= GOAL_MS
    return Result(
        figure=found["ours"],
        unit="ms",
        yardstick=found["yard"],
        ratio=found["ours"] / found["yard"],
        goal=f"≤ {GOAL_MS:g} ms",
        ok=ok,
        note="" if ok else "index level triggers by the row of State instead of by name",
    )


def _rule(number: int) -> Automation:
    """The n-th automation, alternating between typical combinations of delay and run mode."""
    trigger = Became(selector=of_point(f"p{number}"), above=22.0, for_ms=2000 if number % 3 else 0, deadband=0.5)
    return Automation(
        id=f"rule {number:03}",
        mode=RunMode.RESTART if number % 2 else RunMode.SINGLE,
        triggers=(trigger,),
        conditions=(Between(begin=0, end=720), Holds(selector=of_point(f"p{number + 1}"), below=19.0)),
        actions=(Do(selector=of_point(f"q{number}"), verb="set", value=1.0), Wait(for_ms=600_000)),
    )


def _evaluating(book: RuleBook) -> Callable[[RuleView], Callable[[list[ValueChange]], None]]:
    def made(view: RuleView) -> Callable[[list[ValueChange]], None]:
        first = view.take([(f"p{row}", 20.0, START_MS - 1000) for row in range(POINTS)])
        memory: RuleMemory = evaluate(book, RuleMemory(), view, RuleInput(values=first), START_MS - 1000).memory

        def take(values: list[ValueChange]) -> None:
            nonlocal memory
            memory = evaluate(book, memory, view, RuleInput(values=values), values[-1][2]).memory

        return take

    return made


def _spent(batches: list[list[ValueChange]], made: Callable[[RuleView], Callable[[list[ValueChange]], None]]) -> float:
    view = RuleView()
    hear = made(view)
    began = time.thread_time_ns()
    for batch in batches:
        hear(view.take(batch))
    return (time.thread_time_ns() - began) / 1e6
