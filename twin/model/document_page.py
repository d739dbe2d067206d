"""A document page as a raster image, to be traced in the plan editor."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentPage:
    """A rendered page: rows of RGB from the top, three bytes per pixel."""

    rgb: bytes
    width_px: int
    height_px: int
    m_per_px: float
    """Metres per pixel: on paper, or in the building where `unit` is given."""
    pages: int
    """Number of pages of the document."""
    unit: str = ""
    """Unit of length assumed for a drawing, such as `mm`; empty where only the size on paper is known."""
    layers: tuple[str, ...] = ()
    """Layers of a drawing, those with the most content first."""
    corners: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 2), np.float32))
    """(k, 2) pixels from the left and the top: points that a click snaps to."""
