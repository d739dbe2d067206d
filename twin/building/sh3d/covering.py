"""Textures of floors: image and transform by room."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import shapely

from twin.building.sh3d import materials
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.model.mesh import FloorCovering, Texture

MOST_TEXTURES = 48
"""Most textures of one home; floors beyond it get the mean colour of their image."""
_USUAL_CM = 100.0
_LEAST_CM, _LEAST_SCALE = 0.5, 0.01


@dataclass(slots=True)
class FloorCoverings:
    """Collects the textures of floors while rooms are read; each image is decoded once."""

    home: Sh3dHome
    textures: list[Texture] = field(default_factory=list[Texture])
    coverings: list[FloorCovering] = field(default_factory=list[FloorCovering])
    _index: dict[str, int | None] = field(default_factory=dict[str, "int | None"])

    def add(self, row: Sh3dRow, polygon: shapely.Polygon, source_id: str) -> None:
        """Adds the floor texture of a room, where the room has a readable one."""
        image = str(row.get("floorTexture") or "")
        index = self._texture(image) if image else None
        if index is not None:
            patterns: list[Sh3dRow] = row.get("patterns") or []
            texture = next((one for one in patterns if one.get("attribute") == "floorTexture"), dict[str, Any]())
            uv = fitted(polygon) if texture.get("fittingArea") == "true" else _repeated(self.home, texture)
            self.coverings.append(FloorCovering(source_id=source_id, texture=index, uv_from_plan=uv))

    def _texture(self, image: str) -> int | None:
        if image not in self._index:
            pixels = materials.texture(self.home.archive, image) if len(self.textures) < MOST_TEXTURES else None
            self._index[image] = None if pixels is None else len(self.textures)
            if pixels is not None:
                self.textures.append(Texture(pixels=pixels))
        return self._index[image]


def _repeated(home: Sh3dHome, texture: Sh3dRow) -> tuple[float, float, float, float, float, float]:
    """As Sweet Home 3D lays it (Object3DBranch.updateTextureTransform): from the plan's origin, moved by its offset in
    images, turned, scaled. Plan in metres with y upwards."""
    scale = max(home.number(texture, "scale", 1.0), _LEAST_SCALE)
    wide = max(home.number(texture, "width", _USUAL_CM), _LEAST_CM) * scale
    high = max(home.number(texture, "height", _USUAL_CM), _LEAST_CM) * scale
    angle = home.number(texture, "angle")
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = -home.number(texture, "xOffset") * wide, -home.number(texture, "yOffset") * high
    u = (100 * cos / wide, -100 * sin / wide, (x * cos - y * sin) / wide)
    v = (100 * sin / high, 100 * cos / high, (x * sin + y * cos) / high)
    return (*u, *v)


def fitted(polygon: shapely.Polygon) -> tuple[float, float, float, float, float, float]:
    """Texture transform that fits one image to the bounds of a room."""
    left, low, right, top = polygon.bounds
    wide, high = max(right - left, 1e-3), max(top - low, 1e-3)
    return 1 / wide, 0.0, -left / wide, 0.0, 1 / high, -low / high
