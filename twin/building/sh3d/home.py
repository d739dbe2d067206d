"""What a .sh3d file says, as plain rows; centimetres and y down, as the program writes them."""

from __future__ import annotations

import io
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from typing import Any

import defusedxml
import defusedxml.ElementTree

from twin.building.archive import Archive
from twin.building.limits import refuse, warn
from twin.building.sh3d import material
from twin.model.problem import Problem

type Row = dict[str, Any]

FARTHEST_CM = 1e7
DEEPEST = 40
MOST_CORNERS = 2_000
"""Corners of one room; a traced picture has more, a room does not."""


@dataclass(slots=True)
class Home:
    """Rows by what they are; `model` names an entry of the archive."""

    archive: Archive
    version: str = ""
    title: str = ""
    wall_height: float = 250.0
    levels: list[Row] = field(default_factory=list[Row])
    rooms: list[Row] = field(default_factory=list[Row])
    walls: list[Row] = field(default_factory=list[Row])
    pieces: list[Row] = field(default_factory=list[Row])
    labels: list[Row] = field(default_factory=list[Row])
    compass: Row = field(default_factory=dict[str, Any])
    problems: list[Problem] = field(default_factory=list[Problem])
    swallowed: int = 0
    _pictures: dict[str, material.Rgba | None] = field(default_factory=dict[str, "material.Rgba | None"])

    def picture(self, name: str) -> material.Rgba | None:
        """The mean colour of a texture; each picture is looked at once."""
        if name not in self._pictures:
            self._pictures[name] = material.picture(self.archive, name)
        return self._pictures[name]

    def number(self, row: Row, name: str, default: float = 0.0) -> float:
        """A finite number of sane size; anything else counts as swallowed and becomes the default."""
        value = row.get(name)
        if value is None:
            return default
        try:
            number = float(value)
        except (TypeError, ValueError):
            self.swallowed += 1
            return default
        if not math.isfinite(number) or abs(number) > FARTHEST_CM:
            self.swallowed += 1
            return default
        return number

    def size(self, row: Row, name: str, default: float) -> float:
        """A number that cannot be negative."""
        number = self.number(row, name, default)
        if number < 0:
            self.swallowed += 1
            return default
        return number


def open_home(archive: Archive) -> Home:
    """The rows of an archive; raises ProblemError where it holds no home."""
    if "Home.xml" in archive.names:
        return _from_xml(archive)
    if "Home" in archive.names:
        return _from_java(archive)
    raise refuse(
        "sh3d.no_home",
        "The archive holds no Sweet Home 3D home",
        str(archive.path),
        "Save the home again in Sweet Home 3D",
    )


def _from_xml(archive: Archive) -> Home:
    where = f"{archive.path}, Home.xml"
    try:
        root = defusedxml.ElementTree.fromstring(archive.read("Home.xml"), forbid_dtd=True)
    except defusedxml.DefusedXmlException as error:
        raise refuse(
            "xml.entities",
            "The XML declares entities, which a home never needs",
            where,
            "Do not trust this file",
            detail=str(error),
        ) from error
    except (ElementTree.ParseError, ValueError) as error:
        raise refuse(
            "sh3d.malformed",
            "The home's XML is damaged",
            where,
            "Open and save it again in Sweet Home 3D",
            detail=str(error),
        ) from error
    if root.tag != "home":
        raise refuse(
            "sh3d.no_home",
            "The archive's Home.xml describes no home",
            where,
            "Save the home again in Sweet Home 3D",
        )
    home = Home(archive, version=str(root.get("version", "")), title=str(root.get("name") or ""))
    home.wall_height = home.number(dict(root.attrib), "wallHeight", 250.0)
    home.levels = [dict(e.attrib) for e in root.findall("level")]
    home.walls = [{**e.attrib, **_textures(e)} for e in root.findall("wall")]
    home.labels = [{**e.attrib, "text": e.findtext("text") or ""} for e in root.findall("label")]
    home.rooms = [
        {**e.attrib, **_textures(e), "points": [dict(p.attrib) for p in e.findall("point")]}
        for e in root.findall("room")
    ]
    compass = root.find("compass")
    home.compass = dict(compass.attrib) if compass is not None else {}
    _pieces(home, root, 0, hidden=False)
    return home


def _textures(element: ElementTree.Element) -> Row:
    """Picture entries by what they cover, e.g. `floorTexture`."""
    return {t.get("attribute", "texture"): t.get("image") for t in element.findall("texture") if t.get("image")}


