# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""A mesh whose vertices are moved in place, without re-meshing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.materials import material
from app.view.scene.geometry.vtk_meshes import actor, polydata
from app.view.theme import Theme


class DeformableMesh:
    """Mesh of (m, 3, 3) triangles and (m, 3) colours, flat-shaded with the material `look`."""

    def __init__(self, corners: NDArray[np.floating], colours: NDArray[np.uint8], look: str, theme: Theme) -> None:
        self.shut = np.ascontiguousarray(corners.reshape(-1, 3), np.float32)
        """(3 m, 3) undeformed positions in metres."""
        order = np.arange(len(self.shut)).reshape(-1, 3)
        self._data = polydata(self.shut, order, colours=np.repeat(colours, 3, 0))
        self.points: NDArray[np.float32] = np.asarray(vtk_to_numpy(self._data.GetPoints().GetData()), np.float32)
        """View of VTK's points: write into it, then call `mark_modified`."""
        self.actor: vtkActor = material(look, actor(self._data), theme)
        self.actor.PickableOff()

    def mark_modified(self) -> None:
        """Marks the points as changed for VTK."""
        self._data.GetPoints().Modified()
        self._data.Modified()
