"""All storeys together: which is in focus, how the others stand around it, and the shadow under the house."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.view.scene import bake
from app.view.scene.bake import Ground
from app.view.scene.camera import corners
from app.view.scene.extent import extents_of
from app.view.scene.floor_texture import FloorTextures
from app.view.scene.meshing import actor, picture, polydata, set_texture_places
from app.view.scene.source import Source, sort_parts, wall_area
from app.view.scene.storey import CUT_M, Show, StoreyProps
from app.view.scene.yard import parted
from app.view.theme import Theme
from twin.model.ident import StoreyId
from twin.model.mesh import Mesh
from twin.model.space import Room, Storey


class Stand(StrEnum):
    """Where the eye stands."""

    OUTSIDE = "outside"
    ENTERING = "entering"
    """On the way in: whole walls, nothing above."""
    INSIDE = "inside"


_OVER_M = 0.01
_REAL_STOREY = 0.22
"""A storey with less wall than this share of the fullest one is a roof or a foundation, not a floor to show."""


class Building:
    """Storeys from bottom to top. `focus` is always one of them; `whole` says that none was asked for."""

    def __init__(self, storeys: Sequence[Storey], rooms: Sequence[Room], mesh: Mesh, theme: Theme) -> None:
        self.theme = theme
        self.renderer: vtkRenderer | None = None
        self.exploded = False
        self.ghosts = False
        """Storeys around the one in focus are shells instead of being left out."""
        self.stand = Stand.OUTSIDE
        self.asked_cut_m: float | None = None
        """How high over its floor a storey is to be cut; None for the usual height."""
        self.sectioned = False
        """A box cuts it: every storey is shown, up to its top."""
        self.veiled: frozenset[int] = frozenset()
        """Places of the storeys that somebody hid."""
        self.whole = True
        """No storey was asked for; `focus` is the main one then."""
        self._textures = FloorTextures(mesh, theme)
        sources = sort_parts(mesh, storeys, theme) if storeys else []
        self._rooms = _by_storey(storeys, rooms)
        self._sources = [parted(source, rooms) for source, rooms in zip(sources, self._rooms, strict=False)]
        self._storeys = tuple(storeys)
        self._extents = [extents_of(source, rooms) for source, rooms in zip(self._sources, self._rooms, strict=False)]
        self.levels: list[StoreyProps] = []
        self.shadow: vtkActor | None = None
        self.main = self._main_level()
        self.focus = self.main

    def enter(self, renderer: vtkRenderer) -> None:
        """Puts itself into the picture."""
        self.renderer = renderer
        self.levels = [
            StoreyProps(storey, rooms, source, self.theme, renderer, textures=self._textures)
            for storey, rooms, source in zip(self._storeys, self._rooms, self._sources, strict=True)
        ]
        self.set_cut(self.asked_cut_m)
        self.arrange()

    def rename(self, storeys: Sequence[Storey], rooms: Sequence[Room]) -> None:
        """The same storeys and rooms under other names: no shape changes."""
        self._storeys, self._rooms = tuple(storeys), _by_storey(storeys, rooms)
        for level, storey, inside in zip(self.levels, self._storeys, self._rooms, strict=True):
            level.storey, level.rooms = storey, inside

    def light_up(self) -> None:
        """Bakes what the next frame needs and has not got: the shadow under the house, the light on floors in focus."""
        if self.shadow is None:
            self._lay_shadow()
        if self.shadow is not None:
            lowest = next((i for i, source in enumerate(self._sources) if len(source.frame)), 0)
            self.shadow.SetVisibility(lowest not in self.veiled)  # what nobody sees throws none
        for level in self.levels:
            level.light_up()

    def prepare_one(self) -> bool:
        """Makes one shape ahead of its use, for idle moments; whether there was one to make."""
        return any(level.prepare_cut() for level in self.levels)

    def leave(self) -> None:
        """Takes itself out of the picture."""
        for level in self.levels:
            level.remove()
        if self.renderer is not None and self.shadow is not None:
            self.renderer.RemoveActor(self.shadow)
        self.levels, self.shadow = [], None

    def source_of(self, index: int) -> Source:
        """The shape of a storey, sorted for drawing."""
        return self._sources[index]

    def level_of(self, storey: StoreyId | None) -> int:
        """The place of a storey; for None or an unknown one the main one, or the highest that nobody hid."""
        for i, one in enumerate(self._storeys):
            if one.id == storey:
                return i
        left = [i for i in range(len(self._storeys)) if i not in self.veiled and self._worth(i)]
        return left[-1] if left and self.main in self.veiled else self.main

    def look_at(self, storey: StoreyId | None) -> bool:
        """Moves the focus; whether it moved."""
        wanted = self.level_of(storey)
        moved, self.focus = wanted != self.focus, wanted
        if moved:
            self.arrange()
        return moved

    def explode(self, on: bool) -> None:
        """Pulls the storeys apart, or lets them down again; `place` moves them there."""
        self.exploded = on
        self.arrange()

    def arrange(self) -> None:
        """Gives each storey its way of being drawn; the highest first: what is drawn early hides what comes late."""
        for i in reversed(range(len(self.levels))):
            show, cut = self.way(i)
            self.levels[i].present(show, cut)

    def way(self, index: int) -> tuple[Show, float | None]:
        """How the storey is drawn in the present focus, and where it is cut."""
        level = self.levels[index]
        if index in self.veiled and self.stand is Stand.OUTSIDE:
            return Show.HIDDEN, None
        if self.stand is not Stand.OUTSIDE:
            above = index > self.focus and self.stand is Stand.ENTERING
            return (Show.CUT if index == self.focus else Show.HIDDEN if above else Show.PLAIN), None
        if self.sectioned:
            return (Show.CUT if self._worth(index) else Show.HIDDEN), None
        if self.exploded and self.ghosts and not self.whole and index != self.focus and self._worth(index):
            return Show.GHOST, None
        if self.exploded:
            return (Show.CUT, level.cut_z) if self._worth(index) else (Show.HIDDEN, None)
        if index == self.focus:
            return Show.CUT, level.cut_z
        if index < self.focus:
            return Show.PLAIN, self.levels[self.focus].cut_z
        return (Show.GHOST if self.ghosts and len(self._sources[index].frame) else Show.HIDDEN), None

    @property
    def cut_m(self) -> float:
        """How high over its floor the storey in focus is cut."""
        return self.levels[self.focus].cut_m if self.levels else CUT_M

    def set_cut(self, height_m: float | None) -> None:
        """Cuts storeys so high over their floors, None as usual; `arrange` or a movement makes it so. Usual is to look into
        rooms: a roof, and a building without any (a frame of beams, a facade, pipes), is whole."""
        self.asked_cut_m = height_m
        for i, level in enumerate(self.levels):
            usual = max(CUT_M, self._top(i) - level.floor_z) if self._is_whole(i) else CUT_M
            level.cut_m = usual if height_m is None else height_m

    def _is_whole(self, index: int) -> bool:
        """Whether there is nothing in a storey to look into."""
        if not any(self._rooms):
            return True
        return not self._rooms[index] and self._wall_areas[index] < _REAL_STOREY * max(self._wall_areas)

    def _top(self, index: int) -> float:
        """The highest z of anything up to a storey; of anything at all, where there are no rooms."""
        which = self._extents[: index + 1] if any(self._rooms) else self._extents
        return max((one.high_m for part in which for some in part for one in some), default=0.0) + _OVER_M

    def most_cut(self) -> float:
        """From which height on the storey in focus is whole, metres over its floor."""
        if not self.levels:
            return CUT_M
        level = self.levels[self.focus]
        if self._is_whole(self.focus):
            return max(CUT_M, self._top(self.focus) - level.floor_z)
        above = self._storeys[self.focus].height_m
        return float(min(max(level.top - level.floor_z, CUT_M), max(above, CUT_M) + 0.5))

    def lift_of(self, index: int) -> float:
        """How far the storey rises when pulled apart, metres."""
        low, high = self.bounds()
        size = float(np.hypot(high[0] - low[0], high[1] - low[1]))
        return index * float(np.clip(0.25 * size, 2.6, 15.0))

    def shown(self) -> list[int]:
        """Places of the storeys whose rooms and devices can be met: the focus, or all when pulled apart."""
        if not self.levels:
            return []
        return [i for i in range(len(self.levels)) if self.levels[i].show is Show.CUT]

    def points(self, indices: Sequence[int] | None = None) -> NDArray[np.float64]:
        """(n, 3) outermost points of what is shown, metres, nothing lifted; of these storeys only."""
        whole = self.exploded or self.ghosts or self.sectioned or not self.levels
        top = None if whole else self.levels[self.focus].cut_z
        found: list[NDArray[np.float64]] = []
        for i in self._in_sight() if indices is None else indices:
            cut, standing = self._extents[i]
            found += [one.corners(top) for one in cut if top is None or one.low_m < top]
            found += [one.corners() for one in standing if top is None or one.low_m < top]
            if not cut and not standing and len(self._storeys) == 1:
                z = self._storeys[i].elevation_m
                found.append(np.array([[-5.0, -5.0, z], [5.0, 5.0, z]]))
        return np.concatenate(found) if found else np.array([[-5.0, -5.0, 0.0], [5.0, 5.0, 1.0]])

    def points_to_fit(self) -> NDArray[np.float64]:
        """(n, 3) points that a camera must see to show everything in focus, storeys lifted as they are pulled apart."""
        points = self.points()
        if self.exploded:
            lifted = [self.points([i]) + np.array([0, 0, self.lift_of(i)]) for i in range(len(self.levels))]
            return np.concatenate(lifted) if lifted else points
        if not self.levels or self.whole or self.ghosts or self.sectioned:
            return points
        # the storey in focus matters; of those below, their upper part may be cut off by the frame
        (low, high), (focus_low, focus_high) = self.bounds(), self.focus_bounds()
        reach = min(focus_low[2] - low[2], 0.35 * float(np.hypot(*(high - low)[:2])))
        return np.concatenate([self.points([self.focus]), corners(focus_low - [0, 0, reach], focus_high)])

    def _in_sight(self) -> Sequence[int]:
        """Places of the storeys that are drawn: up to the focus, or all."""
        everything = self.exploded or self.ghosts or self.sectioned
        return range(len(self._storeys) if everything else min(self.focus + 1, len(self._storeys)))

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(low, high) corners of what the focus shows, metres, nothing lifted."""
        return self._bounds(self._in_sight())

    def focus_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(low, high) corners of the storey in focus alone."""
        return self._bounds([self.focus] if self._storeys else [])

    def _bounds(self, indices: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        points = self.points(indices)
        return points.min(0), points.max(0)

    def _main_level(self) -> int:
        """The highest storey that is a real one: with rooms, and with walls enough."""
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

    def _lay_shadow(self) -> None:
        if self.renderer is None or not self.levels:
            return
        low, high = self._bounds(range(len(self._storeys)))
        reach = 7.0
        ground = Ground.over(
            (low[0] - reach, low[1] - reach), (high[0] + reach, high[1] + reach), most=420, finest=0.09
        )
        plans = [s.frame.positions[s.frame.triangles[s.frame.shaded]][..., :2] for s in self._sources if len(s.frame)]
        mask = (
            bake.stamp(ground, np.concatenate(plans)) if plans else np.zeros((ground.rows, ground.columns), np.float32)
        )
        for rooms in self._rooms:
            mask = np.maximum(mask, bake.room_map(rooms, ground) > 0).astype(np.float32)
        mask = (bake.blur(mask, 0.35, ground) > 0.35).astype(np.float32)
        shadow = picture(bake.ground_shadow(mask, ground, 1.0 if self.theme.name == "light" else 1.5), mipmap=False)
        x1, y1 = ground.x + (ground.columns - 1) * ground.step, ground.y + (ground.rows - 1) * ground.step
        deepest = [s.frame.positions[s.frame.triangles.ravel(), 2].min() for s in self._sources if len(s.frame)]
        z = float(min([low[2], *deepest])) - 0.02
        corners = np.array([[ground.x, ground.y, z], [x1, ground.y, z], [x1, y1, z], [ground.x, y1, z]], np.float32)
        data = polydata(corners, np.array([[0, 1, 2], [0, 2, 3]]))
        set_texture_places(data, np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32))
        one = actor(data)
        one.GetMapper().ScalarVisibilityOff()
        one.SetTexture(shadow.texture)
        one.GetProperty().LightingOff()
        one.ForceTranslucentOn()
        one.PickableOff()
        self.shadow = one
        self.renderer.AddActor(one)


def _by_storey(storeys: Sequence[Storey], rooms: Sequence[Room]) -> list[tuple[Room, ...]]:
    """Per storey the rooms that have an outline."""
    found: dict[StoreyId, list[Room]] = {}
    for room in rooms:
        if len(room.outline) > 2:
            found.setdefault(room.storey, []).append(room)
    return [tuple(found.get(storey.id, ())) for storey in storeys]
