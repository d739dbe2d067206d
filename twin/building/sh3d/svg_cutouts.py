# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Shapes that doors and windows cut out of walls: SVG paths in a unit square, front view, y down (SVG 1.1, 8.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
import svgelements
from numpy.typing import NDArray

from twin.building import plan_outline

_STEPS = 12
"""Segments of one Bézier curve; an arc has twice as many."""
_LONGEST = 20_000
"""Most characters of a path."""
SQUARE = "M0,0 v1 h1 v-1 z"


def outline(path: str) -> shapely.Polygon | None:
    """The largest shape of a path, clipped to the unit square; None where it fills the square or is empty or invalid."""
    if not path or path.strip() == SQUARE or len(path) > _LONGEST:
        return None
    try:
        rings = [ring for ring in _rings(path) if len(ring) >= 3]
        shape = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])
        found = plan_outline.largest(shapely.intersection(shape, shapely.box(0, 0, 1, 1)))
    except Exception:  # the library raises whatever a damaged path makes it raise: then the opening is a rectangle
        return None
    return found if found is not None and 0.01 < found.area < 0.995 else None


def _rings(path: str) -> Iterator[NDArray[np.float64]]:
    """(n, 2) corners of each closed or open part."""
    for part in svgelements.Path(path).as_subpaths():
        yield np.array([(spot.x, spot.y) for segment in part for spot in _spots(segment)])


def _spots(segment: Any) -> Iterator[Any]:
    """The points that a segment adds."""
    if isinstance(segment, svgelements.Arc | svgelements.CubicBezier | svgelements.QuadraticBezier):
        steps = _STEPS * (2 if isinstance(segment, svgelements.Arc) else 1)
        yield from (segment.point(step / steps) for step in range(1, steps + 1))
    elif segment.end is not None:
        yield segment.end
