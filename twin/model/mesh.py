"""The building's shape as triangles: one merged mesh per storey and class, plus a row per element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import StoreyId

CLASSES = (
    "wall", "slab", "roof", "ceiling", "window", "door", "stair", "railing", "column", "furniture", "fixture", "space", "other",
)  # fmt: skip
"""Categories of mesh parts, which the 3D scene styles separately."""
LONGEST_TEXTURE = 256
"""Longest side of a texture, pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of the building file that the mesh shows."""

    name: str
    ifc_class: str
    source_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeshPart:
    """All triangles of one category on one storey."""

    storey: StoreyId | None
    category: str
    """One of CLASSES."""
    positions: NDArray[np.float32]
    """(n, 3) metres relative to Site.origin_m, z up."""
    triangles: NDArray[np.uint32]
    """(m, 3) indices into positions, counter-clockwise from outside."""
    colours: NDArray[np.uint8]
    """(m, 4) RGBA per triangle, from the file."""
    elements: NDArray[np.uint32]
    """(m,) index into Mesh.elements per triangle."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texture:
    """An image that repeats over a surface."""

    pixels: NDArray[np.uint8]
    """(h, w, 3) sRGB, first row on top; no side longer than LONGEST_TEXTURE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorCovering:
    """The texture of a room's floor (IfcCovering, FLOORING)."""

    source_id: str
    """Id of the room in the building file."""
    texture: int
    """Index into Mesh.textures."""
    uv_from_plan: tuple[float, float, float, float, float, float]
    """(a, b, c, d, e, f): u = ax + by + c and v = dx + ey + f of a point in plan, metres relative to Site.origin_m;
    the texture repeats every 1 in u and v, v points up.
    """

    def moved(self, x: float, y: float) -> FloorCovering:
        """The same covering for a building moved by x and y metres."""
        a, b, c, d, e, f = self.uv_from_plan
        return replace(self, uv_from_plan=(a, b, c - a * x - b * y, d, e, f - d * x - e * y))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """Triangles, elements and textures of a building."""

    parts: tuple[MeshPart, ...] = ()
    elements: tuple[Element, ...] = ()
    textures: tuple[Texture, ...] = ()
    coverings: tuple[FloorCovering, ...] = ()

    @property
    def triangle_count(self) -> int:
        """Number of triangles of all parts."""
        return sum(len(part.triangles) for part in self.parts)


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one: one part per storey and category, element indices shifted."""
    if len(meshes) == 1:
        return meshes[0]
    grouped: dict[tuple[StoreyId | None, str], list[MeshPart]] = {}
    first, coverings, textures = 0, list[FloorCovering](), list[Texture]()
    for mesh in meshes:
        coverings += [replace(one, texture=one.texture + len(textures)) for one in mesh.coverings]
        textures += mesh.textures
        for part in mesh.parts:
            moved = replace(part, elements=part.elements + np.uint32(first)) if first else part
            grouped.setdefault((part.storey, part.category), []).append(moved)
        first += len(mesh.elements)
    parts = tuple(_one(parts) for parts in grouped.values())
    return Mesh(
        parts=parts,
        elements=tuple(element for mesh in meshes for element in mesh.elements),
        textures=tuple(textures),
        coverings=tuple(coverings),
    )


def _one(parts: Sequence[MeshPart]) -> MeshPart:
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0, *(len(part.positions) for part in parts)])
    triangles = [part.triangles + np.uint32(at) for part, at in zip(parts, offsets[:-1], strict=True)]
    return replace(
        parts[0],
        positions=np.concatenate([part.positions for part in parts]),
        triangles=np.concatenate(triangles),
        colours=np.concatenate([part.colours for part in parts]),
        elements=np.concatenate([part.elements for part in parts]),
    )
