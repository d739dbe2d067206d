"""Writes a plan as a Sweet Home 3D file: Home.xml (version 7 of its schema) and OBJ models with their colours."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

import demo_sashes
from demo_plan import Level, Piece, Plan, PlanRoom, PlanWall

from twin.building.plan.furniture_models import MODELS
from twin.files import atomic

_WALL = "FFEDE9E2"
_EPOCH = (2026, 1, 1, 0, 0, 0)
"""Entries carry one date, so the same plan gives the same bytes."""


def write(plan: Plan, out: Path) -> None:
    """The file; nothing stands at `out` unless it is whole."""
    models = _Models()
    home = _home(plan, models)
    with (
        atomic.replacing(out, atomic.SWEET_HOME) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        _add(archive, "Home.xml", b'<?xml version="1.0"?>\n' + tostring(home, encoding="utf-8"))
        for name, text in models.files.items():
            _add(archive, name, text.encode())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


class _Models:
    """OBJ entries by model and size; equal pieces share one."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self._names: dict[tuple[str, tuple[float, float, float]], str] = {}

    def entry(self, piece: Piece) -> str:
        """The archive entry of a piece's model."""
        key = (piece.model, tuple(round(edge, 2) for edge in piece.size))
        if key not in self._names:  # pyright: ignore[reportUnnecessaryContains]
            number = len(self._names)
            name = f"{number}/{piece.model}.obj"
            self._names[key] = name  # pyright: ignore[reportArgumentType]
            obj, mtl = _wavefront(piece)
            self.files[name] = obj
            self.files[f"{number}/{piece.model}.mtl"] = mtl
        return self._names[key]  # pyright: ignore[reportArgumentType]


def _wavefront(piece: Piece) -> tuple[str, str]:
    """OBJ (y up, front towards +z) and MTL of a model."""
    lines = [f"mtllib {piece.model}.mtl"]
    colours: dict[str, str] = {}
    offset = 1
    for block in MODELS[piece.model](piece.size).blocks:
        name = colours.setdefault(block.colour, f"m{len(colours)}")
        lines.append(f"usemtl {name}")
        lines += [f"v {x:.4f} {z:.4f} {-y:.4f}" for x, y, z in block.positions]
        lines += [f"f {a + offset} {b + offset} {c + offset}" for a, b, c in block.triangles]
        offset += len(block.positions)
    return "\n".join(lines) + "\n", "".join(_material(name, colour) for colour, name in colours.items())


def _material(name: str, colour: str) -> str:
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    alpha = int(colour[7:9], 16) / 255 if len(colour) == 9 else 1.0
    return f"newmtl {name}\nKd {r:.4f} {g:.4f} {b:.4f}\nd {alpha:.3f}\n"


def _home(plan: Plan, models: _Models) -> Element:
    home = Element("home", version="7200", name=plan.name, camera="topCamera", wallHeight="250")
    SubElement(
        home, "compass", x="0", y="0", diameter="100", northDirection=f"{math.radians(plan.north_deg):.6f}",
        longitude=f"{math.radians(plan.longitude):.8f}", latitude=f"{math.radians(plan.latitude):.8f}", timeZone="Europe/Berlin",
    )  # fmt: skip
    for i, level in enumerate(plan.levels):
        SubElement(
            home, "level", id=f"level{i}", name=level.name, elevation=_cm(level.elevation_m), floorThickness="12",
            height=_cm(level.height_m), elevationIndex=str(i),
        )  # fmt: skip
    for i, level in enumerate(plan.levels):
        _contents(home, level, f"level{i}", models)
    return home


def _contents(home: Element, level: Level, id: str, models: _Models) -> None:
    for n, piece in enumerate(level.pieces):
        _piece(home, piece, f"{id} piece{n}", id, models)
        if piece.kind == "door" and (moves := demo_sashes.swing(piece, level)) is not None:
            _swing(home[-1], moves)
    for n, wall in enumerate(level.walls):
        _wall(home, wall, f"{id} wall{n}", id, level)
    for room in level.rooms:
        _room(home, room, f"{id} {room.name}", id)


def _swing(door: Element, moves: demo_sashes.Swing) -> None:
    if moves.mirrored:
        door.set("modelMirrored", "true")
    for leaf in moves.sashes:
        SubElement(
            door, "sash", xAxis=f"{leaf.x_axis:.6f}", yAxis="0.5", width=f"{leaf.width:.6f}", startAngle=f"{leaf.start:.6f}",
            endAngle=f"{leaf.end:.6f}",
        )  # fmt: skip


def _cm(metres: float) -> str:
    return f"{metres * 100:.2f}"


def _wall(home: Element, wall: PlanWall, id: str, level: str, at: Level) -> None:
    SubElement(
        home, "wall", id=id, level=level, xStart=_cm(wall.start[0]), yStart=_cm(-wall.start[1]), xEnd=_cm(wall.end[0]),
        yEnd=_cm(-wall.end[1]), height=_cm(wall.height_m or at.height_m), thickness=_cm(wall.thickness_m),
        leftSideColor=_WALL, rightSideColor=_WALL,
    )  # fmt: skip


def _room(home: Element, room: PlanRoom, id: str, level: str) -> None:
    element = SubElement(home, "room", id=id, level=level, name=room.name, floorColor=f"FF{room.floor[1:].upper()}")
    for x, y in room.outline:
        SubElement(element, "point", x=_cm(x), y=_cm(-y))


_TAG = {"piece": "pieceOfFurniture", "door": "doorOrWindow", "window": "doorOrWindow", "light": "light"}


def _piece(home: Element, piece: Piece, id: str, level: str, models: _Models) -> None:
    w, d, h = piece.size
    element = SubElement(
        home, _TAG[piece.kind], id=id, level=level, catalogId=f"oikos#{piece.model}", name=piece.name, x=_cm(piece.at[0]),
        y=_cm(-piece.at[1]), elevation=_cm(piece.lift_m), angle=f"{math.radians(-piece.angle_deg):.6f}", width=_cm(w),
        depth=_cm(d), height=_cm(h), model=models.entry(piece),
    )  # fmt: skip
    if piece.kind == "light":
        element.set("power", "0.5")
        SubElement(element, "lightSource", x="0.5", y="0.5", z="0.5", color="FFF1D8")
