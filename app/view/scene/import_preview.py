# pyright: reportUnknownMemberType=false
"""Preview of a building that is still being imported: rooms as volumes first, then walls as they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.materials import material
from app.view.scene.geometry.vtk_meshes import actor, compact, line_set, polydata
from app.view.scene.structure.clip_planes import plane
from app.view.scene.structure.storey_mesh import sort_parts
from app.view.scene.structure.storey_shape import shaded_mesh
from app.view.theme import rgb
from twin.model.building import Building
from twin.model.mesh import Mesh
from twin.model.space import Room
from twin.model.twin import Twin

if TYPE_CHECKING:
    from app.view.scene.view import TwinView

_GLASSY, _GLASSY_BEHIND = 0.22, 0.10
"""Opacity of rooms on the storey in focus, and on the storeys below it."""
_REAL = 0.22
"""A storey with fewer rooms than this share of the fullest one is a roof or cellar and is not focused."""


class ImportPreview:
    """Shows the building as imported so far, in place of the view's own storeys."""

    def __init__(self, view: TwinView) -> None:
        self._view = view
        self._rooms: list[vtkActor] = []
        self._walls: list[vtkActor] = []

    def show_rooms(self, building: Building) -> None:
        """Shows the imported storeys and rooms and moves the camera to fit them."""
        self.remove_all()
        self._view.set_twin(
            Twin(name=building.site.name, site=building.site, storeys=building.storeys, rooms=building.rooms)
        )
        scene = self._view.scene
        scene.storey_stack.begin_with(focus := _main(building))
        scene.look_at(None)
        scene.step(1.0)
        self._view.come_back()
        if building.mesh.parts:
            self.add_mesh(building.mesh)  # its walls are there: no need to hint at rooms
            return
        for index, storey in enumerate(building.storeys[: focus + 1]):
            here = [room for room in building.rooms if room.storey == storey.id and len(room.outline) > 2]
            if here:
                self._rooms += self._volumes(here, _GLASSY if index == focus else _GLASSY_BEHIND)
        self._add(self._rooms)

    def add_mesh(self, mesh: Mesh) -> None:
        """Adds walls and panes of a partial mesh; takes a few milliseconds."""
        scene = self._view.scene
        levels = scene.storey_stack.levels
        made: list[vtkActor] = []
        for index, source in enumerate(sort_parts(mesh, [level.storey for level in levels], scene.theme)):
            if index > scene.storey_stack.focus:
                break
            if len(source.frame):
                body = shaded_mesh(source.frame, levels[index].floor_z).polydata()
                made += [material("body", actor(body), scene.theme), self._inside(body)]
            if len(source.glass):
                panes = polydata(*compact(source.glass.positions, source.glass.triangles))
                made.append(material("glass", actor(panes), scene.theme))
        self._walls += made
        self._add(made)

    def remove_rooms(self) -> None:
        """Removes the preview's rooms once the view draws its own; preview walls remain."""
        self._remove(self._rooms)

    def remove_all(self) -> None:
        """Removes the preview's rooms and walls."""
        self._remove(self._rooms)
        self._remove(self._walls)

    def _add(self, made: Sequence[vtkActor]) -> None:
        building = self._view.scene.storey_stack
        level = building.levels[building.focus] if building.levels else None
        for one in made:
            one.PickableOff()
            if level is not None:
                one.GetMapper().AddClippingPlane(plane((0.0, 0.0, level.cut_z), (0.0, 0.0, -1.0)))
            self._view.scene.renderer.AddActor(one)
        self._view.governor.touch()

    def _remove(self, actors: list[vtkActor]) -> None:
        for one in actors:
            self._view.scene.renderer.RemoveActor(one)
        actors.clear()
        self._view.governor.touch()

    def _volumes(self, rooms: Sequence[Room], opacity: float) -> list[vtkActor]:
        """Actors of the rooms' translucent sides and of their edges."""
        accent = rgb(self._view.scene.theme.accent)
        sides, edges = _prisms(rooms)
        glass, lines = actor(polydata(*sides)), actor(line_set(*edges))
        for one, solid in ((glass, opacity), (lines, min(1.0, 3 * opacity))):
            one.GetMapper().ScalarVisibilityOff()
            look = one.GetProperty()
            look.SetColor(*accent)
            look.SetOpacity(solid)
            look.SetAmbient(0.8)
            look.SetDiffuse(0.2)
            look.SetInterpolationToFlat()
        lines.GetProperty().LightingOff()
        return [glass, lines]

    def _inside(self, body: object) -> vtkActor:
        """Actor of the back faces of cut walls, in the cut colour."""
        one = actor(body)  # pyright: ignore[reportArgumentType]
        one.GetMapper().ScalarVisibilityOff()
        look = one.GetProperty()
        look.SetColor(*rgb(self._view.scene.theme.cap))
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        look.FrontfaceCullingOn()
        return one


def _main(building: Building) -> int:
    """Index of the highest storey with enough rooms."""
    count = [sum(room.storey == storey.id for room in building.rooms) for storey in building.storeys]
    real = [i for i, rooms in enumerate(count) if rooms and rooms >= _REAL * max(count)]
    return real[-1] if real else len(count) - 1


def _prisms(
    rooms: Sequence[Room],
) -> tuple[tuple[NDArray[np.float32], NDArray[np.int64]], tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """The sides of rooms as (points, triangles), and their upper, lower and upright edges as (points, pairs)."""
    points: list[NDArray[np.float64]] = []
    triangles: list[NDArray[np.int64]] = []
    pairs: list[NDArray[np.int64]] = []
    at = 0
    for room in rooms:
        for ring in (room.outline, *room.holes):
            n = len(ring)
            plan = np.asarray(ring, np.float64)
            low = np.column_stack([plan, np.full(n, room.floor_m)])
            high = np.column_stack([plan, np.full(n, room.ceiling_m)])
            a = np.arange(n) + at
            b = np.roll(a, -1)
            points += [low, high]
            triangles += [np.stack([a, b, b + n], 1), np.stack([a, b + n, a + n], 1)]
            pairs += [np.stack([a, b], 1), np.stack([a + n, b + n], 1), np.stack([a, a + n], 1)]
            at += 2 * n
    every = np.concatenate(points).astype(np.float32)
    return (every, np.concatenate(triangles)), (every, np.concatenate(pairs))
