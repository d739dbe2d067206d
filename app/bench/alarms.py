"""`alarms`: 20,000 observations over 2,000 points evaluated by 600 alarms, in batches of 50, compared with ingesting
them alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved
from twin.rules.alarm_book import AlarmBook
from twin.rules.alarm_definition import AlarmDefinition, High
from twin.rules.alarm_evaluation import AlarmMemory, evaluate_alarms
from twin.rules.rule_view import RuleView, ValueChange

GOAL_MS = 100.0
"""Limit: 20,000 observations per second may take a tenth of a core."""
BATCH = 50


def run(quick: bool) -> Result:
    """CPU time of both; the alarms have a deadband and delays, so that most of the work is pending timers."""
    book = AlarmBook(
        AlarmDefinition(id=f"a{i}", key=f"p{i * 3}", condition=High(26.0), deadband=0.5, on_ms=60_000, off_ms=60_000)
        for i in range(600)
    )
    rng = np.random.default_rng(3)
    rows = zip(rng.integers(0, 2000, 20_000).tolist(), rng.normal(24, 2, 20_000).tolist(), strict=True)
    observations: list[ValueChange] = [(f"p{row}", value, 50 * n) for n, (row, value) in enumerate(rows)]
    batches = [observations[at : at + BATCH] for at in range(0, len(observations), BATCH)]
    found = interleaved(
        {"ours": lambda: _spent(batches, _judge(book)), "yard": lambda: _spent(batches, lambda view, batch: None)},
        3 if quick else 9,
    )
    ok = found["ours"] <= GOAL_MS
    return Result(
        figure=found["ours"],
        unit="ms",
        yardstick=found["yard"],
        ratio=found["ours"] / found["yard"],
        goal=f"≤ {GOAL_MS:g} ms",
        ok=ok,
        note="" if ok else "keep what is pending in a heap instead of scanning it with every batch",
    )


def _spent(batches: list[list[ValueChange]], judge: Callable[[RuleView, list[ValueChange]], None]) -> float:
    view = RuleView()
    began = time.thread_time()
    for batch in batches:
        judge(view, view.take(batch))
    return (time.thread_time() - began) * 1000


def _judge(book: AlarmBook) -> Callable[[RuleView, list[ValueChange]], None]:
    memory = AlarmMemory()

    def judge(view: RuleView, batch: list[ValueChange]) -> None:
        nonlocal memory
        memory = evaluate_alarms(book, memory, view, batch, batch[-1][2]).memory

    return judge
