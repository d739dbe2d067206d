"""Floor colours from the building file, used where no value colours a room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.view.theme import LIGHT, Theme, rgb
from twin.model.mesh import Mesh
from twin.model.space import Room

_KEEPS = 0.8
"""Share of the file's colour that a floor keeps; the rest is the theme's."""
_SURFACE_REFLECTION = 0.03
"""Share of light that a floor reflects whatever its paint: varnish and fibres by Fresnel's law, 0.04 where they are
smooth."""
_GAMMA = 2.2


def floor_colours(mesh: Mesh, rooms: Sequence[Room], theme: Theme) -> NDArray[np.uint8]:
    """(rooms, 3) floor colours: the file's, adapted to the theme, where a slab is a room's own floor; else the
    theme's.
    """
    colours = np.tile(np.array(rgb(theme.floor)) * 255, (len(rooms), 1))
    row_of = {room.source_id: row for row, room in enumerate(rooms) if room.source_id}
    owner = np.array([row_of.get(element.source_id, -1) for element in mesh.elements] or [-1])
    for part in mesh.parts:
        if part.category != "slab" or not len(part.triangles):
            continue
        elements, first = np.unique(part.elements, return_index=True)
        rows = owner[np.minimum(elements, len(owner) - 1)]
        colours[rows[rows >= 0]] = in_theme(part.colours[first, :3], theme)[rows >= 0]
    return colours.round().clip(0, 255).astype(np.uint8)


def in_theme(colours: NDArray[np.uint8], theme: Theme) -> NDArray[np.float64]:
    """(…, 3) file colours, 0-255, adapted to floors of this theme."""
    plain, usual = np.array(rgb(theme.floor)) * 255, np.array(rgb(LIGHT.floor)) * 255
    return (_KEEPS * colours + (1 - _KEEPS) * usual) * (plain / usual)


def with_surface_reflection(paint: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """(…, 3) sRGB paint, 0-255, that reflects at least `share` (0 to 1) of what the surface of any material does: files
    have colours that no floor has, which light of lamps would leave dark.
    """
    linear = (paint / 255) ** _GAMMA
    linear += _SURFACE_REFLECTION * share * (1 - linear)
    return (255 * linear ** (1 / _GAMMA)).round().astype(np.uint8)
