# pyright: reportUnknownArgumentType=false
"""The building's mesh as zstd frames of raw little-endian arrays, one per part and texture, and a JSON head."""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Buffer, Collection
from dataclasses import asdict
from itertools import repeat
from typing import Any, cast

import numpy as np
import zstandard
from numpy.typing import DTypeLike, NDArray

from twin.model.building import Source
from twin.model.ids import StoreyId
from twin.model.mesh import LONGEST_TEXTURE, Element, FloorCovering, Mesh, MeshPart, Texture

_ARRAYS: tuple[tuple[str, DTypeLike, int], ...] = (
    ("positions", "<f4", 3),
    ("triangles", "<u4", 3),
    ("colours", "|u1", 4),
    ("elements", "<u4", 0),
)
_LARGEST = 1 << 31
"""Most bytes of an unpacked part."""
FORMAT = 1


def key_of(source: Source, placed: str = "") -> str:
    """Key of a mesh: the same file, importer and placement give the same key."""
    return f"{source.sha256} {source.importer} {placed}".rstrip()


def keep(db: sqlite3.Connection, key: str, mesh: Mesh, *, importer: str = "") -> None:
    """Stores a mesh inside the caller's transaction, unless it is there already; `importer` names the one that made it
    if it differs from the key's.
    """
    if not mesh.parts or db.execute("select 1 from mesh where key = ?", (key,)).fetchone():
        return
    compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
    head = {
        "format": FORMAT,
        "parts": [
            {"storey": p.storey, "category": p.category, "vertices": len(p.positions), "triangles": len(p.triangles)}
            for p in mesh.parts
        ],
        # by column: one long list of strings parses several times faster than many short rows
        "names": [e.name for e in mesh.elements],
        "classes": [e.ifc_class for e in mesh.elements],
        "sources": [e.source_id for e in mesh.elements],
        "textures": [one.pixels.shape[:2] for one in mesh.textures],
        "coverings": [asdict(one) for one in mesh.coverings],
        "importer": importer,
    }
    packed = compressor.compress(json.dumps(head, ensure_ascii=False).encode())
    db.execute("insert into mesh(key, head) values(?, ?)", (key, packed))
    raws = [
        b"".join(np.ascontiguousarray(getattr(part, name), kind).tobytes() for name, kind, _ in _ARRAYS)
        for part in mesh.parts
    ]
    raws += [np.ascontiguousarray(one.pixels, np.uint8).tobytes() for one in mesh.textures]
    for number, raw in enumerate(raws):
        data = compressor.compress(raw)
        db.execute("insert into mesh_part(mesh, number, data) values(?, ?, ?)", (key, number, data))


def renew(db: sqlite3.Connection, key: str, mesh: Mesh, *, importer: str) -> None:
    """Replaces a mesh by one that a newer importer made of the same file; inside the caller's transaction."""
    _drop(db, key)
    keep(db, key, mesh, importer=importer)


def importer_of(head: bytes) -> str:
    """The importer that made the mesh if it differs from the key's, else empty. Raises as `unpack`."""
    return str(json.loads(zstandard.ZstdDecompressor().decompress(head)).get("importer", ""))


def packed(db: sqlite3.Connection, key: str) -> tuple[bytes, list[bytes]] | None:
    """Compressed head and parts of a mesh, as stored; None where there is none."""
    head = db.execute("select head from mesh where key = ?", (key,)).fetchone()
    if head is None:
        return None
    parts = db.execute("select data from mesh_part where mesh = ? order by number", (key,)).fetchall()
    return head[0], [row[0] for row in parts]


def all_keys(db: sqlite3.Connection) -> list[str]:
    """Keys of all meshes, including those that only an undo needs."""
    return [str(key) for (key,) in db.execute("select key from mesh")]


def unpack(head: bytes, parts: list[bytes]) -> Mesh:
    """The decoded mesh; its arrays are read-only. Raises ValueError, KeyError or ZstdError where it is damaged."""
    if any(zstandard.frame_content_size(data) > _LARGEST for data in (head, *parts)):
        raise ValueError("a part of the mesh is impossibly large")
    decompressor = zstandard.ZstdDecompressor()
    facts = json.loads(decompressor.decompress(head))
    sizes: list[tuple[int, int]] = facts.get("textures", [])
    count = len(facts["parts"])
    if facts["format"] != FORMAT or count + len(sizes) != len(parts):
        raise ValueError("not a mesh of this version")
    opened = decompressor.multi_decompress_to_buffer(cast("Any", parts), threads=-1)
    raws = [cast("Buffer", opened[number]) for number in range(len(parts))]
    coverings = [
        FloorCovering(**one | {"uv_from_plan": tuple(one["uv_from_plan"])}) for one in facts.get("coverings", [])
    ]
    if any(not 0 <= one.texture < len(sizes) for one in coverings):
        raise ValueError("a floor covering without its texture")
    return Mesh(
        parts=tuple(_part(part, raw) for part, raw in zip(facts["parts"], raws[:count], strict=True)),
        elements=_elements(facts["names"], facts["classes"], facts["sources"]),
        textures=tuple(_texture(size, raw) for size, raw in zip(sizes, raws[count:], strict=True)),
        coverings=tuple(coverings),
    )


def _texture(size: tuple[int, int], raw: Buffer) -> Texture:
    height, width = size
    if not (0 < height <= LONGEST_TEXTURE and 0 < width <= LONGEST_TEXTURE):
        raise ValueError("a texture of an impossible size")
    return Texture(pixels=np.frombuffer(raw, np.uint8, height * width * 3).reshape(height, width, 3))


def _elements(names: list[str], classes: list[str], sources: list[str]) -> tuple[Element, ...]:
    """Many elements at once: through the slots' own setters, a fifth of the time of as many constructor calls."""
    if not len(names) == len(classes) == len(sources):
        raise ValueError("elements without a name, class or id")
    made = tuple(map(object.__new__, repeat(Element, len(names))))
    for slot, values in ((Element.name, names), (Element.ifc_class, classes), (Element.source_id, sources)):
        deque(map(cast("Any", slot).__set__, made, values), maxlen=0)
    return made


def _part(part: dict[str, Any], raw: Buffer) -> MeshPart:
    counts = {"positions": part["vertices"], "triangles": part["triangles"]}
    at = 0
    arrays: dict[str, NDArray[Any]] = {}
    for name, kind, wide in _ARRAYS:
        n = counts["positions"] if name == "positions" else counts["triangles"]
        array = np.frombuffer(raw, kind, n * max(1, wide), at)
        at += array.nbytes
        arrays[name] = array.reshape(n, wide) if wide else array
    triangles = arrays["triangles"]
    if len(triangles) and int(triangles.max()) >= len(arrays["positions"]):
        raise ValueError("a triangle without its corners")
    storey = part["storey"]
    return MeshPart(storey=None if storey is None else StoreyId(storey), category=str(part["category"]), **arrays)


def forget_unused(db: sqlite3.Connection, keys: Collection[str]) -> None:
    """Deletes meshes that neither the present building (`keys`) nor any undo step needs; inside the caller's
    transaction.
    """
    for other in all_keys(db):
        if other in keys:
            continue
        sha = other.split(" ")[0]
        needed = db.execute(
            "select 1 from edit where instr(forward, ?) or instr(backward, ?) limit 1", (sha, sha)
        ).fetchone()
        if not needed:
            _drop(db, other)


def _drop(db: sqlite3.Connection, key: str) -> None:
    db.execute("delete from mesh_part where mesh = ?", (key,))
    db.execute("delete from mesh where key = ?", (key,))
