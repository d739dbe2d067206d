"""A storey's light prepared for drawing: arrays only. Any thread, one call at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import is_among
from app.view.scene.geometry.array_memory import array_bytes
from app.view.scene.light.ambient_light import CEILING, AmbientMix, UnbakedLight
from app.view.scene.light.light_mix import Bytes, LightMix
from app.view.scene.light.lit_cut import LitMesh, lit_mesh
from app.view.scene.light.place_light import PlaceLight
from twin.light.floor_sheet import sheet_of, upsampling
from twin.light.storey_light import OPEN, PARTS, StoreyLight
from twin.model.space import Room

type Cut = tuple[float | None, frozenset[int]]
"""Height at which a storey is cut (None: not cut), and the elements that other layers draw."""

_CUTS_KEPT = 2
_FINER = 3
"""Cells of the ceilings' picture per sample's side, because walls are thinner than a sample."""
_PLACE_M = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class LitShape:
    """Meshes at one cut by name, each with whether it is solid (back faces are not drawn)."""

    cut: Cut
    meshes: dict[str, tuple[LitMesh, bool]]


class LitModel:
    """The mix of a storey's light, and its surfaces at any cut."""

    def __init__(self, light: StoreyLight, unbaked: UnbakedLight, rooms: Sequence[Room]) -> None:
        self.light = light
        self.mix = LightMix(light, CEILING)
        self.ambient = AmbientMix(light, self.mix, unbaked)
        top = max((room.ceiling_m for room in rooms), default=unbaked.floor_z)
        self.places = PlaceLight(light, self.mix, (unbaked.floor_z, top))
        self._shapes: dict[Cut, LitShape] = {}
        rows, columns = light.ceiling
        fine = sheet_of(rooms, light.extent, (rows * _FINER, columns * _FINER))
        coarse = sheet_of(rooms, light.extent, light.ceiling)
        self._ceiling = upsampling(fine, coarse)
        self._ceiling_cells, self._coarse_cells = np.flatnonzero(fine.room >= 0), np.flatnonzero(coarse.room >= 0)

    @property
    def memory_bytes(self) -> int:
        """Memory of its arrays, those of its shapes too."""
        return array_bytes(self)

    @property
    def ceiling_shape(self) -> tuple[int, int]:
        """Rows and columns of the ceilings' picture."""
        rows, columns = self.light.ceiling
        return rows * _FINER, columns * _FINER

    def paint_ceiling(self, pixels: Bytes, colours: Bytes) -> None:
        """Fills the (rows, columns, 3) picture of the ceilings from the samples' colours, without mixing rooms."""
        if len(self._coarse_cells):
            own = colours[self.light.ceiling_at :][self._coarse_cells].astype(np.float32)
            pixels.reshape(-1, 3)[self._ceiling_cells] = self._ceiling.of(own)

    def shape_at_hand(self, cut: Cut) -> LitShape | None:
        """The surfaces at this cut if they were computed, else None."""
        return self._shapes.get(cut)

    def shape(self, cut: Cut) -> LitShape:
        """The surfaces at this cut, cached; tens of milliseconds where they are new."""
        if (known := self._shapes.get(cut)) is not None:
            return known
        light, (cut_z, gone) = self.light, cut
        keep = ~is_among(light.elements, gone) if gone else np.ones(len(light.elements), np.bool_)
        standing = self._standing(cut_z)
        meshes: dict[str, tuple[LitMesh, bool]] = {}
        for number, name in enumerate((*PARTS, *(f"{part}/open" for part in PARTS))):
            cuts = number % OPEN == 0
            rows = keep & (light.part == number) & (True if cuts else standing)
            if rows.any():
                mesh = lit_mesh(light.positions, light.triangles[rows], cut_z if cuts else None)
                meshes[name] = mesh, number < OPEN
        made = LitShape(cut, meshes)
        self._shapes = {**dict(list(self._shapes.items())[-_CUTS_KEPT:]), cut: made}
        return made

    def _standing(self, cut_z: float | None) -> NDArray[np.bool_]:
        """(m,) whether the element of a triangle begins below the cut."""
        light = self.light
        if cut_z is None or not len(light.triangles):
            return np.ones(len(light.triangles), np.bool_)
        low = light.positions[light.triangles, 2].min(1)
        _, owner = np.unique(light.elements, return_inverse=True)
        lowest = np.full(owner.max() + 1, np.inf)
        np.minimum.at(lowest, owner, low)
        return lowest[owner] < cut_z - 0.05


def samples_before(new: StoreyLight, old: StoreyLight) -> NDArray[np.int32]:
    """(new samples,) index of the old sample at the same place with the same normal, -1 where there is none."""
    found = np.full(new.samples, -1, np.int32)
    low = np.minimum(new.positions.min(0, initial=np.inf), old.positions.min(0, initial=np.inf))
    keys, wanted = _places(old, low), _places(new, low)
    if len(keys) and len(wanted):
        order = np.argsort(keys)
        at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
        row = order[at]
        found[: new.floor_at] = np.where(keys[row] == wanted, row, -1)
    for here, there, shape in (
        (new.floor_at, old.floor_at, (new.floor, old.floor)),
        (new.ceiling_at, old.ceiling_at, (new.ceiling, old.ceiling)),
    ):
        if shape[0] == shape[1] and new.extent == old.extent:
            count = shape[0][0] * shape[0][1]
            found[here : here + count] = np.arange(there, there + count)
    return found


def _places(light: StoreyLight, low: NDArray[np.float32]) -> NDArray[np.int64]:
    place = ((light.positions - low) / _PLACE_M).round().astype(np.int64) @ np.array([1 << 40, 1 << 20, 1])
    turned = (light.normals * 2).round().astype(np.int64) @ np.array([25, 5, 1])
    return place * 131 + turned


def begun(colours: Bytes, before: Bytes, rows: NDArray[np.int32]) -> Bytes:
    """The first colours of a transition: the old ones where they exist, else the new ones."""
    made = colours.copy()
    known = np.flatnonzero(rows >= 0)
    made[known] = before[rows[known]]
    return made
