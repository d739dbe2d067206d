"""Geometry of blinds, curtains and shutters at any opening."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.view.scene.live.box_mesh import boxes, turned
from app.view.scene.live.opening_pane import OpeningPane
from app.view.theme import Theme, rgb

type Floats = NDArray[np.float64]

_PITCH_M, _SLAT_M, _THIN_M, _STACK_M = 0.05, 0.027, 0.0025, 0.007
"""Slat pitch, half depth and half thickness of a slat, and height of a slat in the stack, in metres."""
_RAIL_M = 0.022
_PALER, _STRIPE = 0.45, 0.16
_PANEL_M = 0.16
_FOLDS, _FOLD_M = 11, 0.035
_GATHERED = 0.16
"""Share of a curtain's width that remains when it is open."""
_STEPS = 20
_LEAST_M = 0.09
"""Smallest height in metres for which a blind is drawn."""


class BlindStyle(StrEnum):
    """Type of window covering."""

    SLATS = "slats"
    CURTAIN = "curtain"
    SHUTTER = "shutter"


_WORDS = {
    BlindStyle.CURTAIN: ("curtain", "drape", "vorhang", "gardine", "帘布", "窗纱"),
    BlindStyle.SHUTTER: (
        "shutter",
        "roller",
        "garage",
        "gate",
        "awning",
        "screen",
        "rollo",
        "rollladen",
        "tor",
        "卷帘",
        "车库",
    ),
}


def style_of(name: str, *, tilts: bool) -> BlindStyle:
    """Type of a window covering by the words in its name; slats if the slats tilt or no word is known."""
    folded = name.casefold()
    parts = set(folded.split())
    for style, known in _WORDS.items():
        if not tilts and any(
            word in parts or ((len(word) > 3 or not word.isascii()) and word in folded) for word in known
        ):
            return style
    return BlindStyle.SLATS


def let_in(style: BlindStyle, share: float, tilt: float) -> float:
    """Share of light that passes a covering open by `share`; slats pass more the flatter they lie (`tilt`). Rounded to
    steps of
    1/20, so that small changes do not relight rooms.
    """
    shut = {BlindStyle.SLATS: 0.04 + 0.55 * tilt, BlindStyle.CURTAIN: 0.15, BlindStyle.SHUTTER: 0.0}[style]
    return round((share + (1 - share) * shut) * _STEPS) / _STEPS


@dataclass(frozen=True, slots=True)
class HungBlind:
    """Where a covering hangs: its pane and the signed offset along `pane.across`, metres."""

    pane: OpeningPane
    off_m: float
    style: BlindStyle
    colour: tuple[float, float, float]


def colour_of(style: BlindStyle, theme: Theme) -> tuple[float, float, float]:
    """RGB colour, 0-1, of a covering's material."""
    word = {BlindStyle.SLATS: "wood", BlindStyle.CURTAIN: "floor", BlindStyle.SHUTTER: "slab"}[style]
    red, green, blue = (own + (1.0 - own) * _PALER for own in rgb(getattr(theme, word)))
    return red, green, blue


