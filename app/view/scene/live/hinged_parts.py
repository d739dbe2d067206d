"""Hinged and sliding parts of a storey: one mesh per storey, vertices moved in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.geometry.mesh_cut import fill, slice_below
from app.view.scene.live.deformable_mesh import DeformableMesh
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_mesh import TriangleSet

type Floats = NDArray[np.float64]

LEAF = "leaf"
NAMES = (LEAF, "leaf_caps", "leaf_glass")
"""Names of these actors among a storey's actors."""


@dataclass(frozen=True, slots=True)
class HingedPart:
    """Motion of one part from closed to open: rotation about an axis (x, y) in degrees counter-clockwise, translation
    in metres.
    """

    axis: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0
    slide_m: tuple[float, float] = (0.0, 0.0)


class HingedParts:
    """All moving parts of one storey. `solid` and `glass` give, in `elements`, the part of each triangle."""

    def __init__(
        self, level: StoreyActors, hinged_parts: Sequence[HingedPart], solid: TriangleSet, glass: TriangleSet
    ) -> None:
        self._level, self._solid, self._glass = level, solid, glass
        self._axis = np.array([hinged_part.axis for hinged_part in hinged_parts], np.float64).reshape(-1, 2)
        self._turn = np.radians([hinged_part.turn_deg for hinged_part in hinged_parts])
        self._slide = np.array([hinged_part.slide_m for hinged_part in hinged_parts], np.float64).reshape(-1, 2)
        self._share = np.zeros(len(hinged_parts))
        self._sheets: list[tuple[DeformableMesh, NDArray[np.int64]]] = []
        """With the hinged part of each of its points."""
        self._cut: float | None = None
        self._drawn = False

    def draw(self) -> None:
        """Rebuilds the actors if the storey's cut height changed and the storey is visible."""
        cut_z = self._level.cut_now
        if not self._level.is_solid or (self._drawn and cut_z == self._cut):
            return
        self._cut, self._drawn = cut_z, True
        self._sheets.clear()
        solid, caps = _cut(self._solid, cut_z)
        glass, _ = _cut(self._glass, cut_z)
        for name, triangle_set in zip(NAMES, (solid, caps, glass), strict=True):
            self._level.set_moved(name, None)
            if len(triangle_set):
                self._add_mesh(name, triangle_set)
        self.pose(self._share)

    def pose(self, share: Floats) -> None:
        """Moves each part to its opening: (parts,) 0 to 1."""
        self._share = share
        angle = self._turn * share
        cos, sin, slide = np.cos(angle), np.sin(angle), self._slide * share[:, None]
        for sheet, own in self._sheets:
            x, y = (sheet.shut[:, :2] - self._axis[own]).T
            sheet.points[:, 0] = self._axis[own, 0] + x * cos[own] - y * sin[own] + slide[own, 0]
            sheet.points[:, 1] = self._axis[own, 1] + x * sin[own] + y * cos[own] + slide[own, 1]
            sheet.mark_modified()

    def remove(self) -> None:
        """Removes the actors from the storey."""
        for name in NAMES:
            self._level.set_moved(name, None)
        self._sheets.clear()
        self._drawn = False

    def _add_mesh(self, name: str, triangles: TriangleSet) -> None:
        look = {"leaf": "body", "leaf_caps": "caps", "leaf_glass": "glass"}[name]
        sheet = DeformableMesh(
            triangles.positions[triangles.triangles], triangles.colours[:, :3], look, self._level.theme
        )
        self._sheets.append((sheet, np.repeat(triangles.elements, 3)))
        if name == LEAF:
            self._level.set_moved(name, sheet)
        else:
            self._level.set_actor(name, sheet.actor)


def _cut(triangles: TriangleSet, cut_z: float | None) -> tuple[TriangleSet, TriangleSet]:
    """(part below the cut, cap of the cut)."""
    if cut_z is None or triangles.top <= cut_z:
        return triangles, TriangleSet()
    sliced = slice_below(triangles.positions, triangles.triangles, cut_z)
    rows = sliced.source
    rest = TriangleSet(
        sliced.positions, sliced.triangles, triangles.colours[rows], triangles.elements[rows], triangles.shaded[rows],
        triangles.solid[rows],
    )  # fmt: skip
    plan, owner = fill(sliced.lines, triangles.elements[sliced.owners])
    flat = plan.reshape(-1, 2)
    return rest, triangles_of(np.column_stack([flat, np.full(len(flat), cut_z)]).reshape(-1, 3, 3), owner)


def triangles_of(
    corners: NDArray[np.floating], owner: NDArray[np.int64], colours: NDArray[np.uint8] | None = None
) -> TriangleSet:
    """Triangle set of (m, 3, 3) corners with (m,) owners; no vertices are shared."""
    count = len(corners)
    return TriangleSet(
        corners.reshape(-1, 3).astype(np.float32),
        np.arange(count * 3).reshape(-1, 3),
        np.full((count, 4), 255, np.uint8) if colours is None else colours,
        owner.astype(np.int64),
        np.zeros(count, np.bool_),
        np.ones(count, np.bool_),
    )
