"""Stack of all storeys: which one is in focus, how the others are drawn, and the ground shadow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.view.scene.camera.camera import corners
from app.view.scene.geometry.opening_index import OpeningIndex, find_openings
from app.view.scene.geometry.shape_work import Work, work_on
from app.view.scene.structure.drawn_parts import LIT, StoreyMode
from app.view.scene.structure.extent import StoreyCorners, extents_of
from app.view.scene.structure.exterior import split_exterior
from app.view.scene.structure.floor_texture import FloorTextures
from app.view.scene.structure.shadow import GroundShadow, ground_shadow, shadow_actor
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_mesh import StoreyMesh, sort_parts, wall_area
from app.view.scene.structure.storey_shape import base_of
from app.view.scene.structure.storey_shapes import CUT_M
from app.view.theme import Theme
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh
from twin.model.space import Room, Storey


class EyePlace(StrEnum):
    """Whether the camera is outside the building, on its way in, or inside."""

    OUTSIDE = "outside"
    ENTERING = "entering"
    """The camera is moving in: whole walls, no storeys above."""
    INSIDE = "inside"


_OVER_M = 0.01
_REAL_STOREY = 0.22
"""A storey with less wall than this share of the fullest one is a roof or a foundation and is not focused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Display options of a building; `storey` None shows all of it, `cut_m` None cuts at the usual height in metres."""

    storey: StoreyId | None = None
    stand: EyePlace = EyePlace.OUTSIDE
    cut_m: float | None = None
    sectioned: bool = False
    exploded: bool = False
    ghosts: bool = False
    hidden_storeys: frozenset[int] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether the whole building is shown because no storey is chosen."""
        return self.storey is None

    @property
    def beyond_focus(self) -> bool:
        """Whether storeys above the one in focus are visible, too."""
        return self.exploded or self.ghosts or self.sectioned


