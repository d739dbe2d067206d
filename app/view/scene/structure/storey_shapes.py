"""The shapes of one storey as arrays, made ahead of their use on any thread and kept: cuts, floor, ghost, ceiling, light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import is_among
from app.view.scene.geometry.baked_light import PlanGrid
from app.view.scene.geometry.vtk_meshes import TriangleMesh
from app.view.scene.structure.ceilings import CeilingShape, ceiling_shape
from app.view.scene.structure.ghost_storey import GhostShape, ghost_shape
from app.view.scene.structure.storey_mesh import StoreyMesh, TriangleSet
from app.view.scene.structure.storey_shape import FloorLight, FloorShape, cut_shape, floor_light, floor_shape
from twin.model.space import Room, Storey

CUT_M = 1.3507
"""Height of the cut above the floor in metres; the odd value avoids surfaces that files put at round heights."""
_CUTS_KEPT = 4
_PANE_EDGE_M, _PANE_DEEP_M = 0.05, 0.25
"""Largest distance in metres beside, and before or behind, a blind at which glass belongs to the same window."""


@dataclass(frozen=True, slots=True)
class HungRectangle:
    """An upright rectangle, metres: centre and direction in plan, half width, lower and upper edge."""

    middle: tuple[float, float]
    along: tuple[float, float]
    half_m: float
    low: float
    high: float


def panes_behind(panes: NDArray[np.floating], blinds: Sequence[HungRectangle]) -> NDArray[np.int32]:
    """(p,) index of the blind in front of each triangle of glass, -1 for none."""
    found = np.full(len(panes), -1, np.int32)
    middle = panes.mean(1).astype(np.float64)
    for number, blind in enumerate(blinds):
        (x, y), (a, b) = blind.middle, blind.along
        along = (middle[:, 0] - x) * a + (middle[:, 1] - y) * b
        across = (middle[:, 1] - y) * a - (middle[:, 0] - x) * b
        near = (np.abs(along) < blind.half_m + _PANE_EDGE_M) & (np.abs(across) < _PANE_DEEP_M)
        near &= (middle[:, 2] > blind.low - _PANE_EDGE_M) & (middle[:, 2] < blind.high + _PANE_EDGE_M)
        found[near] = number
    return found


@dataclass(slots=True, eq=False)
class StoreyShapes:
    """Kept shapes of one storey. A function that makes one may run on any thread; the `keep_` methods take its result
    over."""

    storey: Storey
    rooms: tuple[Room, ...]
    source: StoreyMesh
    """The storey's mesh without the elements that other layers draw."""
    cut_m: float = field(default=CUT_M, kw_only=True)
    """Height in metres above the floor at which the storey is cut when in focus."""
    patient: bool = field(default=False, kw_only=True)
    """Whether shapes and the floor's light are made on another thread instead of within a frame."""
    light: FloorLight | None = field(default=None, init=False)
    """Baked floor light that the next frame shows."""
    plan_grid: PlanGrid | None = field(default=None, init=False)
    """Grid of the floor light once the floor shows it."""
    rooms_at: NDArray[np.int32] | None = field(default=None, init=False)
    """Room of each cell of that grid (row + 1, or 0)."""
    _cut: float | None = field(default=None, init=False)
    """The cut that is drawn now; its shape is never dropped."""
    _whole: StoreyMesh | None = field(default=None, init=False)
    """The source before elements were excluded."""
    _left: dict[str, tuple[frozenset[int], frozenset[int]]] = field(
        default_factory=dict[str, tuple[frozenset[int], frozenset[int]]], init=False
    )
    _shapes: dict[float | None, dict[str, TriangleMesh]] = field(
        default_factory=dict[float | None, dict[str, TriangleMesh]], init=False
    )
    _floors: tuple[FloorShape | None, ...] = field(default=(), init=False)
    """Cached floor shape; empty if not computed yet."""
    _ghosts: tuple[GhostShape | None, ...] = field(default=(), init=False)
    """Cached ghost shape; empty if not computed yet."""
    _ceilings: tuple[CeilingShape | None, ...] = field(default=(), init=False)
    """Cached ceiling shape; empty if not computed yet."""

    @property
    def cut_z(self) -> float:
        """Height z in metres at which this storey is cut when in focus."""
        return self.floor_z + self.cut_m

    @property
    def floor_z(self) -> float:
        """Floor level z in metres: that of the largest room, else the storey's elevation."""
        if not self.rooms:
            return self.storey.elevation_m
        return max(self.rooms, key=lambda room: room.area_m2).floor_m

    @property
    def top(self) -> float:
        """The highest z of anything that can be cut."""
        return max(self.source.frame.top, self.source.glass.top)

    def shaping(self, cut_z: float | None) -> Callable[[], dict[str, TriangleMesh]]:
        """Function that computes the shape for this cut on any thread, including elements moved by other layers."""
        return partial(cut_shape, self._whole or self.source, cut_z, self.floor_z)

    def has_shape(self, cut_z: float | None) -> bool:
        """Whether the shape for this cut is cached."""
        return cut_z in self._shapes

    def keep_shape(self, cut_z: float | None, shape: dict[str, TriangleMesh]) -> None:
        """Caches a shape and drops the oldest other ones."""
        self._shapes[cut_z] = shape
        for old in [z for z in self._shapes if z not in (None, cut_z, self._cut)][:-_CUTS_KEPT]:
            del self._shapes[old]

    def floor_shape(self) -> FloorShape | None:
        """Floor shape of the storey's rooms, cached; None without floors."""
        if not self._floors:
            self.keep_floor(floor_shape(self.rooms))
        return self._floors[0]

    def flooring(self) -> Callable[[], FloorShape | None] | None:
        """Function that computes the floor shape on any thread; None if already computed."""
        return None if self._floors else partial(floor_shape, self.rooms)

    def keep_floor(self, floor: FloorShape | None) -> None:
        """Stores the floor shape."""
        self._floors = (floor,)

    def baking(self) -> Callable[[], FloorLight] | None:
        """Function that bakes the floor's light on any thread; None without a floor or if already baked."""
        floor = self.floor_shape()
        if floor is None or self.light is not None:
            return None
        return partial(floor_light, self._whole or self.source, self.rooms, self.floor_z, floor.plan)

    def baked(self, plan: NDArray[np.float64]) -> FloorLight:
        """The light of the floor with these (n, 2) plan coordinates; baked now if it is not yet."""
        self.light = self.light or floor_light(self._whole or self.source, self.rooms, self.floor_z, plan)
        return self.light

    def ghost_making(self) -> Callable[[], GhostShape | None] | None:
        """Function that computes the ghost shape on any thread; None if already computed."""
        return None if self._ghosts else partial(ghost_shape, self.source)

    def ceiling_shape(self) -> CeilingShape | None:
        """Cached ceiling shape; computed on first use unless the storey is `patient`."""
        if not self.patient and (make := self.ceiling_making()) is not None:
            self.keep_ceiling(make())
        return self._ceilings[0] if self._ceilings else None

    def ceiling_at_hand(self) -> CeilingShape | None:
        """The ceiling shape if already computed, else None."""
        return self._ceilings[0] if self._ceilings else None

    def ceiling_making(self) -> Callable[[], CeilingShape | None] | None:
        """Function that computes the ceiling shape on any thread; None if done or before the floor is baked."""
        return None if self._ceilings or self.plan_grid is None else partial(ceiling_shape, self.source, self.rooms, self.plan_grid)  # fmt: skip

    def keep_ceiling(self, ceiling: CeilingShape | None) -> None:
        """Stores the ceiling shape."""
        self._ceilings = (ceiling,)

    def excluded_elements(self) -> frozenset[int]:
        """The wall elements whose triangles other layers draw."""
        return self._gone()[0]

    def _leave_out(self, who: str, solid: frozenset[int], glass: frozenset[int]) -> bool:
        """Takes these elements' triangles out of the source for the layer `who`, and puts back those it had taken out
        before; returns whether that changed anything."""
        if (solid, glass) == self._left.get(who, (frozenset(), frozenset())):
            return False
        self._left[who] = (solid, glass)
        solid, glass = self._gone()
        whole = self._whole = self._whole or self.source
        self.source = replace(whole, frame=_without(whole.frame, solid), glass=_without(whole.glass, glass))
        return True

    def _gone(self) -> tuple[frozenset[int], frozenset[int]]:
        """The elements of solid parts and of glass that other layers draw."""
        left = list(self._left.values())
        return frozenset[int]().union(*(one[0] for one in left)), frozenset[int]().union(*(one[1] for one in left))


def _without(triangles: TriangleSet, elements: frozenset[int]) -> TriangleSet:
    return triangles.take(~is_among(triangles.elements, elements)) if elements and len(triangles) else triangles
