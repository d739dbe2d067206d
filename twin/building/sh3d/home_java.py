"""Reads the entry `Home` of files older than 5.3: Java serialisation, read as data; no Java class is executed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any, cast

from twin.building.archive import Archive
from twin.building.limits import refuse
from twin.building.sh3d.home_rows import DEEPEST, HomeThing, Sh3dHome, Sh3dRow

_WALL = (
    "xStart", "yStart", "xEnd", "yEnd", "thickness", "height", "heightAtEnd", "arcExtent", "leftSideColor", "rightSideColor",
    "topColor", "leftSideTexture", "rightSideTexture",
)  # fmt: skip
_ROOM = (
    "name", "floorVisible", "ceilingVisible", "floorColor", "ceilingColor", "floorTexture", "ceilingTexture",
)  # fmt: skip
_PATTERN = ("width", "height", "angle", "scale", "xOffset", "yOffset", "fittingArea")
_LEVEL = ("name", "elevation", "height", "floorThickness", "elevationIndex", "visible", "viewable")
_PIECE = (
    "name", "catalogId", "x", "y", "angle", "pitch", "roll", "width", "depth", "height", "elevation", "modelMirrored", "color",
    "visible", "texture", "model", "power", "cutOutShape", "staircaseCutOutShape", "wallThickness", "wallDistance", "wallLeft",
    "wallWidth", "wallTop", "wallHeight", "wallCutOutOnBothSides",
)  # fmt: skip


def read(archive: Archive) -> Sh3dHome:
    """The rows of an old home. Raises ProblemError where it is damaged."""
    from javaobj.v2.main import load

    try:
        return _Java(archive, load(io.BytesIO(archive.read("Home")))).home
    except Exception as error:
        raise refuse("sh3d.old_damaged", str(archive.path), detail=f"{type(error).__name__}: {error}"[:400]) from error


class _Java:
    """Reads the rows of a home from the object graph of Java's serialisation."""

    def __init__(self, archive: Archive, root: Any) -> None:
        top = _fields(root)
        if "walls" not in top and "furniture" not in top:
            raise ValueError("the stream holds no home")
        levels = _list(top.get("levels"))
        self._level = {id(level): f"level{i}" for i, level in enumerate(levels)}
        self.home = Sh3dHome(archive, version=str(top.get("version", "")), title=str(_plain(top.get("name")) or ""))
        self.home.levels = [_row(level, _LEVEL) | {"id": self._level[id(level)]} for level in levels]
        self.home.compass = _row(top.get("compass"), ("latitude", "longitude", "northDirection"))
        self.home.compass["wallHeight"] = _plain(top.get("wallHeight")) or 250.0
        zone = _fields(_fields(top.get("compass")).get("timeZone"))
        self.home.compass["timeZone"] = str(_plain(zone.get("ID")) or "")
        self._each("Wall", top.get("walls"), self.home.walls, self._wall)
        self._each("Room", top.get("rooms"), self.home.rooms, self._room)
        self._each("Label", top.get("labels"), self.home.labels, self._label)
        found = top.get("furnitureWithGroups") or top.get("furnitureWithDoorsAndWindows") or top.get("furniture")
        for i, piece in enumerate(_list(found)):
            try:
                self._piece(piece, 0, hidden=False)
            except (ValueError, TypeError, KeyError, AttributeError, IndexError):
                self._left_out(HomeThing("Piece", number=i + 1))

    def _each(self, kind: str, things: Any, rows: list[Sh3dRow], read: Callable[[Any], Sh3dRow]) -> None:
        for i, thing in enumerate(_list(things)):
            try:
                rows.append(read(thing))
            except (ValueError, TypeError, KeyError, AttributeError, IndexError):
                self._left_out(HomeThing(kind, number=i + 1))

    def _left_out(self, thing: HomeThing) -> None:
        self.home.warn_of("sh3d.damaged_piece", thing)

    def _at(self, thing: Any, names: tuple[str, ...]) -> Sh3dRow:
        """A row with its level."""
        level = _fields(thing).get("level")
        return _row(thing, names) | ({"level": self._level.get(id(level))} if level is not None else {})

    def _wall(self, wall: Any) -> Sh3dRow:
        found = _fields(wall)
        boards = {side: found.get(side) for side in ("leftSideBaseboard", "rightSideBaseboard")}
        skirts = [
            _row(board, ("thickness", "height", "color", "texture")) | {"attribute": side}
            for side, board in boards.items()
            if board is not None
        ]
        return self._at(wall, _WALL) | {"skirts": skirts}

    def _room(self, room: Any) -> Sh3dRow:
        points = [list(point) for point in _list(_fields(room).get("points"))]
        found = _fields(room)
        patterns = [
            _row(found[name], _PATTERN) | {"attribute": name}
            for name in ("floorTexture", "ceilingTexture")
            if found.get(name) is not None
        ]
        ring = [{"x": float(p[0]), "y": float(p[1])} for p in points]
        return self._at(room, _ROOM) | {"points": ring, "patterns": patterns}

    def _label(self, label: Any) -> Sh3dRow:
        return self._at(label, ("x", "y", "text"))

    def _piece(self, piece: Any, depth: int, *, hidden: bool) -> None:
        found = _fields(piece)
        kind = str(piece.classdesc.name).rsplit(".", 1)[-1]
        hidden = hidden or found.get("visible") is False
        if kind == "HomeFurnitureGroup":
            if depth >= DEEPEST:
                self.home.too_deep()
                return
            for inner in _list(found.get("furniture")):
                self._piece(inner, depth + 1, hidden=hidden)
            return
        row = self._at(piece, _PIECE)
        opening = kind == "HomeDoorOrWindow" or found.get("doorOrWindow")
        row["tag"] = "doorOrWindow" if opening else "light" if kind == "HomeLight" else "pieceOfFurniture"
        row["hidden"] = hidden
        row["materials"] = [
            _row(one, ("name", "color", "texture")) for one in _list(found.get("modelMaterials")) if one is not None
        ]
        row["sashes"] = [
            _row(one, ("xAxis", "yAxis", "width", "startAngle", "endAngle")) for one in _list(found.get("sashes"))
        ]
        row["sources"] = [_row(one, ("x", "y", "z", "color", "diameter")) for one in _list(found.get("lightSources"))]
        row["moved"] = bool(_list(found.get("modelTransformations")))
        if (turn := found.get("modelRotation")) is not None:
            row["modelRotation"] = " ".join(str(float(value)) for line in turn for value in line)
        self.home.pieces.append(row)


