# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Reads a DXF drawing as lines to trace: determines its unit, renders it to scale and finds points to snap to.

A DXF does not mark walls and its unit is often wrong, so it is traced and never imported automatically. Runs in the
child process of `twin.building.page_reader`, which limits time and memory. Group codes: AutoCAD DXF Reference 2018.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.building.limits import refuse
from twin.model.ids import clean_name

type Floats = NDArray[np.float64]

MOST_SEGMENTS, MOST_TEXTS = 400_000, 4_000
MOST_ENTITIES = 400_000
"""Most entities of the drawing with all block references resolved."""
UNITS_M = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "ft": 0.3048, "dm": 0.1, "km": 1000.0}
_HEADER = {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m", 7: "km", 14: "dm"}
"""Unit by $INSUNITS (AutoCAD DXF Reference, HEADER)."""
_LIKELY = ("mm", "cm", "m", "in", "ft")
_LEAF_M = (0.55, 1.35)
"""Plausible radius of a door's quarter circle, metres."""
_SIZE_M = (2.5, 600.0)
_TRACED_M = (0.01, 100_000.0)
"""Plausible size of the drawing (least, most), metres; beyond it nothing can be drawn."""
_THIN_M, _FACE_M = (0.05, 0.5), 0.3
"""Thickness of walls (least, most), and the least length of a line that can be a wall's face; metres."""
_MOST_CORNERS = 40_000
_FLAT = 0.01
"""Largest deviation of a curve from its chords, as a share of its size."""
_SKIPPED = frozenset(
    {"DIMENSION", "ARC_DIMENSION", "LEADER", "MULTILEADER", "HATCH", "IMAGE", "WIPEOUT", "VIEWPORT", "POINT"}
)
_INK_PT, _TEXT_INK = 0.7, (110, 110, 118)


@dataclass(slots=True, eq=False)
class DxfLines:
    """Lines and texts of a drawing, in the file's own unit."""

    segments: Floats
    """(n, 4) x and y of both ends."""
    layer: NDArray[np.int32]
    layers: tuple[str, ...]
    texts: list[tuple[str, float, float, float, float, int]] = field(
        default_factory=list[tuple[str, float, float, float, float, int]]
    )
    """(text, x, y, height, rotation in degrees, layer index) of each text."""
    unit: str = "m"
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """(left, bottom, right, top) of the drawing with all layers; outliers beyond the 0.2 and 99.8 percentiles are
    ignored.
    """


def read_lines(path: Path, *, without: Collection[str] = ()) -> DxfLines:
    """The lines of the model space, without the layers in `without` and those that are off or frozen.

    Raises ProblemError where the drawing is empty, too large or of an impossible size, ValueError where it is damaged.
    """
    from ezdxf import recover

    document, _ = recover.readfile(path)
    if decomposed_count(document) > MOST_ENTITIES:
        raise refuse('page.huge', str(path))  # fmt: skip
    drawn = _drawn(document)
    shown = [name not in without for name in drawn.owners]
    names = tuple(name for name, _ in Counter(drawn.owners).most_common())
    place = {name: i for i, name in enumerate(names)}
    every = np.array(drawn.rows, np.float64).reshape(-1, 4)
    if not len(every) and b"ENTITIES" not in path.read_bytes():
        raise ValueError("no section of entities")  # of what is no drawing, recovering makes an empty one
    if not len(every):
        raise refuse('page.empty', str(path))  # fmt: skip
    if not np.isfinite(every).all():
        raise ValueError("places that are no numbers")
    kept = np.array(shown, np.bool_)
    lines = DxfLines(every[kept], np.array([place[name] for name in drawn.owners], np.int32)[kept], names)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = np.percentile(every.reshape(-1, 2), (0.2, 99.8), axis=0).tolist()
    lines.box = (*low, *high)
    lines.texts = [(*one[:5], place.get(one[5], 0)) for one in drawn.texts if one[5] not in without]
    lines.unit = found_unit(document.header.get("$INSUNITS", 0), document.header.get("$LUNITS", 2), drawn.leaves, every)
    if not _TRACED_M[0] <= max(high[0] - low[0], high[1] - low[1]) * UNITS_M[lines.unit] <= _TRACED_M[1]:
        raise refuse('page.size', str(path))  # fmt: skip
    return lines


@dataclass(slots=True)
class _Drawn:
    """Content of the layers that are on, in the drawing's unit."""

    rows: list[tuple[float, float, float, float]] = field(default_factory=list[tuple[float, float, float, float]])
    """Ends of each line: x, y, x, y."""
    owners: list[str] = field(default_factory=list[str])
    """Layer of each line."""
    texts: list[tuple[str, float, float, float, float, str]] = field(
        default_factory=list[tuple[str, float, float, float, float, str]]
    )
    leaves: list[float] = field(default_factory=list[float])
    """Radii of quarter circles, as of door leaves."""


def _drawn(document: Any) -> _Drawn:
    """The document's lines, texts and quarter circles. Raises ValueError for more lines than a plan has."""
    found = _Drawn()
    shut = {layer.dxf.name for layer in document.layers if layer.is_off() or layer.is_frozen()}
    for entity, name in _entities(document):
        if name in shut:
            continue
        kind = entity.dxftype()
        if kind in ("TEXT", "MTEXT"):
            if len(found.texts) < MOST_TEXTS and (text := _text(entity)) is not None:
                found.texts.append((*text, name))
            continue
        if kind == "ARC" and abs((entity.dxf.end_angle - entity.dxf.start_angle) % 360 - 90) < 12:
            found.leaves.append(float(entity.dxf.radius))
        ends = _chords(entity)
        found.rows += ends
        found.owners += [name] * len(ends)
        if len(found.rows) > MOST_SEGMENTS:
            raise ValueError("more lines than any plan has")
    return found


def found_unit(header: int, written: int, leaves: list[float], segments: Floats) -> str:
    """The drawing's unit: the one in which most quarter circles have the size of doors, else the whole the size of a
    building.

    `header` is $INSUNITS, `written` $LUNITS (lengths written in feet and inches mean a drawing in inches), `leaves` the
    radii of the quarter circles, `segments` (n, 4).
    """
    declared = "in" if written in (3, 4) else _HEADER.get(header, "")
    order = [declared, *(unit for unit in _LIKELY if unit != declared)] if declared else list(_LIKELY)
    doors = {unit: _doors(np.array(leaves) * UNITS_M[unit]) for unit in order}
    if max(doors.values()) >= 2:
        return max(order, key=lambda unit: doors[unit])
    size = float(np.ptp(segments.reshape(-1, 2), axis=0).max())
    for unit in order:
        if _SIZE_M[0] <= size * UNITS_M[unit] <= _SIZE_M[1]:
            return unit
    return declared or "m"


def _doors(leaves_m: Floats) -> int:
    """Number of quarter circles with the radius of a door, less the number of those over twice as wide."""
    fit = (leaves_m >= _LEAF_M[0]) & (leaves_m <= _LEAF_M[1])
    return int(fit.sum()) - int((leaves_m > 2 * _LEAF_M[1]).sum())


def corners(lines: DxfLines) -> Floats:
    """(k, 2) points to snap to, file's unit: ends of lines, and ends and corners of wall axes (half-way between the
    faces).
    """
    import shapely

    ends = np.unique(np.round(lines.segments.reshape(-1, 2), 6), axis=0)[:_MOST_CORNERS]
    unit = UNITS_M[lines.unit]
    length = np.hypot(*(lines.segments[:, 2:] - lines.segments[:, :2]).T) * unit
    caps = lines.segments[(length > _THIN_M[0]) & (length < _THIN_M[1])].reshape(-1, 2, 2).mean(1)
    faces = np.unique(np.round(lines.segments[length >= _FACE_M].reshape(-1, 2), 6), axis=0)
    points = np.asarray(shapely.points(faces[:_MOST_CORNERS]))
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=1.5 * _THIN_M[1] / unit)
    a, b = faces[one[one < other]], faces[other[one < other]]
    gap = np.abs(b - a) * unit
    # across the corner of a wall both ways are about as long as it is thick
    turns = (gap.min(1) > _THIN_M[0]) & (gap.max(1) < _THIN_M[1]) & (gap.max(1) < 1.6 * gap.min(1))
    return np.concatenate([ends, caps, ((a + b) / 2)[turns]])[: 2 * _MOST_CORNERS]


