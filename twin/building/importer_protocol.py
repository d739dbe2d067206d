"""Encoding of a building between two processes: JSON for records, raw arrays for meshes; nothing is executed.

The sending process has read a file that may be hostile and may be compromised: types are checked on decoding, and every
index for its range.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.model.building import Building, Source
from twin.model.ids import StoreyId
from twin.model.mesh import LONGEST_TEXTURE, Element, FloorCovering, Mesh, MeshPart, Texture
from twin.model.problem import Problem
from twin.model.space import Door, Placeholder, Room, Site, Storey

_ARRAYS = (("positions", "<f4", 3), ("triangles", "<u4", 3), ("colours", "|u1", 4), ("elements", "<u4", 1))
_NAMED = ("source", "site", "storeys", "rooms", "doors", "placeholders", "problems")


class _PartHead(msgspec.Struct, array_like=True, frozen=True):
    """Description of one mesh part: storey, category, and the numbers of positions and triangles that follow."""

    storey: StoreyId | None
    category: str
    positions: int
    triangles: int


type _Side = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_TEXTURE)]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    """All of a building except its arrays."""

    source: Source
    site: Site
    storeys: tuple[Storey, ...]
    rooms: tuple[Room, ...]
    doors: tuple[Door, ...]
    placeholders: tuple[Placeholder, ...]
    problems: tuple[Problem, ...]
    parts: tuple[_PartHead, ...]
    elements: tuple[Element, ...]
    textures: tuple[tuple[_Side, _Side], ...]
    """Rows and columns of each texture; the pixels follow the parts."""
    coverings: tuple[FloorCovering, ...]


_HEAD = msgspec.json.Decoder(_Head)
_PROGRESS = msgspec.json.Decoder(tuple[str, float | None])
_PROBLEMS = msgspec.json.Decoder(tuple[Problem, ...])


def pack(building: Building) -> bytes:
    """The encoded building."""
    arrays = [
        np.ascontiguousarray(getattr(part, name), kind) for part in building.mesh.parts for name, kind, _ in _ARRAYS
    ]
    arrays += [np.ascontiguousarray(one.pixels, np.uint8) for one in building.mesh.textures]
    text = msgspec.json.encode(
        _Head(
            **{name: getattr(building, name) for name in _NAMED},
            parts=tuple(
                _PartHead(part.storey, part.category, len(part.positions), len(part.triangles))
                for part in building.mesh.parts
            ),
            elements=building.mesh.elements,
            textures=tuple((len(one.pixels), one.pixels.shape[1]) for one in building.mesh.textures),
            coverings=building.mesh.coverings,
        )
    )
    return b"".join([struct.pack("<Q", len(text)), text, *(array.tobytes() for array in arrays)])


def unpack(data: bytes, *, preview: bool = False) -> Building:
    """The decoded building. Raises ValueError where the bytes are invalid. A preview may have a mesh without storeys
    and names.
    """
    if len(data) < 8:
        raise ValueError("a building has a length")
    (length,) = struct.unpack_from("<Q", data)
    head = _HEAD.decode(data[8 : 8 + length])
    known: set[Any] = {storey.id for storey in head.storeys}
    stray = {room.storey for room in head.rooms} | {part.storey for part in head.parts if part.storey is not None}
    if not preview and not stray <= known:
        raise ValueError(f"nobody named the storey {next(iter(stray - known))!r:.60}")
    if any(not 0 <= one.texture < len(head.textures) for one in head.coverings):
        raise ValueError("a floor covering without its texture")
    parts, at = _parts(head, data, 8 + length, max(len(head.elements), int(preview)))
    textures, at = _textures(head, data, at)
    if at != len(data):
        raise ValueError("more bytes than the building has")
    mesh = Mesh(parts=parts, elements=head.elements, textures=textures, coverings=head.coverings)
    return Building(**{name: getattr(head, name) for name in _NAMED}, mesh=mesh)


def pack_progress(title: str, part: float | None) -> bytes:
    """Encodes a step's title and its progress from 0 to 1; None where the progress is unknown."""
    return msgspec.json.encode((title, part))


def unpack_progress(data: bytes) -> tuple[str, float | None]:
    """Decodes a step's title and its progress. Raises ValueError."""
    return _PROGRESS.decode(data)


def pack_problems(problems: Iterable[Problem]) -> bytes:
    """Encodes the problems of a failed import."""
    return msgspec.json.encode(tuple(problems))


def unpack_problems(data: bytes) -> tuple[Problem, ...]:
    """Decodes the problems of a failed import. Raises ValueError."""
    return _PROBLEMS.decode(data)


def _parts(head: _Head, data: bytes, at: int, elements: int) -> tuple[tuple[MeshPart, ...], int]:
    parts: list[MeshPart] = []
    for one in head.parts:
        arrays: dict[str, NDArray[Any]] = {}
        for name, kind, width in _ARRAYS:
            rows = one.positions if name == "positions" else one.triangles
            arrays[name], at = _array(data, kind, rows, width, at)
        if not np.isfinite(arrays["positions"]).all():
            raise ValueError("a position is no number")
        _within(arrays["triangles"], one.positions)
        _within(arrays["elements"], elements)
        parts.append(MeshPart(storey=one.storey, category=one.category, **arrays))
    return tuple(parts), at


def _textures(head: _Head, data: bytes, at: int) -> tuple[tuple[Texture, ...], int]:
    found: list[Texture] = []
    for height, width in head.textures:
        pixels, at = _array(data, "|u1", height * width, 3, at)
        found.append(Texture(pixels=pixels.reshape(height, width, 3)))
    return tuple(found), at


def _array(data: bytes, kind: str, rows: int, width: int, at: int) -> tuple[NDArray[Any], int]:
    if not 0 <= rows <= len(data):
        raise ValueError(f"an array has {rows} rows")
    array = np.frombuffer(data, kind, rows * width, at) if rows else np.empty(0, kind)
    return (array.reshape(-1, width) if width > 1 else array), at + array.nbytes


def _within(indices: NDArray[Any], count: int) -> None:
    if indices.size and int(indices.max()) >= count:
        raise ValueError("an index points at nothing")
