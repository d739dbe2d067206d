"""Baths, showers, toilets, basins and washing machines."""

from __future__ import annotations

import numpy as np

from twin.building.plan.furniture.palette import GLASS, OAK, STEEL, WHITE, Size
from twin.building.plan.solids import Shape


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