def picture(lines: DxfLines, longest_px: int) -> tuple[NDArray[np.uint8], float, tuple[float, float]]:
    """(pixels (rows, columns, 3) from the top, file units per pixel, (left, top) in file units): dark lines on white."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    left, bottom, right, top = lines.box
    pad = 0.02 * max(right - left, top - bottom, 1e-6)
    left, bottom, right, top = left - pad, bottom - pad, right + pad, top + pad
    paper = 1000.0 / max(right - left, top - bottom)  # points per unit
    document = pdfium.PdfDocument.new()
    page = document.new_page((right - left) * paper, (top - bottom) * paper)
    ends = (lines.segments - [left, bottom, left, bottom]) * paper
    path = raw.FPDFPageObj_CreateNewPath(0.0, 0.0)
    for x0, y0, x1, y1 in ends.tolist():
        raw.FPDFPath_MoveTo(path, x0, y0)
        raw.FPDFPath_LineTo(path, x1, y1)
    raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_NONE, 1)
    raw.FPDFPageObj_SetStrokeColor(path, 24, 28, 38, 255)
    raw.FPDFPageObj_SetStrokeWidth(path, _INK_PT)
    raw.FPDFPage_InsertObject(page.raw, path)
    for text, x, y, height, turn, _ in lines.texts:
        _write(raw, document.raw, page.raw, text, ((x - left) * paper, (y - bottom) * paper, height * paper, turn))
    page.gen_content()
    scale = longest_px / 1000.0
    rows = page.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3]  # pyright: ignore[reportArgumentType]
    return np.ascontiguousarray(rows), 1 / (paper * scale), (left, top)


def _write(raw: Any, document: Any, page: Any, content: str, place: tuple[float, float, float, float]) -> None:
    x, y, height, turn = place
    if not 0.3 < height < 200:
        return
    text = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", ctypes.c_float(height))
    wide = (content + "\0").encode("utf-16-le")
    buffer = ctypes.create_string_buffer(wide, len(wide))
    raw.FPDFText_SetText(text, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
    raw.FPDFPageObj_SetFillColor(text, *_TEXT_INK, 255)
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    raw.FPDFPageObj_Transform(text, cos, sin, -sin, cos, x, y)
    raw.FPDFPage_InsertObject(page, text)


def _entities(document: Any) -> Iterator[tuple[Any, str]]:
    """Drawn entities with their layers, block references resolved; layer 0 within a block is the reference's layer."""
    from ezdxf import disassemble

    for whole in document.modelspace():
        if whole.dxftype() in _SKIPPED:
            continue
        put = str(whole.dxf.get("layer", "0"))
        for entity in disassemble.recursive_decompose([whole]):
            own = str(entity.dxf.get("layer", "0"))
            yield entity, put if own == "0" else own


