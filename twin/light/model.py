"""Input of a bake: surfaces, panes, rooms and lamps of one storey, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.model.space import Room

type Points = NDArray[np.float32]
type Corners = NDArray[np.int32]
type Bytes = NDArray[np.uint8]


def _no_points() -> Points:
    return np.empty((0, 3), np.float32)


def _no_numbers() -> NDArray[np.int32]:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Triangles: positions (n, 3) metres, corners (m, 3) counter-clockwise from outside, sRGB colours (m, 3), element
    (m,).
    """

    positions: Points = field(default_factory=_no_points)
    triangles: Corners = field(default_factory=lambda: np.empty((0, 3), np.int32))
    colours: Bytes = field(default_factory=lambda: np.empty((0, 3), np.uint8))
    elements: NDArray[np.int32] = field(default_factory=_no_numbers)

    def __len__(self) -> int:
        return len(self.triangles)

    def take(self, rows: NDArray[np.bool_]) -> Surface:
        """Only the triangles of this mask (m,), with the vertices that they use."""
        kept = self.triangles[rows]
        used = np.zeros(len(self.positions), np.bool_)
        used[kept] = True
        place = (np.cumsum(used) - 1).astype(np.int32)
        return Surface(self.positions[used], place[kept], self.colours[rows], self.elements[rows])


@dataclass(frozen=True, slots=True)
class LightSource:
    """A spherical light: id, centre and radius in metres, the distance up to which its light is computed, and its strength
    relative to others."""

    id: str
    position_m: tuple[float, float, float]
    radius_m: float = 0.10
    reach_m: float = 9.0
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class PlanExtent:
    """The rectangle in plan covered by the floor and ceiling images, metres."""

    low: tuple[float, float]
    size: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoreyModel:
    """One storey with everything that emits, admits or blocks light."""

    walls: Surface
    """Surfaces of the building: walls, slabs, stairs, frames."""
    things: Surface
    """Surfaces of objects in rooms."""
    leaves: Surface = field(default_factory=Surface)
    """Doors and windows, which are drawn elsewhere, as far as they are closed."""
    beyond: Surface = field(default_factory=Surface)
    """Other storeys and the ground: they only block light."""
    panes: Points = field(default_factory=lambda: np.empty((0, 3, 3), np.float32))
    """(p, 3, 3) corners of glass triangles; those between a room and the open air admit skylight."""
    pane_blinds: NDArray[np.int32] = field(default_factory=_no_numbers)
    """(p,) index of the blind before each pane, -1 for none; empty where no pane has one."""
    blinds: tuple[str, ...] = ()
    """Ids of blinds: the skylight through the panes behind each one is a layer of its own."""
    rooms: tuple[Room, ...] = ()
    extent: PlanExtent = PlanExtent((0.0, 0.0), (0.0, 0.0))
    lamps: tuple[LightSource, ...] = ()
    doorways: tuple[tuple[float, float, float, float], ...] = ()
    """Where leaves of doors stand in plan when they are closed: from x, y to x, y, metres."""


@dataclass(frozen=True, slots=True)
class BakeQuality:
    """Resolution and number of rays of a bake. Lengths in metres."""

    wall_m: float = 0.30
    thing_m: float = 0.40
    floor_m: float = 0.06
    """Cell size of the floor image: direct light and shadows."""
    sheet_m: float = 0.18
    """Cell size of floors and ceilings for reflected light."""
    rays: int = 64
    passes: int = 1
    """Times that all rays are cast, in other directions each, and averaged: memory limits the rays of one pass."""
    smooth: int = 4
    """Times that reflected light is smoothed along surfaces."""
    bounces: int = 2
    shadow_rays: tuple[int, int] = (4, 24)
    """Rays per sample and lamp, and number of further ones where the first disagree."""
    pane_rays: int = 24
    most_samples: int = 250_000
    """Most samples; cells are enlarged until the number is below."""


DRAFT = BakeQuality(wall_m=0.45, thing_m=0.6, floor_m=0.12, sheet_m=0.30, rays=16, shadow_rays=(4, 12), pane_rays=12)
NORMAL = BakeQuality()
FINE = BakeQuality(
    wall_m=0.2, thing_m=0.3, floor_m=0.04, sheet_m=0.15, passes=16, smooth=2, shadow_rays=(16, 96), pane_rays=96,
    most_samples=350_000,
)  # fmt: skip
"""For stills of print quality: 1,024 rays from every sample."""
