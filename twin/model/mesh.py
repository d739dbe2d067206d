"""The building's shape as triangles: one merged mesh per storey and class, plus a row per element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.ident import StoreyId

CLASSES = (
    "wall", "slab", "roof", "ceiling", "window", "door", "stair", "railing", "column", "furniture", "fixture", "space", "other",
)  # fmt: skip
"""What a part is, in the words the scene draws by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing of the building file that the mesh shows."""

    name: str
    ifc_class: str
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """All triangles of one class on one storey."""

    storey: StoreyId | None
    category: str
    """One of CLASSES."""
    positions: NDArray[np.float32]
    """(n, 3) metres relative to Site.origin_m, z up."""
    triangles: NDArray[np.uint32]
    """(m, 3) indices into positions, counter-clockwise from outside."""
    colours: NDArray[np.uint8]
    """(m, 4) RGBA per triangle, as the file says."""
    elements: NDArray[np.uint32]
    """(m,) index into Mesh.elements per triangle."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """Everything the 3D view needs of a building."""

    parts: tuple[Part, ...] = ()
    elements: tuple[Element, ...] = ()

    @property
    def triangle_count(self) -> int:
        """Triangles of all parts."""
        return sum(len(part.triangles) for part in self.parts)
