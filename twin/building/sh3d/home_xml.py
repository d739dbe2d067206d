"""Reads Home.xml, which Sweet Home 3D writes since 5.3 (SweetHome3D.dtd)."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import defusedxml
import defusedxml.ElementTree

from twin.building.archive import Archive
from twin.building.limits import refuse
from twin.building.sh3d.home_rows import DEEPEST, Sh3dHome, Sh3dRow, no_home

_PIECES = {
    "pieceOfFurniture": "pieceOfFurniture", "doorOrWindow": "doorOrWindow", "light": "light", "shelfUnit": "pieceOfFurniture",
}  # fmt: skip


def read(archive: Archive) -> Sh3dHome:
    """The rows of Home.xml. Raises ProblemError where it is malformed."""
    root = _root(archive)
    home = Sh3dHome(archive, version=str(root.get("version", "")), title=str(root.get("name") or ""))
    home.levels = [dict(e.attrib) for e in root.findall("level")]
    home.walls = [_wall(e) for e in root.findall("wall")]
    home.labels = [{**e.attrib, "text": e.findtext("text") or ""} for e in root.findall("label")]
    home.rooms = [
        {**e.attrib, **_textures(e), "points": [dict(p.attrib) for p in e.findall("point")], "patterns": _patterns(e)}
        for e in root.findall("room")
    ]
    compass = root.find("compass")
    home.compass = {**(compass.attrib if compass is not None else {}), "wallHeight": root.get("wallHeight", "250")}
    _pieces(home, root, 0, hidden=False)
    return home


def _root(archive: Archive) -> ElementTree.Element:
    where = f"{archive.path}, Home.xml"
    try:
        root = defusedxml.ElementTree.fromstring(archive.read("Home.xml"), forbid_dtd=True)
    except defusedxml.DefusedXmlException as error:
        raise refuse("xml.entities", where, detail=str(error)) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise refuse("sh3d.malformed", where, detail=str(error)) from error
    if root.tag != "home":
        raise no_home(archive)
    return root


def _textures(element: ElementTree.Element) -> Sh3dRow:
    """The textures of an element by attribute, e.g. `floorTexture`."""
    return {t.get("attribute", "texture"): t.get("image") for t in element.findall("texture") if t.get("image")}


def _patterns(element: ElementTree.Element) -> list[Sh3dRow]:
    """The attributes of a room's textures: size, angle, scale, offset."""
    return [dict(t.attrib) for t in element.findall("texture")]


def _wall(element: ElementTree.Element) -> Sh3dRow:
    skirts = [{**e.attrib, **_textures(e)} for e in element.findall("baseboard")]
    return {**element.attrib, **_textures(element), "skirts": skirts}


def _pieces(home: Sh3dHome, parent: ElementTree.Element, depth: int, *, hidden: bool) -> None:
    if depth > DEEPEST:
        home.too_deep()
        return
    for child in parent:
        if child.tag == "furnitureGroup":
            _pieces(home, child, depth + 1, hidden=hidden or child.get("visible") == "false")
        elif child.tag in _PIECES:
            home.pieces.append(_piece(child, hidden=hidden))


def _piece(element: ElementTree.Element, *, hidden: bool) -> Sh3dRow:
    row: Sh3dRow = {**element.attrib, **_textures(element)}
    row["tag"] = "doorOrWindow" if row.get("doorOrWindow") == "true" else _PIECES[element.tag]
    row["hidden"] = hidden or row.get("visible") == "false"
    row["materials"] = [{**e.attrib, **_textures(e)} for e in element.findall("material")]
    row["sashes"] = [dict(e.attrib) for e in element.findall("sash")]
    row["sources"] = [dict(e.attrib) for e in element.findall("lightSource")]
    row["moved"] = element.find("transformation") is not None
    return row
