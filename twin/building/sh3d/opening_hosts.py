"""Rotates doors and windows without an angle into the wall that contains them."""

from __future__ import annotations

import math

import numpy as np

from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow

_NEAR_CM = 5.0
"""Distance of an opening's middle from its wall up to which the wall counts, cm."""
_PARALLEL = 0.12


def turn_into_walls(home: Sh3dHome) -> None:
    """Gives openings that have neither angle nor model the angle of the wall that they are in.

    Sweet Home 3D omits an angle of 0, but never the model.
    """
    lost = [row for row in home.pieces if row["tag"] == "doorOrWindow" and "angle" not in row and not row.get("model")]
    if not lost or not home.walls:
        return
    ends = np.array([[wall[name] for name in ("xStart", "yStart", "xEnd", "yEnd")] for wall in home.walls])
    start, along = ends[:, :2], ends[:, 2:] - ends[:, :2]
    length = np.maximum((along**2).sum(1), 1e-9)
    half = np.array([home.number(wall, "thickness", 10) / 2 for wall in home.walls])
    levels = np.array([str(wall.get("level") or "") for wall in home.walls])
    for row in lost:
        at = np.array([row["x"], row["y"]])
        share = np.clip(((at - start) * along).sum(1) / length, 0, 1)
        away = np.hypot(*(start + along * share[:, None] - at).T) - half
        away[levels != str(row.get("level") or "")] = math.inf
        host = int(away.argmin())
        if away[host] <= _NEAR_CM:
            _turn(row, float(along[host, 0]), float(along[host, 1]))


def _turn(row: Sh3dRow, dx: float, dy: float) -> None:
    angle = math.atan2(dy, dx) % math.pi
    if abs(math.sin(angle)) > _PARALLEL:
        row["angle"] = angle
