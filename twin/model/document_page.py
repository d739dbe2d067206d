"""A page of a document as a picture, to be traced."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentPage:
    """One page, drawn: rows of RGB from the top, three bytes a pixel."""

    rgb: bytes
    width_px: int
    height_px: int
    m_per_px: float
    """Metres per pixel: on paper, or of the building where `unit` is given."""
    pages: int
    """Number of pages of the document."""
    unit: str = ""
    """Unit of length assumed for a drawing, such as `mm`; empty where only the size on paper is known."""
    layers: tuple[str, ...] = ()
    """The layers of a drawing, the fullest first."""
    corners: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 2), np.float32))
    """(k, 2) pixels from the left and the top: what a click can be drawn to."""
