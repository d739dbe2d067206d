"""Colours, font sizes and distances of the user interface, light and dark; only style.py defines further colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

type Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of a theme as `#rrggbb`; `series` are those of chart curves."""

    name: str
    # surfaces of the window, from back to front
    window: str
    panel: str
    raised: str
    line: str
    hover: str
    # words
    text: str
    muted: str
    faint: str
    # meaning
    accent: str
    on_accent: str
    good: str
    warning: str
    error: str
    offline: str
    # the 3D view
    sky: str
    ground: str
    floor: str
    wall: str
    cap: str
    slab: str
    ghost: str
    glass: str
    wood: str
    pill: str
    pill_text: str
    pill_line: str
    glow: str
    chart_grid: str
    series: tuple[str, ...]


_SERIES_LIGHT = ("#2563c9", "#d9622b", "#1d8f6a", "#8b52c7", "#b78a12", "#c4396d", "#3a8fb0", "#6b7280")
_SERIES_DARK = ("#6ea2ff", "#ff9a62", "#4fcaa0", "#bd90f5", "#e5bf4c", "#f278a3", "#6fc3e0", "#a3acba")

LIGHT = Theme(
    name="light", window="#eef1f5", panel="#f8f9fb", raised="#ffffff", line="#dce1e8", hover="#e8edf4",
    text="#1b2330", muted="#4d5867", faint="#626c7b", accent="#2563c9", on_accent="#ffffff", good="#157053",
    warning="#8f5500", error="#c2362e", offline="#9aa3b0", sky="#cdd7e4", ground="#c2cddb", floor="#e9e6df",
    wall="#d9d8d6", cap="#434b5e", slab="#a9adb4", ghost="#8d97a8", glass="#9cc3de", wood="#d2b48c",
    pill="#ffffff", pill_text="#1b2330", pill_line="#c3ccd8", glow="#ffd27a", chart_grid="#e3e7ed", series=_SERIES_LIGHT,
)  # fmt: skip

DARK = Theme(
    name="dark", window="#14181f", panel="#1a1f28", raised="#222935", line="#2e3644", hover="#2a3240",
    text="#e7ebf2", muted="#b0b9c7", faint="#929dae", accent="#6ea2ff", on_accent="#0d1420", good="#4fcaa0",
    warning="#f0b04f", error="#ff7a70", offline="#667182", sky="#181d26", ground="#12161d", floor="#8d8b87",
    wall="#7b7f88", cap="#dfe5ee", slab="#4a515e", ghost="#6f7a8e", glass="#5b87a6", wood="#9a7f5c",
    pill="#242c3a", pill_text="#f0f3f8", pill_line="#3d4858", glow="#ffcf70", chart_grid="#2a313d", series=_SERIES_DARK,
)  # fmt: skip

THEMES = {"light": LIGHT, "dark": DARK}

# Colour maps by the capability table's word. Lightness only falls or only rises along each of them, and steps stay apart
# with every kind of colour vision (tests/app/view/test_theme.py).
RAMPS = {
    "thermal": ["#cdedff", "#c2ddc4", "#e0d094", "#ebb465", "#d86a42", "#8c2239"],
    "moisture": ["#f6e7bd", "#bfdacc", "#82bdd0", "#4489bf", "#285b9a", "#1b3560"],
    "air": ["#d9ecec", "#efe0a4", "#eab55f", "#d6743f", "#a83a37", "#6b1a33"],
    "light": ["#262d4c", "#525a86", "#8d8590", "#c3ab80", "#ecd489", "#fff6cf"],
    "load": ["#e6edf4", "#aacdea", "#6d9bdb", "#5f68c4", "#5b3a9c", "#3d1763"],
    "level": [
        "#6b1a33",
        "#b2453a",
        "#de8748",
        "#e7a95a",
        "#ebc26f",
        "#e8ce84",
        "#e6d8a0",
        "#e2e4c8",
        "#dff0ef",
    ],
}
TRUTHS = {"presence": ["#c7ced8", "#3a7be0"], "alarm": ["#cfd8d4", "#c8372d"]}
# What grew and what shrank: after vik and berlin of Crameri, "Scientific colour maps" 8 (doi:10.5281/zenodo.1243862), blue
# and brown that every kind of colour vision tells apart. Where nothing changed it is the floor's own grey, pale or dark.
CHANGES = {
    "change_light": ["#0b3f7c", "#3f85b5", "#a3c8db", "#ebe8e2", "#e0b794", "#bf6a35", "#76230c"],
    "change_dark": ["#a9d8ff", "#5ba3dd", "#4b708f", "#5c5e63", "#93674f", "#d98a55", "#ffcba0"],
}
_MAPS = RAMPS | TRUTHS | CHANGES
_WORDS = ("#c7ced8", "#2f6fd0", "#e69f2e", "#1c3350", "#8fd0e8", "#b5442f", "#f3e6a2", "#5f8f6d")
"""Colours of unordered words; the first is for inactive states (off, idle, locked)."""

RADIUS_PX = 8
ROW_PX = 30
FONT_PX = 13
TITLE_PX = 17


def rgb(colour: str) -> Rgb:
    """Converts `#rrggbb` to three numbers from 0 to 1."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # pyright: ignore[reportReturnType]


@cache
def palette(word: str) -> NDArray[np.uint8]:
    """The colour map with this name as (256, 3) RGB."""
    stops = np.array([rgb(stop) for stop in _MAPS[word]])
    places = np.linspace(0.0, 1.0, len(stops))
    channels: list[NDArray[np.float64]] = [
        np.interp(np.linspace(0.0, 1.0, 256), places, channel) for channel in stops.T
    ]
    return (np.stack(channels, 1) * 255).round().astype(np.uint8)


def words_palette(many: int) -> NDArray[np.uint8]:
    """Colours for this many words as (many, 3) RGB; they repeat after eight."""
    return np.array([[int(_WORDS[i % len(_WORDS)][j : j + 2], 16) for j in (1, 3, 5)] for i in range(many)], np.uint8)


def paint(word: str, value: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    """(n, 3) RGB of values between low and high, clipped at the ends; NaN gets the low end and must be masked."""
    with np.errstate(invalid="ignore"):
        index = np.nan_to_num((value - low) / (high - low) * 255.0).clip(0, 255).astype(np.intp)
    return palette(word)[index]
