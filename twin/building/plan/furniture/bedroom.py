"""Beds, night stands and wardrobes."""

from __future__ import annotations

from twin.building.plan.furniture.palette import CLAY, CREAM, INK, LINEN, MIST, OAK, WALNUT, WHITE, Size
from twin.building.plan.solids import Shape


def bed(size: Size) -> Shape:
    """Frame, mattress, duvet, pillows; the head is at +y."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0.12), (w, d, 0.18), OAK, 0.03)
        .soft((0, d / 2 - 0.05, 0.1), (w + 0.04, 0.09, h - 0.1), LINEN, 0.04)
    )
    s.soft((0, -0.04, 0.28), (w - 0.08, d - 0.16, 0.2), WHITE, 0.06).soft(
        (0, -0.28, 0.42), (w - 0.02, d * 0.68, 0.12), MIST, 0.06
    )
    n = 2 if w > 1.2 else 1
    for i in range(n):
        s.soft(((i - (n - 1) / 2) * w / 2, d / 2 - 0.34, 0.47), (w / n - 0.16, 0.4, 0.14), CREAM, 0.07)
    return s.soft((0, -d / 2 + 0.3, 0.5), (w + 0.01, 0.45, 0.07), CLAY, 0.035).legs((w, d), 0.13, WALNUT)


def nightstand(size: Size) -> Shape:
    """A small chest; faces -y."""
    w, d, h = size
    s = Shape().soft((0, 0, 0.1), (w, d, h - 0.1), OAK, 0.015).legs((w, d), 0.11, WALNUT)
    return s.box((0, -d / 2 - 0.005, h * 0.55), (w - 0.06, 0.01, 0.16), "#d7b98b").ball(
        (0, -d / 2 - 0.02, h * 0.55 + 0.08), 0.015, INK
    )


def wardrobe(size: Size) -> Shape:
    """Tall doors with handles; faces -y."""
    w, d, h = size
    s = Shape().box((0, 0, 0), (w, d, h), "#e9e5de")
    n = max(2, round(w / 0.55))
    for i in range(n):
        x = -w / 2 + w / n * (i + 0.5)
        s.box((x, -d / 2 - 0.01, 0.04), (w / n - 0.012, 0.02, h - 0.06), WHITE).box(
            (x + (0.4 if i % 2 == 0 else -0.4) * w / n, -d / 2 - 0.03, h * 0.42), (0.015, 0.02, 0.3), OAK
        )
    return s
