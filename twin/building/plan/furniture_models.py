"""Furniture of our own making: every model is a function of its size, in one calm palette."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twin.building.plan.door_sashes import DOUBLE_M
from twin.building.plan.solids import Shape

OAK, WALNUT, WHITE, LINEN, CLAY, SAGE, NAVY, INK, STEEL, STONE, GREEN, GLASS, CREAM, RUST, MIST = (
    "#c9a877", "#7a5a40", "#f1efea", "#d8cfc0", "#b98268", "#8fa28a", "#3f5878", "#2e3440", "#a9b0b8", "#d5d3ce",
    "#5f8a5a", "#bcd9ea80", "#efe6d4", "#a8583c", "#b9c6d2",
)  # fmt: skip

type Size = tuple[float, float, float]


def sofa(size: Size) -> Shape:
    """Seat, back, arms and one cushion a seat; faces -y."""
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
    """One seat in another cloth."""
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


def counter(size: Size) -> Shape:
    """Kitchen base units with fronts, handles and a stone top; faces -y."""
    w, d, h = size
    s = (
        Shape()
        .box((0, 0.03, 0), (w, d - 0.06, 0.1), INK)
        .box((0, 0, 0.1), (w, d, h - 0.14), WHITE)
        .soft((0, -0.01, h - 0.04), (w, d + 0.02, 0.04), STONE, 0.01)
    )
    n = max(1, round(w / 0.6))
    for i in range(n):
        x = -w / 2 + w / n * (i + 0.5)
        s.box((x, -d / 2 - 0.008, 0.12), (w / n - 0.012, 0.016, h - 0.18), SAGE).box(
            (x, -d / 2 - 0.025, h - 0.13), (w / n * 0.45, 0.015, 0.015), STEEL
        )
    return s


def sink_counter(size: Size) -> Shape:
    """A counter with a sink and a tap."""
    _, _, h = size
    s = (
        counter(size)
        .box((0, 0.0, h - 0.002), (0.5, 0.4, 0.006), STEEL)
        .box((0, 0.0, h), (0.42, 0.32, 0.006), "#7c848d")
    )
    return s.rod((0, 0.22, h), 0.015, 0.26, STEEL).box((0, 0.14, h + 0.25), (0.02, 0.18, 0.02), STEEL)


def hob_counter(size: Size) -> Shape:
    """A counter with a hob and an oven below."""
    _, d, h = size
    s = counter(size).box((0, 0, h), (0.58, 0.5, 0.008), INK).box((0, -d / 2 - 0.02, 0.28), (0.56, 0.02, 0.44), INK)
    for x, y in ((-0.14, -0.1), (0.14, -0.1), (-0.14, 0.12), (0.14, 0.12)):
        s.rod((x, y, h + 0.008), 0.08, 0.004, "#565d68", sides=20)
    return s.box((0, -d / 2 - 0.045, 0.68), (0.46, 0.02, 0.02), STEEL)


def wall_unit(size: Size) -> Shape:
    """Wall cupboards; faces -y."""
    w, d, h = size
    s = Shape().box((0, 0, 0), (w, d, h), WHITE)
    n = max(1, round(w / 0.6))
    for i in range(n):
        s.box((-w / 2 + w / n * (i + 0.5), -d / 2 - 0.008, 0.01), (w / n - 0.012, 0.016, h - 0.02), "#9db097")
    return s


def island(size: Size) -> Shape:
    """A kitchen island with an overhanging top."""
    w, d, h = size
    s = (
        Shape()
        .box((0, 0.08, 0), (w - 0.1, d - 0.3, 0.1), INK)
        .box((0, 0.08, 0.1), (w - 0.06, d - 0.24, h - 0.15), "#6f8591")
    )
    s.soft((0, 0, h - 0.05), (w, d, 0.05), STONE, 0.015)
    return (
        s.rod((w / 4, 0, h), 0.12, 0.08, OAK, top=0.17, sides=18)
        .ball((w / 4, 0.03, h + 0.09), 0.045, "#d97a3a")
        .ball((w / 4 - 0.07, -0.04, h + 0.09), 0.045, "#c8a53b")
        .ball((w / 4 + 0.06, -0.05, h + 0.09), 0.042, "#8aa04a")
    )


def fridge(size: Size) -> Shape:
    """Two doors with long handles; faces -y."""
    w, d, h = size
    s = Shape().soft((0, 0, 0.02), (w, d, h - 0.02), "#cfd4d9", 0.02)
    for z0, z1 in ((0.05, h * 0.36), (h * 0.37, h - 0.02)):
        s.box((0, -d / 2 - 0.01, z0), (w - 0.02, 0.02, z1 - z0), "#dde1e5").box(
            (-w / 2 + 0.07, -d / 2 - 0.035, z0 + 0.1), (0.02, 0.02, (z1 - z0) * 0.6), STEEL
        )
    return s


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


def desk(size: Size) -> Shape:
    """A desk with a screen, keyboard and drawer; one sits at -y."""
    w, d, h = size
    s = Shape().soft((0, 0, h - 0.03), (w, d, 0.03), OAK, 0.012).legs((w, d), h - 0.03, WHITE, radius=0.025, inset=0.06)
    s.box((0, d / 2 - 0.2, h), (0.22, 0.16, 0.015), INK).box((0, d / 2 - 0.16, h), (0.04, 0.03, 0.14), INK)
    s.box((0, d / 2 - 0.17, h + 0.1), (0.58, 0.025, 0.35), INK).box(
        (0, d / 2 - 0.184, h + 0.115), (0.56, 0.006, 0.32), "#35506e"
    )
    return s.box((0, -0.08, h), (0.4, 0.13, 0.015), "#e3e5e8").box((0.3, -0.08, h), (0.06, 0.1, 0.02), INK)


def office_chair(size: Size) -> Shape:
    """A swivel chair; faces -y."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0.44), (w * 0.82, d * 0.8, 0.08), INK, 0.035)
        .soft((0, d * 0.38, 0.55), (w * 0.75, 0.06, h - 0.55), "#3b4352", 0.03)
    )
    s.rod((0, 0, 0.08), 0.03, 0.37, STEEL)
    for x, y in ((0.26, 0), (-0.21, 0.16), (-0.21, -0.16), (0.08, 0.25), (0.08, -0.25)):
        s.soft((x / 2, y / 2, 0.05), (abs(x) + 0.05, abs(y) + 0.05, 0.03), STEEL, 0.012).ball(
            (x, y, 0.03), 0.03, INK, sides=8
        )
    return s


