"""Furniture as meshes: models fitted into the box that the home gives them, or the box itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.building.sh3d import obj
from twin.building.sh3d.home import Home, Row

BOX = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
BOX_FACES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)], np.int32
)  # fmt: skip
_PLAIN = (198, 190, 178, 255)


@dataclass(slots=True)
class Fitter:
    """Fits models into boxes; each model is read once."""

    home: Home
    _models: dict[str, obj.Model | None] = field(default_factory=dict[str, "obj.Model | None"])

    def mesh(self, row: Row, floor_m: float) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint8]]:
        """Positions, triangles and colours of a piece in the project's metres."""
        number = self.home.number
        size = np.array([self.home.number(row, name, 10) for name in ("width", "depth", "height")]) / 100
        name = str(row.get("model") or "")
        if name not in self._models:
            self._models[name] = obj.read(self.home.archive, name)
        model = self._models[name]
        if model is None:
            positions, triangles = BOX * size, BOX_FACES
            colours = np.tile(np.array(colour(row.get("color")) or _PLAIN, np.uint8), (len(triangles), 1))
        else:
            positions, triangles = self._fitted(model, row, size)
            colours = _painted(model, row)
        angle = -number(row, "angle")
        cos, sin = math.cos(angle), math.sin(angle)
        turned = positions @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]).T
        middle = floor_m + number(row, "elevation") / 100 + size[2] / 2
        place = np.array([number(row, "x") / 100, -number(row, "y") / 100, middle])
        return turned + place, triangles, colours

    def _fitted(
        self, model: obj.Model, row: Row, size: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """The model turned, scaled to its box and stood up (its y is our z)."""
        positions, triangles = model.positions @ _rotation(row).T, model.triangles
        used = positions[np.unique(triangles)]
        low, high = used.min(0), used.max(0)
        extent = np.maximum(high - low, 1e-9)
        positions = (positions - (low + high) / 2) / extent * size[[0, 2, 1]]
        if row.get("modelMirrored") == "true":
            positions, triangles = positions * [-1, 1, 1], triangles[:, ::-1]
        for name, (a, b) in {"pitch": (1, 2), "roll": (0, 1)}.items():
            angle = -self.home.number(row, name)
            if angle:
                turn = np.eye(3)
                turn[a, a] = turn[b, b] = math.cos(angle)
                turn[a, b], turn[b, a] = -math.sin(angle), math.sin(angle)
                positions = positions @ turn.T
        return np.column_stack([positions[:, 0], -positions[:, 2], positions[:, 1]]), triangles


def _rotation(row: Row) -> NDArray[np.float64]:
    try:
        turn = np.array([float(word) for word in str(row.get("modelRotation") or "").split()])
    except ValueError:
        return np.eye(3)
    return turn.reshape(3, 3) if turn.size == 9 and np.isfinite(turn).all() else np.eye(3)


def _painted(model: obj.Model, row: Row) -> NDArray[np.uint8]:
    colours = model.colours[model.material].copy()
    if (whole := colour(row.get("color"))) is not None:
        colours[:, :3] = whole[:3]
    for said in row["materials"]:
        own, name = colour(said.get("color")), said.get("name")
        if own is not None and name in model.names:
            colours[model.material == model.names.index(name), :3] = own[:3]
    return colours


def colour(text: object) -> tuple[int, int, int, int] | None:
    """`AARRGGBB` as RGBA, opaque; None for no colour."""
    try:
        value = int(str(text), 16)
    except ValueError:
        return None
    return value >> 16 & 255, value >> 8 & 255, value & 255, 255
