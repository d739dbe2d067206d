# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""How far points reach beyond their centres: a picture rendered in parts drops a point whose centre is in another part."""

from __future__ import annotations

import math

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkActor, vtkCamera, vtkPointGaussianMapper, vtkRenderer

_NEAREST_M = 0.05
_SPLAT = 3.0
"""A Gaussian splat ends at this multiple of its radius, the default of vtkPointGaussianMapper."""


def point_reach_px(renderer: vtkRenderer, height_px: int) -> int:
    """The greatest radius in pixels of any visible marker or halo, in a picture of this height."""
    actors, camera = renderer.GetActors(), renderer.GetActiveCamera()
    actors.InitTraversal()
    every = (actors.GetNextActor() for _ in range(actors.GetNumberOfItems()))
    return math.ceil(max((_reach_px(one, camera, height_px) for one in every if one.GetVisibility()), default=0.0))


def _reach_px(one: vtkActor, camera: vtkCamera, height_px: int) -> float:
    mapper, look = one.GetMapper(), one.GetProperty()
    if not isinstance(mapper, vtkPointGaussianMapper):
        return look.GetPointSize() / 2 if look.GetRenderPointsAsSpheres() else 0.0
    data = mapper.GetInput()
    if data is None or data.GetNumberOfPoints() == 0:
        return 0.0
    sizes = data.GetPointData().GetArray(mapper.GetScaleArray() or "")
    radii_m = _SPLAT * mapper.GetScaleFactor() * (1.0 if sizes is None else vtk_to_numpy(sizes))
    if camera.GetParallelProjection():
        return float(np.max(radii_m)) * height_px / (2 * camera.GetParallelScale())
    ahead = (vtk_to_numpy(data.GetPoints().GetData()) - camera.GetPosition()) @ np.array(
        camera.GetDirectionOfProjection()
    )
    seen = ahead + radii_m > 0
    if not seen.any():
        return 0.0
    nearest = np.maximum(ahead, _NEAREST_M)
    per_m = height_px / (2 * math.tan(math.radians(camera.GetViewAngle()) / 2))
    return float(np.max(np.where(seen, radii_m / nearest, 0.0))) * per_m
