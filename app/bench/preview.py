"""`preview`: a recorded day of 233,000 readings replayed through 100 rules, compared with ingesting the same readings
alone.
"""

from __future__ import annotations

import math
import time

import numpy as np

from app.bench.harness.result import Result
from app.bench.harness.timing import interleaved
from twin.rules.automation import At, Automation, Became, Between, Do, Holds, RunMode, Wait, WaitFor
from twin.rules.replay import replay
from twin.rules.rule_book import RuleBook
from twin.rules.rule_view import RuleView, ValueChange
from twin.rules.selector import of_point

GOAL_S = 0.5
DAY_MS, START_MS = 86_400_000, 20_600 * 86_400_000


def run(quick: bool) -> Result:
    """CPU seconds to replay a recorded day through the rules, and to ingest it alone."""
    book = RuleBook(rules())
    day = recorded_day()
    found = interleaved({"ours": lambda: _replayed(book, day), "yard": lambda: _taken(day)}, 2 if quick else 5)
    ok = found["ours"] <= GOAL_S
    return Result(
        figure=found["ours"],
        unit="s",
        yardstick=found["yard"],
        ratio=found["ours"] / found["yard"],
        goal=f"≤ {GOAL_S:g} s",
        ok=ok,
        note="" if ok else "find the batches in which a trigger can change with numpy, and pass over the rest",
        more=(("readings", float(len(day))),),
    )


def rules() -> list[Automation]:
    """40 lamps with presence, 40 temperatures that stay too high, 20 wall times."""
    return [
        *(
            Automation(
                id=f"lamp {n:02}",
                mode=RunMode.RESTART,
                triggers=(Became(selector=of_point(f"o{n}"), to=1.0),),
                conditions=(Between(begin=1020, end=1380),),
                actions=(
                    Do(selector=of_point(f"l{n}"), verb="on"),
                    Wait(for_ms=300_000),
                    WaitFor(condition=Holds(selector=of_point(f"o{n}"), equals=0.0), timeout_ms=1_800_000),
                    Do(selector=of_point(f"l{n}"), verb="off"),
                ),
            )
            for n in range(40)
        ),
        *(
            Automation(
                id=f"hot {n:02}",
                triggers=(Became(selector=of_point(f"t{n}"), above=25.0, deadband=0.5, for_ms=900_000),),
                actions=(Do(selector=of_point(f"f{n}"), verb="on"),),
            )
            for n in range(40)
        ),
        *(
            Automation(
                id=f"time {n:02}",
                triggers=(At(minute=60 * n + 15),),
                conditions=(Holds(selector=of_point(f"t{n}"), below=30.0),),
                actions=(Do(selector=of_point(f"s{n}"), verb="set", value=float(n)),),
            )
            for n in range(20)
        ),
    ]


def recorded_day() -> list[ValueChange]:
    """Values of a day: 160 temperatures per minute, and occasionally one of 40 presences."""
    rng = np.random.default_rng(2)
    found: list[ValueChange] = []
    for minute in range(1440):
        at = START_MS + minute * 60_000
        there, words = rng.random(40) < 0.05, rng.random(40) < 0.5
        found += [(f"o{n}", float(words[n]), at + n) for n in np.flatnonzero(there).tolist()]
        warm = 23 + 2 * np.sin(minute / 1440 * 2 * math.pi + np.arange(160)) + rng.normal(0, 0.1, 160)
        found += [(f"t{n}", value, at + 40 + n) for n, value in enumerate(warm.tolist())]
    return found


def _replayed(book: RuleBook, day: list[ValueChange]) -> float:
    began = time.thread_time()
    replay(book, RuleView(), day, START_MS, START_MS + DAY_MS)
    return time.thread_time() - began


def _taken(day: list[ValueChange]) -> float:
    view = RuleView()
    began = time.thread_time()
    view.take(day)
    return time.thread_time() - began
