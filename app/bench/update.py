"""`update`: 100,000 changed lamps until their colours are ready to draw, compared with one numpy copy of the arrays."""

from __future__ import annotations

from app.bench.harness.result import Result
from app.bench.harness.view_process import sized

GOAL = 10.0


def run(quick: bool) -> Result:
    """The window's own path from changed rows of the State to marker colours. Also measures home and office."""
    found, more = sized("update", "campus", quick=quick, draws=False)
    ratio = found["figure"] / found["yardstick"]
    return Result(
        figure=found["figure"],
        unit=f"ms, {found['markers']:.0f} markers",
        yardstick=found["yardstick"],
        ratio=ratio,
        goal=f"≤ {GOAL:g} ×",
        ok=ratio <= GOAL,
        more=more,
        note="" if ratio <= GOAL else "gather roles and switches in one pass; what is left is memory traffic",
    )
