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
    """On paper, in metres; of the building where `unit` is given."""
    pages: int
    """How many the document has."""
    unit: str = ""
    """What one unit of a drawing is taken for, such as `mm`; empty where only paper is known."""
    layers: tuple[str, ...] = ()
    """The layers of a drawing, the fullest first."""
    corners: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 2), np.float32))
    """(k, 2) pixels from the left and the top: what a click can be drawn to."""
