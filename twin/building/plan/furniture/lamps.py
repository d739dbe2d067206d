"""Luminaires: standing, hanging and on the ceiling."""

from __future__ import annotations

from twin.building.plan.furniture.palette import INK, SAGE, STEEL, WHITE, Size
from twin.building.plan.solids import Shape


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
