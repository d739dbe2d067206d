"""Merges many small meshes into one part per storey and category."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.building.limits import refuse
from twin.model.ids import StoreyId
from twin.model.mesh import Element, Mesh, MeshPart

MOST_TRIANGLES = 30_000_000
"""Most triangles of one building: a small file may repeat shapes very often."""

type _Piece = tuple[int, NDArray[np.float64], NDArray[np.int32], NDArray[np.uint8]]


@dataclass(slots=True)
class MeshMerger:
    """Collects mesh pieces; `mesh` merges them."""

    _elements: list[Element] = field(default_factory=list[Element])
    _pieces: dict[tuple[StoreyId | None, str], list[_Piece]] = field(default_factory=lambda: defaultdict(list))
    _triangles: int = 0

    def element(self, name: str, ifc_class: str, source_id: str = "") -> int:
        """Registers an element and returns its index."""
        self._elements.append(Element(name=name, ifc_class=ifc_class, source_id=source_id))
        return len(self._elements) - 1

    def add(
        self,
        storey: StoreyId | None,
        category: str,
        element: int,
        positions: NDArray[np.float64],
        triangles: NDArray[np.int32],
        colours: NDArray[np.uint8],
    ) -> None:
        """Adds a piece of an element: positions (n, 3) metres, triangles (m, 3), colours (m, 4) RGBA. Raises
        ProblemError beyond MOST_TRIANGLES.
        """
        self._triangles += len(triangles)
        if self._triangles > MOST_TRIANGLES:
            raise refuse("file.too_many_triangles", "", millions=MOST_TRIANGLES // 1000000)
        if len(triangles):
            self._pieces[storey, category].append((element, positions, triangles, colours))

    def mesh(self) -> Mesh:
        """The merged mesh of all pieces added."""
        parts = [_joined(storey, category, pieces) for (storey, category), pieces in self._pieces.items()]
        return Mesh(parts=tuple(parts), elements=tuple(self._elements))


def _joined(storey: StoreyId | None, category: str, pieces: list[_Piece]) -> MeshPart:
    offsets = np.cumsum([0, *(len(piece[1]) for piece in pieces)])
    return MeshPart(
        storey=storey,
        category=category,
        positions=np.concatenate([piece[1] for piece in pieces]).astype(np.float32),
        triangles=np.concatenate([piece[2] + offsets[i] for i, piece in enumerate(pieces)]).astype(np.uint32),
        colours=np.concatenate([piece[3] for piece in pieces]).astype(np.uint8),
        elements=np.concatenate([np.full(len(piece[2]), piece[0], np.uint32) for piece in pieces]),
    )
