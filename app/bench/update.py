"""`update`: 100,000 changed lamps until their colours are ready to draw, beside one numpy copy of the arrays."""

from __future__ import annotations

from app.bench.frame.result import Result
from app.bench.frame.screen import measured

GOAL = 10.0


def run(quick: bool) -> Result:
    """The window's own path: rows of the State that changed go in, marker colours come out."""
    found = measured("update", quick=quick, draws=False)
    ratio = found["figure"] / found["yardstick"]
    return Result(
        figure=found["figure"],
        unit=f"ms, {found['markers']:.0f} markers",
        yardstick=found["yardstick"],
        ratio=ratio,
        goal=f"≤ {GOAL:g} ×",
        ok=ratio <= GOAL,
        note="" if ratio <= GOAL else "work the lamps' shine out in numpy for the changed rows only, not lamp by lamp",
    )
