"""Sofas, chairs, tables and shelves."""

from __future__ import annotations

from twin.building.plan.furniture.palette import (
    CLAY,
    CREAM,
    GREEN,
    INK,
    LINEN,
    MIST,
    NAVY,
    OAK,
    RUST,
    SAGE,
    STEEL,
    WALNUT,
    WHITE,
    Size,
)
from twin.building.plan.solids import Shape


def sofa(size: Size) -> Shape:
    """Seat, back, arms and one cushion per seat; faces -y."""
    w, d, h = size
    s = Shape().soft((0, 0, 0.08), (w, d, 0.28), NAVY, 0.05)
    s.soft((0, d / 2 - 0.11, 0.2), (w - 0.1, 0.22, h - 0.22), NAVY, 0.07)
    for side in (-1, 1):
        s.soft((side * (w / 2 - 0.1), 0, 0.08), (0.2, d, 0.5), NAVY, 0.06)
    seats = max(1, round((w - 0.4) / 0.75))
    width = (w - 0.42) / seats
    for i in range(seats):
        x = -w / 2 + 0.21 + width * (i + 0.5)
        s.soft((x, -0.08, 0.34), (width - 0.02, d - 0.3, 0.14), "#4a678b", 0.05)
        s.soft((x, d / 2 - 0.3, 0.44), (width * 0.8, 0.16, 0.36), "#56759b" if i % 2 else CREAM, 0.07)
    return s.legs((w - 0.2, d - 0.1), 0.09, WALNUT)


def armchair(size: Size) -> Shape:
    """An armchair with one seat; faces -y."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0.16), (w, d, 0.22), RUST, 0.06)
        .soft((0, d / 2 - 0.1, 0.25), (w, 0.2, h - 0.25), RUST, 0.08)
    )
    for side in (-1, 1):
        s.soft((side * (w / 2 - 0.08), -0.03, 0.2), (0.16, d - 0.06, 0.4), RUST, 0.06)
    return s.soft((0, -0.06, 0.36), (w - 0.34, d - 0.26, 0.12), "#bd6f51", 0.05).legs((w, d), 0.17, OAK)


def coffee_table(size: Size) -> Shape:
    """Round-edged plate on legs, with a tray."""
    w, d, h = size
    s = Shape().soft((0, 0, h - 0.05), (w, d, 0.05), OAK, 0.02).legs((w, d), h - 0.05, WALNUT, inset=0.08)
    return s.soft((0.1, 0, h), (0.3, 0.2, 0.02), INK, 0.01).rod((0.06, 0, h + 0.02), 0.04, 0.09, CREAM)


def side_table(size: Size) -> Shape:
    """A round top on one foot."""
    w, _, h = size
    return (
        Shape()
        .rod((0, 0, h - 0.03), w / 2, 0.03, OAK, sides=24)
        .rod((0, 0, 0), 0.025, h, INK)
        .rod((0, 0, 0), w / 3, 0.02, INK, sides=20)
    )


def tv(size: Size) -> Shape:
    """Sideboard with a screen on it; faces -y."""
    w, d, h = size
    s = Shape().box((0, 0, 0.1), (w, d, 0.38), WHITE).box((0, 0, 0.48), (w + 0.02, d, 0.03), OAK)
    for i in (-1, 1):
        s.box((i * w / 4, -d / 2 - 0.005, 0.12), (w / 2 - 0.02, 0.01, 0.34), "#e6e3dd").box(
            (i * 0.06, -d / 2 - 0.015, 0.26), (0.02, 0.015, 0.1), STEEL
        )
    s.box((0, 0.02, 0.51), (0.5, 0.2, 0.02), INK).box((0, 0.02, 0.53), (0.06, 0.05, 0.08), INK)
    return (
        s.box((0, 0.02, 0.58), (w * 0.72, 0.04, h - 0.58), INK)
        .box((0, -0.004, 0.6), (w * 0.7, 0.01, h - 0.62), "#10141b")
        .legs((w, d), 0.1, WALNUT)
    )


def bookshelf(size: Size) -> Shape:
    """Boards with books of many colours; faces -y."""
    w, d, h = size
    s = Shape().box((0, d / 2 - 0.01, 0), (w, 0.02, h), "#b8976a")
    for side in (-1, 1):
        s.box((side * (w / 2 - 0.015), 0, 0), (0.03, d, h), OAK)
    rows = max(2, round(h / 0.38))
    colours = (CLAY, NAVY, SAGE, CREAM, RUST, MIST, INK, LINEN)
    for r in range(rows + 1):
        z = r * (h - 0.03) / rows
        s.box((0, 0, z), (w, d, 0.03), OAK)
        x, i = -w / 2 + 0.05, r * 5
        while r < rows and x < w / 2 - 0.12:
            thick, tall = 0.03 + 0.012 * ((i * 7) % 4), 0.2 + 0.02 * ((i * 5) % 5)
            if i % 9 != 8:
                s.box((x + thick / 2, -0.02, z + 0.03), (thick - 0.003, d * 0.7, min(tall, 0.3)), colours[i % 8])
            x, i = x + thick, i + 1
    return s


def dining_table(size: Size) -> Shape:
    """A solid top on slanting legs with a bowl."""
    w, d, h = size
    s = Shape().soft((0, 0, h - 0.05), (w, d, 0.05), OAK, 0.02).legs((w, d), h - 0.05, OAK, radius=0.035, inset=0.12)
    return s.rod((0, 0, h), 0.09, 0.07, SAGE, top=0.16, sides=18)


def chair(size: Size) -> Shape:
    """A wooden chair with a cushion; faces -y."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0.43), (w, d, 0.04), OAK, 0.02)
        .soft((0, -0.01, 0.46), (w - 0.06, d - 0.08, 0.035), LINEN, 0.02)
    )
    s.legs((w, d), 0.44, OAK, radius=0.018, inset=0.03).soft((0, d / 2 - 0.02, h - 0.28), (w, 0.03, 0.24), OAK, 0.015)
    for side in (-1, 1):
        s.box((side * (w / 2 - 0.03), d / 2 - 0.02, 0.44), (0.03, 0.025, h - 0.5), OAK)
    return s


