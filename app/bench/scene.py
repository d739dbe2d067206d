"""`scene`: CPU time to submit a frame of 630 rooms and 5,000 devices, compared with one VTK actor per object."""

from __future__ import annotations

from app.bench.harness.result import Result
from app.bench.harness.view_process import sized

GOAL = 0.01


def run(quick: bool) -> Result:
    """The camera orbits; nothing is rasterised (GALLIUM_NOOP), so that the graphics card does not count. Also measures
    home and campus.
    """
    found, more = sized("scene", "office", quick=quick, draws=False)
    ratio = found["figure"] / found["yardstick"]
    return Result(
        figure=found["figure"],
        unit="CPU ms/frame",
        yardstick=found["yardstick"],
        ratio=ratio,
        goal=f"≤ {GOAL} ×",
        ok=ratio <= GOAL,
        note="" if ratio <= GOAL else "merge storeys that are not in focus into one prop",
        more=(*more, ("props", found["props"])),
    )
