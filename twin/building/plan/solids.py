# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
"""Building blocks of furniture: rounded boxes, cylinders, cushions, each with a colour. Metres, z up, floor at 0."""

from __future__ import annotations

from dataclasses import dataclass, field

import manifold3d
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class SolidBlock:
    """A closed mesh of one colour (`#rrggbb` or `#rrggbbaa`)."""

    colour: str
    positions: NDArray[np.float64]
    triangles: NDArray[np.int32]


def _block(solid: manifold3d.Manifold, colour: str) -> SolidBlock:
    mesh = solid.to_mesh64()
    return SolidBlock(
        colour, np.asarray(mesh.vert_properties)[:, :3].copy(), np.asarray(mesh.tri_verts).astype(np.int32)
    )


@dataclass(slots=True)
class Shape:
    """A piece of furniture made of solid blocks; methods add a block and return the shape itself. Lengths in metres."""

    blocks: list[SolidBlock] = field(default_factory=list[SolidBlock])

    def box(self, at: tuple[float, float, float], size: tuple[float, float, float], colour: str) -> Shape:
        """Adds a box with sharp edges; `at` is the middle of its underside."""
        x, y, z = at
        solid = manifold3d.Manifold.cube(size, center=True).translate([x, y, z + size[2] / 2])
        self.blocks.append(_block(solid, colour))
        return self

    def soft(
        self, at: tuple[float, float, float], size: tuple[float, float, float], colour: str, radius: float = 0.03
    ) -> Shape:
        """Adds a box with rounded edges (the hull of eight small spheres); `at` is the middle of its underside."""
        x, y, z = at
        r = min(radius, *(edge / 2.01 for edge in size))
        ball = manifold3d.Manifold.sphere(r, 8)
        half = [edge / 2 - r for edge in size]
        corners = [
            ball.translate([x + sx * half[0], y + sy * half[1], z + size[2] / 2 + sz * half[2]])
            for sx in (-1, 1) for sy in (-1, 1) for sz in (-1, 1)
        ]  # fmt: skip
        self.blocks.append(_block(manifold3d.Manifold.batch_hull(corners), colour))
        return self

    def rod(
        self,
        at: tuple[float, float, float],
        radius: float,
        height: float,
        colour: str,
        *,
        top: float | None = None,
        sides: int = 12,
    ) -> Shape:
        """Adds an upright cylinder, or a cone frustum with radius `top` at its upper end; `at` is the middle of its
        underside.
        """
        solid = manifold3d.Manifold.cylinder(height, radius, radius if top is None else top, sides).translate(list(at))
        self.blocks.append(_block(solid, colour))
        return self

    def ball(self, at: tuple[float, float, float], radius: float, colour: str, *, sides: int = 12) -> Shape:
        """Adds a sphere with its centre at `at`."""
        self.blocks.append(_block(manifold3d.Manifold.sphere(radius, sides).translate(list(at)), colour))
        return self

    def legs(
        self, size: tuple[float, float], height: float, colour: str, *, radius: float = 0.02, inset: float = 0.05
    ) -> Shape:
        """Adds four legs below a plate of this size (width, depth)."""
        for sx in (-1, 1):
            for sy in (-1, 1):
                self.rod((sx * (size[0] / 2 - inset), sy * (size[1] / 2 - inset), 0), radius, height, colour, sides=8)
        return self
