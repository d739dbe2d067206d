"""Desks, meeting tables, screens and server racks."""

from __future__ import annotations

from twin.building.plan.furniture.palette import INK, OAK, STEEL, WHITE, Size
from twin.building.plan.solids import Shape


def desk(size: Size) -> Shape:
    """A desk with a screen and keyboard; the chair is at -y."""
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


def meeting_table(size: Size) -> Shape:
    """A long table on two feet."""
    w, d, h = size
    s = Shape().soft((0, 0, h - 0.04), (w, d, 0.04), OAK, 0.015)
    for x in (-w / 2 + 0.5, w / 2 - 0.5):
        s.box((x, 0, 0), (0.08, d * 0.6, h - 0.04), INK)
    return s.box((0, 0, h), (0.3, 0.18, 0.03), INK)


def screen(size: Size) -> Shape:
    """A wall-mounted screen; faces -y."""
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