def bathtub(size: Size) -> Shape:
    """A tub with a tap."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0), (w, d, h), WHITE, 0.09)
        .soft((0, 0, h - 0.02), (w - 0.16, d - 0.16, 0.03), "#cfe0e8", 0.014)
    )
    return s.rod((w / 2 - 0.1, 0, h), 0.015, 0.14, STEEL).box((w / 2 - 0.16, 0, h + 0.12), (0.14, 0.025, 0.02), STEEL)


def shower(size: Size) -> Shape:
    """A tray, a glass wall and a rain head."""
    w, d, h = size
    s = Shape().soft((0, 0, 0), (w, d, 0.05), WHITE, 0.02).box((0, -d / 2 + 0.01, 0.05), (w, 0.012, h - 0.1), GLASS)
    return (
        s.rod((w / 2 - 0.06, d / 2 - 0.08, 0.05), 0.012, h - 0.15, STEEL)
        .box((w / 2 - 0.2, d / 2 - 0.08, h - 0.12), (0.3, 0.02, 0.02), STEEL)
        .rod((0, d / 2 - 0.08, h - 0.15), 0.1, 0.02, STEEL, sides=18)
    )


def toilet(size: Size) -> Shape:
    """A wall-hung bowl with its lid; the wall is at +y."""
    w, d, h = size
    return (
        Shape()
        .soft((0, -0.04, 0.12), (w, d - 0.1, 0.28), WHITE, 0.12)
        .soft((0, -0.05, 0.4), (w, d - 0.12, 0.035), "#fbfaf7", 0.017)
        .box((0, d / 2 - 0.04, 0), (w + 0.1, 0.08, h), "#e4e2dd")
        .box((0, d / 2 - 0.085, h - 0.16), (0.2, 0.01, 0.12), STEEL)
    )


def basin(size: Size) -> Shape:
    """A vanity with a basin and a mirror; the wall is at +y."""
    w, d, h = size
    s = (
        Shape()
        .box((0, 0, 0.35), (w, d, 0.42), OAK)
        .soft((0, 0, 0.77), (w + 0.02, d + 0.02, 0.04), WHITE, 0.015)
        .rod((0, -0.02, 0.81), 0.17, 0.1, WHITE, top=0.2, sides=22)
    )
    s.rod((0, d / 2 - 0.07, 0.81), 0.012, 0.2, STEEL).box((0, d / 2 - 0.13, 0.99), (0.02, 0.13, 0.02), STEEL)
    return s.box((0, d / 2 - 0.01, 1.15), (w * 0.9, 0.02, h - 1.15), "#c4dbe6")


def washer(size: Size) -> Shape:
    """A front loader; faces -y."""
    w, d, h = size
    s = (
        Shape()
        .soft((0, 0, 0), (w, d, h), WHITE, 0.02)
        .box((0, -d / 2 - 0.003, h - 0.13), (w - 0.04, 0.01, 0.1), "#dfe2e6")
    )
    for radius, depth, colour in ((0.2, 0.02, STEEL), (0.155, 0.03, "#39424f")):
        ring = Shape().rod((0, 0, 0), radius, depth, colour, sides=24).blocks[0]
        turned = ring.positions[:, [0, 2, 1]] * (1, -1, 1)
        s.blocks.append(type(ring)(colour, turned + np.array([0, -d / 2, h * 0.46]), ring.triangles))
    return s


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


def rug(size: Size) -> Shape:
    """A flat rug with a border."""
    w, d, h = size
    return (
        Shape()
        .soft((0, 0, 0), (w, d, h), LINEN, 0.006)
        .soft((0, 0, h * 0.4), (w - 0.24, d - 0.24, h * 0.75), "#c7b8a4", 0.006)
    )


def floor_lamp(size: Size) -> Shape:
    """A shade on a tall foot."""
    w, _, h = size
    return (
        Shape()
        .rod((0, 0, 0), w * 0.4, 0.03, INK, sides=20)
        .rod((0, 0, 0), 0.012, h - 0.2, INK)
        .rod((0, 0, h - 0.3), w / 2, 0.3, "#f7e7c3", top=w * 0.36, sides=22)
    )


def table_lamp(size: Size) -> Shape:
    """A small shade on a ball."""
    w, _, h = size
    return (
        Shape()
        .ball((0, 0, w * 0.28), w * 0.28, SAGE, sides=14)
        .rod((0, 0, h * 0.4), 0.01, h * 0.2, STEEL)
        .rod((0, 0, h * 0.5), w / 2, h * 0.5, "#f7e7c3", top=w * 0.33, sides=20)
    )


def pendant(size: Size) -> Shape:
    """A dome on a cord."""
    w, _, h = size
    return (
        Shape()
        .rod((0, 0, h * 0.4), 0.006, h * 0.6, INK, sides=6)
        .rod((0, 0, 0), w / 2, h * 0.4, "#e9c77c", top=w * 0.14, sides=22)
    )


def ceiling_lamp(size: Size) -> Shape:
    """A flat disc."""
    w, _, h = size
    return Shape().rod((0, 0, 0), w / 2, h, "#fbf3df", sides=24)


def panel_light(size: Size) -> Shape:
    """A long office luminaire."""
    w, d, h = size
    return Shape().box((0, 0, h * 0.3), (w, d, h * 0.7), WHITE).box((0, 0, 0), (w * 0.96, d * 0.8, h * 0.4), "#fdf7e8")


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


def meeting_table(size: Size) -> Shape:
    """A long table on two feet."""
    w, d, h = size
    s = Shape().soft((0, 0, h - 0.04), (w, d, 0.04), OAK, 0.015)
    for x in (-w / 2 + 0.5, w / 2 - 0.5):
        s.box((x, 0, 0), (0.08, d * 0.6, h - 0.04), INK)
    return s.box((0, 0, h), (0.3, 0.18, 0.03), INK)


def screen(size: Size) -> Shape:
    """A wall screen; faces -y."""
    w, d, h = size
    return Shape().box((0, 0, 0), (w, d, h), INK).box((0, -d / 2 - 0.003, 0.03), (w - 0.05, 0.006, h - 0.06), "#27405c")


def rack(size: Size) -> Shape:
    """A server rack with lights; faces -y."""
    w, d, h = size
    s = Shape().box((0, 0, 0), (w, d, h), INK)
    for i in range(12):
        s.box((0, -d / 2 - 0.005, 0.1 + i * (h - 0.2) / 12), (w - 0.08, 0.01, 0.09), "#444c59").box(
            (w / 2 - 0.09, -d / 2 - 0.012, 0.13 + i * (h - 0.2) / 12),
            (0.03, 0.006, 0.02),
            "#57c98a" if i % 3 else "#e5bf4c",
        )
    return s


def machine(size: Size) -> Shape:
    """A heat pump or air handler: a casing with a grille; faces -y."""
    w, d, h = size
    s = Shape().soft((0, 0, 0.05), (w, d, h - 0.05), "#dfe3e7", 0.03)
    for i in range(6):
        s.box((-w * 0.16, -d / 2 - 0.004, h * 0.22 + i * h * 0.1), (w * 0.5, 0.01, 0.03), "#7c858f")
    return s


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


MODELS: dict[str, Callable[[Size], Shape]] = {
    f.__name__: f
    for f in (
        sofa, armchair, coffee_table, side_table, tv, bookshelf, dining_table, chair, stool, counter, sink_counter, hob_counter,
        wall_unit, island, fridge, bed, nightstand, wardrobe, desk, office_chair, bathtub, shower, toilet, basin, washer, plant,
        rug, floor_lamp, table_lamp, pendant, ceiling_lamp, panel_light, door, front_door, opening, window, glass_wall, stairs,
        railing, curtain, meeting_table, screen, rack, machine, deck, car,
    )
}  # fmt: skip