def _pieces(home: Home, parent: ElementTree.Element, depth: int, *, hidden: bool) -> None:
    if depth > DEEPEST:
        home.problems.append(
            warn(
                "sh3d.deep",
                "Furniture groups are nested too deep; the innermost were left out",
                str(home.archive.path),
                "Ungroup furniture in Sweet Home 3D",
            )
        )
        return
    for child in parent:
        if child.tag == "furnitureGroup":
            _pieces(home, child, depth + 1, hidden=hidden or child.get("visible") == "false")
        elif child.tag in ("pieceOfFurniture", "doorOrWindow", "light"):
            row: Row = dict(child.attrib)
            row["tag"] = "doorOrWindow" if row.get("doorOrWindow") == "true" else child.tag
            row["hidden"] = hidden or row.get("visible") == "false"
            row["materials"] = {m.get("name"): m.get("color") for m in child.findall("material") if m.get("color")}
            home.pieces.append(row)


def _from_java(archive: Archive) -> Home:
    from javaobj.v2.main import load

    try:
        root = load(io.BytesIO(archive.read("Home")))
        return _Java(archive, root).home
    except Exception as error:
        raise refuse(
            "sh3d.old_damaged",
            "The home is in the old format and damaged",
            str(archive.path),
            "Open and save it again in Sweet Home 3D 5.3 or newer",
            detail=f"{type(error).__name__}: {error}",
        ) from error


class _Java:
    """Reads the object graph of an old home; no class of it is ever run."""

    def __init__(self, archive: Archive, root: Any) -> None:
        top = _fields(root)
        levels = list(top.get("levels") or [])
        self._level = {id(level): f"level{i}" for i, level in enumerate(levels)}
        self.home = Home(archive, version=str(top.get("version", "")))
        self.home.wall_height = self.home.number({"h": _plain(top.get("wallHeight"))}, "h", 250.0)
        self.home.levels = [
            {"id": self._level[id(level)], **_some(_fields(level), ("name", "elevation", "height", "floorThickness"))}
            for level in levels
        ]
        self.home.compass = _some(_fields(top.get("compass")), ("latitude", "longitude", "northDirection"))
        self.home.title = str(_plain(top.get("name")) or "")
        names = ("xStart", "yStart", "xEnd", "yEnd", "thickness", "height", "heightAtEnd", "arcExtent", "leftSideColor")
        self.home.walls = [self._row(wall, names) for wall in list(top.get("walls") or [])]
        self.home.rooms = [self._room(room) for room in list(top.get("rooms") or [])]
        furniture = top.get("furnitureWithGroups") or top.get("furnitureWithDoorsAndWindows") or top.get("furniture")
        for piece in list(furniture or []):
            self._piece(piece, 0)

    def _row(self, thing: Any, names: tuple[str, ...]) -> Row:
        found = _fields(thing)
        row = _some(found, names)
        for name in ("leftSideColor", "color", "floorColor"):
            if isinstance(row.get(name), int):
                row[name] = f"{row[name] & 0xFFFFFFFF:08X}"
        level = found.get("level")
        return row | ({"level": self._level.get(id(level))} if level is not None else {})

    def _room(self, room: Any) -> Row:
        points = [list(point) for point in _fields(room).get("points") or ()]
        row = self._row(room, ("name", "floorColor"))
        return row | {"points": [{"x": float(p[0]), "y": float(p[1])} for p in points]}

    def _piece(self, piece: Any, depth: int) -> None:
        found = _fields(piece)
        kind = piece.classdesc.name.rsplit(".", 1)[-1]
        if kind == "HomeFurnitureGroup":
            if depth < DEEPEST:
                for inner in found.get("furniture") or ():
                    self._piece(inner, depth + 1)
            return
        names = (
            "name",
            "x",
            "y",
            "angle",
            "width",
            "depth",
            "height",
            "elevation",
            "modelMirrored",
            "color",
            "visible",
        )
        row = self._row(piece, names)
        opening = kind == "HomeDoorOrWindow" or found.get("doorOrWindow")
        row["tag"] = "doorOrWindow" if opening else "light" if kind == "HomeLight" else "pieceOfFurniture"
        row["hidden"] = row.get("visible") is False
        row["modelMirrored"] = str(row.get("modelMirrored") or False).lower()
        row["materials"] = {}
        url = _fields(_fields(found.get("model")).get("url"))
        file = _plain(url.get("file"))
        if isinstance(file, str) and "!/" in file:
            row["model"] = file.split("!/", 1)[1]
        rotation = found.get("modelRotation")
        if rotation is not None:
            row["modelRotation"] = " ".join(str(float(value)) for line in rotation for value in line)
        self.home.pieces.append(row)


def _fields(thing: Any) -> dict[str, Any]:
    data = getattr(thing, "field_data", {}) if thing is not None else {}
    return {field.name: value for fields in data.values() for field, value in fields.items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float | bool | str):
        return value
    if isinstance(getattr(value, "value", None), str):
        return value.value
    inner = _fields(value)
    return _plain(inner["value"]) if "value" in inner and len(inner) <= 2 else None


def _some(found: dict[str, Any], names: tuple[str, ...]) -> Row:
    plain = {name: _plain(found.get(name)) for name in names}
    return {name: value for name, value in plain.items() if value is not None}