def _fields(thing: Any) -> dict[str, Any]:
    """An object's fields by name, those of its superclasses included."""
    data = getattr(thing, "field_data", {}) if thing is not None else {}
    return {field.name: value for fields in data.values() for field, value in fields.items()}


def _list(things: Any) -> list[Any]:
    return list(cast("Iterable[Any]", things)) if things is not None else []


def _plain(value: Any) -> Any:
    """Text and numbers, also boxed ones (java.lang.Float); None for anything else."""
    if value is None or isinstance(value, int | float | bool | str):
        return value
    if isinstance(getattr(value, "value", None), str):
        return value.value
    inner = _fields(value)
    return _plain(inner["value"]) if "value" in inner and len(inner) <= 2 else None


def _row(thing: Any, names: tuple[str, ...]) -> Sh3dRow:
    """The named fields as Home.xml would write them."""
    found = _fields(thing)
    row: Sh3dRow = {}
    for name in names:
        value = _plain(found.get(name))
        if name == "model":
            value = _entry(found.get(name))
        elif name.casefold().endswith("texture"):
            value = _entry(_fields(found.get(name)).get("image"))
        elif isinstance(value, bool):
            value = str(value).lower()
        elif name.casefold().endswith("color") and isinstance(value, int):
            value = f"{value & 0xFFFFFFFF:08X}"
        if value is not None:
            row[name] = value
    return row


def _entry(content: Any) -> str | None:
    """The archive's entry behind a content: its URL ends in `temp!/<entry>`."""
    url = _fields(_fields(content).get("url"))
    file = _plain(url.get("file"))
    return file.split("!/", 1)[1] if isinstance(file, str) and "!/" in file else None
