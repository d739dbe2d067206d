"""Meshes of furniture: models fitted into the home's boxes; without a model, a stand-in of ours or the box."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.building.sh3d import stand_in_furniture, wavefront_obj
from twin.building.sh3d.home_rows import Sh3dHome, Sh3dRow
from twin.model.ids import clean_name
from twin.model.problem import ProblemError
from twin.model.text import Text

BOX = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
BOX_FACES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)], np.int32
)  # fmt: skip
_PLAIN = (198, 190, 178, 255)
_NAMED = 6
"""Most models named individually in a problem."""

type PieceMesh = tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint8]]


@dataclass(slots=True)
class ModelFitter:
    """Fits models into boxes; each model is read once, unreadable ones are reported by `say`."""

    home: Sh3dHome
    _models: dict[str, wavefront_obj.ObjModel | None] = field(
        default_factory=dict[str, "wavefront_obj.ObjModel | None"]
    )
    _unreadable: dict[str, str] = field(default_factory=dict[str, str])

    def mesh(self, row: Sh3dRow, floor_m: float, *, window: bool = False) -> PieceMesh:
        """Positions (n, 3) in metres, triangles (m, 3) and colours (m, 4) of a piece; `floor_m` is its storey's
        elevation.
        """
        number = self.home.number
        description = f"{row.get('name') or ''} {row.get('catalogId') or ''}"
        like, usual = stand_in_furniture.guess(row["tag"], description, window=window)
        names = ("width", "depth", "height")
        size = np.array([number(row, name, edge * 100) / 100 for name, edge in zip(names, usual, strict=True)])
        model = self._model(str(row.get("model") or ""), row)
        if model is wavefront_obj.EMPTY:
            return np.zeros((0, 3)), BOX_FACES[:0], np.zeros((0, 4), np.uint8)
        if model is None and like and (size > 0).all():
            model = stand_in_furniture.model(like, (float(size[0]), float(size[1]), float(size[2])))
        if model is None:
            positions, triangles = BOX * size, BOX_FACES
            colours = np.tile(np.array(self._whole(row) or _PLAIN, np.uint8), (len(triangles), 1))
        else:
            positions, triangles = self._fitted(model, row, size)
            colours = self._painted(model, row)
        angle = -number(row, "angle")
        cos, sin = math.cos(angle), math.sin(angle)
        turned = positions @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]).T
        middle = floor_m + number(row, "elevation") / 100 + size[2] / 2
        place = np.array([row["x"] / 100, -row["y"] / 100, middle])
        return turned + place, triangles, colours

    def report_problems(self) -> None:
        """Adds warnings about unreadable models, and about pieces with parts that were moved."""
        if self._unreadable:
            models: list[object] = [
                Text("sh3d.model_named", piece=piece, kind=kind)
                for piece, kind in list(self._unreadable.items())[:_NAMED]
            ]
            if (more := len(self._unreadable) - len(models)) > 0:
                models.append(Text("text.more", n=more))
            self.home.warn("sh3d.model", models=models)
        moved = [clean_name(row.get("name") or "") for row in self.home.pieces if row.get("moved")]
        if moved:
            self.home.warn("sh3d.moved_parts", n=len(moved), names=moved[:_NAMED])

    def _model(self, name: str, row: Sh3dRow) -> wavefront_obj.ObjModel | None:
        if name and name not in self._models:
            try:
                self._models[name] = wavefront_obj.read(self.home.archive, name)
                why = "" if self._models[name] is not None else wavefront_obj.kind(self.home.archive, name)
            except ProblemError:
                self._models[name], why = None, "damaged"
            if why:
                self._unreadable[clean_name(row.get("name") or name)] = why
        return self._models.get(name)

    def _fitted(
        self, model: wavefront_obj.ObjModel, row: Sh3dRow, size: NDArray[np.float64]
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

    def _painted(self, model: wavefront_obj.ObjModel, row: Sh3dRow) -> NDArray[np.uint8]:
        """The model's colours under those that the home gives: to the whole piece, or to materials by name."""
        colours = model.colours[model.material].copy()
        if (whole := self._whole(row)) is not None:
            colours[:, :3] = whole[:3]
        for material in row["materials"]:
            own, name = self._whole(material), material.get("name")
            if own is not None and name in model.names:
                colours[model.material == model.names.index(name), :3] = own[:3]
        return colours

    def _whole(self, row: Sh3dRow) -> tuple[int, int, int, int] | None:
        return colour(row.get("color")) or self.home.picture(row.get("texture"))


def _rotation(row: Sh3dRow) -> NDArray[np.float64]:
    try:
        turn = np.array([float(word) for word in str(row.get("modelRotation") or "").split()])
    except ValueError:
        return np.eye(3)
    return turn.reshape(3, 3) if turn.size == 9 and np.isfinite(turn).all() else np.eye(3)


def colour(text: object) -> tuple[int, int, int, int] | None:
    """`AARRGGBB` text as opaque RGBA; None where it is no colour."""
    try:
        value = int(str(text), 16)
    except ValueError:
        return None
    return value >> 16 & 255, value >> 8 & 255, value & 255, 255