@dataclass(frozen=True, slots=True, eq=False)
class BlindShape:
    """Geometry of one covering, up to the height where its storey is cut."""

    hanging: HungBlind
    top: float
    part: NDArray[np.int64]
    """(m,) which slat, panel or fold each triangle belongs to; -1 for what never moves."""
    count: int
    local: Floats
    """(m, 3, 3) along, across, up; of slats around their own middle."""

    def at(self, share: float, tilt: float) -> Floats:
        """(m, 3, 3) triangles when open by `share`, 0-1; `tilt` is how flat the slats lie, 0-1."""
        style = self.hanging.style
        if style is BlindStyle.CURTAIN:
            made = self._drawn(share)
        elif style is BlindStyle.SHUTTER:
            made = self.local.copy()
            made[..., 2] = np.minimum(made[..., 2] + share * (self.top - self.hanging.pane.low), self.top)
        else:
            made = self._slats(share, tilt)
        still = self.part < 0
        made[still] = self.local[still]
        made[..., 1] += self.hanging.off_m
        return turned(made, self.hanging.pane.middle, self.hanging.pane.along)

    def paint(self) -> NDArray[np.uint8]:
        """(m, 3) colours; every second slat is slightly darker, for visibility from afar."""
        tone = np.where(self.part % 2 == 1, 1.0 - _STRIPE, 1.0)
        return (np.array(self.hanging.colour) * tone[:, None] * 255).astype(np.uint8)

    def _slats(self, share: float, tilt: float) -> Floats:
        low, number = self.hanging.pane.low, self.part
        foot = self.top - max((1 - share) * (self.top - low), self.count * _STACK_M)
        free = self.top - (self.top - low) / self.count * (number + 0.5)
        stack = foot + (self.count - 0.5 - number) * _STACK_M
        angle = np.where(free > stack, np.radians(78.0 * (1 - tilt)), 0.0)
        angle *= math.copysign(1.0, self.hanging.off_m)  # the edge at the glass is the lower one
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        v, z = self.local[..., 1], self.local[..., 2]
        made = self.local.copy()
        made[..., 1] = v * cos - z * sin
        made[..., 2] = v * sin + z * cos + np.maximum(free, stack)[:, None]
        return made

    def _drawn(self, share: float) -> Floats:
        made, half = self.local.copy(), self.hanging.pane.half_m
        width = half * (1 - (1 - _GATHERED) * share)
        u = made[..., 0]
        made[..., 0] = np.sign(u) * (half - (np.abs(u) - 1) * width)
        return made


def make(hanging: HungBlind, cut_z: float | None) -> BlindShape | None:
    """The blind's shape below the cut; None if too little of the window remains."""
    pane = hanging.pane
    top = pane.high if cut_z is None else min(pane.high, cut_z)
    if top - pane.low < _LEAST_M:
        return None
    build = {BlindStyle.SLATS: _of_slats, BlindStyle.CURTAIN: _of_cloth, BlindStyle.SHUTTER: _of_panels}[hanging.style]
    local, part, count = build(pane, top)
    return BlindShape(hanging, top, part, count, local)


type _Made = tuple[Floats, NDArray[np.int64], int]


def _of_slats(pane: OpeningPane, top: float) -> _Made:
    count = max(3, round((top - pane.low) / _PITCH_M))
    slats = boxes(np.zeros((count, 3)), np.tile([pane.half_m, _SLAT_M, _THIN_M], (count, 1)))
    return _railed(slats, np.repeat(np.arange(count), 12), pane, top, count)


def _of_panels(pane: OpeningPane, top: float) -> _Made:
    count = max(2, round((top - pane.low) / _PANEL_M))
    high = (top - pane.low) / count
    middle: Floats = np.zeros((count, 3))
    middle[:, 2] = pane.low + high * (np.arange(count) + 0.5)
    middle[:, 1] = np.where(np.arange(count) % 2 == 0, 0.003, -0.003)  # so that one sees panel from panel
    panels = boxes(middle, np.tile([pane.half_m, 0.012, high / 2], (count, 1)))
    return _railed(panels, np.repeat(np.arange(count), 12), pane, top, count)


def _of_cloth(pane: OpeningPane, top: float) -> _Made:
    """Zigzags; `along` runs from 1 at the outer edge to 2 in the middle, negative on the left."""
    edge = np.linspace(0.0, 1.0, _FOLDS * 2 + 1)
    deep: Floats = np.where(np.arange(len(edge)) % 2 == 0, -_FOLD_M, _FOLD_M)
    strips: list[Floats] = []
    for side in (-1.0, 1.0):
        u = side * (1.0 + edge)
        foot = np.column_stack([u, deep, np.full(len(u), pane.low)])
        head = np.column_stack([u, deep, np.full(len(u), top)])
        a, b, c, d = foot[:-1], foot[1:], head[1:], head[:-1]
        strips += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
    cloth = np.concatenate(strips)
    return _railed(cloth, np.zeros(len(cloth), np.int64), pane, top, 1)


def _railed(parts: Floats, part: NDArray[np.int64], pane: OpeningPane, top: float, count: int) -> _Made:
    rail = boxes(np.array([[0.0, 0.0, top]]), np.array([[pane.half_m, _RAIL_M, _RAIL_M]]))
    return np.concatenate([parts, rail]), np.concatenate([part, np.full(len(rail), -1)]), count
