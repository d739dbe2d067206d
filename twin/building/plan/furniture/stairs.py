"""Stairs and railings."""

from __future__ import annotations

from twin.building.plan.furniture.palette import INK, OAK, Size
from twin.building.plan.solids import Shape


def stairs(size: Size) -> Shape:
    """Open treads that climb along +y, with a rail on the left."""
    w, d, h = size
    s, n = Shape(), max(8, round(h / 0.18))
    for i in range(n):
        s.soft((0, -d / 2 + d / n * (i + 0.5), h / n * (i + 1) - 0.05), (w, d / n + 0.03, 0.05), OAK, 0.012)
        if i % 2 == 0:
            s.rod((-w / 2 + 0.03, -d / 2 + d / n * (i + 0.5), h / n * (i + 1)), 0.012, 0.85, INK, sides=6)
    return s


def railing(size: Size) -> Shape:
    """Balusters under a rail."""
    w, _, h = size
    s = Shape().soft((0, 0, h - 0.05), (w, 0.05, 0.05), OAK, 0.02)
    n = max(2, round(w / 0.14))
    for i in range(n + 1):
        s.rod((-w / 2 + i * w / n, 0, 0), 0.01, h - 0.05, INK, sides=6)
    return s
