"""Kitchen units and appliances."""

from __future__ import annotations

from twin.building.plan.furniture.palette import INK, OAK, SAGE, STEEL, STONE, WHITE, Size
from twin.building.plan.solids import Shape


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