def stool(size: Size) -> Shape:
    """A bar stool."""
    w, _, h = size
    s = (
        Shape()
        .rod((0, 0, h - 0.05), w / 2, 0.05, WALNUT, sides=20)
        .rod((0, 0, 0.25), w / 2 - 0.03, 0.015, STEEL, sides=16)
    )
    return s.legs((w, w), h - 0.05, INK, radius=0.012, inset=0.05)


def rug(size: Size) -> Shape:
    """A flat rug with a border."""
    w, d, h = size
    return (
        Shape()
        .soft((0, 0, 0), (w, d, h), LINEN, 0.006)
        .soft((0, 0, h * 0.4), (w - 0.24, d - 0.24, h * 0.75), "#c7b8a4", 0.006)
    )


def plant(size: Size) -> Shape:
    """A pot with a round crown."""
    w, _, h = size
    s = (
        Shape()
        .rod((0, 0, 0), w * 0.26, h * 0.28, CLAY, top=w * 0.34, sides=16)
        .rod((0, 0, h * 0.25), 0.02, h * 0.3, WALNUT, sides=6)
    )
    for i, (x, y, z, r) in enumerate(
        (
            (0, 0, 0.74, 0.3),
            (0.16, 0.08, 0.6, 0.22),
            (-0.15, 0.1, 0.62, 0.22),
            (0.02, -0.17, 0.58, 0.22),
            (0, 0.04, 0.9, 0.18),
        )
    ):
        s.ball((x * w, y * w, z * h), r * w, GREEN if i % 2 else "#74a06b", sides=10)
    return s


def curtain(size: Size) -> Shape:
    """Two lengths of cloth beside a window."""
    w, d, h = size
    s = Shape().rod((0, 0, 0), 0.001, 0.001, INK, sides=3)
    for side in (-1, 1):
        for i in range(4):
            s.soft(
                (side * (w / 2 - 0.05 - i * 0.075), (i % 2) * 0.03, 0), (0.08, d, h), CREAM if i % 2 else LINEN, 0.03
            )
    return s.box((0, 0, h - 0.02), (w, 0.03, 0.03), INK)
