"""`pick`: the device or room under the mouse, compared with vtkHardwareSelector in the same scene."""

from __future__ import annotations

from app.bench.harness.result import Result
from app.bench.harness.view_process import sized

GOAL = 0.002


def run(quick: bool) -> Result:
    """630 rooms and 5,000 devices, spots all over the picture, the camera at rest. Also measures home and campus."""
    found, more = sized("pick", "office", quick=quick, draws=True)
    ratio = found["figure"] / found["yardstick"]
    return Result(
        figure=found["figure"],
        unit="ms",
        yardstick=found["yardstick"],
        ratio=ratio,
        goal=f"≤ {GOAL} ×",
        ok=ratio <= GOAL,
        more=more,
        note="" if ratio <= GOAL else "keep the devices of the picture in a grid of pixels instead of looking at all",
    )
