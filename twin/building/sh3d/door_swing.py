"""Leaves of doors: sashes of Sweet Home 3D (Sash, PlanComponent.getDoorOrWindowSashShape of 7.x)."""

from __future__ import annotations

import math

from twin.building.plan.door_sashes import FRAMES
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.model.space import DoorLeaf

_TURN = 1e-3
"""Least rotation of a leaf that swings, radians."""
_MOST = 8
"""Most leaves of one door."""


def leaves(home: Sh3dHome, row: Sh3dRow) -> tuple[DoorLeaf, ...]:
    """The swinging leaves of a door.

    A sash rotates about its axis from its start to its end angle, relative to the door's lower left corner in plan; a
    mirrored door's sashes are mirrored. A door without a model gets the leaf of the stand-in model.
    """
    width, depth = home.number(row, "width", 90) / 100, home.number(row, "depth", 10) / 100
    turn = -home.number(row, "angle")
    side = -1.0 if row.get("modelMirrored") == "true" else 1.0
    x, y = home.number(row, "x") / 100, -home.number(row, "y") / 100
    cos, sin = math.cos(turn), math.sin(turn)
    found: list[DoorLeaf] = []
    sashes = row["sashes"] or ([] if row.get("model") else [_our_own(width)])
    for sash in sashes[:_MOST]:
        across = side * (sash["xAxis"] - 0.5) * width
        along = -(sash["yAxis"] - 0.5) * depth
        start, end = sash["startAngle"], sash["endAngle"]
        if abs(end - start) < _TURN or sash["width"] * width < 0.05:
            continue
        if abs(math.sin(end)) < abs(math.sin(start)) - 0.1:
            start, end = end, start  # shut is where it lies along its wall
        shut = start if side > 0 else math.pi - start
        found.append(
            DoorLeaf(
                hinge=(round(x + across * cos - along * sin, 4), round(y + across * sin + along * cos, 4)),
                closed_deg=_turned(round(math.degrees(shut + turn), 2)),
                open_deg=round(math.degrees(side * (end - start)), 2),
                width_m=round(sash["width"] * width, 4),
            )
        )
    return tuple(found)


def _our_own(width: float) -> Sh3dRow:
    """The leaf of the stand-in door, used where the home has no model: hinged on the left."""
    frame = min(FRAMES["door"] / max(width, 0.2), 0.4)
    return {"xAxis": frame, "yAxis": 0.5, "width": 1 - 2 * frame, "startAngle": 0.0, "endAngle": -math.pi / 2}


def _turned(degrees: float) -> float:
    """An angle between -180 (excluded) and 180."""
    return round(180 - (180 - degrees) % 360, 2)
