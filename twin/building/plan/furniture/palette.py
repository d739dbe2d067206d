"""Colours of the furniture models, as `#rrggbb` or `#rrggbbaa`, and the type of their size."""

from __future__ import annotations

OAK, WALNUT, WHITE, LINEN, CLAY, SAGE, NAVY, INK, STEEL, STONE, GREEN, GLASS, CREAM, RUST, MIST = (
    "#c9a877", "#7a5a40", "#f1efea", "#d8cfc0", "#b98268", "#8fa28a", "#3f5878", "#2e3440", "#a9b0b8", "#d5d3ce",
    "#5f8a5a", "#bcd9ea80", "#efe6d4", "#a8583c", "#b9c6d2",
)  # fmt: skip

type Size = tuple[float, float, float]
"""Width (x), depth (y) and height (z) in metres; a model is centred on the middle of its underside."""
