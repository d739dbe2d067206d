# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
"""Draws a storey as a ghost: a transparent shell with its sharp edges."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.vtk_meshes import actor, compact, polydata
from app.view.scene.structure.storey_mesh import StoreyMesh
from app.view.theme import Theme, rgb

SHELL, EDGES = 0.055, 0.34
"""Opacities of a ghost that has fully appeared."""
_SHARP_DEG = 40.0


def ghost_of(source: StoreyMesh, theme: Theme) -> dict[str, vtkActor]:
    """The shell and the edges of what bears a storey, by their names among its actors; empty where nothing does."""
    from vtkmodules.vtkFiltersCore import vtkFeatureEdges, vtkStaticCleanPolyData  # app.view.late_modules

    frame = source.frame.take(source.frame.solid)
    if not len(frame):
        return {}
    positions, triangles = compact(frame.positions, frame.triangles)
    mesh = polydata(np.asarray(positions, np.float32), triangles)
    shell = actor(mesh)
    clean = vtkStaticCleanPolyData()
    clean.SetInputData(mesh)
    edges = vtkFeatureEdges()
    edges.SetInputConnection(clean.GetOutputPort())
    edges.SetFeatureAngle(_SHARP_DEG)
    edges.BoundaryEdgesOff()
    edges.NonManifoldEdgesOff()
    edges.ColoringOff()
    edges.Update()
    lines = actor(edges.GetOutput())
    for one, strength in ((shell, SHELL), (lines, EDGES)):
        one.GetMapper().ScalarVisibilityOff()
        one.PickableOff()
        one.ForceTranslucentOn()
        look = one.GetProperty()
        look.SetColor(*rgb(theme.wall if one is shell and theme.name == "light" else theme.ghost))
        look.SetOpacity(strength)
        look.LightingOff()
    shell.GetProperty().BackfaceCullingOn()
    return {"ghost": shell, "ghost_edges": lines}


def opacity_of(name: str) -> float:
    """How much of its own strength an actor of this name has when it has fully appeared."""
    return {"glass": 0.34, "leaf_glass": 0.34, "ghost": SHELL, "ghost_edges": EDGES}.get(name, 1.0)