class StoreyStack:
    """Storeys from bottom to top. `focus` is the index of the chosen one, else of the main storey."""

    def __init__(self, storeys: Sequence[Storey], rooms: Sequence[Room], mesh: Mesh, theme: Theme) -> None:
        self.theme = theme
        self.renderer: vtkRenderer | None = None
        self._look = Look()
        """Last display options passed to `look`; owned by the caller."""
        self.is_growing = False
        """Whether parts are not drawn yet; `fill_in` draws them."""
        self.patient = False
        """Whether slow work runs on another thread, by `next_work`, instead of within a frame."""
        self._mesh, self._openings = mesh, None
        self._textures = FloorTextures(mesh, theme)
        sources = sort_parts(mesh, storeys, theme) if storeys else []
        self._rooms = _by_storey(storeys, rooms)
        self._sources = [split_exterior(source, rooms) for source, rooms in zip(sources, self._rooms, strict=False)]
        self._storeys = tuple(storeys)
        self._extents = [extents_of(source, rooms) for source, rooms in zip(self._sources, self._rooms, strict=False)]
        self._corners = [StoreyCorners.of(*extents) for extents in self._extents]
        self.levels = [
            StoreyActors(storey, rooms, source, theme, textures=self._textures)
            for storey, rooms, source in zip(self._storeys, self._rooms, self._sources, strict=True)
        ]
        self._shade: GroundShadow | None = None
        self.shadow: vtkActor | None = None
        self.main = self._main_level()
        self.focus = self.main

    def add_to_renderer(self, renderer: vtkRenderer, *, held: bool = False) -> None:
        """Adds the building to a renderer; with `held` only its floors, and `fill_in` adds the rest."""
        self.renderer = renderer
        for level in self.levels:
            level.renderer, level.patient, level.held = renderer, self.patient, held
        self.is_growing = held
        self._cut_levels()
        self.arrange()

    def look(self, look: Look) -> None:
        """Applies these display options."""
        self._look = look
        self._cut_levels()
        self.focus = self.level_of(look.storey)

    def shape(self, *, lit: bool = True) -> None:
        """Computes all shapes of the first pictures, on any thread, before it is added to a renderer. Without `lit`,
        floor light and
        shadow are computed later by `next_work`.
        """
        self._openings = find_openings(self._mesh, self._storeys)
        for index, level in enumerate(self.levels):
            show, cut = self.drawing_mode(index)
            if cut is not None and show is StoreyMode.PLAIN and level.top <= cut:
                cut = None
            if show in (StoreyMode.CUT, StoreyMode.PLAIN):
                level.keep_shape(cut, level.shaping(cut)())
                level.floor_shape()
            if lit and show is StoreyMode.CUT and (bake := level.baking()) is not None:
                level.light = bake()
        if lit:
            self._shade = self._shading()()

    def fill_in(self, most: int) -> bool:
        """Draws the next part of a held building: `most` triangles, the storey in focus first and then downwards; then
        the light of
        one floor per call. Returns whether anything is left.
        """
        if any(level.held for level in self.levels):
            for level in reversed(self.levels):
                if level.held and most > 0:
                    most -= level.fill_in(most)
            return True
        for level in self.levels:
            if level.light is not None and level.bake_floor_light():
                return True
        self.is_growing = False
        return False

    def next_work(self, *, ahead: bool) -> Work | None:
        """Next pending computation for another thread, or None: light of visible floors, shadow, pools of light,
        ceilings over a
        walker, and, with `ahead`, cuts of other storeys.
        """
        for level in self.levels:
            if (work := level.work_in_sight()) is not None:
                return work
        if self._shade is None and self.levels:
            return work_on(self._shading(), partial(setattr, self, "_shade"))
        over = self.levels[self.focus] if self.levels and self._look.stand is not EyePlace.OUTSIDE else None
        if over is not None and (ceiling := over.ceiling_making()) is not None:
            return work_on(ceiling, over.keep_ceiling)
        for level in self.levels if ahead else ():
            if (work := level.work_ahead()) is not None:
                return work
        return None

    def rename(self, storeys: Sequence[Storey], rooms: Sequence[Room]) -> None:
        """Updates the names of storeys and rooms; shapes do not change."""
        self._storeys, self._rooms = tuple(storeys), _by_storey(storeys, rooms)
        for level, storey, inside in zip(self.levels, self._storeys, self._rooms, strict=True):
            level.storey, level.rooms = storey, inside

    def bake_pending(self) -> bool:
        """Applies the ground shadow and the floor light that the next frame needs; returns whether a floor got its
        light.
        """
        if self.is_growing:
            return False
        if self.shadow is None:
            self._lay_shadow()
        if self.shadow is not None:
            lowest = next((i for i, source in enumerate(self._sources) if len(source.frame)), 0)
            self.shadow.SetVisibility(lowest not in self._look.hidden_storeys)  # what nobody sees throws none
        return sum(level.bake_floor_light() for level in self.levels) > 0

    def remove_from_renderer(self) -> None:
        """Removes all storeys and the shadow from the renderer."""
        for level in self.levels:
            level.remove()
        if self.renderer is not None and self.shadow is not None:
            self.renderer.RemoveActor(self.shadow)
        self.levels, self.shadow = [], None

    @property
    def openings(self) -> OpeningIndex:
        """Index of doors and windows, cached."""
        if self._openings is None:
            self._openings: OpeningIndex | None = find_openings(self._mesh, self._storeys)
        return self._openings

    def source_of(self, index: int) -> StoreyMesh:
        """Mesh of a storey, sorted for drawing."""
        return self._sources[index]

    def level_of(self, storey: StoreyId | None) -> int:
        """Index of a storey; for None or an unknown one the main storey, else the highest visible one."""
        for i, one in enumerate(self._storeys):
            if one.id == storey:
                return i
        left = [i for i in range(len(self._storeys)) if i not in self._look.hidden_storeys and self._worth(i)]
        return left[-1] if left and self.main in self._look.hidden_storeys else self.main

    def begin_with(self, index: int) -> None:
        """Sets the main storey before there are walls to determine it."""
        self.main = index

    def shows(self) -> dict[int, StoreyMode]:
        """Current drawing mode of each storey, by index."""
        return {i: level.show for i, level in enumerate(self.levels)}

    def arrange(self) -> None:
        """Sets each storey's drawing mode, the highest first, since early draws hide later ones."""
        for i in reversed(range(len(self.levels))):
            show, cut = self.drawing_mode(i)
            self.levels[i].present(show, cut)

    def drawing_mode(self, index: int) -> tuple[StoreyMode, float | None]:
        """Drawing mode and cut height of a storey for the current focus."""
        level, look = self.levels[index], self._look
        if index in look.hidden_storeys and look.stand is EyePlace.OUTSIDE:
            return StoreyMode.HIDDEN, None
        if look.stand is not EyePlace.OUTSIDE:
            above = index > self.focus and look.stand is EyePlace.ENTERING
            return (StoreyMode.CUT if index == self.focus else StoreyMode.HIDDEN if above else StoreyMode.PLAIN), None
        if look.sectioned:
            return (StoreyMode.CUT if self._worth(index) else StoreyMode.HIDDEN), None
        if look.exploded and look.ghosts and not look.whole and index != self.focus and self._worth(index):
            return StoreyMode.GHOST, None
        if look.exploded:
            return (StoreyMode.CUT, level.cut_z) if self._worth(index) else (StoreyMode.HIDDEN, None)
        if index == self.focus:
            return StoreyMode.CUT, level.cut_z
        if index < self.focus:
            return StoreyMode.PLAIN, self.levels[self.focus].cut_z
        return (StoreyMode.GHOST if look.ghosts and len(self._sources[index].frame) else StoreyMode.HIDDEN), None

    @property
    def exploded(self) -> bool:
        """Whether storeys are pulled apart or in transition."""
        return self._look.exploded

    @property
    def cut_m(self) -> float:
        """Cut height in metres over the floor of the storey in focus."""
        return self.levels[self.focus].cut_m if self.levels else CUT_M

    def _cut_levels(self) -> None:
        """Sets the storeys' cut heights from the `Look`; `arrange` or a transition applies them. By default storeys
        are cut, except
        roofs and buildings without rooms (a frame of beams, a facade, pipes).
        """
        height_m = self._look.cut_m
        for i, level in enumerate(self.levels):
            usual = max(CUT_M, self._top(i) - level.floor_z) if self._is_whole(i) else CUT_M
            level.cut_m = usual if height_m is None else height_m

    def _is_whole(self, index: int) -> bool:
        """Whether a storey has no interior to look into."""
        if not any(self._rooms):
            return True
        return not self._rooms[index] and self._wall_areas[index] < _REAL_STOREY * max(self._wall_areas)

    def _top(self, index: int) -> float:
        """The highest z in metres up to a storey; of the whole building if there are no rooms."""
        which = self._extents[: index + 1] if any(self._rooms) else self._extents
        return max((one.high_m for part in which for some in part for one in some), default=0.0) + _OVER_M

    def most_cut(self) -> float:
        """Height in metres over the floor from which on the storey in focus is uncut."""
        if not self.levels:
            return CUT_M
        level = self.levels[self.focus]
        if self._is_whole(self.focus):
            return max(CUT_M, self._top(self.focus) - level.floor_z)
        above = self._storeys[self.focus].height_m
        return float(min(max(level.top - level.floor_z, CUT_M), max(above, CUT_M) + 0.5))

    def lift_of(self, index: int) -> float:
        """Lift of a storey in metres in the exploded view."""
        low, high = self.bounds()
        size = float(np.hypot(high[0] - low[0], high[1] - low[1]))
        return index * float(np.clip(0.25 * size, 2.6, 15.0))

    def lifts(self) -> dict[int, float]:
        """Current lift of each storey in metres, by index."""
        return {i: level.lift for i, level in enumerate(self.levels)}

    def furniture_triangles(self) -> int:
        """Number of triangles of the furniture in the storeys that are drawn cut."""
        return sum(len(level.source.soft) for level in self.levels if level.show is StoreyMode.CUT)

    def spare_furniture(self, on: bool) -> None:
        """Hides or shows furniture of storeys in focus, for faster frames."""
        for level in self.levels:
            furniture = LIT + "soft" if level.lit else "soft"
            for soft in (one for name, one in level.actors.items() if base_of(name) == furniture):
                soft.SetVisibility(level.show is StoreyMode.CUT and level.opacity > 0.01 and not on)

    def shown(self) -> list[int]:
        """Indices of the storeys whose rooms and devices can be picked: the focus, or all in the exploded view."""
        if not self.levels:
            return []
        return [i for i in range(len(self.levels)) if self.levels[i].show is StoreyMode.CUT]

    def points(self, indices: Sequence[int] | None = None) -> NDArray[np.float64]:
        """(n, 3) outermost points of the drawn parts of these storeys, metres, without lift."""
        top = None if self._look.beyond_focus or not self.levels else self.levels[self.focus].cut_z
        found: list[NDArray[np.float64]] = []
        for i in self._in_sight() if indices is None else indices:
            found.append(self._corners[i].under(top))
            if not self._worth(i) and len(self._storeys) == 1:
                z = self._storeys[i].elevation_m
                found.append(np.array([[-5.0, -5.0, z], [5.0, 5.0, z]]))
        found = [points for points in found if len(points)]
        return np.concatenate(found) if found else np.array([[-5.0, -5.0, 0.0], [5.0, 5.0, 1.0]])

    def points_to_fit(self) -> NDArray[np.float64]:
        """(n, 3) points that the camera must show for everything in focus, metres, with the storeys' lift."""
        points = self.points()
        if self._look.exploded:
            lifted = [self.points([i]) + np.array([0, 0, self.lift_of(i)]) for i in range(len(self.levels))]
            return np.concatenate(lifted) if lifted else points
        if not self.levels or self._look.whole or self._look.ghosts or self._look.sectioned:
            return points
        # the storey in focus matters; of those below, their upper part may be cut off by the frame
        (low, high), (focus_low, focus_high) = self.bounds(), self.focus_bounds()
        reach = min(focus_low[2] - low[2], 0.35 * float(np.hypot(*(high - low)[:2])))
        return np.concatenate([self.points([self.focus]), corners(focus_low - [0, 0, reach], focus_high)])

    def _in_sight(self) -> Sequence[int]:
        """Indices of the drawn storeys: up to the focus, or all."""
        return range(len(self._storeys) if self._look.beyond_focus else min(self.focus + 1, len(self._storeys)))

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(low, high) corners of what is shown for the focus, metres, without lift."""
        return self._bounds(self._in_sight())

    def focus_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(low, high) corners of the storey in focus alone."""
        return self._bounds([self.focus] if self._storeys else [])

    def _bounds(self, indices: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        points = self.points(indices)
        return points.min(0), points.max(0)

    def _main_level(self) -> int:
        """Index of the highest storey with rooms and enough walls."""
        areas = self._wall_areas = [wall_area(source) for source in self._sources]
        most = max(areas, default=0.0)
        real = [i for i, rooms in enumerate(self._rooms) if rooms and areas[i] >= _REAL_STOREY * most]
        if real:
            return real[-1]
        filled = [i for i, (cut, standing) in enumerate(self._extents) if cut or standing]
        return filled[-1] if filled else max(0, len(self._storeys) - 1)

    def _worth(self, index: int) -> bool:
        cut, standing = self._extents[index]
        return bool(cut or standing)

    def _shading(self) -> Callable[[], GroundShadow]:
        """Function that computes the ground shadow on any thread."""
        low, high = self._bounds(range(len(self._storeys)))
        frames = [source.frame for source in self._sources if len(source.frame)]
        return partial(ground_shadow, (low, high), frames, self._rooms, 1.0 if self.theme.name == "light" else 1.5)

    def _lay_shadow(self) -> None:
        if self.renderer is None or not self.levels or (self._shade is None and self.patient):
            return
        made = self._shade = self._shade or self._shading()()
        self.shadow = shadow_actor(made)
        self.renderer.AddActor(self.shadow)


def prepared(
    storeys: Sequence[Storey], rooms: Sequence[Room], mesh: Mesh, theme: Theme, look: Look, *, lit: bool = True
) -> StoreyStack:
    """A building with the arrays of its first pictures (see `StoreyStack.shape`). Any thread."""
    made = StoreyStack(storeys, rooms, mesh, theme)
    made.patient = True
    made.look(look)
    made.shape(lit=lit)
    return made


def _by_storey(storeys: Sequence[Storey], rooms: Sequence[Room]) -> list[tuple[Room, ...]]:
    """The rooms with an outline, by storey."""
    found: dict[StoreyId, list[Room]] = {}
    for room in rooms:
        if len(room.outline) > 2:
            found.setdefault(room.storey, []).append(room)
    return [tuple(found.get(storey.id, ())) for storey in storeys]