def decomposed_count(document: Any) -> int:
    """Number of entities of the model space with all block references (INSERT, with rows and columns) resolved,
    without resolving them.

    Raises ValueError where a block contains itself.
    """
    counts: dict[str, int] = {}
    open_: set[str] = set()

    def block(name: str) -> int:
        key = name.casefold()
        if key in open_:
            raise ValueError("a block holds itself")
        if key not in counts:
            open_.add(key)
            counts[key] = total(document.blocks.get(name) or ())
            open_.discard(key)
        return counts[key]

    def total(entities: Any) -> int:
        return sum(
            entity.mcount * (1 + block(str(entity.dxf.get("name", "")))) if entity.dxftype() == "INSERT" else 1
            for entity in entities
        )

    return total(document.modelspace())


def _chords(entity: Any) -> list[tuple[float, float, float, float]]:
    """A line or curve as straight segments in plan; empty for other entities."""
    from ezdxf import path

    if entity.dxftype() == "LINE":
        a, b = entity.dxf.start, entity.dxf.end
        return [(a.x, a.y, b.x, b.y)]
    try:
        made = path.make_path(entity)
        size = max(made.control_vertices()[0].distance(point) for point in made.control_vertices())
        spots = list(made.flattening(max(size * _FLAT, 1e-9)))
    except (TypeError, ValueError, ZeroDivisionError, ArithmeticError, IndexError):
        return []
    return [(a.x, a.y, b.x, b.y) for a, b in pairwise(spots)]


def _text(entity: Any) -> tuple[str, float, float, float, float] | None:
    dxf = entity.dxf
    raw = entity.plain_text()
    text = clean_name(raw if isinstance(raw, str) else " ".join(raw))
    height = float(dxf.get("char_height" if entity.dxftype() == "MTEXT" else "height", 0))
    if not text or height <= 0:
        return None
    return text, float(dxf.insert.x), float(dxf.insert.y), height, float(dxf.get("rotation", 0.0))
