# pyright: reportUnknownMemberType=false
"""Textures of the building file on the floors of its rooms, with the floor's light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from app.view.array_sets import distinct
from app.view.scene.geometry.vtk_meshes import actor, picture, polydata, texture_array
from app.view.scene.structure.floor_colours import in_theme
from app.view.theme import Theme
from twin.model.mesh import Mesh
from twin.model.space import Room

PREFIX = "texture "
"""Prefix of these actors' names among those of a storey."""
_RAISED_M = 0.003
"""Height in metres over the floor, below the pools of light."""
_SHARP = 4
"""Number of anisotropic samples: floors are seen at a flat angle in first-person view."""


class FloorTextures:
    """Makes the textured floors of storeys; without coverings in the mesh it makes none."""

    def __init__(self, mesh: Mesh, theme: Theme) -> None:
        self._mesh, self._theme = mesh, theme
        self._of = {one.source_id: one for one in mesh.coverings if one.source_id}
        self._images: dict[int, vtkTexture] = {}

    def actors(
        self,
        rooms: Sequence[Room],
        positions: NDArray[np.float32],
        room: NDArray[np.int64],
        light: tuple[vtkTexture, NDArray[np.float32]],
    ) -> dict[str, vtkActor]:
        """One actor per texture, for a floor of separate triangles: (n, 3) positions in metres, (n,) row in `rooms` of
        each vertex,
        and the floor's light with its (n, 2) texture coordinates.
        """
        found = [self._of.get(one.source_id) for one in rooms]
        index = np.array([-1 if one is None else one.texture for one in found], np.int64)
        made: dict[str, vtkActor] = {}
        for texture in distinct(index[index >= 0]).tolist():
            at = np.flatnonzero((index == texture)[room])
            uv = np.empty((len(at), 2))
            for row in np.flatnonzero(index == texture).tolist():
                covering, own = found[row], room[at] == row
                if covering is not None and own.any():
                    uv[own] = _uv(positions[at[own], :2], covering.uv_from_plan)
            if len(at):
                made[f"{PREFIX}{texture}"] = self._actor(texture, positions[at], uv, (light[0], light[1][at]))
        return made

    def _actor(
        self,
        texture: int,
        positions: NDArray[np.float32],
        uv: NDArray[np.float64],
        light: tuple[vtkTexture, NDArray[np.float32]],
    ) -> vtkActor:
        raised = positions + np.array([0, 0, _RAISED_M], np.float32)
        data = polydata(raised, np.arange(len(raised)).reshape(-1, 3))
        one = actor(data)
        mapper, look = one.GetMapper(), one.GetProperty()
        mapper.ScalarVisibilityOff()
        look.SetColor(1.0, 1.0, 1.0)
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        for name, image, places in (("light", *light), ("pattern", self._image(texture), uv)):
            data.GetPointData().AddArray(texture_array(name, places))
            if isinstance(mapper, vtkPolyDataMapper):
                mapper.MapDataArrayToMultiTextureAttribute(name, name, vtkDataObject.FIELD_ASSOCIATION_POINTS)
            look.SetTexture(name, image)
        one.PickableOff()
        return one

    def _image(self, texture: int) -> vtkTexture:
        if texture not in self._images:
            every = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
            shown = in_theme(every, self._theme).round().clip(0, 255).astype(np.uint8)
            image = picture(shown[self._mesh.textures[texture].pixels[::-1], np.arange(3)], mipmap=True).texture
            image.SetWrap(vtkTexture.Repeat)
            image.SetMaximumAnisotropicFiltering(_SHARP)
            image.SetBlendingMode(vtkTexture.VTK_TEXTURE_BLENDING_MODE_MODULATE)
            self._images[texture] = image
        return self._images[texture]


def _uv(plan: NDArray[np.float32], uv_from_plan: Sequence[float]) -> NDArray[np.float64]:
    """(n, 2) texture coordinates, shifted near zero to keep float precision."""
    a, b, c, d, e, f = uv_from_plan
    x, y = plan[:, 0].astype(np.float64), plan[:, 1].astype(np.float64)
    uv = np.column_stack([a * x + b * y + c, d * x + e * y + f])
    return uv - np.floor(uv.min(0))
