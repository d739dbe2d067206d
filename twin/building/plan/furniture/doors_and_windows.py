"""Doors, windows and glass partitions, as solids for their wall's opening."""

from __future__ import annotations

from twin.building.plan.door_sashes import DOUBLE_M
from twin.building.plan.furniture.palette import GLASS, INK, STEEL, STONE, WHITE, Size
from twin.building.plan.solids import Shape


def door(size: Size) -> Shape:
    """Frame, leaf and handles; a wide door has two leaves."""
    w, d, h = size
    leaves = 2 if w > DOUBLE_M else 1
    wide = (w - 0.1) / leaves
    middles = [(n - (leaves - 1) / 2) * wide for n in range(leaves)]
    s = Shape().box((0, 0, h - 0.05), (w, d, 0.05), WHITE)
    for side in (-1, 1):
        s.box((side * (w / 2 - 0.025), 0, 0), (0.05, d, h), WHITE)
        for n, x in enumerate(middles):
            s.box((x + (-1 if n else 1) * (wide / 2 - 0.09), side * 0.05, 1.0), (0.12, 0.02, 0.02), STEEL)
    for x in middles:
        s.box((x, 0, 0.01), (wide if leaves == 1 else wide - 0.004, 0.04, h - 0.06), "#d9c3a0")
    return s


def front_door(size: Size) -> Shape:
    """A strong leaf with a strip of glass; a wide door has two."""
    w, d, h = size
    s = Shape().box((0, 0, h - 0.06), (w, d, 0.06), INK)
    for side in (-1, 1):
        s.box((side * (w / 2 - 0.03), 0, 0), (0.06, d, h), INK)
    leaves = 2 if w > DOUBLE_M else 1
    wide = (w - 0.12) / leaves
    for n in range(leaves):
        x, handle = (n - (leaves - 1) / 2) * wide, -1 if n else 1
        s.box((x, 0, 0.01), (wide - 0.004, 0.06, h - 0.07), "#41576b")
        s.box((x - handle * 0.18, 0, 0.3), (0.14, 0.07, h - 0.6), GLASS)
        s.box((x + handle * (wide / 2 - 0.1), -0.06, 0.8), (0.025, 0.03, 0.6), STEEL)
    return s


def opening(size: Size) -> Shape:
    """A cased opening without a leaf."""
    w, d, h = size
    s = Shape().box((0, 0, h - 0.03), (w, d, 0.03), WHITE)
    for side in (-1, 1):
        s.box((side * (w / 2 - 0.015), 0, 0), (0.03, d, h), WHITE)
    return s


def window(size: Size) -> Shape:
    """Frame, mullion and glass."""
    w, d, h = size
    s = Shape().box((0, 0, 0), (w, d * 0.5, 0.06), WHITE).box((0, 0, h - 0.06), (w, d * 0.5, 0.06), WHITE)
    for x in (-w / 2 + 0.03, w / 2 - 0.03, *((0.0,) if w > 1.1 else ())):
        s.box((x, 0, 0), (0.06, d * 0.5, h), WHITE)
    return s.box((0, 0, 0.05), (w - 0.08, 0.02, h - 0.1), GLASS).box((0, -d * 0.45, -0.0), (w, d * 0.3, 0.03), STONE)


def glass_wall(size: Size) -> Shape:
    """A glazed partition between offices."""
    w, d, h = size
    s = (
        Shape()
        .box((0, 0, 0), (w, d, 0.08), INK)
        .box((0, 0, h - 0.05), (w, d, 0.05), INK)
        .box((0, 0, 0.08), (w, 0.02, h - 0.13), GLASS)
    )
    n = max(1, round(w / 1.5))
    for i in range(n + 1):
        s.box((-w / 2 + 0.02 + i * (w - 0.04) / n, 0, 0), (0.04, d, h), INK)
    return s
