"""Reads Wavefront OBJ models with MTL colours, as Sweet Home 3D packs them.

Own parser, for reasons checked on 2026-11-29: trimesh 4 drops groups, which mark panes of glass here, raises where a
face refers to a missing vertex instead of skipping the face, and takes 1.7 times as long; tinyobjloader has no wheel
for Python 3.12 and would parse hostile text in C++.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.building.archive import Archive
from twin.building.sh3d import materials

GREY = (209, 204, 196, 255)
PANE = (176, 206, 226, 84)
_PANE_GROUP = "sweethome3d_window_pane"
"""Prefix of the names of glass groups (Sweet Home 3D 7.5, ModelManager.WINDOW_PANE_SHAPE_PREFIX)."""
_PANE_MATERIAL = "\x00pane"
LARGEST = 400_000
"""Most triangles of one model; a larger one is replaced by its box."""
MOST_BYTES = 60_000_000
"""Most bytes of a model file."""
FARTHEST = 1e9
"""Largest plausible coordinate, model units."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjModel:
    """A model: positions (n, 3) in model units, y up; triangles (m, 3); material index per triangle (m,); colours (k,
    4) RGBA; material names.
    """

    positions: NDArray[np.float64]
    triangles: NDArray[np.int32]
    material: NDArray[np.int32]
    colours: NDArray[np.uint8]
    names: tuple[str, ...]


EMPTY = ObjModel(np.zeros((0, 3)), np.zeros((0, 3), np.int32), np.zeros(0, np.int32), np.array([GREY], np.uint8), ("",))
"""A model with lines or points only, such as Sweet Home 3D's invisible light sources: nothing is drawn."""


def kind(archive: Archive, name: str) -> str:
    """The format of an archive entry that is not a readable OBJ: `missing`, `3DS`, `Collada`, `XML`, `zip` or
    `unreadable`.
    """
    if name not in archive.names:
        return "missing"
    head = archive.read(name)[:400].lstrip()
    if head[:2] == b"MM":
        return "3DS"
    if head[:1] == b"<":
        return "Collada" if b"COLLADA" in head else "XML"
    return "zip" if head[:2] == b"PK" else "unreadable"


def read(archive: Archive, name: str) -> ObjModel | None:
    """The model of an entry; None where it is not a readable OBJ."""
    if name not in archive.names:
        return None
    data = archive.read(name)
    if len(data) > MOST_BYTES or data[:2] in (b"PK", b"MM") or data[:1] == b"<":
        return None
    try:
        return _parsed(archive, name, data.decode("latin-1"))
    except (ValueError, IndexError, OverflowError):
        return None


def _parsed(archive: Archive, name: str, text: str) -> ObjModel | None:
    points: list[tuple[float, float, float]] = []
    faces: list[tuple[int, int, int]] = []
    painted: list[int] = []
    names: dict[str, int] = {"": 0, _PANE_MATERIAL: 1}
    current, pane, library = 0, False, ""
    for line in text.replace("\t", " ").split("\n"):
        word, _, rest = line.partition(" ")
        if word == "v":
            x, y, z = rest.split()[:3]
            points.append((float(x), float(y), float(z)))
        elif word == "f":
            corners = [int(corner.split("/", 1)[0]) for corner in rest.split()]
            corners = [i - 1 if i > 0 else len(points) + i for i in corners]
            for k in range(1, len(corners) - 1):
                faces.append((corners[0], corners[k], corners[k + 1]))
                painted.append(1 if pane else current)
            if len(faces) > LARGEST:
                return None
        elif word == "usemtl":
            current = names.setdefault(rest.strip(), len(names))
        elif word in ("g", "o"):
            pane = rest.strip().startswith(_PANE_GROUP)
        elif word == "mtllib":
            library = rest.strip()
    if not points:
        return None
    if not faces:
        return EMPTY
    positions, triangles = np.array(points), np.array(faces, np.int32)
    sane = np.isfinite(positions).all(1) & (np.abs(positions) < FARTHEST).all(1)
    good = ((triangles >= 0) & (triangles < len(points))).all(1)
    good[good] = sane[triangles[good]].all(1)
    if not good.any():
        return None
    positions[~sane] = 0.0
    colours = _colours(archive, _beside(name, library), names)
    return ObjModel(positions, triangles[good], np.array(painted, np.int32)[good], colours, tuple(names))


def _beside(name: str, other: str) -> str:
    """The entry that a model or material file means by a relative name."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other.strip().replace("\\", "/")))


def _colours(archive: Archive, library: str, names: dict[str, int]) -> NDArray[np.uint8]:
    """Colours by material: from the material library, else the loader's default for the name."""
    table = np.array([materials.KNOWN.get(name, GREY) for name in names], np.uint8)
    table[names[_PANE_MATERIAL]] = PANE
    if library not in archive.names:
        return table
    at = -1
    for line in archive.read(library).decode("latin-1").split("\n"):
        fields = line.split()
        if len(fields) < 2:
            continue
        if fields[0] == "newmtl":
            at = names.get(line.strip()[6:].strip(), -1)
        elif at >= 0 and fields[0] == "Kd" and len(fields) >= 4:
            table[at, :3] = (np.array([float(word) for word in fields[1:4]]).clip(0, 1) * 255).round()
        elif at >= 0 and fields[0] == "d":
            table[at, 3] = round(min(max(float(fields[-1]), 0.0), 1.0) * 255)
        elif at >= 0 and fields[0] == "map_Kd":
            mean = materials.picture(archive, _beside(library, line.split(None, 1)[1]))
            table[at, :3] = mean[:3] if mean is not None else table[at, :3]
    return table
