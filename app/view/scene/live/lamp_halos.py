# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Layer of halos around lamps that are on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkRenderingCore import vtkActor, vtkPointGaussianMapper

from app.view.scene.geometry.vtk_meshes import point_cloud
from app.view.scene.scene import Scene
from app.view.scene.structure.storey_stack import EyePlace

_RADIUS_M = 0.34
"""Radius in metres of a halo at full brightness."""
_INSIDE = 0.45
"""Part of its radius and opacity that a halo has for who walks inside: the baked light around its lamp is seen, too."""
_MOST = 600
"""Maximum number of halos; more would merge and slow down updates."""


class HaloLayer:
    """Layer of lamp halos: one actor for all lamps in focus, none if all are off."""

    def __init__(self) -> None:
        self.actor: vtkActor | None = None
        self._scene: Scene | None = None

    def build(self, scene: Scene) -> None:
        """Builds the halos of the lamps that are lit."""
        self._light(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Updates the halos of lamps that were switched, dimmed or tinted."""
        if touched & {"lights", "tints", "online"}:
            self._light(scene)

    def place(self, scene: Scene) -> None:
        """Moves the halos with the storeys."""
        self._light(scene)

    def tick(self, now_s: float) -> bool:
        """False: halos are not animated."""
        return False

    def remove(self) -> None:
        """Removes the halos from the renderer."""
        if self.actor is not None and self._scene is not None:
            self._scene.renderer.RemoveActor(self.actor)
        self.actor = None

    def _light(self, scene: Scene) -> None:
        self.remove()
        self._scene = scene
        shining = scene.appearance.lit & scene.shown_devices()
        shining[scene.offline_rows()] = False
        rows = np.flatnonzero(shining)
        if not 0 < len(rows) <= _MOST:
            return
        strength = np.clip(scene.appearance.strength[rows], 0.0, 1.0)
        near = _INSIDE if scene.shown.stand is EyePlace.INSIDE else 1.0
        shine = np.column_stack([scene.appearance.tints[rows], near * (0.25 + 0.45 * strength)])
        data = point_cloud(_places(scene, rows), (np.clip(shine, 0, 1) * 255).astype(np.uint8))
        wide = numpy_to_vtk((near * _RADIUS_M * (0.35 + 0.65 * strength)).astype(np.float32), deep=1)
        wide.SetName("wide")
        data.GetPointData().AddArray(wide)
        mapper = vtkPointGaussianMapper()
        mapper.SetInputData(data)
        mapper.SetScaleArray("wide")
        mapper.SetScaleFactor(1.0)
        mapper.SetEmissive(scene.theme.name != "light")
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.PickableOff()
        self.actor.ForceTranslucentOn()  # else surfaces that are added later, as baked light comes, are painted over it
        scene.renderer.AddActor(self.actor)


def _places(scene: Scene, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """(n, 3) centres of halos: where the lamp shines from, else, where a cut removes that, at the lamp's marker."""
    placed = scene.placed
    places = scene.device_pick.positions[rows].astype(np.float32)
    cuts = np.array([np.inf if one.cut_now is None else one.cut_now for one in scene.storey_stack.levels])
    heights = placed.heights[rows]
    places[:, 2] += np.where(heights < cuts[placed.level[rows]], heights - placed.positions[rows, 2], 0)
    return places
