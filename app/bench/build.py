"""`build`: the longest turn of the GUI thread while a building enters a window, compared with loading it all at once."""

from __future__ import annotations

from app.bench.harness.result import Result
from app.bench.harness.view_process import sized

GOAL = 0.4


def run(quick: bool) -> Result:
    """An office of 630 rooms and 5,000 devices, drawn by the CPU; work on other threads is not counted. Also measures
    home
    and campus.
    """
    found, more = sized("build", "office", quick=quick, draws=True)
    ratio = found["figure"] / found["yardstick"]
    return Result(
        figure=found["figure"],
        unit="CPU ms, longest turn",
        yardstick=found["yardstick"],
        ratio=ratio,
        goal=f"≤ {GOAL} ×",
        ok=ratio <= GOAL,
        note="" if ratio <= GOAL else "look for what one step of Scene.fill_in, or the first frame, does at once",
        more=(*more, ("turns", found["turns"])),
    )
