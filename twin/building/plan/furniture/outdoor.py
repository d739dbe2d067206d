"""Terrace, car and plant machinery."""

from __future__ import annotations

import numpy as np

from twin.building.plan.furniture.palette import INK, RUST, Size
from twin.building.plan.solids import Shape


def deck(size: Size) -> Shape:
    """Boards of a terrace, along x."""
    w, d, h = size
    s, n = Shape(), max(3, round(d / 0.3))
    for i in range(n):
        s.box((0, -d / 2 + d / n * (i + 0.5), 0), (w, d / n - 0.012, h), "#b89b77" if i % 2 else "#b09270")
    return s


def car(size: Size) -> Shape:
    """A small electric car."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0.22), (w, d, 0.5), "#7d93a8", 0.16)
        .soft((0, -0.1, 0.5), (w * 0.88, d * 0.56, h - 0.56), "#33404f", 0.22)
    )
    s.soft((0, -0.1, h - 0.12), (w * 0.66, d * 0.36, 0.12), "#8aa0b5", 0.055)
    for end in (-1, 1):
        s.soft((0, end * d * 0.38, 0.6), (w * 0.9, d * 0.2, 0.2), "#8aa0b5", 0.09)
        for side in (-1, 1):
            s.soft(
                (side * w * 0.33, end * (d / 2 - 0.03), 0.52), (0.26, 0.08, 0.1), "#f6efdc" if end > 0 else RUST, 0.03
            )
    for x in (-w / 2 + 0.1, w / 2 - 0.1):
        for y in (-d * 0.31, d * 0.31):
            wheel = Shape().rod((0, 0, -0.1), 0.31, 0.2, INK, sides=20).blocks[0]
            s.blocks.append(
                type(wheel)(INK, wheel.positions[:, [2, 1, 0]] * (1, 1, -1) + np.array([x, y, 0.31]), wheel.triangles)
            )
    return s


def machine(size: Size) -> Shape:
    """A heat pump or air handler: a casing with a grille; faces -y."""
    w, d, h = size
    s = Shape().soft((0, 0, 0.05), (w, d, h - 0.05), "#dfe3e7", 0.03)
    for i in range(6):
        s.box((-w * 0.16, -d / 2 - 0.004, h * 0.22 + i * h * 0.1), (w * 0.5, 0.01, 0.03), "#7c858f")
    return s
