"""Splits the building's mesh by storey and drawing class, and applies the theme's colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import distinct
from app.view.theme import Theme, rgb
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh, MeshPart
from twin.model.space import Storey

type Points = NDArray[np.float32]
type Ints = NDArray[np.int64]
type Bytes = NDArray[np.uint8]

SOFT = frozenset({"furniture", "fixture"})
"""Categories of furniture and fixtures, which are drawn whole or not at all."""
LAND = frozenset({"IfcSite", "IfcGeographicElement", "IfcCivilElement"})
"""Terrain classes left out: terrain would hide basements and is replaced by a plain ground with a shadow."""
_SEE_THROUGH = 235
"""Alpha of file colours below which triangles are drawn as glass."""


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """Appearance of an element class: theme colour, and how much of the file's colour is kept."""

    token: str
    keeps: float
    shaded: bool = False
    """Whether the element darkens towards the floor."""


CLASS_STYLES: dict[str, ClassStyle] = {
    "wall": ClassStyle("wall", 0.22, shaded=True),
    "column": ClassStyle("wall", 0.22, shaded=True),
    "slab": ClassStyle("slab", 0.15),
    "ceiling": ClassStyle("slab", 0.15),
    "roof": ClassStyle("slab", 0.45),
    "window": ClassStyle("wall", 0.45),
    "door": ClassStyle("wood", 0.55),
    "stair": ClassStyle("slab", 0.4),
    "railing": ClassStyle("ghost", 0.3),
    "furniture": ClassStyle("wood", 0.92),
    "fixture": ClassStyle("wall", 0.85),
    "other": ClassStyle("slab", 0.5),
}


@dataclass(frozen=True, slots=True, eq=False)
class TriangleSet:
    """A set of triangles: (n, 3) positions in metres, (m, 3) vertex indices, (m, 4) RGBA, (m,) element, (m,) shaded
    near the floor.
    """

    positions: Points = field(default_factory=lambda: np.empty((0, 3), np.float32))
    triangles: Ints = field(default_factory=lambda: np.empty((0, 3), np.int64))
    colours: Bytes = field(default_factory=lambda: np.empty((0, 4), np.uint8))
    elements: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    shaded: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    solid: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """(m,) whether a cut through it is closed with a cap."""

    def __len__(self) -> int:
        return len(self.triangles)

    def take(self, rows: NDArray[np.bool_]) -> TriangleSet:
        """The triangles selected by a (m,) mask."""
        return TriangleSet(
            self.positions,
            self.triangles[rows],
            self.colours[rows],
            self.elements[rows],
            self.shaded[rows],
            self.solid[rows],
        )

    @property
    def top(self) -> float:
        """Highest z of any triangle in metres; -inf if empty."""
        return float(self.positions[self.triangles.ravel(), 2].max()) if len(self) else -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class StoreyMesh:
    """Triangles of one storey by class: cut, glass, furniture, exterior."""

    frame: TriangleSet = field(default_factory=TriangleSet)
    glass: TriangleSet = field(default_factory=TriangleSet)
    soft: TriangleSet = field(default_factory=TriangleSet)
    exterior: TriangleSet = field(default_factory=TriangleSet)
    """Triangles of outdoor objects, if separated."""


_DARK, _LIGHT = (0.60, 0.03), (0.84, 0.08)
"""Contrast and least brightness of the file's colours in dark and light themes."""


def sort_parts(mesh: Mesh, storeys: Sequence[Storey], theme: Theme) -> list[StoreyMesh]:
    """One StoreyMesh per storey, bottom to top. Parts without a storey are assigned by height."""
    place = {storey.id: i for i, storey in enumerate(storeys)}
    floors = np.array([storey.elevation_m for storey in storeys])
    frames: list[list[TriangleSet]] = [[] for _ in storeys]
    glasses: list[list[TriangleSet]] = [[] for _ in storeys]
    softs: list[list[TriangleSet]] = [[] for _ in storeys]
    land_rows = np.array([element.ifc_class in LAND for element in mesh.elements] or [False])
    for part in mesh.parts:
        if part.category == "space" or not len(part.triangles):
            continue
        triangle_set = _coloured(part, theme)
        land = land_rows[np.minimum(triangle_set.elements, len(land_rows) - 1)]
        if land.all():
            continue
        clear = triangle_set.colours[:, 3] < _SEE_THROUGH
        target = softs if part.category in SOFT else frames
        for index, rows in _rows_by_storey(part, place, floors):
            for chosen, into in ((rows & clear & ~land, glasses), (rows & ~clear & ~land, target)):
                if chosen.any():
                    into[index].append(triangle_set.take(chosen))
    return [StoreyMesh(_joined(f), _joined(g), _joined(s)) for f, g, s in zip(frames, glasses, softs, strict=True)]


