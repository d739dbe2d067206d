# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""A mesh whose vertices are moved in place, without re-meshing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.materials import material
from app.view.scene.geometry.vtk_meshes import actor, polydata, set_colours
from app.view.scene.structure.storey_actors import SurfaceLight
from app.view.scene.structure.storey_mesh import light_paint
from app.view.theme import Theme


class DeformableMesh:
    """Mesh of (m, 3, 3) triangles and (m, 3) colours, flat-shaded with the material `look`."""

    def __init__(
        self, corners: NDArray[np.floating], colours: NDArray[np.uint8], look: str, theme: Theme, *, spins: bool = False
    ) -> None:
        """`spins`: its light is that of where it stood when the light last changed, not of each position."""
        self.shut = np.ascontiguousarray(corners.reshape(-1, 3), np.float32)
        """(3 m, 3) undeformed positions in metres."""
        order = np.arange(len(self.shut)).reshape(-1, 3)
        self._paint = np.repeat(colours[:, :3], 3, 0)
        self._lit_paint = light_paint(self._paint, theme)
        self._data = polydata(self.shut, order)
        self._colours = set_colours(self._data, self._paint)
        self._light: SurfaceLight | None = None
        self._spins = spins
        self.points: NDArray[np.float32] = np.asarray(vtk_to_numpy(self._data.GetPoints().GetData()), np.float32)
        """View of VTK's points: write into it, then call `mark_modified`."""
        self.actor: vtkActor = material(look, actor(self._data), theme)
        self.actor.PickableOff()

    def set_light(self, light: SurfaceLight | None) -> None:
        """Draws the mesh in this light; None: as VTK lights it."""
        if light is not None or self._light is not None:
            self._light = light
            self.actor.GetProperty().SetLighting(light is None)
            self._shade()

    def mark_modified(self) -> None:
        """Marks the points as changed for VTK."""
        self._data.GetPoints().Modified()
        self._data.Modified()
        if self._light is not None and not self._spins:
            self._shade()

    def _shade(self) -> None:
        """Writes the colours of the mesh in its light."""
        if self._light is None:
            self._colours[:] = self._paint
        else:
            self._colours[:] = self._light(self.points, _normals(self.points), self._lit_paint)
        self._data.GetPointData().GetScalars().Modified()
        self._data.Modified()


def _normals(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3 m, 3) unit normals of separate triangles, 0 for those without an area."""
    corner = points.reshape(-1, 3, 3)
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    length = np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    return np.repeat((across / length).astype(np.float32), 3, 0)
