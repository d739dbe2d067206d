# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
"""Draws a storey as a ghost: a transparent shell with its sharp edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.scene.geometry.vtk_meshes import actor, compact, face_normals, line_set, polydata
from app.view.scene.structure.storey_mesh import StoreyMesh
from app.view.theme import Theme, rgb

SHELL, EDGES = 0.055, 0.34
"""Opacities of a ghost that has fully appeared."""
_SHARP_DEG = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class GhostShape:
    """(n, 3) positions in metres, (m, 3) triangles of the shell, and (k, 2) vertices of its sharp edges."""

    positions: NDArray[np.float32]
    triangles: NDArray[np.int64]
    edges: NDArray[np.int64]


def ghost_shape(source: StoreyMesh) -> GhostShape | None:
    """Shell and edges of a storey's solid parts; None where there are none. Takes tens of milliseconds; any thread."""
    frame = source.frame.take(source.frame.solid)
    if not len(frame):
        return None
    positions, triangles = compact(frame.positions, frame.triangles)
    positions = np.asarray(positions, np.float32)
    return GhostShape(positions, triangles, sharp_edges(positions, triangles, _SHARP_DEG))


def sharp_edges(positions: NDArray[np.float32], triangles: NDArray[np.int64], angle_deg: float) -> NDArray[np.int64]:
    """(k, 2) vertices of edges at which exactly two triangles meet at more than this angle. Vertices at the same place
    count as
    one, and triangles without area have no edges.
    """
    places, place = np.unique(positions, axis=0, return_inverse=True)
    corners = place.ravel()[triangles]
    real = (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
    corners = corners[real]
    normal = face_normals(places, corners).astype(np.float64)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    ends = np.sort(corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1)
    key = ends[:, 0] * len(places) + ends[:, 1]
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    pairs = first[np.diff(first, append=len(key)) == 2]
    one, other = order[pairs], order[pairs + 1]
    bend = (normal[one // 3] * normal[other // 3]).sum(1)
    sharp = one[bend <= np.cos(np.radians(angle_deg))]
    vertex = np.empty(len(places), np.int64)
    vertex[place.ravel()] = np.arange(len(positions))
    return vertex[ends[sharp]]


def ghost_actors(shape: GhostShape, theme: Theme) -> dict[str, vtkActor]:
    """Actors of the shell and its edges, by name."""
    shell = actor(polydata(shape.positions, shape.triangles))
    lines = actor(line_set(shape.positions, shape.edges))
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
    """Opacity factor of the named actor when it has fully appeared."""
    return {"glass": 0.34, "leaf_glass": 0.34, "ghost": SHELL, "ghost_edges": EDGES}.get(name, 1.0)
