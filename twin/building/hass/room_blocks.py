"""Lays out rooms of given areas as rectangles, for houses whose shapes are unknown.

Squarified treemap: M. Bruls, K. Huizing, J. van Wijk, "Squarified Treemaps", Data Visualization 2000.
"""

from __future__ import annotations

from collections.abc import Sequence

import shapely

ASPECT = 1.5
"""Ratio of the block's width to its depth."""
_GRID = 3
"""Decimals of a metre that corners are rounded to, so that neighbours share them."""


def block(sizes_m2: Sequence[float]) -> list[shapely.Polygon]:
    """Rectangles of these sizes (m², above 0), in their order, that together fill one rectangle with a corner at the
    origin.
    """
    order = sorted(range(len(sizes_m2)), key=lambda i: -sizes_m2[i])
    total = sum(sizes_m2)
    x, y, width, depth = 0.0, 0.0, (total * ASPECT) ** 0.5, (total / ASPECT) ** 0.5
    placed: dict[int, shapely.Polygon] = {}
    while order:
        row = _row([sizes_m2[i] for i in order], min(width, depth))
        taken, order = order[:row], order[row:]
        area = sum(sizes_m2[i] for i in taken)
        thick = area / min(width, depth)
        along = 0.0
        for i in taken:
            length = sizes_m2[i] / thick
            corner = (x, y + along, thick, length) if width >= depth else (x + along, y, length, thick)
            placed[i] = _rectangle(*corner)
            along += length
        if width >= depth:
            x, width = x + thick, width - thick
        else:
            y, depth = y + thick, depth - thick
    return [placed[i] for i in range(len(sizes_m2))]


def _row(sizes: Sequence[float], side: float) -> int:
    """How many of the next rooms stand in one row along a side, so that the narrowest of them is as wide as can be."""
    count, best = 1, _worst(sizes[:1], side)
    while count < len(sizes) and (found := _worst(sizes[: count + 1], side)) <= best:
        count, best = count + 1, found
    return count


def _worst(sizes: Sequence[float], side: float) -> float:
    """The longest side of these rooms to its short one, in a row along `side`."""
    total = sum(sizes)
    return max(max(side * side * size / total**2, total**2 / (side * side * size)) for size in sizes)


def _rectangle(x: float, y: float, width: float, depth: float) -> shapely.Polygon:
    return shapely.box(round(x, _GRID), round(y, _GRID), round(x + width, _GRID), round(y + depth, _GRID))