def wall_area(source: StoreyMesh) -> float:
    """Area of upright surfaces in m², a measure of how complete a storey is."""
    triangle_set = source.frame
    if not len(triangle_set):
        return 0.0
    corner = triangle_set.positions[triangle_set.triangles[triangle_set.shaded]]
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    length = np.linalg.norm(across, axis=1)
    upright = np.abs(across[:, 2]) < 0.3 * np.maximum(length, 1e-12)
    return float(0.5 * length[upright].sum())


def _rows_by_storey(
    part: MeshPart, place: Mapping[StoreyId, int], floors: NDArray[np.float64]
) -> list[tuple[int, NDArray[np.bool_]]]:
    if part.storey is not None and part.storey in place:
        return [(place[part.storey], np.ones(len(part.triangles), np.bool_))]
    middle = part.positions[part.triangles.ravel(), 2].reshape(-1, 3).mean(1)
    reached = np.asarray(middle + 0.05, np.float64)
    index = np.clip(np.searchsorted(floors, reached, side="right") - 1, 0, len(floors) - 1)
    return [(int(i), index == i) for i in distinct(index)]


def _coloured(part: MeshPart, theme: Theme) -> TriangleSet:
    style = CLASS_STYLES.get(part.category, CLASS_STYLES["other"])
    count = len(part.triangles)
    colours = part.colours.copy()
    colours[:, :3] = themed_colours(part.colours[:, :3], style, theme)
    return TriangleSet(
        np.asarray(part.positions, np.float32),
        part.triangles.astype(np.int64),
        colours,
        part.elements.astype(np.int64),
        np.full(count, style.shaded),
        np.full(count, part.category not in ("window", "other", "railing")),
    )


def themed_colours(colours: Bytes, style: ClassStyle, theme: Theme) -> Bytes:
    """(m, 3) file colours adapted to the theme: dimmed in dark ones, mixed with the class's own colour."""
    own = np.array(rgb(getattr(theme, style.token)))
    given = colours.astype(np.float64) / 255
    grey = given.mean(1, keepdims=True)
    given = grey + (given - grey) * 0.85  # files shout; a calm picture does not
    given = given * _DARK[0] + _DARK[1] if theme.name == "dark" else given * _LIGHT[0] + _LIGHT[1]
    mixed = own + (given - own) * style.keeps
    return np.clip(mixed * 255, 0, 255).astype(np.uint8)


def light_paint(colours: Bytes, theme: Theme) -> Bytes:
    """(m, 3) colours of a theme as the light theme has them: in baked light darkness is no matter of paint."""
    if theme.name != "dark":
        return colours
    given = (colours.astype(np.float64) / 255 - _DARK[1]) / _DARK[0]
    return np.clip((_LIGHT[1] + given * _LIGHT[0]) * 255, 0, 255).astype(np.uint8)


def _joined(parts: list[TriangleSet]) -> TriangleSet:
    if not parts:
        return TriangleSet()
    offset = 0
    corners: list[Ints] = []
    for part in parts:
        corners.append(part.triangles + offset)
        offset += len(part.positions)
    return TriangleSet(
        np.concatenate([part.positions for part in parts]),
        np.concatenate(corners),
        np.concatenate([part.colours for part in parts]),
        np.concatenate([part.elements for part in parts]),
        np.concatenate([part.shaded for part in parts]),
        np.concatenate([part.solid for part in parts]),
    )
